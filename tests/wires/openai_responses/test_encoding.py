"""Answers told as strict clients want them, event for event."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import Raw
from msgspec.structs import replace

from tests.wires.openai_responses.kit import CUSTOM, FUNCTION, SEARCH, SPACE, USER, WEB, events, kinds, read, said, told
from tierwise.core.events import Answer, Block, Close, Delta, Event, Failure, Opaque, Open, Ping, Seal, Spent, Start, Stop, folded, unfolded
from tierwise.core.faults import Fault
from tierwise.core.usage import Usage
from tierwise.core.wire import Voice
from tierwise.wires.openai_responses import WIRE
from tierwise.wires.openai_responses.encoding import encoder
from tierwise.wires.openai_responses.seals import carried

OWN = "openai_responses"
VOICE = Voice("abc", 7, "m")
BEGIN = ["created", "in_progress"]


def stream(*middle: Event, stop: Event | None = None) -> list[dict[str, Any]]:
    return told([Start("msg_1", "x"), *middle, stop or Stop("end")], encoder(VOICE))


def block(opened: Open, *deltas: str, more: Sequence[Event] = ()) -> list[Event]:
    return [opened, *(Delta(opened.index, text) for text in deltas), *more, Close(opened.index)]


def test_a_text_is_told_as_an_item_with_a_part() -> None:
    found = stream(*block(Open(0, "text"), "he", "", "llo"), Spent(Usage(1, output=2)))
    assert kinds(found) == [
        *BEGIN,
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [one["sequence_number"] for one in found] == list(range(len(found)))
    part = {"type": "output_text", "text": "hello", "annotations": [], "logprobs": []}
    item = {"type": "message", "id": "msg_abc_0", "status": "completed", "role": "assistant", "content": [part]}
    assert found[2]["item"] == item | {"status": "in_progress", "content": []}
    assert found[3] | {"part": part | {"text": ""}} == found[3]
    assert (found[4]["delta"], found[4]["logprobs"], found[4]["content_index"], found[4]["output_index"]) == ("he", [], 0, 0)
    assert {one.get("item_id", "msg_abc_0") for one in found[3:8]} == {"msg_abc_0"}
    assert (found[6]["text"], found[7]["part"], found[8]["item"]) == ("hello", part, item)
    assert found[-1]["response"]["output"] == [item]
    assert found[-1]["response"]["usage"]["total_tokens"] == 3
    assert found[0]["response"]["status"] == "in_progress"


def test_reasoning_is_told_as_a_summary_and_comes_back_as_it_was() -> None:
    found = stream(*block(Open(0, "thought"), "h", "m", more=[Seal(0, "anthropic", "si"), Seal(0, "anthropic", "g")]))
    assert kinds(found)[2:-1] == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
    ]
    assert found[2]["item"] == {"type": "reasoning", "id": "rs_abc_0", "summary": [], "encrypted_content": None}
    item = found[-2]["item"]
    assert item["summary"] == [{"type": "summary_text", "text": "hm"}]
    prompt = WIRE.read(json.dumps({"model": "m", "input": [item]}).encode())
    thought = prompt.turns[0].pieces[0]
    assert (thought.text, thought.wire, thought.seal) == ("hm", "anthropic", "sig")  # type: ignore[union-attr]  # a thought


@pytest.mark.parametrize(
    ("seals", "sealed"),
    [([Seal(0, OWN, "gAAA")], "gAAA"), ([], None)],
)
def test_our_own_seal_stays_as_it_is_and_unsealed_reasoning_is_known_again(seals: list[Event], sealed: str | None) -> None:
    item = stream(*block(Open(0, "thought", item="rs_9"), "hm", more=seals))[-2]["item"]
    assert item["id"] == "rs_9"
    if sealed is None:
        known = carried(item["encrypted_content"])
        assert known is not None
        assert (known[0], known[1].text) == ("unsealed", "")
    else:
        assert item["encrypted_content"] == sealed


def test_reasoning_without_words_is_an_item_with_its_seal_alone() -> None:
    found = stream(*block(Open(0, "thought"), more=[Seal(0, OWN, "gAAA")]))
    assert kinds(found)[2:-1] == ["output_item.added", "output_item.done"]
    assert found[-2]["item"]["summary"] == []


@pytest.mark.parametrize(
    ("opened", "events_between", "item"),
    [
        (
            Open(0, "call", "c", "ls"),
            ["function_call_arguments.delta", "function_call_arguments.done"],
            {"type": "function_call", "id": "fc_abc_0", "call_id": "c", "name": "ls", "arguments": '{"a":1}', "status": "completed"},
        ),
        (
            Open(0, "call", "c", "wait", "agents", item="fc_9"),
            ["function_call_arguments.delta", "function_call_arguments.done"],
            {
                "type": "function_call",
                "id": "fc_9",
                "call_id": "c",
                "name": "wait",
                "namespace": "agents",
                "arguments": '{"a":1}',
                "status": "completed",
            },
        ),
        (
            Open(0, "call", "c", "exec", form="custom", item="toolu_1"),
            ["custom_tool_call_input.delta", "custom_tool_call_input.done"],
            {"type": "custom_tool_call", "id": "ctc_abc_0", "call_id": "c", "name": "exec", "input": '{"a":1}', "status": "completed"},
        ),
        (
            Open(0, "call", "c", "tool_search", form="search"),
            [],
            {
                "type": "tool_search_call",
                "id": "tsc_abc_0",
                "call_id": "c",
                "execution": "client",
                "arguments": {"a": 1},
                "status": "completed",
            },
        ),
    ],
)
def test_calls_are_told_in_the_form_of_their_tool(opened: Open, events_between: list[str], item: dict[str, Any]) -> None:
    found = stream(*block(opened, '{"a":1}'), stop=Stop("calls"))
    assert kinds(found)[2:-1] == ["output_item.added", *events_between, "output_item.done"]
    assert found[-2]["item"] == item
    none: Any = {} if item["type"] == "tool_search_call" else ""
    empty = {key: none for key in ("arguments", "input") if key in item}
    assert found[2]["item"] == item | {"status": "in_progress"} | empty


def test_a_function_called_with_nothing_has_an_empty_object_and_free_text_nothing() -> None:
    found = stream(*block(Open(0, "call", "c", "ls")))
    assert kinds(found)[2:-1] == [
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
    ]
    assert (found[4]["arguments"], found[4]["name"]) == ("{}", "ls")
    free = stream(*block(Open(0, "call", "c", "exec", form="custom")))
    assert kinds(free)[2:-1] == ["output_item.added", "custom_tool_call_input.done", "output_item.done"]


def test_a_refusal_is_told_as_one() -> None:
    found = stream(*block(Open(0, "refusal"), "no"), stop=Stop("refusal"))
    assert kinds(found)[2:-1] == [
        "output_item.added",
        "content_part.added",
        "refusal.delta",
        "refusal.done",
        "content_part.done",
        "output_item.done",
    ]
    assert found[-1]["response"]["output"][0]["content"] == [{"type": "refusal", "refusal": "no"}]


def test_what_only_this_wire_understands_is_told_and_what_another_does_is_not() -> None:
    raw = Raw(b'{"type":"web_search_call","id":"ws_1"}')
    found = stream(
        *block(Open(0, "opaque", wire=OWN, raw=raw, item="ws_1")), *block(Open(1, "opaque", wire="anthropic", raw=Raw(b"{}")), "x")
    )
    assert kinds(found)[2:-1] == ["output_item.added", "output_item.done"]
    assert found[-1]["response"]["output"] == [{"type": "web_search_call", "id": "ws_1"}]


def test_notes_within_what_is_not_told_are_not_told_either() -> None:
    notes: list[Event] = [Opaque(0, OWN, Raw(b"{}")), Seal(0, "anthropic", "s")]
    assert kinds(stream(*block(Open(0, "opaque", wire="anthropic", raw=Raw(b"{}")), more=notes))) == [*BEGIN, "completed"]


def test_annotations_and_probabilities_are_told_with_their_text() -> None:
    cited, odds = Raw(b'{"type":"url_citation","url":"u"}'), Raw(b'{"type":"logprobs","logprobs":[{"token":"a"}]}')
    found = stream(*block(Open(0, "text"), "a", more=[Opaque(0, OWN, cited), Opaque(0, "anthropic", cited), Opaque(0, OWN, odds)]))
    assert kinds(found).count("output_text.annotation.added") == 1
    part = found[-1]["response"]["output"][0]["content"][0]
    assert part["annotations"] == [{"type": "url_citation", "url": "u"}]
    assert part["logprobs"] == [{"token": "a"}]


@pytest.mark.parametrize(
    ("reason", "kind"), [("end", "completed"), ("calls", "completed"), ("limit", "incomplete"), ("filtered", "incomplete")]
)
def test_an_answer_ends_as_it_ended(reason: str, kind: str) -> None:
    assert kinds(stream(stop=Stop(reason)))[-1] == kind


def test_a_failure_is_an_error_and_a_failed_response() -> None:
    found = stream(Open(0, "text"), Delta(0, "a"), stop=Failure(Fault("context", "too long")))
    assert kinds(found)[-2:] == ["error", "failed"]
    assert found[-1]["response"]["error"]["code"] == "context_length_exceeded"
    assert [one["sequence_number"] for one in found] == list(range(len(found)))
    assert kinds(told([Failure(Fault("dropped"))], encoder(VOICE))) == ["error", "failed"]


def test_a_ping_is_a_comment() -> None:
    assert encoder(VOICE).feed(Ping()).startswith(b":")
    assert said(encoder(VOICE).feed(Ping())) == []


def test_a_whole_answer_is_what_its_stream_ends_with() -> None:
    answer = Answer(
        "resp_1", "x", (Block(Open(0, "text"), "hi"), Block(Open(1, "call", "c", "ls"), "{}")), Usage(3, output=4), Stop("calls")
    )
    last = told(unfolded(answer), encoder(VOICE))[-1]["response"]
    assert json.loads(WIRE.answer(answer, VOICE)) == last
    assert last["id"] == "resp_1"


@pytest.mark.parametrize(
    ("answer", "status"),
    [(Answer(fault=Fault("dropped")), "failed"), (Answer(), "completed"), (Answer(stop=Stop("limit")), "incomplete")],
)
def test_a_whole_answer_says_how_it_ended(answer: Answer, status: str) -> None:
    assert json.loads(WIRE.answer(answer, VOICE))["status"] == status


EVERYTHING = [
    *block(Open(0, "thought"), "hm", more=[Seal(0, "anthropic", "s")]),
    *block(
        Open(1, "text"), "a", more=[Opaque(1, OWN, Raw(b'{"type":"url_citation","url":"u","start_index":0,"end_index":1,"title":"t"}'))]
    ),
    *block(Open(2, "refusal"), "no"),
    *block(Open(3, "call", "c", "ls"), "{}"),
    *block(Open(4, "call", "c", "wait", "agents"), "{}"),
    *block(Open(5, "call", "c", "exec", form="custom"), "ls"),
    *block(Open(6, "call", "c", "tool_search", form="search"), "{}"),
    Spent(Usage(1, 2, 3, 0, 4, 5)),
]


@pytest.mark.parametrize("stop", [Stop("calls"), Stop("limit"), Stop("filtered"), Failure(Fault("server_error"))])
@pytest.mark.parametrize(
    "more", [{}, {"tools": [FUNCTION, CUSTOM, SPACE, SEARCH, WEB], "tool_choice": "required", "reasoning": {"effort": "low"}}]
)
def test_every_event_is_as_the_specification_has_it(shared: Path, stop: Event, more: dict[str, Any]) -> None:
    spec = json.loads((shared / "specs" / "openai-openapi-subset.json").read_text())
    schemas = {
        one["properties"]["type"]["enum"][0]: one for one in spec["components"]["schemas"].values() if "sequence_number" in str(one)[:3000]
    }
    voice = replace(VOICE, prompt=read(USER, **more))
    for one in told([Start(), *EVERYTHING, stop], encoder(voice)):
        if one.get("response", {}).get("usage", 0) is None:
            del one["response"]["usage"]  # while an answer goes on, it is null on the real server too
        Draft202012Validator(schemas[one["type"]] | {"components": spec["components"]}).validate(one)


def test_a_whole_answer_is_as_the_specification_has_it(shared: Path) -> None:
    spec = json.loads((shared / "specs" / "openai-openapi-subset.json").read_text())
    answer = json.loads(WIRE.answer(folded([Start(), *EVERYTHING, Stop("calls")]), VOICE))
    Draft202012Validator({"$ref": "#/components/schemas/Response", "components": spec["components"]}).validate(answer)


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
blocks = st.one_of(
    st.builds(lambda text: Block(Open(0, "text"), text), words),
    st.builds(lambda text: Block(Open(0, "refusal"), text), words),
    st.builds(lambda text, seal: Block(Open(0, "thought"), text, seal, OWN), words, words),
    st.builds(lambda name, text: Block(Open(0, "call", "c" + name, name), text), words, words),
    st.builds(lambda name, space, text: Block(Open(0, "call", "c", name, "n" + space), text), words, words, words),
    st.builds(lambda name, text: Block(Open(0, "call", "c", name, form="custom"), text), words, words),
    st.builds(lambda text: Block(Open(0, "call", "c", "tool_search", form="search"), json.dumps({"q": text})), words),
)


@given(st.lists(blocks, max_size=4), st.sampled_from(["limit", "filtered"]), st.booleans())
def test_what_is_told_is_understood_as_it_was(listed: list[Block], reason: str, cut: bool) -> None:  # noqa: FBT001  # drawn
    numbered = tuple(replace(one, open=replace(one.open, index=at)) for at, one in enumerate(listed))
    calls = any(one.open.kind == "call" for one in listed)
    refused = any(one.open.kind == "refusal" for one in listed)
    stop = Stop(reason if cut else "calls" if calls else "refusal" if refused else "end")
    answer = Answer("resp_1", "m", numbered, Usage(9, 3, 2, 0, 5, 1), stop)
    heard = folded(events(*told(unfolded(answer), encoder(VOICE))))
    plain = [replace(one, open=replace(one.open, item="")) for one in heard.blocks]
    assert replace(heard, blocks=()) == replace(answer, blocks=())
    assert [(one.open, one.text, one.seal) for one in plain] == [(one.open, one.text, one.seal) for one in numbered]
    whole = folded(WIRE.whole(WIRE.answer(answer, VOICE)))
    assert [(one.open.kind, one.text) for one in whole.blocks] == [(one.open.kind, one.text) for one in numbered]
