"""Records as bytes: they come back as they were, whatever is in them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.ledger.spooled import ASKER, entry, outcome
from tierwise.core.decision import Conditions, Decision, Features, Needs, Place, Policy, Prefix, Receipt, Size, Task
from tierwise.core.entry import Bodies, Entry
from tierwise.core.money import Unknown
from tierwise.ledger.records import BRACE, Unreadable, bare, decoded, encoded, lighter


def receipt(budget: int, extra: dict[str, Any]) -> Receipt:
    read = Features(Size(1, 2, 0.1), Prefix(), Task("debug", 2, 0.5, "words"), Place("person", 1, 2, 3, 4), Needs(), extra)
    return Receipt(read, Conditions(1, budget=budget), "digest", Policy(), (), "because")


def decided(budget: int, extra: dict[str, Any] | None = None) -> Entry:
    return replace(entry("a", Bodies(b"\xff\x00", b"{}")), decision=Decision((), receipt(budget, extra or {})))


@given(st.integers(-(10**30), 10**30), st.text(), st.binary(), st.none() | st.integers(0, 10**18))
def test_a_record_comes_back_as_it_was(budget: int, words: str, body: bytes, cost: int | None) -> None:
    one = replace(decided(budget), id=words, bodies=Bodies(body, body), cost=Unknown("who knows") if cost is None else cost)
    assert decoded(encoded(one)) == one


def test_an_outcome_comes_back_as_it_was() -> None:
    assert decoded(encoded(outcome("a", "words"))) == outcome("a", "words")


@pytest.mark.parametrize("budget", [1, 10**21])
def test_half_a_character_becomes_a_question_mark(budget: int) -> None:
    one = replace(decided(budget), asker=replace(ASKER, session="a\ud800b"))
    assert decoded(encoded(one)) == replace(one, asker=replace(ASKER, session="a?b"))


def test_a_plugins_object_becomes_its_text() -> None:
    found = decoded(encoded(decided(1, {"seen": {(1, 2): object}})))
    assert isinstance(found, Entry)
    assert found.decision is not None
    assert found.decision.receipt.features.extra == {"seen": {"(1, 2)": "<class 'object'>"}}


@pytest.mark.parametrize("payload", [b"", b"{", b"{}", b"\x81\xa4type\xa3odd", b"\xff\xff", encoded(entry("a"))[:-1], b"\x81" * 5000])
def test_bytes_that_are_no_record_are_told(payload: bytes) -> None:
    with pytest.raises(Unreadable):
        decoded(payload)


def test_a_record_without_its_bodies_is_the_same_otherwise() -> None:
    full = decided(10**21)
    assert bare(full) == replace(full, bodies=None)
    assert encoded(full)[:1] == BRACE
    assert decoded(lighter(encoded(full))) == bare(full)
    assert bare(outcome("a")) == outcome("a")


@pytest.mark.parametrize("payload", [b"no record", encoded(entry("a"))])
def test_what_has_no_bodies_is_left_as_it_is(payload: bytes) -> None:
    assert lighter(payload) is payload
