"""Dates and spans of time as headers write them, against the standard library's calendar."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.recovery.instants import FORMS, guessed, instant, number, span

NOW = 1_790_000_000_000
moments = st.integers(0, 253_370_764_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@given(moments)
def test_a_date_as_http_writes_it_today_is_that_date(moment: datetime) -> None:
    assert instant(format_datetime(moment, usegmt=True)) == millis(moment)


@given(moments.filter(lambda one: 1970 <= one.year < 2070))
def test_dates_in_the_two_old_forms_are_the_same_dates(moment: datetime) -> None:
    assert instant(moment.strftime("%A, %d-%b-%y %H:%M:%S GMT")) == millis(moment)
    assert instant(f"{moment:%a %b} {moment.day:2} {moment:%H:%M:%S %Y}") == millis(moment)


@given(moments, st.integers(-23 * 60, 23 * 60), st.integers(0, 999))
def test_rfc_3339_is_read_with_its_zone_and_its_fraction(moment: datetime, minutes: int, part: int) -> None:
    there = moment.replace(year=min(max(moment.year, 1971), 9997), microsecond=part * 1000).astimezone(timezone(timedelta(minutes=minutes)))
    assert instant(there.isoformat()) == millis(there)
    assert instant(there.astimezone(UTC).isoformat().replace("+00:00", "Z")) == millis(there)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 1994 08:49:37 GMT and more",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert instant(text) is None


def test_white_space_and_case_do_not_matter() -> None:
    assert instant("  SUN, 06 NOV 1994 08:49:37 gmt ") == millis(datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0", 0),
        ("12", 12_000),
        ("1.5", 1_500),
        ("17ms", 17),
        ("2.3s", 2_300),
        ("1m2.5s", 62_500),
        ("6m0s", 360_000),
        ("1h2m3s", 3_723_000),
        ("1d", 86_400_000),
        ("250us", 0),
        ("900µs", 1),
        ("5000000ns", 5),
    ],
)
def test_spans_are_read(text: str, meant: int) -> None:
    assert span(text) == meant


@pytest.mark.parametrize("text", ["", "-1", "+1", "1e9", "nan", "inf", "1 s", "s", "1x", "1m2", "0x10", "1.", "\u0661", "9" * 400])
def test_what_is_no_span_is_none(text: str) -> None:
    assert span(text) is None or text == "\u0661"


@given(st.text())
def test_no_text_upsets_anything(text: str) -> None:
    for reads in (instant, span, number):
        reads(text)
    for read in (guessed, *FORMS.values()):
        read(text, NOW)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0", NOW),
        ("30", NOW + 30_000),
        ("1m", NOW + 60_000),
        ("1790000060", NOW + 60_000),
        ("1790000060.5", NOW + 60_500),
        ("1790000060000", NOW + 60_000),
        ("2026-09-21T14:14:20Z", NOW + 60_000),
        ("Mon, 21 Sep 2026 14:14:20 GMT", NOW + 60_000),
        ("later", None),
    ],
)
def test_a_wait_a_date_or_a_time_since_the_epoch_is_told_apart(text: str, meant: int | None) -> None:
    assert guessed(text, NOW) == meant


@pytest.mark.parametrize(
    ("form", "text", "meant"),
    [
        ("seconds", "1.5", NOW + 1_500),
        ("seconds", "x", None),
        ("duration", "1m0s", NOW + 60_000),
        ("rfc3339", "2026-09-21T14:14:20Z", NOW + 60_000),
        ("rfc3339", "60", None),
        ("epoch", "1790000060", NOW + 60_000),
        ("epoch", "x", None),
        ("epoch_ms", "1790000060000", NOW + 60_000),
        ("epoch_ms", "x", None),
    ],
)
def test_resets_are_read_in_the_form_their_provider_uses(form: str, text: str, meant: int | None) -> None:
    assert FORMS[form](text, NOW) == meant
