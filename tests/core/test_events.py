"""The grammar of events, and their fold into an answer and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise.core.events import (
    CALL,
    KINDS,
    OPAQUE,
    REASONS,
    RULES,
    TEXT,
    THOUGHT,
    Answer,
    Block,
    Close,
    Delta,
    Event,
    Failure,
    Grammar,
    Opaque,
    Open,
    Ping,
    Seal,
    Spent,
    Start,
    Stop,
    folded,
    unfolded,
)
from tierwise.core.faults import Fault
from tierwise.core.usage import Usage

END = Stop("end")
BROKEN = Failure(Fault("dropped"))
NOTE = Opaque(0, "w", Raw(b"{}"))

indexes = st.integers(0, 3)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Start, st.text(max_size=2)),
    st.builds(Open, indexes, st.sampled_from([*sorted(KINDS), "dream"])),
    st.builds(Delta, indexes, st.text(max_size=2)),
    st.builds(Seal, indexes, st.just("w"), st.text(max_size=2)),
    st.builds(Opaque, indexes, st.just("w"), st.just(Raw(b"1"))),
    st.builds(Close, indexes),
    st.builds(Spent, st.builds(Usage, st.integers(0, 9))),
    st.builds(Stop, st.sampled_from([*REASONS, "boredom"])),
    st.just(Ping()),
    st.just(BROKEN),
)
sealed = st.tuples(st.text(min_size=1, max_size=3), st.just("w")) | st.just(("", ""))


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    places = sorted(draw(st.sets(st.integers(0, 9), max_size=4)))
    blocks = []
    for place in places:
        opened = Open(place, draw(st.sampled_from(sorted(KINDS))), draw(st.text(max_size=2)), draw(st.text(max_size=2)))
        seal, by = draw(sealed) if opened.kind == THOUGHT else ("", "")
        notes = tuple(Opaque(place, "w", Raw(b"1")) for _ in range(draw(st.integers(0, 2))))
        blocks.append(Block(opened, draw(st.text(max_size=4)), seal, by, notes))
    usage = draw(st.none() | st.builds(Usage, st.integers(0, 9)))
    stop = draw(st.none() | st.builds(Stop, st.sampled_from(REASONS), st.text(max_size=2)))
    fault = draw(st.none() | st.just(Fault("dropped")))
    return Answer(draw(st.text(max_size=2)), draw(st.text(max_size=2)), tuple(blocks), usage, stop, fault)


def objections(*said: Event) -> list[str]:
    grammar = Grammar()
    return [grammar.objection(event) for event in said]


@pytest.mark.parametrize(
    "said",
    [
        (Start(), END),
        (Ping(), Start(), Ping(), Open(0, TEXT), Ping(), Delta(0, "a"), Delta(0, "b"), Close(0), Ping(), END, Ping()),
        (Start(), Spent(Usage()), Open(0, TEXT), Spent(Usage()), Close(0), END, Spent(Usage())),
        (Start(), Open(0, THOUGHT), Delta(0, "a"), Seal(0, "w", "s"), Close(0), Open(3, CALL), Delta(3, "{}"), Close(3), Stop("calls")),
        (Start(), Open(0, OPAQUE), NOTE, Close(0), END),
        (BROKEN,),
        (Start(), Open(0, TEXT), Delta(0, "a"), BROKEN),
        (Start(), END, BROKEN),
    ],
)
def test_an_order_that_has_a_meaning_meets_no_objection(said: tuple[Event, ...]) -> None:
    assert objections(*said) == [""] * len(said)


@pytest.mark.parametrize(
    ("said", "objection"),
    [
        ((Start(), Start()), "a second start"),
        ((Start(), END, Start()), "a second start"),
        ((Open(0, TEXT),), "a block before the start or after the stop (text)"),
        ((Start(), END, Open(0, TEXT)), "a block before the start or after the stop (text)"),
        ((Start(), Open(0, TEXT), Open(1, TEXT)), "block 1 opens while 0 is open"),
        ((Start(), Open(1, TEXT), Close(1), Open(1, TEXT)), "block 1 opens after 1"),
        ((Start(), Open(1, TEXT), Close(1), Open(0, TEXT)), "block 0 opens after 1"),
        ((Start(), Open(0, "dream")), "a block of kind 'dream'"),
        ((Start(), Delta(0, "a")), "delta for block 0, open is -1"),
        ((Start(), Open(0, TEXT), Delta(1, "a")), "delta for block 1, open is 0"),
        ((Start(), Open(0, TEXT), Close(0), Delta(0, "a")), "delta for block 0, open is -1"),
        ((Start(), NOTE), "opaque for block 0, open is -1"),
        ((Start(), Seal(0, "w", "s")), "seal for block 0, open is -1"),
        ((Start(), Open(0, TEXT), Seal(0, "w", "s")), "a seal in a block of kind 'text'"),
        ((Start(), Close(0)), "block 0 closes, open is -1"),
        ((Start(), Open(0, TEXT), Close(1)), "block 1 closes, open is 0"),
        ((Spent(Usage()),), "tokens before the start"),
        ((END,), "a stop before the start or after another"),
        ((Start(), END, END), "a stop before the start or after another"),
        ((Start(), Open(0, TEXT), END), "a stop while block 0 is open"),
        ((Start(), Stop("boredom")), "a stop because of 'boredom'"),
        ((BROKEN, Start()), "start after the end"),
        ((BROKEN, Ping()), "ping after the end"),
        ((BROKEN, BROKEN), "failure after the end"),
    ],
)
def test_an_event_that_cannot_come_now_is_objected_to(said: tuple[Event, ...], objection: str) -> None:
    assert objections(*said) == [""] * (len(said) - 1) + [objection]


def test_every_kind_of_event_has_a_rule() -> None:
    assert set(RULES) == {Start, Open, Delta, Seal, Opaque, Close, Spent, Stop, Ping, Failure}


@given(st.lists(events, max_size=12))
def test_what_meets_no_objection_is_one_answer_in_order(said: list[Event]) -> None:
    """Read back from the accepted events alone: one start, blocks one after another, one stop at most, nothing after a failure."""
    grammar = Grammar()
    taken = [event for event in said if not grammar.objection(event)]
    kinds = [type(event) for event in taken]
    assert kinds.count(Stop) <= 1
    assert Failure not in kinds[:-1]
    opened = [event.index for event in taken if isinstance(event, Open)]
    assert opened == sorted(set(opened))
    inside = -1
    for event in taken:
        if isinstance(event, Open):
            inside = event.index
        elif isinstance(event, Delta | Seal | Opaque):
            assert event.index == inside
        elif isinstance(event, Close):
            assert event.index == inside
            inside = -1


@given(answers())
def test_an_answer_told_as_events_is_that_answer(answer: Answer) -> None:
    assert folded(unfolded(answer)) == answer
    assert not any(objections(*unfolded(answer)))


@given(st.lists(events, max_size=12))
def test_events_in_any_order_make_an_answer_that_keeps_all_content(said: list[Event]) -> None:
    answer = folded(said)
    kept = sum(len(block.text) for block in answer.blocks)
    assert kept == sum(len(event.text) for event in said if isinstance(event, Delta))
    assert sum(len(block.opaque) for block in answer.blocks) == sum(isinstance(event, Opaque) for event in said)


def test_pieces_are_joined_and_the_last_word_on_tokens_counts() -> None:
    said = (
        Start("i", "m"),
        Open(0, THOUGHT),
        Delta(0, "a"),
        Seal(0, "w", "s"),
        Seal(0, "v", "t"),
        Delta(0, "b"),
        Spent(Usage(1)),
        Ping(),
        Close(0),
        Spent(Usage(2)),
        END,
        BROKEN,
    )
    assert folded(said) == Answer("i", "m", (Block(Open(0, THOUGHT), "ab", "st", "v"),), Usage(2), END, Fault("dropped"))


def test_content_of_a_block_that_was_never_opened_is_a_texts() -> None:
    assert folded([Delta(2, "a"), Delta(2, "b")]).blocks == (Block(Open(2, TEXT), "ab"),)
    assert folded([Close(1), Spent(Usage())]) == Answer(usage=Usage())


def test_a_block_that_opens_twice_is_two_blocks() -> None:
    twice = folded([Open(0, TEXT), Delta(0, "a"), Open(0, CALL), Delta(0, "b")])
    assert [(block.open.kind, block.text) for block in twice.blocks] == [(TEXT, "a"), (CALL, "b")]
