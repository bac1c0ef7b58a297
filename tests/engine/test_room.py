import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import endpoint, features
from tierwise.core.decision import Needs, Size
from tierwise.engine import room


@pytest.mark.parametrize(("limit", "kept"), [(None, 4096), (128_000, 4096), (4096, 4096), (100, 100), (0, 0)])
def test_the_reserve_is_no_more_than_the_client_allows(limit: int | None, kept: int) -> None:
    assert room.reserve(limit) == kept


def test_both_stated_errors_are_added_to_the_prompt() -> None:
    asked = features(size=Size(100_000, 100_000, 0.03), needs=Needs(limit=1000))
    assert room.needed(asked, endpoint(scale=1.2, scale_error=0.1)) == 135_960 + 1000


@given(st.integers(0, 10**6), st.floats(0, 0.1), st.floats(0.5, 2), st.floats(0, 0.5))
def test_what_is_needed_holds_the_prompt_at_its_longest(tokens: int, error: float, scale: float, scale_error: float) -> None:
    one = endpoint(scale=scale, scale_error=scale_error)
    asked = features(size=Size(tokens, tokens, error), needs=Needs(limit=0))
    assert room.needed(asked, one) >= tokens * scale
    assert room.needed(asked, one) == room.longest(asked, room.most(one))
