"""Messages: what a request asks, and an answer as a body or as frames."""

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from tierwise.core.sse import frame
from tierwise.upstream.scripted.asked import AUTO, REQUIRED, Asked, Offered, Part, Refused, Spent
from tierwise.upstream.scripted.checks import encoded, objects, text_of, texts_of
from tierwise.upstream.scripted.saying import Said, pieces, sliced
from tierwise.upstream.scripted.seals import sealed
from tierwise.upstream.scripted.shape import Making

TITLE: Final = "Messages"
HOUR: Final = 3600
USUAL: Final = 300
REASONS: Final = MappingProxyType(
    {
        "end": "end_turn",
        "calls": "tool_use",
        "limit": "max_tokens",
        "sequence": "stop_sequence",
        "filtered": "refusal",
        "refusal": "refusal",
    }
)
"""How an end is called here."""

KINDS: Final = MappingProxyType(
    {
        401: "authentication_error",
        402: "billing_error",
        403: "permission_error",
        404: "not_found_error",
        413: "request_too_large",
        429: "rate_limit_error",
        504: "timeout_error",
        529: "overloaded_error",
    }
)
"""Types of errors by status; other 4xx are 'invalid_request_error', 5xx 'api_error'."""

CHOICES: Final = MappingProxyType({"any": REQUIRED})


def read(body: Mapping[str, Any]) -> Asked:
    """What a request asks."""
    messages = objects(body.get("messages"))
    thinking = body.get("thinking") or {}
    turns = [one for one in messages if one.get("role") != "system"]
    return Asked(
        shape=TITLE,
        model=str(body["model"]),
        texts=_texts(turns),
        head=text_of(body.get("system")),
        results=_results(turns),
        tools=tuple(_offered(body)),
        choice=_choice(body.get("tool_choice")),
        schema=_schema(body),
        limit=body.get("max_tokens"),
        stops=tuple(body.get("stop_sequences") or ()),
        thinks=thinking.get("type") in {"enabled", "adaptive"},
        stream=bool(body.get("stream")),
        usage=True,
        parts=tuple(_parts(body, messages)),
        body=body,
    )


