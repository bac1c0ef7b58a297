"""Whether a value keeps to a JSON schema, as far as providers let clients ask for one.

What is looked at is what tells a good answer from a bad one: types, the properties there have to be and may be, items, choices, bounds
and references within the schema. A keyword that is not known holds nothing against a value, and neither does a pattern or a format: to
refuse what is right only costs the strong model's answer, but a check that does not understand a schema must not refuse everything.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

MOST: Final = 10_000
"""Schemas that are looked at for one value: references may go round in circles. What is left then is not held against it."""

DEEPEST: Final = 60
"""Schemas within schemas, likewise."""

NUMBERS: Final = (int, float)


def keeps(value: Any, schema: Any) -> bool:
    """Whether a value keeps to a schema."""
    return Looking(schema).within(value, schema)


class Looking(Struct):
    """A value looked at: the whole schema, which references look in, how many more schemas may be looked at, and how deep this one is."""

    root: Any
    left: int = MOST
    depth: int = 0

    def within(self, value: Any, schema: Any) -> bool:
        """Whether a part of the value keeps to a part of the schema."""
        if not isinstance(schema, Mapping) or self.left <= 0 or self.depth > DEEPEST:
            return schema is not False
        self.left, self.depth = self.left - 1, self.depth + 1
        at = _found(self.root, schema["$ref"]) if "$ref" in schema else True
        rules = ((RULES[name], asked) for name, asked in schema.items() if name in RULES)
        good = self.within(value, at) and all(rule(value, asked, schema, self.within) for rule, asked in rules)
        self.depth -= 1
        return good


def _found(root: Any, path: Any) -> Any:
    """What a reference within the schema stands for; anything goes where it stands for nothing."""
    at = root
    for name in str(path).removeprefix("#").strip("/").split("/"):
        if name:
            at = at.get(name.replace("~1", "/").replace("~0", "~"), True) if isinstance(at, Mapping) else True
    return at


def _listed(asked: Any) -> list[Any]:
    """The members of what should be a list; none where it is not one, so that nothing is asked."""
    return asked if isinstance(asked, list) else []


Within = Callable[[Any, Any], bool]
Rule = Callable[[Any, Any, Mapping[str, Any], Within], bool]


def _number(value: Any) -> bool:
    return isinstance(value, NUMBERS) and not isinstance(value, bool)


TYPES: Final[Mapping[str, Callable[[Any], bool]]] = MappingProxyType(
    {
        "object": lambda value: isinstance(value, dict),
        "array": lambda value: isinstance(value, list),
        "string": lambda value: isinstance(value, str),
        "boolean": lambda value: isinstance(value, bool),
        "null": lambda value: value is None,
        "number": _number,
        "integer": lambda value: _number(value) and math.isfinite(value) and value == int(value),
    }
)


def _typed(value: Any, asked: Any, _schema: Mapping[str, Any], _within: Within) -> bool:
    names = [asked] if isinstance(asked, str) else asked
    return not _listed(names) or any(str(name) not in TYPES or TYPES[str(name)](value) for name in names)


def _same(value: Any, other: Any) -> bool:
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _one_of_these(value: Any, asked: Any, _schema: Mapping[str, Any], _within: Within) -> bool:
    return not _listed(asked) or any(_same(value, one) for one in asked)


def _this(value: Any, asked: Any, _schema: Mapping[str, Any], _within: Within) -> bool:
    return _same(value, asked)


def _required(value: Any, asked: Any, _schema: Mapping[str, Any], _within: Within) -> bool:
    return not isinstance(value, dict) or all(str(name) in value for name in _listed(asked))


def _properties(value: Any, asked: Any, _schema: Mapping[str, Any], within: Within) -> bool:
    if not isinstance(value, dict) or not isinstance(asked, Mapping):
        return True
    return all(within(value[name], of) for name, of in asked.items() if name in value)


def _others(value: Any, asked: Any, schema: Mapping[str, Any], within: Within) -> bool:
    """Properties that are not named; where names are also known by patterns, those may be any."""
    if not isinstance(value, dict) or "patternProperties" in schema:
        return True
    named = schema.get("properties")
    return all(within(one, asked) for name, one in value.items() if not isinstance(named, Mapping) or name not in named)


def _items(value: Any, asked: Any, schema: Mapping[str, Any], within: Within) -> bool:
    first = len(_listed(schema.get("prefixItems")))
    return not isinstance(value, list) or isinstance(asked, list) or all(within(one, asked) for one in value[first:])


def _firsts(value: Any, asked: Any, _schema: Mapping[str, Any], within: Within) -> bool:
    return not isinstance(value, list) or all(within(one, of) for one, of in zip(value, _listed(asked), strict=False))


def _any(value: Any, asked: Any, _schema: Mapping[str, Any], within: Within) -> bool:
    return not _listed(asked) or any(within(value, one) for one in asked)


def _all(value: Any, asked: Any, _schema: Mapping[str, Any], within: Within) -> bool:
    return all(within(value, one) for one in _listed(asked))


def _exactly_one(value: Any, asked: Any, _schema: Mapping[str, Any], within: Within) -> bool:
    return not _listed(asked) or sum(within(value, one) for one in asked) == 1


def _bounded(of: Callable[[Any], float | None], holds: Callable[[float, float], bool]) -> Rule:
    """A rule on a number that a value has; values without it keep to it."""

    def rule(value: Any, asked: Any, _schema: Mapping[str, Any], _within: Within) -> bool:
        found = of(value)
        return found is None or not _number(asked) or holds(found, asked)

    return rule


def _itself(value: Any) -> float | None:
    return value if _number(value) else None


def _letters(value: Any) -> float | None:
    return len(value) if isinstance(value, str) else None


def _members(value: Any) -> float | None:
    return len(value) if isinstance(value, list) else None


def _least(found: float, asked: float) -> bool:
    return found >= asked


def _most(found: float, asked: float) -> bool:
    return found <= asked


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "type": _typed,
        "enum": _one_of_these,
        "const": _this,
        "required": _required,
        "properties": _properties,
        "additionalProperties": _others,
        "items": _items,
        "prefixItems": _firsts,
        "anyOf": _any,
        "allOf": _all,
        "oneOf": _exactly_one,
        "minimum": _bounded(_itself, _least),
        "maximum": _bounded(_itself, _most),
        "exclusiveMinimum": _bounded(_itself, lambda found, asked: found > asked),
        "exclusiveMaximum": _bounded(_itself, lambda found, asked: found < asked),
        "minLength": _bounded(_letters, _least),
        "maxLength": _bounded(_letters, _most),
        "minItems": _bounded(_members, _least),
        "maxItems": _bounded(_members, _most),
    }
)
"""What each keyword asks of a value."""
