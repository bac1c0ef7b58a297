"""Prometheus' text form."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.gateway.exposition import Family, escaped, labelled, numbers, page, shown, spread, spreads

SAMPLE = re.compile(r'^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$')
SUFFIXES = ("_bucket", "_sum", "_count")
Samples = dict[tuple[str, str], float]


def parsed(text: str) -> Samples:
    """The samples of a page, read as strictly as a scraper may: every family announced once, its series together, none twice."""
    assert text.endswith("\n")
    found: Samples = {}
    announced: dict[str, str] = {}
    name = helped = ""
    for line in text[:-1].split("\n"):
        words = line.split(" ")
        if line.startswith("# HELP "):
            helped = words[2]
            assert helped not in announced, line
            assert len(words) > 3, line
        elif line.startswith("# TYPE "):
            name = words[2]
            assert name == helped, line
            announced[name] = words[3]
            assert words[3] in {"counter", "histogram", "gauge"}
        else:
            match = SAMPLE.match(line)
            assert match, line
            bare = next((match[1].removesuffix(end) for end in SUFFIXES if match[1].endswith(end)), match[1])
            assert (bare if announced[name] == "histogram" else match[1]) == name, line
            assert (match[1], match[2] or "") not in found, line
            found[match[1], match[2] or ""] = float(match[3])
    assert all(one.endswith("_total") for one, kind in announced.items() if kind == "counter")
    assert not any(one.endswith("_total") for one, kind in announced.items() if kind != "counter")
    return found


def test_counts_of_a_histogram_only_grow_with_its_bounds() -> None:
    one = spread((0.1, 1.0))
    for seconds in (0.0, 0.1, 0.5, 1.0, 7.0):
        one.add(seconds)
    found = parsed(page(spreads(Family("x_seconds", "histogram", "x", ("who",)), [(("me",), one)])))
    assert [found["x_seconds_bucket", f'{{who="me",le="{bound}"}}'] for bound in ("0.1", "1.0", "+Inf")] == [2, 4, 5]
    assert (found["x_seconds_sum", '{who="me"}'], found["x_seconds_count", '{who="me"}']) == (8.6, 5)


@given(st.lists(st.floats(0, 1000), max_size=50))
def test_everything_that_was_taken_is_in_the_last_bucket(seconds: list[float]) -> None:
    one = spread((0.1, 1.0, 10.0))
    for value in seconds:
        one.add(value)
    found = parsed(page(spreads(Family("x_seconds", "histogram", "x"), [((), one)])))
    assert found["x_seconds_bucket", '{le="+Inf"}'] == found["x_seconds_count", ""] == len(seconds)


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", 'ä"\\\n', "", "{}=,"])
def test_what_would_end_a_label_is_taken_apart(value: str) -> None:
    line = f"x_total{labelled(('who',), (value,))} 1"
    assert SAMPLE.match(line), line
    assert "\n" not in escaped(value)


def test_what_would_end_the_help_is_taken_apart() -> None:
    assert page(numbers(Family("x", "gauge", "a\nb\\c"), [])) == "# HELP x a\\nb\\\\c\n# TYPE x gauge\n"


def test_a_name_that_is_no_text_can_still_be_sent() -> None:
    assert page(numbers(Family("x", "gauge", "x", ("who",)), [(("\ud800",), 1)])).encode().endswith(b'x{who="?"} 1\n')


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (3.0, "3"), (0.25, "0.25"), (10**15, "1000000000000000"), (1e-7, "1e-07"), (1e300, "1e+300"), (0.1 + 0.2, repr(0.1 + 0.2))],
)
def test_numbers_are_as_short_as_they_are_and_lose_nothing(value: float, text: str) -> None:
    assert shown(value) == text
    assert float(text) == value


def test_a_series_without_labels_has_none() -> None:
    assert labelled((), ()) == ""
