"""The smaller routes: models, token counts, embeddings, completions of a text, compacted conversations."""

import array
import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tierwise.core.sse import frame
from tierwise.upstream.scripted import chat, messages, responses
from tierwise.upstream.scripted.asked import Asked, Refused, Spent
from tierwise.upstream.scripted.checks import encoded, is_count, objects, text_of
from tierwise.upstream.scripted.counting import tokens
from tierwise.upstream.scripted.fitting import short
from tierwise.upstream.scripted.openai import invalid, missing, mistyped, wrong_type
from tierwise.upstream.scripted.saying import Said, pieces
from tierwise.upstream.scripted.seals import closed
from tierwise.upstream.scripted.shape import Making
from tierwise.upstream.scripted.typed import Completion, typed

SIZE: Final = 64
"""Numbers of an embedding where the request does not say how many."""

MOST_SIZE: Final = 3072
BORN: Final = 1_767_225_600
"""When every model here was made, in seconds; the day is arbitrary."""

DAY: Final = "2026-01-01T00:00:00Z"
DONE: Final = b"data: [DONE]\n\n"
USUAL_LIMIT: Final = 64


def model_list(names: Sequence[str], *, marked: bool) -> bytes:
    """The models that are there, in one of two shapes; `marked` is the one whose clients state a version."""
    if not marked:
        return encoded({"object": "list", "data": [_model(name) for name in names]})
    rows = [{"type": "model", "id": name, "display_name": name, "created_at": DAY} for name in names]
    ends = {"first_id": names[0] if names else None, "last_id": names[-1] if names else None}
    return encoded({"data": rows, "has_more": False, **ends})


def one_model(name: str, *, marked: bool) -> bytes:
    """One model."""
    return encoded({"type": "model", "id": name, "display_name": name, "created_at": DAY} if marked else _model(name))


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": BORN, "owned_by": "scripted"}


def counted(body: Mapping[str, Any]) -> bytes:
    """How many tokens a Messages request has."""
    return encoded({"input_tokens": _total(messages.read(body))})


def input_counted(body: Mapping[str, Any]) -> bytes:
    """How many tokens a Responses request has."""
    return encoded({"object": "response.input_tokens", "input_tokens": _total(responses.read(body))})


def _total(asked: Asked) -> int:
    return sum(tokens(part.raw) for part in asked.parts)


def compacted(body: Mapping[str, Any], making: Making) -> bytes:
    """A conversation with all but the person's words folded into one closed item."""
    items = responses.items_of(body)
    asked = responses.read(body)
    kept = [
        {"id": making.id("msg_", index), "type": "message", "status": "completed", "role": "user", "content": _content(one.get("content"))}
        for index, one in enumerate(items)
        if one.get("role") == "user"
    ]
    rest = " ".join(text_of(one.get("content", one.get("output", ""))) for one in items if one.get("role") != "user")
    folded = {"id": making.id("cmp_"), "type": "compaction", "encrypted_content": closed(short(rest, 2000))}
    spent = Spent(fresh=_total(asked), said=tokens(short(rest, 2000)) + 1)
    head = {"id": making.id("resp_"), "object": "response.compaction", "created_at": making.at}
    return encoded({**head, "output": [*kept, folded], "usage": responses.usage(spent)})


def _content(content: Any) -> list[dict[str, Any]]:
    return [{"type": "input_text", "text": content}] if isinstance(content, str) else objects(content)


def embedded(body: Mapping[str, Any]) -> bytes:
    """Vectors for texts: made up, of length one, and the same for the same text."""
    _named(body)
    given = body.get("input")
    if given is None:
        raise missing("input")
    if not isinstance(given, str | list):
        raise wrong_type("input", "a string or an array", given)
    if given in ("", []):
        raise invalid("input", "Invalid 'input': input cannot be an empty string or array.", "")
    size = SIZE if body.get("dimensions") is None else body["dimensions"]
    if not is_count(size) or size > MOST_SIZE:
        raise invalid("dimensions", f"Invalid 'dimensions': expected an integer between 1 and {MOST_SIZE}, but got {size}.", "")
    listed = [given] if isinstance(given, str) or isinstance(given[0], int) else given
    packed = body.get("encoding_format") == "base64"
    rows = [
        {"object": "embedding", "index": index, "embedding": _vector(str(one), size, packed=packed)} for index, one in enumerate(listed)
    ]
    count = sum(len(one) if isinstance(one, list) else tokens(str(one)) for one in listed)
    spent = {"prompt_tokens": count, "total_tokens": count}
    return encoded({"object": "list", "data": rows, "model": body["model"], "usage": spent})


def _vector(text: str, size: int, *, packed: bool) -> list[float] | str:
    raw = hashlib.shake_256(text.encode("utf-8", "replace")).digest(size)
    numbers = [byte - 127.5 for byte in raw]
    length = sum(number * number for number in numbers) ** 0.5
    unit = [number / length for number in numbers]
    return base64.b64encode(array.array("f", unit).tobytes()).decode() if packed else [round(number, 8) for number in unit]


def _named(body: Mapping[str, Any]) -> None:
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise Refused("you must provide a model parameter")


def completed(body: Mapping[str, Any]) -> Asked:
    """What a request for the completion of a text asks."""
    _named(body)
    typed(dict(body), Completion, mistyped)
    prompt = body.get("prompt") or ""
    return chat.read(
        {
            "model": body["model"],
            "messages": [{"role": "user", "content": text_of(prompt) if isinstance(prompt, str) else " ".join(map(str, prompt))}],
            "max_tokens": body.get("max_tokens") or USUAL_LIMIT,
            **{name: body[name] for name in ("stop", "n", "stream", "stream_options", "suffix") if body.get(name) is not None},
        }
    )


def completion(asked: Asked, said: Said, spent: Spent, making: Making) -> bytes:
    """The completion of a text as a body."""
    choice = {"text": said.text, "logprobs": None, "finish_reason": chat.REASONS[said.stop]}
    return encoded(
        {**_head(asked, making), "choices": [{"index": index, **choice} for index in range(asked.copies)], "usage": chat.usage(spent)}
    )


def _head(asked: Asked, making: Making) -> dict[str, Any]:
    return {"id": making.id("cmpl-"), "object": "text_completion", "created": making.at, "model": asked.model}


def completion_frames(asked: Asked, said: Said, spent: Spent, making: Making) -> Iterable[bytes]:
    """The completion of a text as frames."""
    head = _head(asked, making)
    told = [(piece, None) for piece in pieces(said.text)]
    for text, reason in (*told, ("", chat.REASONS[said.stop])):
        for index in range(asked.copies):
            choice = {"text": text, "index": index, "logprobs": None, "finish_reason": reason}
            yield frame(encoded({**head, "choices": [choice]}))
    if asked.usage:
        yield frame(encoded({**head, "choices": [], "usage": chat.usage(spent)}))
    yield DONE
