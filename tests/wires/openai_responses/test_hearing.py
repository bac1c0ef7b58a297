"""What each event of a stream brings."""

from typing import Any

import pytest

from tests.wires.openai_responses.kit import answer, completed, created, event, events, texts
from tierwise.core.events import Delta, Opaque, Open, Seal, Start
from tierwise.wires.openai_responses.hearing import BEGINNINGS, HEARD, TAGS

TEXT = [
    event("output_item.added", item={"id": "msg_1", "type": "message", "status": "in_progress", "content": []}),
    event("content_part.added", item_id="msg_1", content_index=0, part={"type": "output_text", "text": ""}),
    event("output_text.delta", item_id="msg_1", content_index=0, delta="he", logprobs=[]),
    event("output_text.delta", item_id="msg_1", content_index=0, delta="llo", logprobs=[]),
    event("output_text.done", item_id="msg_1", content_index=0, text="hello"),
    event("content_part.done", item_id="msg_1", content_index=0, part={"type": "output_text", "text": "hello", "annotations": []}),
    event("output_item.done", item={"id": "msg_1", "type": "message", "content": [{"type": "output_text", "text": "hello"}]}),
]


def test_every_event_is_heard_by_its_type() -> None:
    assert len(TAGS) == len(HEARD)
    assert "response.output_text.delta" in TAGS
    assert HEARD.keys() >= BEGINNINGS


def test_a_text_is_heard_as_it_comes_and_once() -> None:
    found = events(created(), *TEXT, completed())
    assert [one.text for one in found if isinstance(one, Delta)] == ["he", "llo"]
    assert next(one for one in found if isinstance(one, Open)).item == "msg_1"


@pytest.mark.parametrize("left", range(1, 1 << len(TEXT)))
def test_whichever_events_a_server_leaves_out_the_text_comes_once(left: int) -> None:
    """Deltas come both or not at all: half of them is another text."""
    kept = [one for at, one in enumerate(TEXT) if left >> at & 1]
    deltas = [one for one in kept if one["type"].endswith("delta")]
    said = len(deltas) == 2 or (not deltas and any(one["type"].endswith(".done") for one in kept))
    if len(deltas) != 1:
        assert texts(answer(created(), *kept, completed())) == ([("text", "hello")] if said else [])


@pytest.mark.parametrize("known", [created(), created() | {"type": "response.in_progress"}, created() | {"type": "response.queued"}])
def test_an_answer_begins_with_its_name(known: dict[str, Any]) -> None:
    assert events(known, known, completed())[0] == Start("resp_1", "m")


def test_a_server_that_does_not_number_its_events_begins_without_a_name() -> None:
    """What it leaves out besides, strict clients want: so its answers are told anew."""
    assert events(created(number=None), completed())[0] == Start()


def test_parts_of_a_message_are_blocks_of_their_own() -> None:
    parts = [
        event("output_text.delta", content_index=0, delta="a"),
        event("content_part.done", content_index=0, part={"type": "output_text", "text": "a"}),
        event("refusal.delta", content_index=1, delta="n"),
        event("refusal.done", content_index=1, refusal="no"),
        event("content_part.done", content_index=1, part={"type": "refusal", "refusal": "no"}),
    ]
    found = answer(created(), *parts, completed())
    assert texts(found) == [("text", "a"), ("refusal", "no")]
    assert found.stop is not None
    assert found.stop.reason == "refusal"


def test_reasoning_is_one_block_for_all_its_parts() -> None:
    parts = [
        event("output_item.added", item={"id": "rs_1", "type": "reasoning", "summary": []}),
        event("reasoning_summary_text.delta", item_id="rs_1", summary_index=0, delta="first"),
        event("reasoning_summary_text.done", item_id="rs_1", summary_index=0, text="first!"),
        event("content_part.done", item_id="rs_1", content_index=0, part={"type": "summary_text", "text": "first!"}),
        event("content_part.done", item_id="rs_1", content_index=0),
        event("reasoning_summary_text.delta", item_id="rs_1", summary_index=1, delta="second"),
        event("output_item.done", item={"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"}),
    ]
    (block,) = answer(created(), *parts, completed()).blocks
    assert (block.text, block.seal, block.sealed_by, block.open.item) == ("first!\n\nsecond", "gAAA", "openai_responses", "rs_1")


def test_raw_reasoning_is_heard_too() -> None:
    parts = [event("reasoning_text.delta", item_id="rs_1", delta="h"), event("reasoning_text.done", item_id="rs_1", text="hm")]
    assert texts(answer(created(), *parts, completed())) == [("thought", "hm")]


