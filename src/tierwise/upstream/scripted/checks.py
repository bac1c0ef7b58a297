"""What all shapes check in the same way; each says what is wrong in its own provider's words."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from tierwise.upstream.scripted.asked import Refused

TOOL_NAME: Final = re.compile(r"[a-zA-Z0-9_-]+")

Saying = Callable[[str, str], Refused]
"""How a shape says that something is wrong: at which place, and what."""


def opened(body: bytes) -> dict[str, Any]:
    """A JSON body."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("The request body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Refused("The request body is not a JSON object.")
    return value


def encoded(value: Any) -> bytes:
    """JSON text, without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def is_number(value: Any, low: float, high: float) -> bool:
    """Whether a value is a number within bounds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def is_count(value: Any, least: int = 1) -> bool:
    """Whether a value is a whole number that is large enough."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; nothing where it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_of(content: Any) -> str:
    """All text of some content: a text, a block, or a list of these."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return next((text_of(content[key]) for key in ("text", "content", "refusal", "output") if key in content), "")
    return "\n".join(filter(None, map(text_of, content))) if isinstance(content, list) else ""


def texts_of(content: Any) -> tuple[str, ...]:
    """The texts of some content, each by itself."""
    if isinstance(content, str):
        return (content,)
    return tuple(one["text"] for one in objects(content) if isinstance(one.get("text"), str) and one["text"])


def strangers(fields: Iterable[str], known: frozenset[str]) -> Sequence[str]:
    """Fields that nobody knows."""
    return [name for name in fields if name not in known]


def unstrict(schema: Any, place: str = "") -> str:
    """Why a schema cannot be kept to strictly: the place of an object that is open or has optional properties, '' where there is none."""
    if not isinstance(schema, dict):
        return ""
    if schema.get("type") == "object" or "properties" in schema:
        if schema.get("additionalProperties") is not False:
            return f"In context={place or '()'}, 'additionalProperties' is required to be supplied and to be false."
        required = schema.get("required")
        properties = schema.get("properties")
        missing = [
            name for name in (properties if isinstance(properties, dict) else ()) if not isinstance(required, list) or name not in required
        ]
        if missing:
            return f"In context={place or '()'}, 'required' is required to include every key in properties. Missing '{missing[0]}'."
    return next(filter(None, (unstrict(one, where) for where, one in _inner(schema))), "")


def _inner(schema: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for key in ("properties", "$defs", "definitions"):
        found = schema.get(key)
        yield from ((f"('{key}', '{name}')", one) for name, one in (found.items() if isinstance(found, dict) else ()))
    yield from ((f"('{key}')", one) for key in ("anyOf", "allOf") for one in objects(schema.get(key)))
    yield "('items')", schema.get("items")
