"""Every key of tierwise.yaml with what it means, from the shapes that the file is read by."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from tierwise.config.meanings import MEANINGS
from tierwise.config.settings import (
    EndpointSettings,
    EvidenceSettings,
    KeySettings,
    Prices,
    ProviderSettings,
    ServerSettings,
    Settings,
    Timeouts,
)

SHAPES: Final = (Settings, EndpointSettings, Prices, ProviderSettings, EvidenceSettings, ServerSettings, KeySettings, Timeouts)


Row = tuple[str, str, str, str]


def sections() -> Iterator[tuple[str, Any, list[Row]]]:
    """For each mapping of the file: a title, its shape, and a row for each key (name, kind of value, default, meaning)."""
    return ((TITLES[shape], shape, _keys(shape)) for shape in SHAPES)


TITLES: Final[Mapping[Any, str]] = MappingProxyType(
    {
        Settings: "At the top",
        EndpointSettings: "Under `endpoints`, a list",
        Prices: "Under `prices` and an endpoint's `prices`",
        ProviderSettings: "Under `providers`, by name",
        EvidenceSettings: "Under `evidence`, a list",
        ServerSettings: "Under `server`",
        KeySettings: "Under `keys`, a list",
        Timeouts: "Under `timeouts`",
    }
)


def _keys(shape: Any) -> list[Row]:
    fields: Sequence[msgspec.inspect.Field] = msgspec.inspect.type_info(shape).fields  # type: ignore[attr-defined]  # all shapes are structs
    return [(f"`{one.name}`", _kind(one.type), _default(one), MEANINGS[shape][one.name]) for one in fields]


def _default(field: msgspec.inspect.Field) -> str:
    if field.required:
        return "must be given"
    value = field.default_factory() if callable(field.default_factory) else field.default
    if value in (None, (), {}) or isinstance(value, msgspec.Struct):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _kind(shape: Any) -> str:
    """What a value looks like, in words."""
    types = msgspec.inspect
    if isinstance(shape, types.Metadata):
        return _kind(shape.type)
    if isinstance(shape, types.UnionType):
        return _kind(next(one for one in shape.types if not isinstance(one, types.NoneType)))
    if isinstance(shape, types.LiteralType):
        return "one of " + ", ".join(f"`{one}`" for one in shape.values) if len(shape.values) < FEW else "a kind of work"
    if isinstance(shape, types.VarTupleType):
        return f"a list of {_many(_kind(shape.item_type))}"
    if isinstance(shape, types.DictType):
        return f"{_many(_kind(shape.value_type))}, by name"
    return WORDS[type(shape).__name__]


def _many(kind: str) -> str:
    return MANY.get(kind, f"values, each {kind}")


FEW: Final = 10
WORDS: Final = MappingProxyType(
    {
        "StrType": "text",
        "IntType": "a whole number",
        "FloatType": "a number",
        "BoolType": "true or false",
        "StructType": "entries, see below",
    }
)
MANY: Final = MappingProxyType({"text": "texts", "entries, see below": "entries (see below)"})
