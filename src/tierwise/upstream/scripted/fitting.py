"""A value that fits a JSON schema: the usual subset, filled with something sensible by the name of what it fills."""

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

DEEPEST: Final = 12
LONGEST: Final = 1000
"""The most characters or items that are made because a schema wants so many."""

MOST: Final = 1
"""Items where a schema does not say how many."""

FILLED: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("command", "cmd", "commands", "script", "bash_command"), "ls")
    | dict.fromkeys(("path", "dir", "dirpath", "dir_path", "directory", "folder", "cwd", "workdir", "root"), ".")
    | dict.fromkeys(("file", "filepath", "file_path", "filename", "file_name"), "README.md")
    | dict.fromkeys(("pattern", "glob", "include"), "*")
    | dict.fromkeys(("url", "uri", "link"), "https://example.com/")
    | dict.fromkeys(("description", "explanation", "justification", "reason", "summary"), "List the files")
)
"""What texts of these names are filled with."""

WORDS: Final = frozenset(("query", "q", "question", "prompt", "message", "text", "input", "content", "answer", "task", "title", "name"))
"""Texts of these names repeat the person's words."""

PLACES: Final = frozenset(("city", "location", "place", "town"))
FORMATS: Final = MappingProxyType(
    {
        "date-time": "2026-01-02T03:04:05Z",
        "date": "2026-01-02",
        "time": "03:04:05Z",
        "duration": "PT1S",
        "email": "someone@example.com",
        "uri": "https://example.com/",
        "hostname": "example.com",
        "ipv4": "192.0.2.1",
        "ipv6": "2001:db8::1",
        "uuid": "00000000-0000-4000-8000-000000000000",
    }
)


class Filling(Struct, frozen=True):
    """What is known while a schema is filled: the whole schema (for definitions), the person's words, the name of the place, the depth."""

    root: Mapping[str, Any]
    words: str = ""
    name: str = ""
    depth: int = 0

    def within(self, name: str = "") -> "Filling":
        """The same, one level down."""
        return Filling(self.root, self.words, name or self.name, self.depth + 1)


def fitted(schema: Any, words: str = "", name: str = "") -> Any:
    """A value that fits a schema."""
    root = schema if isinstance(schema, dict) else {}
    return _fitted(root, Filling(root, words, name))


def _fitted(schema: Any, filling: Filling) -> Any:
    if not isinstance(schema, dict):
        return filling.words
    if filling.depth > DEEPEST:
        return None
    for key, kind, made in MAKERS:
        if key in schema and isinstance(schema[key], kind):
            return made(schema, filling)
    return KINDS.get(_kind(schema), _text)(schema, filling)


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    real = [one for one in kinds if isinstance(one, str) and one != "null"]
    return real[0] if real else "null" if "null" in kinds else "object" if "properties" in schema else "string"


def _reference(schema: Mapping[str, Any], filling: Filling) -> Any:
    at: Any = filling.root
    for step in str(schema["$ref"]).removeprefix("#").split("/"):
        at = at.get(step.replace("~1", "/").replace("~0", "~"), {}) if step and isinstance(at, dict) else at
    return _fitted(at, filling.within())


def _merged(schema: Mapping[str, Any], filling: Filling) -> Any:
    whole: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
    for one in schema["allOf"]:
        part = one if isinstance(one, dict) else {}
        joined = {"properties": {**_mapping(whole, "properties"), **_mapping(part, "properties")}} if "properties" in part else {}
        needed = [*_listed(whole, "required"), *_listed(part, "required")]
        whole = {**whole, **part, **joined, **({"required": needed} if needed else {})}
    return _fitted(whole, filling.within())


def _first(key: str) -> Callable[[Mapping[str, Any], Filling], Any]:
    """The first way of a choice that is not null, with what stands beside the choice."""

    def made(schema: Mapping[str, Any], filling: Filling) -> Any:
        ways = [one for one in schema[key] if isinstance(one, dict)]
        way = next((one for one in ways if one.get("type") != "null"), ways[0] if ways else {})
        beside = {name: value for name, value in schema.items() if name not in {key, "$defs", "definitions"}}
        return _fitted({**beside, **way}, filling.within())

    return made


