"""Blocks in a row: what may go out, what is held, when a call is over."""

from collections.abc import Iterable

import pytest
from msgspec import Raw

from tierwise.core.events import Close, Delta, Event, Opaque, Open
from tierwise.wires.openai_chat.telling import Block, Telling

OPEN_LS = Open(0, "call", id="1", name="ls")


def call(form: str = "function", said: str = "", waiting: str = "") -> Block:
    return Block("call", id="1", name="ls", form=form, said=[said], waiting=[waiting] if waiting else [])


def listed(events: Iterable[Event]) -> list[Event]:
    return list(events)


def test_words_of_one_kind_are_one_block() -> None:
    telling = Telling()
    assert listed(telling.words("text", "a")) == [Open(0, "text"), Delta(0, "a")]
    assert listed(telling.words("text", "b")) == [Delta(0, "b")]
    assert listed(telling.words("thought", "c")) == [Close(0), Open(1, "thought"), Delta(1, "c")]
    assert listed(telling.words("text", "d")) == [Close(1), Open(2, "text"), Delta(2, "d")]
    assert listed(telling.end()) == [Close(2)]
    assert listed(telling.end()) == []


def test_text_is_being_told_while_nothing_waits() -> None:
    telling = Telling()
    states = [telling.speaking]
    for kind in ("text", "thought"):
        listed(telling.words(kind, "a"))
        states.append(telling.speaking)
    assert states == [False, True, False]


def test_a_call_opens_with_its_first_input() -> None:
    telling, one = Telling(), call()
    assert listed(telling.call(one, "", new=True)) == []
    assert listed(telling.call(one, "{", new=False)) == [OPEN_LS, Delta(0, "{")]
    assert listed(telling.call(one, "", new=False)) == []
    assert listed(telling.end()) == [Close(0)]


def test_a_call_without_input_has_an_empty_object() -> None:
    telling = Telling()
    assert listed(telling.call(call(), "", new=True)) == []
    assert listed(telling.end()) == [OPEN_LS, Delta(0, "{}"), Close(0)]


def test_a_call_of_free_text_may_have_none() -> None:
    telling = Telling()
    assert listed(telling.call(call(form="custom"), "", new=True)) == []
    assert listed(telling.end()) == [Open(0, "call", id="1", name="ls", form="custom"), Close(0)]


@pytest.mark.parametrize("rest", ["", "2}"])
def test_what_comes_after_half_a_call_is_held_until_the_call_is_whole(rest: str) -> None:
    telling, one, two = Telling(), call(), Block("call", id="2", name="rm")
    told = listed(telling.call(one, '{"a":', new=True))
    told += listed(telling.call(two, "{}", new=True))
    told += listed(telling.words("text", "so"))
    assert told == [OPEN_LS, Delta(0, '{"a":')]
    more = listed(telling.call(one, rest, new=False))
    after = [Close(0), Open(1, "call", id="2", name="rm"), Delta(1, "{}"), Close(1), Open(2, "text"), Delta(2, "so")]
    assert more == ([Delta(0, rest), *after] if rest else [])
    assert listed(telling.end()) == ([] if rest else after) + [Close(2)]


def test_free_text_is_never_known_to_be_whole() -> None:
    telling, one = Telling(), call(form="custom")
    told = listed(telling.call(one, "{}", new=True))
    told += listed(telling.words("text", "so"))
    assert told == [Open(0, "call", id="1", name="ls", form="custom"), Delta(0, "{}")]
    assert listed(telling.end()) == [Close(0), Open(1, "text"), Delta(1, "so"), Close(1)]


def test_what_comes_for_a_call_that_is_over_is_nothing() -> None:
    telling, one = Telling(), call()
    told = listed(telling.call(one, "{}", new=True))
    told += listed(telling.words("text", "so"))
    assert listed(telling.call(one, "x", new=False)) == []
    assert told[-1] == Delta(1, "so")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("", False),
        ("{", False),
        ("{}", True),
        ('{"a":1} ', True),
        ('{"a":"}', False),
        ("[]", False),
        ("}", False),
        ('{"a":' * 10_000 + "}", False),
    ],
)
def test_a_whole_input_is_one_object(text: str, whole: bool) -> None:  # noqa: FBT001  # a column
    assert call(said=text[:1], waiting=text[1:]).complete() is whole


def test_what_only_this_wire_knows_goes_with_the_block_being_told_or_alone() -> None:
    telling, raw = Telling(), Raw(b'{"logprobs":[1]}')
    alone = listed(telling.aside("logprobs", Raw(b"[1]")))
    assert alone == [Open(0, "opaque", wire="openai_chat", raw=raw), Close(0)]
    told = listed(telling.words("text", "a")) + listed(telling.aside("logprobs", Raw(b"[1]")))
    assert told == [Open(1, "text"), Delta(1, "a"), Opaque(1, "openai_chat", raw)]
    held = Telling(queue=[call()])
    assert listed(held.aside("logprobs", Raw(b"[1]"))) == alone
