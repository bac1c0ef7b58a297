"""The response object, which repeats the request and has every key that strict clients want."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.wires.openai_responses.kit import CUSTOM, FUNCTION, SPACE, USER, WEB, read
from tierwise.core.prompt import Format, Prompt, Text, Tool
from tierwise.core.usage import Usage
from tierwise.core.wire import Voice
from tierwise.wires.openai_responses.responding import State, ended, repeated, response_of

VOICE = Voice("abc", 7, "m")


def said(voice: Voice = VOICE, state: State = State("completed"), **more: Any) -> dict[str, Any]:  # noqa: B008  # frozen
    found: dict[str, Any] = json.loads(msgspec.json.encode(response_of(repeated(voice, **more), state)))
    return found


def required(shared: Path) -> set[str]:
    schemas = json.loads((shared / "specs" / "openai-openapi-subset.json").read_text())["components"]["schemas"]
    return {name for part in schemas["Response"]["allOf"] for name in part.get("required", [])}


def test_every_key_that_the_specification_requires_is_there(shared: Path) -> None:
    wanted = required(shared)
    assert len(wanted) > 10
    assert wanted <= said().keys()


@pytest.mark.parametrize(
    "name",
    [
        "completed_at",
        "error",
        "incomplete_details",
        "instructions",
        "previous_response_id",
        "max_output_tokens",
        "usage",
        "safety_identifier",
    ],
)
def test_keys_without_a_value_are_null_and_not_missing(name: str) -> None:
    assert said(state=State())[name] is None


def test_without_a_request_there_are_defaults() -> None:
    found = said()
    assert (found["temperature"], found["top_p"], found["tools"], found["tool_choice"]) == (1.0, 1.0, [], "auto")
    assert (found["metadata"], found["store"], found["truncation"], found["parallel_tool_calls"]) == ({}, False, "disabled", True)
    assert (found["text"], found["reasoning"]) == ({"format": {"type": "text"}}, {"effort": None, "summary": None})
    assert found["service_tier"] == "default"
    assert "user" not in found


def test_fields_of_the_request_are_repeated() -> None:
    more = {
        "instructions": "You are.",
        "metadata": {"a": "b"},
        "previous_response_id": "resp_0",
        "store": True,
        "truncation": "auto",
        "parallel_tool_calls": False,
        "temperature": 0.5,
        "top_p": 0.9,
        "max_output_tokens": 9,
        "reasoning": {"effort": "low", "summary": "auto"},
        "text": {"verbosity": "low", "format": {"type": "json_object"}},
        "tools": [FUNCTION, CUSTOM, WEB],
        "tool_choice": {"type": "function", "name": "ls"},
        "prompt_cache_key": "k",
        "service_tier": "flex",
        "user": "u",
    }
    found = said(replace(VOICE, prompt=read(USER, **more)))
    assert {name: found[name] for name in more} == more


def test_a_request_of_another_wire_is_repeated_as_far_as_it_goes() -> None:
    prompt = Prompt(
        "anthropic",
        "claude",
        head=(Text("You are."),),
        tools=(Tool("ls"),),
        extras={"metadata": msgspec.Raw(b"7")},
        format=Format("object"),
    )
    found = said(replace(VOICE, prompt=prompt))
    assert (found["instructions"], found["metadata"]) == (None, {})
    assert found["tools"] == [{"type": "function", "name": "ls", "description": None, "parameters": {}, "strict": None}]


def test_tools_in_namespaces_are_repeated_in_them() -> None:
    assert said(replace(VOICE, prompt=read(USER, tools=[SPACE])))["tools"][0]["tools"][0]["name"] == "wait"


@pytest.mark.parametrize(("known", "made"), [("resp_9", "resp_9"), ("msg_9", "resp_abc"), ("", "resp_abc")])
def test_the_id_is_the_providers_where_it_is_one_of_this_wire(known: str, made: str) -> None:
    assert said(known=known)["id"] == made


def test_the_model_is_the_name_to_show() -> None:
    assert said(model="x")["model"] == "m"
    assert said(replace(VOICE, model=""), model="x")["model"] == "x"


@pytest.mark.parametrize(
    ("reason", "status", "cut"),
    [
        ("end", "completed", None),
        ("calls", "completed", None),
        ("refusal", "completed", None),
        ("limit", "incomplete", {"reason": "max_output_tokens"}),
        ("context", "incomplete", {"reason": "max_output_tokens"}),
        ("filtered", "incomplete", {"reason": "content_filter"}),
    ],
)
def test_how_an_answer_ended_is_its_status(reason: str, status: str, cut: Any) -> None:
    found = said(state=ended(reason, ["x"], Usage(1, 2, 3, 0, 4, 5)))
    assert (found["status"], found["incomplete_details"], found["output"]) == (status, cut, ["x"])
    assert found["completed_at"] == (7 if status == "completed" else None)
    assert found["usage"] == {
        "input_tokens": 6,
        "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 3},
        "output_tokens": 4,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 10,
    }
