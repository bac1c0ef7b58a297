"""What each wire's answers must look like, written from the public descriptions and from what strict clients refuse: streams and bodies.

A checker takes bytes and fails with what is wrong; it knows nothing of our encoders.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tierwise.core.sse import Frame, Frames

Fields = Mapping[str, Any]

NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def frames_of(stream: bytes) -> list[Frame]:
    """The frames of a whole stream that are more than comments."""
    reader = Frames()
    whole, frames = reader.feed(stream)
    assert whole == stream
    assert not reader.rest
    return [one for one in frames if one.data is not None]


def told(one: Frame) -> dict[str, Any]:
    """A frame's data, which is an object."""
    assert one.data is not None
    value = json.loads(one.data)
    assert isinstance(value, dict)
    return value


def has(fields: Fields, **kinds: type | tuple[type, ...]) -> None:
    """That fields are there, of these types."""
    for name, kind in kinds.items():
        assert name in fields, f"no {name} in {fields}"
        assert isinstance(fields[name], kind), f"{name} is {fields[name]!r}"
        assert kind is not int or not isinstance(fields[name], bool)


def is_object(text: str) -> None:
    """That a call's input is a JSON object."""
    assert isinstance(json.loads(text), dict)


# ---- Anthropic Messages ----

REASONS: Final = {"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"}
GROWS: Final = {
    "text": {"text_delta": "text", "citations_delta": "citation"},
    "thinking": {"thinking_delta": "thinking", "signature_delta": "signature"},
    "tool_use": {"input_json_delta": "partial_json"},
    "server_tool_use": {"input_json_delta": "partial_json"},
}
SUMS: Final = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
ERRORS: Final = {
    "invalid_request_error",
    "authentication_error",
    "billing_error",
    "permission_error",
    "not_found_error",
    "request_too_large",
    "rate_limit_error",
    "timeout_error",
    "api_error",
    "overloaded_error",
}


def anthropic_stream(stream: bytes) -> None:
    """An answer of Anthropic Messages, whole or ended by an error."""
    said = [(one.event, told(one)) for one in frames_of(stream)]
    assert all(name == fields["type"] for name, fields in said)
    kinds = [name for name, _ in said if name != "ping"]
    if kinds[-1] == "error":
        anthropic_error(json.dumps(said[-1][1]).encode())
        kinds.pop()
        if not kinds:
            return
    else:
        assert kinds[-2:] == ["message_delta", "message_stop"]
    assert kinds[0] == "message_start"
    assert kinds.count("message_start") == 1
    block: dict[str, Any] = {}
    count = 0
    for name, fields in said:
        count = ANTHROPIC[name](fields, block, count)


def _announced(fields: Fields, _block: dict[str, Any], count: int) -> int:
    message = fields["message"]
    has(message, id=str, type=str, role=str, model=str, content=list, usage=dict)
    assert message["id"].startswith("msg_")
    assert (message["type"], message["role"], message["content"]) == ("message", "assistant", [])
    assert message["stop_reason"] is None
    assert message["stop_sequence"] is None
    has(message["usage"], **dict.fromkeys(SUMS, int))
    return count


def _begins(fields: Fields, block: dict[str, Any], count: int) -> int:
    assert not block, "a block opens within another"
    assert fields["index"] == count
    begun = fields["content_block"]
    if begun["type"] == "tool_use":
        assert NAME.fullmatch(begun["id"]) or len(begun["id"]) > 64
        assert re.fullmatch(r"[a-zA-Z0-9_-]+", begun["id"])
        assert NAME.fullmatch(begun["name"])
        assert begun["input"] == {}
    else:
        assert begun.get("text", "") == begun.get("thinking", "") == ""
    block |= {"type": begun["type"], "said": "", "signed": 0}
    return count


def _grows(fields: Fields, block: dict[str, Any], count: int) -> int:
    assert fields["index"] == count
    field = GROWS[block["type"]][fields["delta"]["type"]]
    assert field in fields["delta"]
    if field == "signature":
        block["signed"] += 1
        assert fields["delta"]["signature"]
    elif field != "citation":
        assert not block["signed"], "a thought grows after its signature"
        block["said"] += fields["delta"][field]
    return count


def _closes(fields: Fields, block: dict[str, Any], count: int) -> int:
    assert fields["index"] == count
    if block["type"] == "tool_use":
        is_object(block["said"])
    if block["type"] == "thinking":
        assert block["signed"] == 1
    block.clear()
    return count + 1


def _sums(fields: Fields, block: dict[str, Any], count: int) -> int:
    assert not block
    assert fields["delta"]["stop_reason"] in REASONS
    assert "stop_sequence" in fields["delta"]
    has(fields["usage"], output_tokens=int)
    return count


def _passes(_fields: Fields, _block: dict[str, Any], count: int) -> int:
    return count


ANTHROPIC: Final[Mapping[str, Callable[[Fields, dict[str, Any], int], int]]] = {
    "message_start": _announced,
    "content_block_start": _begins,
    "content_block_delta": _grows,
    "content_block_stop": _closes,
    "message_delta": _sums,
    "message_stop": _passes,
    "ping": _passes,
    "error": _passes,
}


