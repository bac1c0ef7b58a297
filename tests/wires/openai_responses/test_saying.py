"""Turns as items."""

import json
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from tests.wires.openai_responses.kit import FUNCTION
from tierwise.core.prompt import Call, Media, Opaque, Piece, Result, Text, Thought, Tool, Turn
from tierwise.wires.openai_responses.offers import Speech
from tierwise.wires.openai_responses.saying import Manner, call_id, items_of

OWN = "openai_responses"
FREE = Manner()
PLAIN = Manner(Speech(spaces=False, custom=False), "system", reasons=False)


def said(*pieces: Piece, role: str = "assistant", manner: Manner = FREE) -> Any:
    return json.loads(msgspec.json.encode(items_of([Turn(role, pieces)], manner)))


def test_runs_of_text_and_media_are_one_message() -> None:
    image = Media("image", "image/png", "AA", detail="high")
    assert said(Text("a"), image, role="user") == [
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "a"},
                {"type": "input_image", "detail": "high", "image_url": "data:image/png;base64,AA"},
            ],
        }
    ]
    result = {"type": "function_call_output", "call_id": "c", "output": "x"}
    listed = said(Text("a"), Result("c", (Text("x"),)), Text("b"), role="user")
    assert [one["type"] for one in listed] == ["message", "function_call_output", "message"]
    assert listed[1] == result


def test_what_the_model_said_is_its_own() -> None:
    (one,) = said(Text("a"), Text("b"))
    assert (one["role"], one["status"]) == ("assistant", "completed")
    assert one["content"][0] == {"type": "output_text", "text": "a", "annotations": [], "logprobs": []}
    assert len(one["content"]) == 2
    assert said(Media("image", data="AA")) == []


@pytest.mark.parametrize(("manner", "role"), [(FREE, "developer"), (PLAIN, "system")])
def test_system_text_has_the_role_that_the_server_knows(manner: Manner, role: str) -> None:
    assert said(Text("a"), role="system", manner=manner)[0]["role"] == role


@pytest.mark.parametrize(
    ("media", "part"),
    [
        (Media("image", url="https://x"), {"type": "input_image", "detail": "auto", "image_url": "https://x"}),
        (Media("image", file="f"), {"type": "input_image", "detail": "auto", "file_id": "f"}),
        (
            Media("document", "application/pdf", "AA", name="a.pdf"),
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA"},
        ),
        (
            Media("document", data="AA"),
            {"type": "input_file", "filename": "document.pdf", "file_data": "data:application/octet-stream;base64,AA"},
        ),
        (Media("document", url="https://x"), {"type": "input_file", "file_url": "https://x"}),
        (Media("document", url="https://x", name="a"), {"type": "input_file", "filename": "a", "file_url": "https://x"}),
        (Media("document", file="f"), {"type": "input_file", "file_id": "f"}),
        (Media("document", text="words", name="a.txt"), {"type": "input_text", "text": "a.txt\n\nwords"}),
        (Media("document", text="words"), {"type": "input_text", "text": "words"}),
        (Media("audio", "audio/mp3", "AA"), {"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3"}}),
        (Media("audio", data="AA"), {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}),
    ],
)
def test_each_kind_of_media_is_a_part(media: Media, part: dict[str, Any]) -> None:
    assert said(media, role="user")[0]["content"] == [part]


def test_cache_marks_are_said_where_they_came_from() -> None:
    marked = Text("a", 300)
    assert "prompt_cache_breakpoint" not in said(marked, role="user")[0]["content"][0]
    assert said(marked, role="user", manner=Manner(marks=True))[0]["content"][0]["prompt_cache_breakpoint"] == {"mode": "explicit"}


@pytest.mark.parametrize(
    ("thought", "items"),
    [
        (
            Thought("hm", OWN, "gAAA", "rs_1"),
            [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "gAAA", "id": "rs_1"}],
        ),
        (Thought("", OWN, "gAAA", "other"), [{"type": "reasoning", "summary": [], "encrypted_content": "gAAA"}]),
        (Thought("", OWN, "", "rs_1"), [{"type": "reasoning", "summary": [], "encrypted_content": None, "id": "rs_1"}]),
        (Thought("hm", "anthropic", "sig"), []),
        (Thought("hm"), []),
    ],
)
def test_reasoning_goes_back_only_where_it_came_from(thought: Thought, items: Any) -> None:
    assert said(thought) == items
    assert said(thought, manner=PLAIN) == []