def _object(schema: Mapping[str, Any], filling: Filling) -> Any:
    properties = _mapping(schema, "properties")
    asked = [name for name in _listed(schema, "required") if isinstance(name, str)]
    names = [name for name in properties if name in asked or (not filling.depth and "required" not in schema)]
    names += [name for name in asked if name not in names]
    return {name: _fitted(properties.get(name, {}), filling.within(name)) for name in names}


def _array(schema: Mapping[str, Any], filling: Filling) -> Any:
    fixed = [_fitted(one, filling.within()) for one in _listed(schema, "prefixItems")]
    least = _count(schema, "minItems", 0)
    wanted = min(max(least, 1), max(least, _count(schema, "maxItems", MOST)))
    further = [_fitted(schema["items"], filling.within()) for _ in range(wanted - len(fixed))] if schema.get("items") else []
    return (fixed + (further or [None] * max(0, least - len(fixed))))[: _count(schema, "maxItems", MOST)]


def _number(schema: Mapping[str, Any], filling: Filling) -> Any:
    del filling
    step = _figure(schema, "multipleOf") or 1
    beyond = [one for one in (_figure(schema, "exclusiveMinimum"),) if one is not None]
    low = max([*(one for one in (_figure(schema, "minimum"),) if one is not None), *(one + step for one in beyond)], default=None)
    short_of = [one for one in (_figure(schema, "exclusiveMaximum"),) if one is not None]
    high = min([*(one for one in (_figure(schema, "maximum"),) if one is not None), *(one - step for one in short_of)], default=None)
    value = 1 if low is None else low
    value = value if high is None else min(value, high)
    return math.ceil(value / step) * step if "multipleOf" in schema else value


def _integer(schema: Mapping[str, Any], filling: Filling) -> Any:
    return math.ceil(_number(schema, filling))


def _text(schema: Mapping[str, Any], filling: Filling) -> Any:
    name = filling.name.lower()
    known = FORMATS.get(str(schema.get("format"))) or FILLED.get(name) or (place(filling.words) if name in PLACES else None)
    text = known or (short(filling.words) if name in WORDS else "") or name or "text"
    text = text.ljust(min(_count(schema, "minLength", 0), LONGEST), "x")
    return text[: _count(schema, "maxLength", len(text))]


def _listed(schema: Mapping[str, Any], key: str) -> list[Any]:
    value = schema.get(key)
    return value if isinstance(value, list) else []


def _mapping(schema: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = schema.get(key)
    return value if isinstance(value, dict) else {}


def _figure(schema: Mapping[str, Any], key: str) -> float | None:
    value = schema.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _count(schema: Mapping[str, Any], key: str, usual: int) -> int:
    value = _figure(schema, key)
    return usual if value is None else min(max(0, int(value)), LONGEST)


def place(words: str) -> str:
    """A place that is named in some words."""
    named = re.findall(r"(?<!^)\b[A-Z][a-z]+\b", words)
    return named[-1] if named else "Paris"


def short(words: str, most: int = 80) -> str:
    """The beginning of some words."""
    line = " ".join(words.split())
    return line if len(line) <= most else f"{line[: most - 3].rstrip()}..."


MAKERS: Final[tuple[tuple[str, type, Callable[[Mapping[str, Any], Filling], Any]], ...]] = (
    ("$ref", str, _reference),
    ("const", object, lambda schema, _: schema["const"]),
    ("enum", list, lambda schema, _: next((one for one in schema["enum"] if one is not None), None)),
    ("allOf", list, _merged),
    ("anyOf", list, _first("anyOf")),
    ("oneOf", list, _first("oneOf")),
)
"""Keywords, the type that each has to have to count, and what is made of it; the first that is there."""

KINDS: Final[Mapping[str, Callable[[Mapping[str, Any], Filling], Any]]] = MappingProxyType(
    {
        "object": _object,
        "array": _array,
        "string": _text,
        "integer": _integer,
        "number": _number,
        "boolean": lambda _schema, _filling: True,
        "null": lambda _schema, _filling: None,
    }
)
