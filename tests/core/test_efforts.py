"""Names with an effort: what they stand for without it, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.efforts import AT, LEVELS, plain, split


@given(st.text(min_size=1, max_size=8), st.sampled_from(LEVELS))
def test_an_effort_is_what_stands_after_the_last_at(name: str, effort: str) -> None:
    assert split(f"{name}{AT}{effort}") == split(f"{name}{AT}{effort.upper()}") == (name, effort)
    assert plain(f"{name}{AT}{effort}") == name


@given(st.text(max_size=12))
def test_a_name_and_its_effort_make_the_name_again(name: str) -> None:
    rest, effort = split(name)
    assert plain(name) == rest
    assert (rest == name) == (effort == "")
    assert name.lower() == f"{rest}{AT}{effort}".lower() if effort else name == rest


@pytest.mark.parametrize(
    "name", ["", "gpt-5", "@low", "claude-sonnet-4@20250514", "broker/@cf/maker/model", "model@latest", "low", "a@low/b"]
)
def test_every_other_at_belongs_to_the_name(name: str) -> None:
    assert split(name) == (name, "")
    assert plain(name) == name