@pytest.mark.parametrize(
    ("call", "free", "plain"),
    [
        (Call("c", "ls", "{}", item="fc_1"), {"type": "function_call", "call_id": "c", "name": "ls", "arguments": "{}", "id": "fc_1"}, {}),
        (Call("c", "ls", "{}", item="toolu_1"), {"type": "function_call", "call_id": "c", "name": "ls", "arguments": "{}"}, {}),
        (
            Call("c", "wait", "{}", "agents"),
            {"type": "function_call", "call_id": "c", "name": "wait", "arguments": "{}", "namespace": "agents"},
            {"type": "function_call", "call_id": "c", "name": "agents__wait", "arguments": "{}"},
        ),
        (
            Call("c", "patch", "***", form="custom", item="ctc_1"),
            {"type": "custom_tool_call", "call_id": "c", "name": "patch", "input": "***", "id": "ctc_1"},
            {"type": "function_call", "call_id": "c", "name": "patch", "arguments": '{"input":"***"}'},
        ),
        (
            Call("c", "tool_search", '{"query":"x"}', form="search"),
            {"type": "tool_search_call", "call_id": "c", "arguments": {"query": "x"}, "execution": "client"},
            {"type": "function_call", "call_id": "c", "name": "tool_search", "arguments": '{"query":"x"}'},
        ),
    ],
)
def test_calls_have_the_form_that_the_server_knows(call: Call, free: dict[str, Any], plain: dict[str, Any]) -> None:
    done = {"status": "completed"}
    assert said(call) == [free | done]
    assert said(call, manner=PLAIN) == [(plain or free) | done]


@pytest.mark.parametrize(
    ("result", "free", "plain"),
    [
        (Result("c", (Text("x"),)), {"type": "function_call_output", "output": "x"}, {}),
        (Result("c"), {"type": "function_call_output", "output": ""}, {}),
        (Result("c", (Text("x"),), failed=True), {"type": "function_call_output", "output": "Error: x"}, {}),
        (
            Result("c", (Text("x"), Text("y")), form="custom"),
            {"type": "custom_tool_call_output", "output": [{"type": "input_text", "text": "x"}, {"type": "input_text", "text": "y"}]},
            {"type": "function_call_output", "output": [{"type": "input_text", "text": "x"}, {"type": "input_text", "text": "y"}]},
        ),
        (
            Result("c", (Media("image", url="u"),), failed=True),
            {
                "type": "function_call_output",
                "output": [{"type": "input_text", "text": "Error:"}, {"type": "input_image", "detail": "auto", "image_url": "u"}],
            },
            {},
        ),
        (
            Result("c", form="search", tools=(Tool("ls", "function", "List", Raw(b'{"type":"object"}'), strict=False),)),
            {"type": "tool_search_output", "tools": [FUNCTION], "execution": "client", "status": "completed"},
            {"type": "function_call_output", "output": "Tools found: ls"},
        ),
        (
            Result("c", form="search"),
            {"type": "tool_search_output", "tools": [], "execution": "client", "status": "completed"},
            {"type": "function_call_output", "output": "Tools found: none"},
        ),
    ],
)
def test_results_have_the_form_that_the_server_knows(result: Result, free: dict[str, Any], plain: dict[str, Any]) -> None:
    assert said(result, role="user") == [{"call_id": "c"} | free]
    assert said(result, role="user", manner=PLAIN) == [{"call_id": "c"} | (plain or free)]


def test_what_only_one_wire_understands_goes_back_to_it() -> None:
    assert said(Opaque(OWN, Raw(b'{"type":"web_search_call"}'), "server tool history")) == [{"type": "web_search_call"}]
    assert said(Opaque("anthropic", Raw(b"{}"), "server tool history")) == []


def test_long_ids_of_calls_are_shortened_alike() -> None:
    long = "x" * 65
    assert call_id("x" * 64) == "x" * 64
    assert len(call_id(long)) <= 64
    assert call_id(long) == call_id(long) != call_id(long + "y")
    assert said(Call(long, "ls", "{}"))[0]["call_id"] == said(Result(long), role="user")[0]["call_id"] == call_id(long)
