"""The traceparent header, as the W3C's recommendation has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.tracing import Parent, parent, traceparent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("03", True), ("ff", True)])
def test_the_parent_is_read(flags: str, sampled: bool) -> None:  # noqa: FBT001  # a column of the table
    assert parent(f"00-{TRACE}-{SPAN}-{flags}") == Parent(int(TRACE, 16), int(SPAN, 16), sampled)


def test_space_around_it_does_no_harm() -> None:
    assert traceparent(f" {GOOD}\t") == GOOD


def test_a_later_version_may_have_more_behind() -> None:
    assert traceparent(f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like") == f"cc-{TRACE}-{SPAN}-01"
    assert traceparent(f"cc-{TRACE}-{SPAN}-01") == f"cc-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "00",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01-more",
        f"cc-{TRACE}-{SPAN}-01.more",
        f"cc-{TRACE}-{SPAN}-01-a\nb",
        f"00-{TRACE}-{SPAN}-01\n00",
        f"00-{TRACE}-{SPAN}-01, {GOOD}",
    ],
)
def test_what_is_not_as_it_has_to_be_begins_a_trace_of_its_own(wrong: str) -> None:
    assert traceparent(wrong) == ""
    assert parent(wrong) is None


@given(st.text())
def test_nothing_but_the_form_gets_through(text: str) -> None:
    assert traceparent(text) == "" or len(traceparent(text)) == len(GOOD)
