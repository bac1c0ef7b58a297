"""Items are found by number or by id, and only what is missing of them is said."""

import pytest

from tierwise.core.events import Delta, Start
from tierwise.wires.openai_responses.blocks import Told
from tierwise.wires.openai_responses.frames import At, Item, Response


def test_an_answer_starts_once() -> None:
    told = Told()
    told.start(Response("resp_1", "m"))
    told.start(Response("resp_2", "m"))
    assert told.lanes.taken() == [Start("resp_1", "m")]
    unnamed = Told()
    unnamed.start()
    assert unnamed.lanes.taken() == [Start()]


def test_events_find_their_item_by_number_by_id_or_by_being_next_to_it() -> None:
    told = Told()
    first = told.announced(0, Item("message", "msg_1"))
    second = told.announced(1, Item("function_call", call_id="c1"))
    assert told.seen(At(output_index=0)) is first
    assert told.seen(At(item_id="msg_1")) is first
    assert told.seen(At()) is first
    assert told.seen(At(item_id="c1")) is second
    assert told.seen(At(item_id="msg_9")).number == 2
    assert told.seen(At(item_id="msg_9")).number == 2


def test_items_without_a_number_are_the_next_unless_they_are_known() -> None:
    told = Told()
    first = told.announced(None, Item("reasoning", "rs_1"))
    second = told.announced(None, Item("message", "msg_1"))
    assert (first.number, second.number) == (0, 1)
    assert told.announced(None, Item("reasoning", "rs_1")) is first


def test_items_without_a_name_are_those_of_their_type_that_are_not_complete() -> None:
    told = Told()
    first = told.announced(None, Item("message"))
    assert told.announced(None, Item("message")) is first
    told.closed(first)
    assert told.announced(None, Item("message")).number == 1
    assert told.announced(None, Item("reasoning")).number == 2


@pytest.mark.parametrize(("kind", "item"), [("text", "message"), ("refusal", "message"), ("thought", "reasoning"), ("call", "")])
def test_a_block_tells_what_its_item_is_where_nobody_said(kind: str, item: str) -> None:
    told = Told()
    seen = told.seen(At())
    lane = told.lane(seen, 0, kind)
    assert told.lane(seen, 0, kind) is lane
    assert seen.kind == item


def test_only_what_is_missing_is_said() -> None:
    told = Told()
    lane = told.lane(told.seen(At()), 0, "text")
    told.more(lane, "ab")
    told.more(lane, None)
    told.whole(lane, "abcd")
    told.whole(lane, "abcd")
    told.whole(lane, None)
    assert [one.text for one in told.lanes.taken() if isinstance(one, Delta)] == ["ab", "cd"]
    told.closed(told.seen(At()))
    told.whole(lane, "abcdef")
    assert [one for one in told.lanes.taken() if isinstance(one, Delta)] == []


def test_parts_are_set_apart_and_earlier_ones_are_over() -> None:
    told = Told()
    lane = told.lane(told.seen(At()), 0, "thought")
    told.more(lane, "a", 0)
    told.whole(lane, "ab", 0)
    told.more(lane, "c", 1)
    told.whole(lane, "ab", 0)
    told.whole(lane, "d", 3)
    assert "".join(one.text for one in told.lanes.taken() if isinstance(one, Delta)) == "ab\n\nc\n\nd"


def test_a_first_part_with_a_later_number_begins_without_a_gap() -> None:
    told = Told()
    lane = told.lane(told.seen(At()), 0, "thought")
    told.more(lane, "a", 7)
    assert [one.text for one in told.lanes.taken() if isinstance(one, Delta)] == ["a"]