def anthropic_answer(body: bytes) -> None:
    """A whole answer of Anthropic Messages."""
    said = json.loads(body)
    has(said, id=str, model=str, content=list, usage=dict)
    assert said["id"].startswith("msg_")
    assert (said["type"], said["role"]) == ("message", "assistant")
    assert said["stop_reason"] in REASONS
    has(said["usage"], **dict.fromkeys(SUMS, int))
    for block in said["content"]:
        has(block, type=str)
        has(block, **WHOLE.get(block["type"], {}))


WHOLE: Final[Mapping[str, Mapping[str, type]]] = {
    "text": {"text": str},
    "thinking": {"thinking": str, "signature": str},
    "tool_use": {"id": str, "name": str, "input": dict},
}


def anthropic_error(body: bytes) -> None:
    """An error of Anthropic Messages."""
    said = json.loads(body)
    assert said["type"] == "error"
    assert said["error"]["type"] in ERRORS
    assert said["error"]["message"]


# ---- OpenAI Chat Completions ----

FINISHES: Final = {"stop", "length", "tool_calls", "content_filter"}


def chat_stream(stream: bytes) -> None:
    """An answer of Chat Completions, whole or ended by an error."""
    found = frames_of(stream)
    assert all(not one.event for one in found)
    whole = found[-1].data == b"[DONE]"
    said = [told(one) for one in found[: -1 if whole else None]]
    if not whole:
        openai_error(json.dumps(said.pop()).encode())
    for one in said:
        has(one, id=str, object=str, created=int, model=str, choices=list)
        assert one["object"] == "chat.completion.chunk"
    assert len({(one["id"], one["created"], one["model"]) for one in said}) <= 1
    spoken = [one for one in said if one["choices"]]
    assert said[len(spoken) :] == [one for one in said if not one["choices"]], "usage comes last"
    assert len(said) - len(spoken) <= 1
    choices = [one["choices"][0] for one in spoken]
    assert all(len(one["choices"]) == 1 for one in spoken)
    assert all(one["index"] == 0 for one in choices)
    if choices:
        assert choices[0]["delta"]["role"] == "assistant"
    finishes = [one["finish_reason"] for one in choices]
    if whole:
        assert finishes[-1] in FINISHES
    assert not any(finishes[: -1 if whole else None])
    _called([call for one in choices for call in one["delta"].get("tool_calls") or ()], whole=whole)
    for one in said[len(spoken) :]:
        chat_usage(one["usage"])


def _called(pieces: list[dict[str, Any]], *, whole: bool) -> None:
    """The pieces of calls: each is begun with id, type and name, and then grows."""
    calls: list[dict[str, Any]] = []
    for one in pieces:
        if one["index"] == len(calls):
            has(one, id=str, type=str)
            has(one[one["type"]], name=str)
            assert NAME.fullmatch(one[one["type"]]["name"])
            calls.append({"type": one["type"], "said": ""})
        assert one["index"] < len(calls)
        call = calls[one["index"]]
        call["said"] += one[call["type"]].get({"function": "arguments", "custom": "input"}[call["type"]], "")
    for call in calls if whole else calls[:-1]:
        if call["type"] == "function":
            is_object(call["said"])


def chat_usage(usage: Fields) -> None:
    """The tokens of Chat Completions."""
    has(usage, prompt_tokens=int, completion_tokens=int, total_tokens=int, prompt_tokens_details=dict, completion_tokens_details=dict)
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["prompt_tokens_details"]["cached_tokens"] <= usage["prompt_tokens"]


def chat_answer(body: bytes) -> None:
    """A whole answer of Chat Completions."""
    said = json.loads(body)
    has(said, id=str, created=int, model=str, choices=list)
    assert said["object"] == "chat.completion"
    (choice,) = said["choices"]
    assert choice["index"] == 0
    assert choice["finish_reason"] in FINISHES
    assert "logprobs" in choice
    message = choice["message"]
    assert message["role"] == "assistant"
    has(message, content=(str, type(None)), refusal=(str, type(None)))
    for call in message.get("tool_calls", []):
        has(call, id=str)
        if call["type"] == "function":
            is_object(call["function"]["arguments"])
        else:
            has(call["custom"], name=str, input=str)
    assert message.get("tool_calls") != []
    if "usage" in said:
        chat_usage(said["usage"])


def openai_error(body: bytes) -> None:
    """An error of OpenAI's wires."""
    said = json.loads(body)["error"]
    has(said, message=str, type=str, param=(str, type(None)), code=(str, type(None)))
    assert said["message"]


# ---- OpenAI Responses ----

ENDS: Final = {"response.completed": "completed", "response.incomplete": "incomplete", "response.failed": "failed"}
NULLABLE: Final = (
    "error",
    "incomplete_details",
    "instructions",
    "metadata",
    "max_output_tokens",
    "previous_response_id",
    "temperature",
    "top_p",
    "reasoning",
    "usage",
    "completed_at",
)
PREFIXES: Final = {"message": "msg_", "reasoning": "rs_", "function_call": "fc_", "custom_tool_call": "ctc_", "tool_search_call": "tsc_"}
PARTS: Final = {
    "response.output_text.delta": ("output_text", "text"),
    "response.refusal.delta": ("refusal", "refusal"),
}
DONE: Final = {
    "response.output_text.done": "text",
    "response.refusal.done": "refusal",
    "response.reasoning_summary_text.done": "text",
    "response.function_call_arguments.done": "arguments",
    "response.custom_tool_call_input.done": "input",
}


