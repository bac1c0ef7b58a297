from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, json

from tests.engine.worlds import TABLES
from tierwise.core.decision import Prefix
from tierwise.core.request import Known, Mark, Request, Segment
from tierwise.engine.signals.prefix import SIGNAL


def segment(kind: str, text: str) -> Segment:
    return Segment(kind, "user", Raw(json.encode(text)))


HEAD = (segment("tools", "a tool"), segment("system", "be good"))


def prefix(*segments: Segment, marks: int = 0, ttl: int = 300) -> Prefix:
    """The prefix of a prompt of some slices."""
    found = SIGNAL.read(Request("anthropic", "m0", segments=segments, cache_marks=marks, cache_ttl=ttl), TABLES, {})
    assert isinstance(found, Prefix)
    return found


def digests(found: Prefix) -> list[str]:
    return [mark.digest for mark in found.marks]


def test_every_slice_ends_in_a_mark_whose_size_is_all_before_it() -> None:
    found = prefix(*HEAD, segment("message", "hello"))
    assert [mark.size for mark in found.marks] == [8, 17, 24]
    assert found.anchor == 2
    assert [mark.odds for mark in found.marks] == [1.0, 1.0, 1.0]


def test_a_longer_prompt_starts_with_the_marks_of_the_shorter() -> None:
    short, long = prefix(*HEAD, segment("message", "hello")), prefix(*HEAD, segment("message", "hello"), segment("message", "more"))
    assert digests(long)[:3] == digests(short)


@given(st.lists(st.text(min_size=1, max_size=5), min_size=2, max_size=5, unique=True), st.data())
def test_a_change_anywhere_changes_every_mark_from_there_on(texts: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(texts) - 1))
    changed = [text + "x" if index == at else text for index, text in enumerate(texts)]
    one, other = (digests(prefix(*(segment("message", text) for text in words))) for words in (texts, changed))
    assert one[:at] == other[:at]
    assert not set(one[at:]) & set(other[at:])


def test_volatile_text_counts_in_size_and_in_no_mark() -> None:
    one, other = (prefix(segment("volatile", billing), *HEAD) for billing in ("call 1", "call 22"))
    assert digests(one) == digests(other) == digests(prefix(*HEAD))
    assert [mark.size for mark in one.marks] == [16, 25]
    assert one.anchor == 2


def test_marks_and_lifetime_are_what_the_client_asked_for() -> None:
    assert prefix(marks=3, ttl=3600) == Prefix((), 0, 3600, marked=True)
    assert prefix() == Prefix((), 0, 300, marked=False)


def test_a_log_knows_its_marks() -> None:
    marks = (Mark("head", 900, 0.9), Mark("end", 1200))
    request = Request("log", "m0", segments=HEAD, known=Known(1500, marks, 1), cache_marks=1, cache_ttl=3600)
    assert SIGNAL.read(request, TABLES, {}) == Prefix(marks, 1, 3600, marked=True)


TEXT = "a long result of a tool " * 50


@pytest.mark.parametrize("kind", ["message", "system", "tools"])
@pytest.mark.parametrize("change", [lambda text: text + "x", lambda text: "x" + text[1:], lambda text: text[:-1] + "x"])
def test_a_change_of_a_long_slice_changes_its_mark(kind: str, change: Callable[[str], str]) -> None:
    assert digests(prefix(segment(kind, TEXT))) == digests(prefix(segment(kind, TEXT)))
    assert digests(prefix(segment(kind, TEXT))) != digests(prefix(segment(kind, change(TEXT))))


def test_a_date_within_a_long_head_changes_its_mark() -> None:
    other = TEXT[:600] + "x" + TEXT[601:]
    assert digests(prefix(segment("system", TEXT))) != digests(prefix(segment("system", other)))
