"""Responses: what a request asks, and an answer as a body or as frames."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from tierwise.core.sse import frame
from tierwise.upstream.scripted.asked import AUTO, CUSTOM, FUNCTION, REQUIRED, Asked, Offered, Part, Spent
from tierwise.upstream.scripted.checks import encoded, objects, opened, text_of, texts_of
from tierwise.upstream.scripted.saying import Called, Said, pieces, sliced
from tierwise.upstream.scripted.seals import closed
from tierwise.upstream.scripted.shape import Making

TITLE: Final = "Responses"
HEADS: Final = frozenset({"system", "developer"})
OUTPUTS: Final = frozenset({"function_call_output", "custom_tool_call_output", "local_shell_call_output", "shell_call_output"})
UNTHINKING: Final = frozenset({None, "none", "minimal"})
ENCRYPTED: Final = "reasoning.encrypted_content"
USUAL_NAMESPACE: Final = "functions"
"""The namespace that calls are not told to be of."""

ENDS: Final = MappingProxyType({"limit": "max_output_tokens", "filtered": "content_filter"})
"""Why an answer is incomplete."""


def items_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of a request's input; a text is what the person says."""
    given = body.get("input")
    return [{"type": "message", "role": "user", "content": given}] if isinstance(given, str) else objects(given)


