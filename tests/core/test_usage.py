"""Usage: every token counted once."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from tierwise.core.usage import Usage, added

counts = st.integers(0, 10**9)
usages = st.builds(Usage, counts, counts, counts, counts, counts, counts, counts)


@given(usages, usages)
def test_usages_add_field_by_field(left: Usage, right: Usage) -> None:
    assert astuple(added(left, right)) == tuple(one + other for one, other in zip(astuple(left), astuple(right), strict=True))


@given(usages)
def test_no_usage_adds_nothing(usage: Usage) -> None:
    assert added(usage, Usage()) == usage


@given(usages, usages)
def test_prompt_and_writes_add_up_as_their_parts_do(left: Usage, right: Usage) -> None:
    both = added(left, right)
    assert both.prompt == left.prompt + right.prompt
    assert both.written == left.written + right.written


def test_a_prompt_is_its_fresh_read_and_written_tokens() -> None:
    usage = Usage(fresh=1, read=20, write_5m=300, write_1h=4_000, output=50_000, reasoning=600_000, searches=7_000_000)
    assert (usage.prompt, usage.written) == (4_321, 4_300)