def _texts(turns: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Texts of the person's latest message that has any."""
    found = (texts_of(one.get("content")) for one in reversed(turns) if one.get("role") == "user")
    return next(filter(None, found), ())


def _results(turns: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What tools answered, where that came last."""
    last = turns[-1] if turns else {}
    return tuple(text_of(one.get("content")) for one in objects(last.get("content")) if one.get("type") == "tool_result")


def _offered(body: Mapping[str, Any]) -> Iterable[Offered]:
    """Tools that the client runs; those still to be searched for are not offered yet."""
    for one in objects(body.get("tools")):
        if "input_schema" in one and not one.get("defer_loading"):
            yield Offered(str(one.get("name", "")), schema=one.get("input_schema") or {})


def _choice(choice: Any) -> str:
    kind = choice.get("type", AUTO) if isinstance(choice, dict) else AUTO
    return str(choice.get("name")) if kind == "tool" else CHOICES.get(kind, kind)


def _schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    form = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    return form.get("schema") or {} if form.get("type") == "json_schema" else None


def _parts(body: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> Iterable[Part]:
    """The prompt in the order in which it is kept: tools, system, messages block by block."""
    system = body.get("system")
    automatic = _kept(body)
    listed = [*objects(body.get("tools")), *(objects(system) if isinstance(system, list) else [{"text": system}] if system else [])]
    for one in messages:
        content = one.get("content")
        listed += objects(content) if isinstance(content, list) else [{"role": one.get("role"), "text": content}]
    for index, one in enumerate(listed):
        plain = encoded({key: value for key, value in one.items() if key != "cache_control"})
        yield Part(plain, _kept(one) or (automatic if index == len(listed) - 1 else 0))


def _kept(one: Mapping[str, Any]) -> int:
    """How long a mark asks to keep what comes before it."""
    mark = one.get("cache_control")
    return 0 if not isinstance(mark, dict) else HOUR if mark.get("ttl") == "1h" else USUAL


def usage(spent: Spent) -> dict[str, Any]:
    """Tokens as they are told here: those read and written are not among the input."""
    return {
        "input_tokens": spent.fresh,
        "cache_creation_input_tokens": spent.write_5m + spent.write_1h,
        "cache_read_input_tokens": spent.read,
        "cache_creation": {"ephemeral_5m_input_tokens": spent.write_5m, "ephemeral_1h_input_tokens": spent.write_1h},
        "output_tokens": spent.said,
        "service_tier": "standard",
    }


def _blocks(asked: Asked, said: Said, making: Making) -> list[tuple[dict[str, Any], str]]:
    """Every block of the answer, and the text in it."""
    shown = "" if (asked.body.get("thinking") or {}).get("display") == "omitted" else said.thought
    blocks: list[tuple[dict[str, Any], str]] = []
    blocks += [({"type": "thinking", "thinking": shown, "signature": sealed(shown)}, shown)] if said.thought else []
    blocks += [({"type": "text", "text": said.text}, said.text)] if said.text or not (said.calls or said.thought) else []
    for index, one in enumerate(said.calls):
        blocks.append(({"type": "tool_use", "id": making.id("toolu_", index), "name": one.tool.name, "input": {}}, one.input))
    return blocks


def _head(asked: Asked, making: Making) -> dict[str, Any]:
    return {
        "id": making.id("msg_"),
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _end(said: Said) -> dict[str, Any]:
    return {"stop_reason": REASONS[said.stop], "stop_sequence": said.sequence or None}


def _edits(asked: Asked) -> dict[str, Any]:
    """What was cleared from the context, where the request asks for that."""
    return {"context_management": {"applied_edits": []}} if asked.body.get("context_management") else {}


def whole(asked: Asked, said: Said, spent: Spent, making: Making) -> bytes:
    """The answer as a body."""
    content = [{**block, **({"input": _input(text)} if "input" in block else {})} for block, text in _blocks(asked, said, making)]
    return encoded({**_head(asked, making), "content": content, **_end(said), "usage": usage(spent), **_edits(asked)})


def _input(text: str) -> Any:
    """A call's input; where it was cut at the limit there is none."""
    try:
        return json.loads(text)
    except ValueError:
        return {}


def _event(kind: str, **fields: Any) -> bytes:
    return frame(encoded({"type": kind, **fields}), kind)


OPENED: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {"thinking": {"thinking": "", "signature": ""}, "text": {"text": ""}, "tool_use": {"input": {}}}
)
"""What of a block stands in the event that opens it."""


def _deltas(block: Mapping[str, Any], text: str) -> Iterable[dict[str, Any]]:
    if block["type"] == "tool_use":
        yield from ({"type": "input_json_delta", "partial_json": piece} for piece in ("", *sliced(text)))
    elif block["type"] == "thinking":
        yield from ({"type": "thinking_delta", "thinking": piece} for piece in pieces(text))
        yield {"type": "signature_delta", "signature": block["signature"]}
    else:
        yield from ({"type": "text_delta", "text": piece} for piece in pieces(text))


def frames(asked: Asked, said: Said, spent: Spent, making: Making) -> Iterable[bytes]:
    """The answer as frames."""
    tokens = usage(spent)
    yield _event("message_start", message={**_head(asked, making), "usage": {**tokens, "output_tokens": 1}})
    for index, (block, text) in enumerate(_blocks(asked, said, making)):
        yield _event("content_block_start", index=index, content_block={**block, **OPENED[block["type"]]})
        if not index:
            yield _event("ping")
        yield from (_event("content_block_delta", index=index, delta=delta) for delta in _deltas(block, text))
        yield _event("content_block_stop", index=index)
    del tokens["service_tier"], tokens["cache_creation"]
    yield _event("message_delta", delta=_end(said), usage=tokens, **_edits(asked))
    yield _event("message_stop")


def error(refused: Refused) -> bytes:
    """The body of an error."""
    usual = "api_error" if refused.status >= 500 else "invalid_request_error"  # noqa: PLR2004  # 5xx
    told = {"type": refused.kind or KINDS.get(refused.status, usual), "message": refused.message}
    return encoded({"type": "error", "error": told, "request_id": "req_scripted"})


def broken(error: bytes, number: int) -> bytes:
    """An error in the middle of a stream."""
    del number
    return frame(error, "error")