def responses_stream(stream: bytes) -> None:
    """An answer of Responses, whole or failed."""
    said = [(one.event, told(one)) for one in frames_of(stream)]
    assert all(name == fields["type"] for name, fields in said)
    assert [fields["sequence_number"] for _, fields in said] == list(range(len(said)))
    names = [name for name, _ in said]
    if "error" in names:
        assert names[-2:] == ["error", "response.failed"]
        openai_error(json.dumps({"error": said[-2][1]["error"]}).encode())
    if names[0] == "error":
        return
    assert names[:2] == ["response.created", "response.in_progress"]
    assert names[-1] in ENDS
    for name, fields in said:
        if "response" in fields:
            response_object(fields["response"], ENDS.get(name, "in_progress"))
    items = _items([(name, fields) for name, fields in said[2:-1] if name != "error"], whole="error" not in names)
    assert said[-1][1]["response"]["output"] == items


def _items(said: list[tuple[str, dict[str, Any]]], *, whole: bool) -> list[Any]:
    """The items of a stream, each begun, filled and done one after another."""
    done: list[Any] = []
    item: dict[str, Any] = {}
    grown, closed = "", ""
    for name, fields in said:
        assert fields["output_index"] == len(done)
        if name == "response.output_item.added":
            assert not item
            item, grown, closed = fields["item"], "", ""
            continue
        assert item, f"{name} outside any item"
        if name == "response.output_item.done":
            _complete(fields["item"], item, grown)
            done.append(fields["item"])
            item = {}
            continue
        assert fields["item_id"] == item["id"]
        if name.endswith(".delta"):
            assert not closed
            grown += fields["delta"]
            has(fields, **({"content_index": int} if name in PARTS else {}))
        elif name in DONE:
            closed = name
            assert fields[DONE[name]] == grown
    assert not whole or not item
    return done


def _complete(item: Fields, begun: Fields, grown: str) -> None:
    assert item["type"] == begun["type"]
    assert item.get("id") == begun.get("id")
    if item["type"] in PREFIXES:
        assert item["id"].startswith(PREFIXES[item["type"]])
        assert grown in {_text(item), ""}
        assert item["type"] == "tool_search_call" or grown == _text(item)


def _text(item: Fields) -> str:
    parts = [*(item.get("content") or ()), *(item.get("summary") or ())]
    words = [part.get("text", part.get("refusal", "")) for part in parts]
    inputs = [item[name] for name in ("arguments", "input") if isinstance(item.get(name), str)]
    return "".join([*words, *inputs])


def response_object(said: Fields, status: str) -> None:
    """A response object in a state."""
    has(said, id=str, object=str, created_at=int, model=str, output=list, parallel_tool_calls=bool, tools=list)
    assert said["id"].startswith("resp_")
    assert said["object"] == "response"
    assert said["status"] == status
    for name in (*NULLABLE, "tool_choice", "text", "truncation"):
        assert name in said, name
    assert (said["error"] is not None) == (status == "failed")
    assert (said["incomplete_details"] is not None) == (status == "incomplete")
    if status == "in_progress":
        assert said["output"] == []
    else:
        responses_usage(said["usage"])
    for item in said["output"]:
        response_item(item)


def response_item(item: Fields) -> None:
    """An item of an answer's output."""
    has(item, type=str)
    if item["type"] == "message":
        has(item, id=str, role=str, content=list, status=str)
        for part in item["content"]:
            has(part, **({"refusal": str} if part["type"] == "refusal" else {"text": str, "annotations": list}))
    elif item["type"] == "reasoning":
        has(item, id=str, summary=list)
    elif item["type"] == "function_call":
        has(item, id=str, call_id=str, name=str, arguments=str)
        is_object(item["arguments"])
    elif item["type"] == "custom_tool_call":
        has(item, id=str, call_id=str, name=str, input=str)


def responses_usage(usage: Fields) -> None:
    """The tokens of Responses."""
    has(usage, input_tokens=int, output_tokens=int, total_tokens=int)
    has(usage["input_tokens_details"], cached_tokens=int, cache_write_tokens=int)
    has(usage["output_tokens_details"], reasoning_tokens=int)
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def responses_answer(body: bytes) -> None:
    """A whole answer of Responses."""
    said = json.loads(body)
    assert said["status"] in {"completed", "incomplete"}
    response_object(said, said["status"])


STREAMS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "anthropic": anthropic_stream,
    "openai_chat": chat_stream,
    "openai_responses": responses_stream,
}
ANSWERS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "anthropic": anthropic_answer,
    "openai_chat": chat_answer,
    "openai_responses": responses_answer,
}
FAULTS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "anthropic": anthropic_error,
    "openai_chat": openai_error,
    "openai_responses": openai_error,
}
