"""What real providers refuse, and how they say so: a change to a good request, and what is said of it."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.upstream.scripted.asking import CHAT, MESSAGES, RESPONSES, SCHEMA, asked, body, refusal, told, tool
from tierwise.upstream.scripted import Scripted

CALL = {"id": "c", "type": "function", "function": {"name": "bash", "arguments": "{}"}}
CALLING = {"role": "assistant", "tool_calls": [CALL]}
USER = {"role": "user", "content": "hi"}
RESULT = {"role": "tool", "tool_call_id": "c", "content": "x"}
OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
NAMED = {"type": "function", "function": {"name": "a b"}}


def said(*messages: Any) -> dict[str, Any]:
    return {"messages": list(messages)}


def strict(schema: Mapping[str, Any], name: str = "f") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": schema, "strict": True}}


CHAT_CASES: list[tuple[dict[str, Any], str]] = [
    ({"model": None}, "you must provide a model parameter"),
    ({"model": 3}, "Invalid type for 'model'"),
    ({"messages": None}, "Missing required parameter: 'messages'"),
    ({"messages": []}, "empty array"),
    ({"messages": "hi"}, "Invalid type for 'messages'"),
    (said("hi"), "Invalid type for 'messages[0]'"),
    (said({"content": "x"}), "messages[0].role"),
    (said({"role": "robot", "content": "x"}), "'robot'"),
    (said({"role": "user"}), "expected a string, got null"),
    (said({"role": "user", "content": 3}), "messages[0].content"),
    (said({"role": "user", "content": [{"text": "x"}]}), "messages[0].content[0].type"),
    (said({"role": "user", "content": [{"type": "refusal", "refusal": "x"}]}), "'refusal'"),
    (said({"role": "user", "content": [{"type": "text"}]}), "messages[0].content[0].text"),
    (said({"role": "user", "content": [{"type": "tool_result", "content": "x"}]}), "'tool_result'"),
    (said(USER, RESULT), "must be a response to a preceeding message"),
    (said(USER, CALLING), "did not have response messages: c"),
    (said(USER, CALLING, USER), "did not have response messages: c"),
    (said(USER, CALLING, {"role": "tool", "content": "x"}), "tool_call_id"),
    (said(USER, CALLING, RESULT, RESULT), "must be a response"),
    (said(USER, {"role": "assistant", "tool_calls": []}), "empty array"),
    (said(USER, {"role": "assistant", "tool_calls": [{"id": "c"}]}), "tool_calls[0].function.name"),
    (said(USER, {"role": "assistant", "tool_calls": [{**CALL, "function": {"name": "x", "arguments": {}}}]}), "arguments"),
    (said(USER, {"role": "assistant", "tool_calls": [{**CALL, "function": {"name": "x"}}]}), "arguments"),
    (said(USER, {"role": "assistant", "tool_calls": [{"function": {"name": "x", "arguments": ""}}]}), "tool_calls[0].id"),
    ({"tools": []}, "empty array"),
    ({"tools": [tool(MESSAGES)]}, "tools[0].type"),
    ({"tools": [{"type": "function", "name": "bash"}]}, "tools[0].function.name"),
    ({"tools": [NAMED]}, "does not match pattern"),
    ({"tools": [tool(CHAT, "a" * 65)]}, "does not match pattern"),
    ({"tools": [tool(CHAT, schema={"type": "string"})]}, "schema must be a JSON Schema of 'type: \"object\"'"),
    ({"tools": [strict(OPEN)]}, "'additionalProperties' is required to be supplied and to be false"),
    ({"tools": [strict({**OPEN, "additionalProperties": False})]}, "Missing 'a'"),
    (
        {"tools": [strict({**SCHEMA, "additionalProperties": False, "properties": {"command": {"anyOf": [OPEN]}}})]},
        "'additionalProperties'",
    ),
    ({"tools": [strict({**SCHEMA, "additionalProperties": False, "properties": {"command": {"items": OPEN}}})]}, "'additionalProperties'"),
    ({"tool_choice": "auto"}, "only allowed when 'tools' are specified"),
    ({"tools": [tool(CHAT)], "tool_choice": "sometimes"}, "'sometimes'"),
    ({"tools": [tool(CHAT)], "tool_choice": {"type": "function", "function": {"name": "other"}}}, "'other'"),
    ({"response_format": {"type": "yaml"}}, "'yaml'"),
    ({"response_format": {"type": "json_schema"}}, "json_schema"),
    ({"response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}}, "json_schema.name"),
    ({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": OPEN, "strict": True}}}, "additionalProperties"),
    ({"temperature": 3}, "temperature"),
    ({"top_p": "x"}, "top_p"),
    ({"stop": ["a", "b", "c", "d", "e"]}, "at most 4"),
    ({"n": 0}, "'n'"),
    ({"max_tokens": 0}, "below minimum value"),
    ({"max_completion_tokens": "x"}, "max_completion_tokens"),
    ({"stream_options": {"include_usage": True}}, "only allowed when 'stream' is enabled"),
    ({"stream": "yes"}, "'stream'"),
    ({"top_k": 3}, "Unrecognized request argument supplied: top_k"),
    ({"logprobs": True}, "not allowed to request logprobs"),
    ({"anthropic_version": "x"}, "Unrecognized request argument"),
]

A_CALL = {"type": "tool_use", "id": "c", "name": "bash", "input": {}}
A_RESULT = {"type": "tool_result", "tool_use_id": "c", "content": "x"}
MARK = {"cache_control": {"type": "ephemeral"}}


def turn(role: str, *blocks: Any) -> dict[str, Any]:
    return {"role": role, "content": list(blocks)}


TEXT = {"type": "text", "text": "x"}
MESSAGES_CASES: list[tuple[dict[str, Any], str]] = [
    ({"model": ""}, "model: Input should be a valid string"),
    ({"model": None}, "model:"),
    ({"messages": None}, "messages"),
    ({"messages": []}, "at least one message is required"),
    ({"messages": {"role": "user"}}, "messages"),
    ({"max_tokens": None}, "max_tokens: Field required"),
    ({"max_tokens": -1}, "max_tokens"),
    ({"max_tokens": 1.5}, "max_tokens"),
    (said({"role": "user"}), "messages.0.content: Field required"),
    (said({"content": "x"}), "messages.0.role: Field required"),
    (said({"role": "tool", "content": "x"}), 'Unexpected role "tool"'),
    (said(turn("user", {"text": "x"})), "messages.0.content.0.type"),
    (said(turn("user", {"type": "text"})), "messages.0.content.0.text.text: Field required"),
    (said(turn("user", {"type": "text", "text": ""})), "must be non-empty"),
    (said(turn("user", {"type": "text", "text": " \n"})), "must contain non-whitespace"),
    (said(turn("user", {**TEXT, "index": 0})), "index: Extra inputs are not permitted"),
    (said(turn("user", A_CALL)), "`tool_use` blocks can only be in `assistant` messages"),
    (said(USER, turn("assistant", A_RESULT)), "`tool_result` blocks can only be in `user` messages"),
    (said({"role": "user", "content": ""}), "non-empty content"),
    (said(USER, {"role": "assistant", "content": "so "}), "trailing whitespace"),
    (said({"role": "assistant", "content": "x"}, USER), 'must use the "user" role'),
    (said(USER, turn("assistant", A_CALL)), "without `tool_result` blocks immediately after: c"),
    (said(USER, turn("assistant", A_CALL), USER), "without `tool_result` blocks"),
    (said(turn("user", A_RESULT)), "unexpected `tool_use_id`"),
    (said(USER, turn("assistant", A_CALL), turn("user", A_RESULT, A_RESULT)), "single result"),
    (said(USER, turn("assistant", {**A_CALL, "input": "{}"}), turn("user", A_RESULT)), "valid dictionary"),
    (said(USER, turn("assistant", {**A_CALL, "id": "a|b"}), turn("user", {**A_RESULT, "tool_use_id": "a|b"})), "tool_use.id"),
    (
        said(USER, turn("assistant", {"type": "thinking", "thinking": "x", "signature": "y"}), USER),
        "messages.1.content.0: Invalid `signature`",
    ),
    (said(USER, turn("assistant", {"type": "thinking", "thinking": "x"}), USER), "signature: Field required"),
    (said(USER, turn("assistant", {"type": "redacted_thinking", "data": "y"}), USER), "Invalid `data`"),
    ({"tools": [tool(MESSAGES), tool(MESSAGES)]}, "Tool names must be unique"),
    ({"tools": [tool(CHAT)]}, "tools.0.custom.name: Field required"),
    ({"tools": [{"name": "x"}]}, "input_schema: Field required"),
    ({"tools": [tool(MESSAGES, schema={})]}, "input_schema.type: Field required"),
    ({"tools": [tool(MESSAGES, schema={"type": "array"})]}, "Input should be 'object'"),
    ({"tools": [tool(MESSAGES, schema={**SCHEMA, "anyOf": []})]}, "does not support oneOf, allOf, or anyOf"),
    ({"tools": [tool(MESSAGES, "a.b")]}, "should match pattern"),
    ({"tool_choice": {"type": "auto"}}, "only be specified while providing tools"),
    ({"tools": [tool(MESSAGES)], "tool_choice": {"type": "required"}}, "'required'"),
    ({"tools": [tool(MESSAGES)], "tool_choice": {"type": "tool", "name": "x"}}, "'x' not found"),
    ({"tools": [tool(MESSAGES)], "tool_choice": "auto"}, "tool_choice"),
    ({"thinking": {"type": "on"}}, "'on'"),
    ({"thinking": {"type": "enabled"}}, "greater than or equal to 1024"),
    ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "must be greater than `thinking.budget_tokens`"),
    ({"thinking": {"type": "adaptive"}, "temperature": 0.5}, "only be set to 1"),
    ({"thinking": {"type": "adaptive"}, "top_k": 5}, "`top_k` must be unset"),
    ({"thinking": {"type": "adaptive"}, "tools": [tool(MESSAGES)], "tool_choice": {"type": "any"}}, "forces tool use"),
    ({"thinking": {"type": "adaptive"}, **said(USER, {"role": "assistant", "content": "x"})}, "prefilled"),
    ({"temperature": 1.5}, "range: 0..1"),
    ({"top_p": 2}, "range: 0..1"),
    ({"top_k": -1}, "greater than or equal to 0"),
    ({"stop_sequences": [" "]}, "non-whitespace"),
    ({"stream": 1}, "stream"),
    ({"system": [{"type": "text", "text": "x", **MARK}] * 5}, "maximum of 4 blocks"),
    ({"system": [{"type": "text", "text": "", **MARK}]}, "empty text blocks"),
    ({"system": [{**TEXT, "cache_control": {"type": "forever"}}]}, "ephemeral"),
    ({"system": [{**TEXT, "cache_control": {"type": "ephemeral", "ttl": "2h"}}]}, "'1h'"),
    (said(USER, turn("assistant", {"type": "thinking", "thinking": "", "signature": "", **MARK}), USER), "cannot be set for thinking"),
    ({"system": 3}, "system"),
    ({"n": 2}, "n: Extra inputs are not permitted"),
    ({"reasoning_effort": "high"}, "Extra inputs are not permitted"),
]

OUTPUT = {"type": "function_call_output", "call_id": "c", "output": "x"}
CALLED = {"type": "function_call", "call_id": "c", "name": "bash", "arguments": "{}"}


def items(*listed: Any) -> dict[str, Any]:
    return {"input": list(listed)}


RESPONSES_CASES: list[tuple[dict[str, Any], str]] = [
    ({"model": None}, "Missing required parameter: 'model'"),
    ({"input": None}, "Missing required parameter: 'input'"),
    ({"input": []}, "empty array"),
    ({"input": 3}, "Invalid type for 'input'"),
    (items("x"), "input[0]"),
    (items({"type": "tool_result"}), "'tool_result'"),
    (items({"role": "tool", "content": "x"}), "'tool'"),
    (items({"role": "user"}), "input[0].content"),
    (items({"role": "user", "content": [{"type": "text", "text": "x"}]}), "'text'"),
    (items({"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}), "'input_text'"),
    (items(USER, OUTPUT), "No tool call found for function call output with call_id c"),
    (items(USER, CALLED), "No tool output found for function call c"),
    (items(USER, {**CALLED, "call_id": "c" * 65}, {**OUTPUT, "call_id": "c" * 65}), "string too long"),
    (items(USER, {**CALLED, "arguments": {}}, OUTPUT), "input[1].arguments"),
    (items(USER, {"type": "function_call", "call_id": "c", "name": "x"}), "input[1].arguments"),
    (items({"type": "reasoning"}, USER), "input[0].summary"),
    (
        items({"type": "reasoning", "summary": [], "encrypted_content": "foreign"}, USER),
        "The encrypted content fore... could not be verified",
    ),
    (items({"type": "compaction", "encrypted_content": "foreign"}, USER), "could not be verified"),
    (items({"type": "additional_tools", "tools": {}}, USER), "input[0].tools"),
    (items({"type": "additional_tools", "tools": [{"type": "robot"}]}, USER), "input[0].tools[0].type"),
    ({"tools": [tool(CHAT)]}, "tools[0].name"),
    ({"tools": [{"name": "x"}]}, "tools[0].type"),
    ({"tools": [{"type": "robot"}]}, "'robot'"),
    ({"tools": [tool(RESPONSES, "a b")]}, "does not match pattern"),
    ({"tools": [{"type": "namespace", "name": "n", "tools": [tool(RESPONSES, "a b")]}]}, "tools[0].tools[0].name"),
    ({"tools": [{**tool(RESPONSES), "strict": True}]}, "additionalProperties"),
    ({"tools": [tool(RESPONSES, schema={"type": "string"})]}, "'type: \"object\"'"),
    ({"tool_choice": "sometimes"}, "'sometimes'"),
    ({"tool_choice": "required"}, "must be specified with 'tools'"),
    ({"tools": [tool(RESPONSES)], "tool_choice": {"type": "function", "name": "x"}}, "'x' not found"),
    ({"text": {"format": {"type": "yaml"}}}, "'yaml'"),
    ({"text": {"format": {"type": "json_schema", "schema": SCHEMA}}}, "text.format.name"),
    ({"text": {"format": {"type": "json_schema", "name": "n"}}}, "text.format.schema"),
    ({"max_output_tokens": 1}, "Expected a value >= 16"),
    ({"temperature": 2.5}, "temperature"),
    ({"top_logprobs": 3}, "logprobs are not supported"),
    ({"include": ["message.output_text.logprobs"]}, "logprobs are not supported"),
    ({"messages": []}, "Unknown parameter: 'messages'"),
    ({"stop": ["x"]}, "Unknown parameter: 'stop'"),
    ({"previous_response_id": "resp_x"}, "not found"),
]

CASES = [(path, *one) for path, listed in ((CHAT, CHAT_CASES), (MESSAGES, MESSAGES_CASES), (RESPONSES, RESPONSES_CASES)) for one in listed]


@pytest.mark.parametrize(("path", "change", "message"), CASES)
def test_it_is_refused(path: str, change: dict[str, Any], message: str) -> None:
    script = asked(path, {**body(path), **change})
    assert script.status == (403 if "logprobs" in change else 400)
    assert message in f"{refusal(script)} {told(script)['error'].get('param')}"


@pytest.mark.parametrize("path", [CHAT, MESSAGES, RESPONSES])
def test_the_request_that_is_changed_is_good(path: str) -> None:
    assert asked(path, body(path)).status == 200


def test_where_something_is_wrong_is_told_by_itself_too() -> None:
    error = told(asked(CHAT, {**body(CHAT), "messages": []}))["error"]
    assert (error["param"], error["code"], error["type"]) == ("messages", "empty_array", "invalid_request_error")
    error = told(asked(RESPONSES, {**body(RESPONSES), "max_output_tokens": 1}))["error"]
    assert (error["param"], error["code"]) == ("max_output_tokens", "integer_below_min_value")


def test_a_version_has_to_be_stated_on_the_wire_that_has_one() -> None:
    assert refusal(asked(MESSAGES, body(MESSAGES), headers={"anthropic-version": ""})) == "anthropic-version: header is required"


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (CHAT, said(USER, {**CALLING, "content": None}, RESULT)),
        (CHAT, said(USER, {**CALLING, "content": ""}, RESULT, USER)),
        (CHAT, said({"role": "developer", "content": "x"}, {"role": "system", "content": [{"type": "text", "text": "x"}]}, USER)),
        (CHAT, {"tools": [strict({**OPEN, "additionalProperties": False, "required": ["a"]})], "tool_choice": "required"}),
        (MESSAGES, said(USER, turn("assistant", TEXT, A_CALL), turn("user", A_RESULT, TEXT))),
        (MESSAGES, said(USER, {"role": "system", "content": "x", "output_config": {"effort": "high"}})),
        (MESSAGES, said(USER, turn("assistant", A_CALL), {"role": "system", "content": "x"}, turn("user", A_RESULT))),
        (MESSAGES, said(USER, USER, {"role": "assistant", "content": "x"})),
        (MESSAGES, said(USER, turn("assistant", {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}), USER)),
        (MESSAGES, {"thinking": {"type": "disabled"}, "temperature": 0.5, "top_k": 5}),
        (RESPONSES, items(USER, CALLED, OUTPUT)),
        (RESPONSES, items(USER, {"type": "web_search_call", "id": "ws_1", "status": "completed"}, USER)),
        (RESPONSES, items(USER, {"role": "assistant", "content": "x"}, {"type": "item_reference", "id": "msg_1"})),
        (RESPONSES, {"tools": [{"type": "web_search"}, {"type": "namespace", "name": "n", "description": "", "tools": [tool(RESPONSES)]}]}),
    ],
)
def test_it_is_taken(path: str, change: dict[str, Any]) -> None:
    script = asked(path, {**body(path), **change})
    assert script.status == 200, refusal(script)


@pytest.mark.parametrize(
    ("path", "change"), [(CHAT, {"top_k": 3}), (MESSAGES, {"n": 3}), (RESPONSES, {"stop": ["x"]}), (MESSAGES, {"temperature": 2})]
)
def test_a_lenient_provider_lets_it_pass(path: str, change: dict[str, Any]) -> None:
    assert asked(path, {**body(path), **change}, Scripted(strict=False)).status == 200
