"""Ids and signatures that come back as they went."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.prompt import Thought
from tierwise.wires.anthropic.stamps import original, signature, thought, valid

ALLOWED = re.compile(r"[a-zA-Z0-9_-]+")


@given(st.text())
def test_any_id_becomes_a_valid_one_and_is_told_again(name: str) -> None:
    assert ALLOWED.fullmatch(valid(name))
    assert original(valid(name)) == name


@given(st.text(), st.text())
def test_different_ids_stay_different(one: str, other: str) -> None:
    assert (valid(one) == valid(other)) == (one == other)


@pytest.mark.parametrize("name", ["toolu_01", "call_9", "a-b", "toolu_tw_!", "toolu_tw_A", "toolu_tw__w", "toolu_tw_YQ"])
def test_ids_that_are_not_ours_stay_as_they_are(name: str) -> None:
    assert original(name) == name


@given(st.text(), st.text(), st.text())
def test_another_wires_seal_travels_in_a_signature(text: str, item: str, seal: str) -> None:
    assert thought(text, signature("openai_responses", item, seal)) == Thought(text, "openai_responses", seal, item)


@pytest.mark.parametrize("signed", ["", "EqQBCkYIARgC", "tierwise.x", "tierwise.a.b.c.d"])
def test_any_other_signature_is_this_wires(signed: str) -> None:
    assert thought("t", signed) == Thought("t", "anthropic", signed)


def test_a_signature_of_ours_that_was_cut_carries_nothing() -> None:
    assert thought("t", "tierwise.w.%.%") == Thought("t", "w")
