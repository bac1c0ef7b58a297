"""Chat Completions: what a request asks, and an answer as a body or as frames."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from tierwise.core.sse import frame
from tierwise.upstream.scripted.asked import AUTO, CUSTOM, FUNCTION, Asked, Offered, Part, Spent
from tierwise.upstream.scripted.checks import encoded, objects, text_of, texts_of
from tierwise.upstream.scripted.saying import Called, Said, pieces, sliced
from tierwise.upstream.scripted.shape import Making

TITLE: Final = "Chat Completions"
HEADS: Final = frozenset({"system", "developer"})
DONE: Final = b"data: [DONE]\n\n"
REASONS: Final = MappingProxyType(
    {"end": "stop", "calls": "tool_calls", "limit": "length", "sequence": "stop", "filtered": "content_filter", "refusal": "stop"}
)
"""How an end is called here."""


def read(body: Mapping[str, Any]) -> Asked:
    """What a request asks."""
    messages = objects(body.get("messages"))
    options = body.get("stream_options") or {}
    limit = body.get("max_completion_tokens")
    return Asked(
        shape=TITLE,
        model=str(body["model"]),
        texts=_texts(messages),
        head="\n".join(text_of(one.get("content")) for one in messages if one.get("role") in HEADS),
        results=_results(messages),
        tools=tuple(_offered(body)),
        choice=_choice(body.get("tool_choice")),
        schema=_schema(body.get("response_format")),
        limit=body.get("max_tokens") if limit is None else limit,
        stops=_stops(body.get("stop")),
        copies=body.get("n") or 1,
        thinks=_thinks(body),
        stream=bool(body.get("stream")),
        usage=bool(options.get("include_usage")),
        parts=tuple(Part(encoded(one)) for one in (*(body.get("tools") or ()), *messages)),
        body=body,
    )


def _thinks(body: Mapping[str, Any]) -> bool:
    """Whether the thinking is to be shown; an effort alone does not show it here."""
    thinking = body.get("thinking")
    return isinstance(thinking, dict) and thinking.get("type") in {"enabled", "adaptive"}


def _stops(stop: Any) -> tuple[str, ...]:
    return (stop,) if isinstance(stop, str) else tuple(stop or ())


def _texts(messages: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Texts of the person's latest messages: all that stand together count as one."""
    found: list[str] = []
    for one in reversed(messages):
        if one.get("role") == "user":
            found = [*texts_of(one.get("content")), *found]
        elif found:
            break
    return tuple(found)


def _results(messages: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What tools answered, where that came last."""
    found: list[str] = []
    for one in reversed(messages):
        if one.get("role") not in {"tool", "function"}:
            break
        found.insert(0, text_of(one.get("content")))
    return tuple(found)


def _offered(body: Mapping[str, Any]) -> Iterable[Offered]:
    for one in objects(body.get("tools")):
        form = FUNCTION if "function" in one else CUSTOM
        tool = one.get("function") or one.get("custom") or {}
        yield Offered(str(tool.get("name", "")), form, tool.get("parameters") or {})
    yield from (Offered(str(one.get("name", "")), FUNCTION, one.get("parameters") or {}) for one in objects(body.get("functions")))


def _choice(choice: Any) -> str:
    if not isinstance(choice, dict):
        return choice or AUTO
    named = choice.get("function") or choice.get("custom") or {}
    return named.get("name") or (choice.get("allowed_tools") or {}).get("mode") or AUTO


def _schema(form: Any) -> Mapping[str, Any] | None:
    asked = form if isinstance(form, dict) else {}
    known = {"json_schema": (asked.get("json_schema") or {}).get("schema") or {}, "json_object": {}}
    return known.get(str(asked.get("type")))


def usage(spent: Spent) -> dict[str, Any]:
    """Tokens as they are told here."""
    return {
        "prompt_tokens": spent.prompt,
        "completion_tokens": spent.said,
        "total_tokens": spent.prompt + spent.said,
        "prompt_tokens_details": {"cached_tokens": spent.read, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": spent.thought,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _calls(said: Said, making: Making) -> list[dict[str, Any]]:
    return [_call(one, making.id("call_", index)) for index, one in enumerate(said.calls)]


def _call(one: Called, call_id: str) -> dict[str, Any]:
    if one.tool.form == CUSTOM:
        return {"id": call_id, "type": "custom", "custom": {"name": one.tool.name, "input": one.input}}
    return {"id": call_id, "type": "function", "function": {"name": one.tool.name, "arguments": one.input}}


def _refused(said: Said) -> tuple[str | None, str | None]:
    """Text and refusal: one of them is null, the text also where tools are called and nothing is said."""
    if said.stop == "refusal":
        return None, said.text
    return said.text if said.text or not said.calls else None, None


def whole(asked: Asked, said: Said, spent: Spent, making: Making) -> bytes:
    """The answer as a body."""
    text, refusal = _refused(said)
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": refusal, "annotations": []}
    message |= {"reasoning_content": said.thought} if said.thought else {}
    message |= {"tool_calls": _calls(said, making)} if said.calls else {}
    choice = {"message": message, "logprobs": None, "finish_reason": REASONS[said.stop]}
    return encoded(
        {
            **_head(asked, making, "chat.completion"),
            "choices": [{"index": index, **choice} for index in range(asked.copies)],
            "usage": usage(spent),
        }
    )


def _head(asked: Asked, making: Making, kind: str) -> dict[str, Any]:
    return {
        "id": making.id("chatcmpl-"),
        "object": kind,
        "created": making.at,
        "model": asked.model,
        "service_tier": "default",
        "system_fingerprint": "fp_scripted",
    }


def _deltas(said: Said, making: Making) -> Iterable[dict[str, Any]]:
    """What each chunk adds."""
    empty = None if said.calls and not said.text else ""
    yield {"role": "assistant", "content": empty, "refusal": None}
    yield from ({"reasoning_content": piece} for piece in pieces(said.thought))
    name = "refusal" if said.stop == "refusal" else "content"
    yield from ({name: piece} for piece in pieces(said.text))
    for index, (call, one) in enumerate(zip(_calls(said, making), said.calls, strict=True)):
        kind, field = (CUSTOM, "input") if one.tool.form == CUSTOM else (FUNCTION, "arguments")
        yield {"tool_calls": [{"index": index, **call, kind: {"name": one.tool.name, field: ""}}]}
        yield from ({"tool_calls": [{"index": index, kind: {field: piece}}]} for piece in sliced(one.input))


def frames(asked: Asked, said: Said, spent: Spent, making: Making) -> Iterable[bytes]:
    """The answer as frames."""
    head = _head(asked, making, "chat.completion.chunk")
    blank = {"usage": None} if asked.usage else {}
    end: tuple[dict[str, Any], str] = ({}, REASONS[said.stop])
    for delta, reason in (*((delta, None) for delta in _deltas(said, making)), end):
        for index in range(asked.copies):
            choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
            yield frame(encoded({**head, "choices": [choice], **blank}))
    if asked.usage:
        yield frame(encoded({**head, "choices": [], "usage": usage(spent)}))
    yield DONE


def broken(error: bytes, number: int) -> bytes:
    """An error in the middle of a stream."""
    del number
    return frame(error)
