"""Blocks that come interleaved are put in order, and nothing of them is lost."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.events import Close, Delta, Event, Grammar, Opaque, Open, Seal, Start, folded
from tierwise.wires.openai_responses.lanes import Lane, Lanes

TEXT = Open(-1, "text")
CALL = Open(-1, "call", "c", "ls")


def opened(lanes: Lanes, *places: tuple[int, int]) -> list[Lane]:
    return [lanes.added(place, TEXT) for place in places]


def test_the_first_that_speaks_is_heard_at_once_and_the_others_in_their_turn() -> None:
    lanes = Lanes()
    first, second = opened(lanes, (0, 0), (1, 0))
    lanes.text(first, "a")
    lanes.text(second, "x")
    lanes.text(first, "b")
    assert lanes.taken() == [Open(0, "text"), Delta(0, "a"), Delta(0, "b")]
    lanes.text(second, "y")
    lanes.shut(first)
    assert lanes.taken() == [Close(0), Open(1, "text"), Delta(1, "x"), Delta(1, "y")]
    lanes.text(second, "z")
    lanes.shut(second)
    assert lanes.taken() == [Delta(1, "z"), Close(1)]


def test_lanes_that_closed_while_they_waited_are_said_whole() -> None:
    lanes = Lanes()
    first, third, second = opened(lanes, (0, 0), (2, 0), (1, 0))
    for lane, text in ((first, "a"), (third, "c"), (second, "b")):
        lanes.text(lane, text)
    for lane in (third, second, first):
        lanes.shut(lane)
    assert lanes.taken() == [
        *(Open(0, "text"), Delta(0, "a"), Close(0)),
        *(Open(1, "text"), Delta(1, "b"), Close(1)),
        *(Open(2, "text"), Delta(2, "c"), Close(2)),
    ]


def test_what_says_nothing_leaves_no_trace_but_calls_do() -> None:
    lanes = Lanes()
    (empty,) = opened(lanes, (0, 0))
    lanes.text(empty, "")
    lanes.shut(empty)
    lanes.shut(empty)
    call = lanes.added((1, 0), CALL, due=True)
    lanes.shut(call)
    assert lanes.taken() == [Open(0, "call", "c", "ls"), Close(0)]


def test_a_call_that_waits_opens_when_its_turn_comes() -> None:
    lanes = Lanes()
    (first,) = opened(lanes, (0, 0))
    lanes.text(first, "a")
    call = lanes.added((1, 0), CALL, due=True)
    lanes.shut(first)
    assert lanes.taken()[-1] == Open(1, "call", "c", "ls")
    lanes.shut(call)
    assert lanes.taken() == [Close(1)]


def test_a_lane_that_closes_with_what_it_held_while_nobody_is_in_front_is_said() -> None:
    lanes = Lanes()
    lane = lanes.added((0, 0), None)
    lanes.text(lane, "{}")
    assert lanes.taken() == []
    lane.open = CALL
    lanes.shut(lane)
    assert lanes.taken() == [Open(0, "call", "c", "ls"), Delta(0, "{}"), Close(0)]


def test_a_lane_of_which_it_is_never_known_what_it_is_is_not_said() -> None:
    lanes = Lanes()
    lane = lanes.added((0, 0), None)
    lanes.text(lane, "{}")
    lanes.shut(lane)
    (other,) = opened(lanes, (1, 0))
    lanes.text(other, "a")
    lanes.shut(other)
    assert lanes.taken() == [Open(0, "text"), Delta(0, "a"), Close(0)]


def test_seals_and_notes_get_the_index_of_their_block() -> None:
    lanes = Lanes()
    first, second = opened(lanes, (0, 0), (1, 0))
    lanes.say(first, Seal(-1, "w", "s"))
    lanes.say(second, Opaque(-1, "w", b"{}"))  # type: ignore[arg-type]  # raw or not is the same here
    lanes.shut(first)
    assert lanes.taken() == [Open(0, "text"), Seal(0, "w", "s"), Close(0), Open(1, "text"), Opaque(1, "w", b"{}")]  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", ""]), st.booleans()), max_size=20))
def test_whatever_the_order_the_grammar_is_kept_and_all_text_comes(steps: Sequence[tuple[int, str, bool]]) -> None:
    lanes = Lanes()
    known = opened(lanes, *((number, 0) for number in range(4)))
    wanted = [""] * 4
    events: list[Event] = [Start()]
    for number, text, shut in steps:
        if not known[number].shut:
            lanes.text(known[number], text)
            wanted[number] += text
            if shut:
                lanes.shut(known[number])
        events += lanes.taken()
    for lane in known:
        lanes.shut(lane)
    events += lanes.taken()
    grammar = Grammar()
    assert not any(grammar.objection(event) for event in events)
    assert sorted(one.text for one in folded(events).blocks) == sorted(filter(None, wanted))