def read(body: Mapping[str, Any]) -> Asked:
    """What a request asks."""
    items = items_of(body)
    heads = [one for one in items if one.get("role") in HEADS and one.get("type") != "additional_tools"]
    offered = [
        *objects(body.get("tools")),
        *(tool for one in items if one.get("type") == "additional_tools" for tool in objects(one["tools"])),
    ]
    reasoning = body.get("reasoning") or {}
    return Asked(
        shape=TITLE,
        model=str(body["model"]),
        texts=_texts(items),
        head="\n".join([str(body.get("instructions") or ""), *(text_of(one.get("content")) for one in heads)]),
        results=_results(items),
        tools=tuple(_offered(offered)),
        choice=_choice(body.get("tool_choice")),
        schema=_schema((body.get("text") or {}).get("format")),
        limit=body.get("max_output_tokens"),
        thinks=reasoning.get("effort") not in UNTHINKING or bool(reasoning.get("summary")),
        stream=bool(body.get("stream")),
        usage=True,
        parts=tuple(
            Part(encoded(one)) for one in (*objects(body.get("tools")), {"instructions": body.get("instructions")}, *map(_plain, items))
        ),
        body=body,
    )


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item without its id, which clients make up anew."""
    return {key: value for key, value in item.items() if key not in {"id", "status"}}


def _texts(items: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    found: list[str] = []
    for one in reversed(items):
        if one.get("role") == "user":
            found = [*texts_of(one.get("content")), *found]
        elif found:
            break
    return tuple(found)


def _results(items: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    found: list[str] = []
    for one in reversed(items):
        if one.get("type") not in OUTPUTS:
            break
        found.insert(0, text_of(one.get("output")))
    return tuple(found)


def _offered(tools: Iterable[Mapping[str, Any]], namespace: str = "") -> Iterator[Offered]:
    for one in tools:
        if one.get("type") == "namespace":
            yield from _offered(objects(one.get("tools")), str(one.get("name", "")))
        elif one.get("type") in {FUNCTION, CUSTOM} and not one.get("defer_loading"):
            yield Offered(str(one.get("name", "")), one["type"], one.get("parameters") or {}, namespace)


def _choice(choice: Any) -> str:
    if not isinstance(choice, dict):
        return choice or AUTO
    return choice.get("name") or choice.get("mode") or (REQUIRED if choice.get("type") in {FUNCTION, CUSTOM} else AUTO)


def _schema(form: Any) -> Mapping[str, Any] | None:
    asked = form if isinstance(form, dict) else {}
    return {"json_schema": asked.get("schema") or {}, "json_object": {}}.get(str(asked.get("type")))


def usage(spent: Spent) -> dict[str, Any]:
    """Tokens as they are told here."""
    return {
        "input_tokens": spent.prompt,
        "input_tokens_details": {"cached_tokens": spent.read, "cache_write_tokens": 0},
        "output_tokens": spent.said,
        "output_tokens_details": {"reasoning_tokens": spent.thought},
        "total_tokens": spent.prompt + spent.said,
    }


def _thought(asked: Asked, said: Said, making: Making) -> dict[str, Any]:
    shown = (asked.body.get("reasoning") or {}).get("summary")
    summary = [{"type": "summary_text", "text": said.thought}] if shown else []
    sealed = {"encrypted_content": closed(said.thought)} if ENCRYPTED in (asked.body.get("include") or ()) else {}
    return {"id": making.id("rs_"), "type": "reasoning", "summary": summary, **sealed}


def _message(said: Said, making: Making, status: str) -> dict[str, Any]:
    text = {"type": "output_text", "annotations": [], "logprobs": [], "text": said.text}
    part = {"type": "refusal", "refusal": said.text} if said.stop == "refusal" else text
    return {"id": making.id("msg_"), "type": "message", "status": status, "role": "assistant", "content": [part]}


def _call(one: Called, making: Making, index: int, status: str) -> dict[str, Any]:
    custom = one.tool.form == CUSTOM
    kind, field, mark = ("custom_tool_call", "input", "ctc_") if custom else ("function_call", "arguments", "fc_")
    space = {"namespace": one.tool.namespace} if one.tool.namespace not in {"", USUAL_NAMESPACE} else {}
    head = {"id": making.id(mark, index), "type": kind, "status": status, "call_id": making.id("call_", index)}
    return {**head, "name": one.tool.name, **space, field: one.input}


def items(asked: Asked, said: Said, making: Making) -> list[dict[str, Any]]:
    """The items of the answer."""
    status = "incomplete" if said.stop in ENDS else "completed"
    found = [_thought(asked, said, making)] if said.thought else []
    found += [_message(said, making, status)] if said.text or not said.calls else []
    return found + [_call(one, making, index, status) for index, one in enumerate(said.calls)]


ECHOED: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "background": False,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "prompt_cache_retention": None,
        "safety_identifier": None,
        "service_tier": "default",
        "store": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "metadata": {},
        "frequency_penalty": 0.0,
        "presence_penalty": 0.0,
    }
)
"""Parameters that an answer repeats, and what stands there where the request says nothing."""


def _response(asked: Asked, making: Making, status: str, **fields: Any) -> dict[str, Any]:
    body = asked.body
    echoed = {name: usual if body.get(name) is None else body[name] for name, usual in ECHOED.items()}
    echoed["tools"] = [_echoed_tool(one) for one in objects(echoed["tools"])]
    return {
        "id": making.id("resp_"),
        "object": "response",
        "created_at": making.at,
        "completed_at": None,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "model": asked.model,
        "output": [],
        **echoed,
        "reasoning": {"effort": None, "summary": None, **(body.get("reasoning") or {})},
        "text": {"format": {"type": "text"}, **(body.get("text") or {})},
        "usage": None,
        **fields,
    }


def _echoed_tool(one: Mapping[str, Any]) -> dict[str, Any]:
    known = {"parameters": None, "strict": True} if one.get("type") == FUNCTION else {}
    return {**known, **one}


def _final(asked: Asked, said: Said, spent: Spent, making: Making) -> dict[str, Any]:
    reason = ENDS.get(said.stop)
    ended = {"incomplete_details": {"reason": reason}} if reason else {"completed_at": making.at}
    status = "incomplete" if reason else "completed"
    return _response(asked, making, status, output=items(asked, said, making), usage=usage(spent), **ended)


def whole(asked: Asked, said: Said, spent: Spent, making: Making) -> bytes:
    """The answer as a body."""
    return encoded(_final(asked, said, spent, making))


Event = tuple[str, dict[str, Any]]
"""A kind of event and its fields."""


def frames(asked: Asked, said: Said, spent: Spent, making: Making) -> Iterable[bytes]:
    """The answer as frames."""
    for number, (kind, fields) in enumerate(_events(asked, said, spent, making)):
        yield frame(encoded({"type": kind, "sequence_number": number, **fields}), kind)


def _events(asked: Asked, said: Said, spent: Spent, making: Making) -> Iterator[Event]:
    begun = _response(asked, making, "in_progress")
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    for index, item in enumerate(items(asked, said, making)):
        begun_item, told = TELLERS[item["type"]](item, {"item_id": item["id"], "output_index": index})
        yield "response.output_item.added", {"output_index": index, "item": begun_item}
        yield from told
        yield "response.output_item.done", {"output_index": index, "item": item}
    final = _final(asked, said, spent, making)
    yield f"response.{final['status']}", {"response": final}


Told = tuple[dict[str, Any], Iterable[Event]]
"""An item as it is when it opens, and the events that fill it."""


def _tell_message(item: dict[str, Any], at: dict[str, Any]) -> Told:
    part = item["content"][0]
    refused = part["type"] == "refusal"
    kind, field = ("refusal", "refusal") if refused else ("output_text", "text")
    beside: dict[str, Any] = {} if refused else {"logprobs": []}
    at = {**at, "content_index": 0}

    def told() -> Iterator[Event]:
        yield "response.content_part.added", {**at, "part": {**part, field: ""}}
        yield from ((f"response.{kind}.delta", {**at, "delta": piece, **beside}) for piece in pieces(part[field]))
        yield f"response.{kind}.done", {**at, field: part[field], **beside}
        yield "response.content_part.done", {**at, "part": part}

    return {**item, "status": "in_progress", "content": []}, told()


def _tell_thought(item: dict[str, Any], at: dict[str, Any]) -> Told:
    def told() -> Iterator[Event]:
        for index, part in enumerate(item["summary"]):
            place = {**at, "summary_index": index}
            yield "response.reasoning_summary_part.added", {**place, "part": {**part, "text": ""}}
            yield from (("response.reasoning_summary_text.delta", {**place, "delta": piece}) for piece in pieces(part["text"]))
            yield "response.reasoning_summary_text.done", {**place, "text": part["text"]}
            yield "response.reasoning_summary_part.done", {**place, "part": part}

    return {**item, "summary": []}, told()


def _tell_call(item: dict[str, Any], at: dict[str, Any]) -> Told:
    def told() -> Iterator[Event]:
        kind = "response.function_call_arguments"
        yield from ((f"{kind}.delta", {**at, "delta": piece}) for piece in sliced(item["arguments"]))
        yield f"{kind}.done", {**at, "name": item["name"], "arguments": item["arguments"]}

    return {**item, "status": "in_progress", "arguments": ""}, told()


def _tell_custom(item: dict[str, Any], at: dict[str, Any]) -> Told:
    def told() -> Iterator[Event]:
        kind = "response.custom_tool_call_input"
        yield from ((f"{kind}.delta", {**at, "delta": piece}) for piece in sliced(item["input"]))
        yield f"{kind}.done", {**at, "input": item["input"]}

    return {**item, "status": "in_progress", "input": ""}, told()


TELLERS: Final = MappingProxyType(
    {"message": _tell_message, "reasoning": _tell_thought, "function_call": _tell_call, "custom_tool_call": _tell_custom}
)


def broken(error: bytes, number: int) -> bytes:
    """An error in the middle of a stream."""
    told = opened(error)["error"]
    failed = {"code": told["code"] or "server_error", "message": told["message"]}
    return frame(encoded({"type": "error", "sequence_number": number, **failed, "param": None}), "error")
