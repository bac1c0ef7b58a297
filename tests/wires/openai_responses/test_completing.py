"""Items in full, the tokens, and the end of an answer."""

import json
from typing import Any

import pytest

from tests.wires.openai_responses.kit import answer, completed, created, event, texts
from tierwise.core.events import folded
from tierwise.core.faults import Fault
from tierwise.core.usage import Usage
from tierwise.wires.openai_responses import WIRE

MESSAGE = {"id": "msg_1", "type": "message", "content": [{"type": "output_text", "text": "hi"}]}
THOUGHT = {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}]}
CALL = {"id": "fc_1", "type": "function_call", "call_id": "c", "name": "ls", "arguments": "{}"}
SEARCHED = {"id": "ws_1", "type": "web_search_call", "action": {"type": "search"}, "name": 7}


def whole(*output: Any, **more: Any) -> Any:
    return folded(WIRE.whole(json.dumps({"id": "resp_1", "model": "m", "status": "completed", "output": list(output), **more}).encode()))


@pytest.mark.parametrize(
    ("item", "blocks"),
    [
        (MESSAGE, [("text", "hi")]),
        (
            {"type": "message", "content": [{"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "no"}]},
            [("text", "a"), ("refusal", "no")],
        ),
        ({"type": "message"}, []),
        (THOUGHT, [("thought", "a\n\nb")]),
        ({"type": "reasoning", "content": [{"type": "reasoning_text", "text": "raw"}]}, [("thought", "raw")]),
        ({"type": "reasoning"}, []),
        (CALL, [("call", "{}")]),
        (CALL | {"arguments": {"a": 1}}, [("call", '{"a": 1}')]),
        ({"type": "function_call", "id": "fc_1", "name": "ls"}, [("call", "")]),
        ({"type": "custom_tool_call", "call_id": "c", "name": "exec", "input": "ls"}, [("call", "ls")]),
        ({"type": "tool_search_call", "call_id": "c", "execution": "client", "arguments": {"query": "x"}}, [("call", '{"query": "x"}')]),
        ({"type": "tool_search_call", "call_id": None, "execution": "server", "arguments": {}}, [("opaque", "")]),
        ({"type": "function_call"}, [("opaque", "")]),
        ({"type": "compaction", "id": "cmp_1", "encrypted_content": "g"}, [("opaque", "")]),
        (SEARCHED, [("opaque", "")]),
    ],
)
def test_each_item_of_a_whole_answer_is_blocks(item: dict[str, Any], blocks: list[tuple[str, str]]) -> None:
    assert texts(whole(item)) == blocks
    assert texts(answer(created(), event("output_item.done", item=item), completed(item))) == blocks
    assert texts(answer(created(), completed(item))) == blocks


def test_what_the_provider_ran_is_kept_whole_and_searches_are_counted() -> None:
    found = whole(SEARCHED, MESSAGE, usage={"input_tokens": 1, "output_tokens": 1})
    assert json.loads(bytes(found.blocks[0].open.raw)) == SEARCHED
    assert (found.blocks[0].open.wire, found.blocks[0].open.item) == ("openai_responses", "ws_1")
    assert found.usage.searches == 1


def test_a_seal_is_kept_with_its_reasoning() -> None:
    (block,) = whole(THOUGHT | {"encrypted_content": "gAAA"}).blocks
    assert (block.text, block.seal, block.sealed_by, block.open.item) == ("a\n\nb", "gAAA", "openai_responses", "rs_1")


def test_a_part_that_is_over_is_not_said_again() -> None:
    over = event("content_part.done", item_id="msg_1", content_index=0, part={"type": "output_text", "text": "hi"})
    late = MESSAGE | {"content": [{"type": "output_text", "text": "hi there", "annotations": [{"url": "u"}]}]}
    assert texts(answer(created(), over, event("output_item.done", item=late), completed(late))) == [("text", "hi")]


def test_a_call_of_which_too_little_is_known_is_kept_whole() -> None:
    half = [
        event("function_call_arguments.delta", item_id="fc_1", delta="{}"),
        event("output_item.done", item={"id": "fc_1", "type": "function_call"}),
    ]
    assert texts(answer(created(), *half, completed())) == [("opaque", "")]


def test_the_namespace_of_plain_functions_is_none() -> None:
    assert whole(CALL | {"namespace": "functions"}).blocks[0].open.namespace == ""
    assert whole(CALL | {"namespace": "agents"}).blocks[0].open.namespace == "agents"


def test_citations_and_probabilities_are_kept() -> None:
    part = {"type": "output_text", "text": "a", "annotations": [{"url": "u"}], "logprobs": [{"token": "a"}]}
    (block,) = whole({"type": "message", "content": [part]}).blocks
    assert [json.loads(bytes(one.raw)) for one in block.opaque] == [{"url": "u"}, {"type": "logprobs", "logprobs": [{"token": "a"}]}]


def test_what_comes_only_with_the_last_event_is_not_lost_and_nothing_comes_twice() -> None:
    streamed = [event("output_text.delta", 0, item_id="msg_9", delta="hi"), event("output_item.done", 0, item=MESSAGE)]
    assert texts(answer(created(), *streamed, completed(MESSAGE, CALL))) == [("text", "hi"), ("call", "{}")]
    other_ids = [THOUGHT | {"id": "rs_9"}, MESSAGE | {"id": "msg_7"}]
    assert texts(answer(created(), event("output_item.done", 0, item=MESSAGE), completed(*other_ids))) == [
        ("text", "hi"),
        ("thought", "a\n\nb"),
    ]
    no_names = [{"type": "message", "content": MESSAGE["content"]}]
    assert texts(answer(created(), event("output_text.delta", delta="hi"), completed(*no_names))) == [("text", "hi")]


@pytest.mark.parametrize(
    ("said", "used"),
    [
        ({"input_tokens": 10, "output_tokens": 3}, Usage(fresh=10, output=3)),
        (
            {
                "input_tokens": 10,
                "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 5},
                "output_tokens": 3,
                "output_tokens_details": {"reasoning_tokens": 2},
            },
            Usage(fresh=1, read=4, write_5m=5, output=3, reasoning=2),
        ),
        ({"input_tokens": 3, "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 9}}, Usage(read=4)),
        ({"input_tokens": 3, "input_tokens_details": None, "output_tokens": None}, Usage(fresh=3)),
        ({}, None),
        (None, None),
    ],
)
def test_each_token_is_counted_once(said: Any, used: Usage | None) -> None:
    assert whole(MESSAGE, usage=said).usage == used


@pytest.mark.parametrize(
    ("output", "more", "reason"),
    [
        ([MESSAGE], {}, "end"),
        ([MESSAGE, CALL], {}, "calls"),
        ([{"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}], {}, "refusal"),
        ([MESSAGE], {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "limit"),
        ([MESSAGE], {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "filtered"),
        ([CALL], {"status": "incomplete", "incomplete_details": None}, "limit"),
    ],
)
def test_an_answer_ends_for_a_reason(output: list[Any], more: dict[str, Any], reason: str) -> None:
    assert whole(*output, **more).stop.reason == reason
    streamed = answer(created(), {"type": "response.completed", "response": {"output": output, **more}})
    assert streamed.stop is not None
    assert streamed.stop.reason == reason


def test_an_answer_that_was_cut_says_so() -> None:
    found = answer(created(), event("output_text.delta", delta="hi"), {"type": "response.incomplete", "response": None})
    assert texts(found) == [("text", "hi")]
    assert found.stop is not None
    assert found.stop.reason == "limit"


def test_a_failure_keeps_what_was_used() -> None:
    failed = {"usage": {"input_tokens": 5}, "error": {"code": "server_error", "message": "oops"}}
    found = answer(created(), {"type": "response.failed", "response": failed})
    assert (found.usage, found.fault) == (Usage(fresh=5), Fault("server_error", "oops", code="server_error"))
    assert answer({"type": "response.failed", "response": failed}).usage is None
    cancelled = answer(created(), {"type": "response.cancelled"}).fault
    assert cancelled is not None
    assert cancelled.kind == "stream_error"


def test_an_item_of_a_wrong_shape_is_strange_only_where_it_matters() -> None:
    found = answer(created(), event("output_item.done", item={"type": "message", "content": 7}))
    assert found.fault is not None
    assert found.fault.kind == "strange"