def test_a_function_call_opens_as_soon_as_its_name_is_known() -> None:
    parts = [
        event(
            "output_item.added",
            item={"id": "fc_1", "type": "function_call", "call_id": "c", "name": "wait", "namespace": "agents", "arguments": ""},
        ),
        event("function_call_arguments.delta", item_id="fc_1", delta='{"a"'),
        event("function_call_arguments.done", item_id="fc_1", arguments='{"a":1}'),
    ]
    found = events(created(), *parts[:1], end=False)
    assert found[-1] == Open(0, "call", "c", "wait", "agents", "function", "fc_1")
    whole = answer(created(), *parts, parts[0], completed())
    assert texts(whole) == [("call", '{"a":1}')]
    assert whole.stop is not None
    assert whole.stop.reason == "calls"


def test_a_call_whose_beginning_is_left_out_is_held_until_its_name_comes() -> None:
    parts = [
        event("function_call_arguments.delta", item_id="fc_1", delta="{"),
        event("function_call_arguments.delta", item_id="fc_1", delta="}"),
        event("output_item.done", item={"id": "fc_1", "type": "function_call", "call_id": "c", "name": "ls", "arguments": "{}"}),
    ]
    (block,) = answer(created(), *parts, completed()).blocks
    assert (block.open.name, block.open.id, block.text) == ("ls", "c", "{}")


def test_free_text_for_a_tool_is_heard() -> None:
    parts = [
        event("output_item.added", item={"id": "ctc_1", "type": "custom_tool_call", "call_id": "c", "name": "exec", "input": ""}),
        event("custom_tool_call_input.delta", item_id="ctc_1", delta="ls"),
        event("custom_tool_call_input.done", item_id="ctc_1", input="ls -l"),
    ]
    (block,) = answer(created(), *parts, completed()).blocks
    assert (block.open.form, block.text) == ("custom", "ls -l")


def test_annotations_are_noted_once() -> None:
    cited = {"type": "url_citation", "url": "https://x"}
    part = {"type": "output_text", "text": "a", "annotations": [cited, cited]}
    parts = [
        event("output_text.delta", delta="a"),
        event("output_text.annotation.added", annotation_index=0, annotation=cited),
        event("output_item.done", item={"type": "message", "content": [part]}),
    ]
    assert len([one for one in events(created(), *parts, completed()) if isinstance(one, Opaque)]) == 2


def test_items_that_come_interleaved_are_put_in_order() -> None:
    parts = [
        event("output_text.delta", 0, item_id="a", delta="1"),
        event("output_text.delta", 1, item_id="b", delta="x"),
        event("output_text.delta", 0, item_id="a", delta="2"),
        event("output_item.done", 1, item={"id": "b", "type": "message", "content": [{"type": "output_text", "text": "xy"}]}),
        event("output_item.done", 0, item={"id": "a", "type": "message", "content": [{"type": "output_text", "text": "12"}]}),
    ]
    assert texts(answer(created(), *parts, completed())) == [("text", "12"), ("text", "xy")]


def test_a_server_that_names_items_by_id_alone_is_understood() -> None:
    """As llama.cpp does: neither numbers nor places; a call's arguments name its call."""
    parts = [
        event("output_item.added", None, item={"id": "rs_1", "type": "reasoning", "summary": []}),
        event("reasoning_text.delta", None, item_id="rs_1", delta="hm"),
        event("output_item.done", None, item={"id": "rs_1", "type": "reasoning", "content": [{"type": "reasoning_text", "text": "hm"}]}),
        event("output_item.added", None, item={"id": "msg_1", "type": "message", "content": []}),
        event("output_text.delta", None, item_id="msg_1", delta="hi"),
        event("output_item.done", None, item={"id": "msg_1", "type": "message", "content": [{"type": "output_text", "text": "hi"}]}),
        event("output_item.added", None, item={"type": "function_call", "call_id": "fc_2", "name": "ls", "arguments": ""}),
        event("function_call_arguments.delta", None, item_id="fc_2", delta="{}"),
        event("output_item.done", None, item={"type": "function_call", "call_id": "fc_2", "name": "ls", "arguments": "{}"}),
    ]
    assert texts(answer(created(), *parts, completed())) == [("thought", "hm"), ("text", "hi"), ("call", "{}")]


def test_a_seal_alone_is_content() -> None:
    found = events(created(), event("output_item.done", item={"type": "reasoning", "summary": [], "encrypted_content": "g"}), completed())
    assert Seal(0, "openai_responses", "g") in found
