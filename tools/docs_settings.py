"""Every key of tierwise.yaml with what it means, from the shapes that the file is read by."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from tierwise.config.settings import EndpointSettings, EvidenceSettings, Prices, ProviderSettings, Settings

SHAPES: Final = (Settings, EndpointSettings, Prices, ProviderSettings, EvidenceSettings)


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
    }
)


def _keys(shape: Any) -> list[Row]:
    fields: Sequence[msgspec.inspect.Field] = msgspec.inspect.type_info(shape).fields  # type: ignore[attr-defined]  # all shapes are structs
    return [(f"`{one.name}`", _kind(one.type), _default(one), MEANING[shape][one.name]) for one in fields]


def _default(field: msgspec.inspect.Field) -> str:
    if field.required:
        return "must be given"
    value = field.default_factory() if callable(field.default_factory) else field.default
    if value in (None, (), {}):
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

MEANING: Final[Mapping[Any, Mapping[str, str]]] = MappingProxyType(
    {
        Settings: {
            "reference": "the model the team would otherwise use; every quality and every saving is relative to it",
            "policy": "how to choose: a name from [the policies](variants.md#policies)",
            "floor": "how far below the reference (0 to 1) a model's lower bound may lie; 0.1 is ten points",
            "models": "the models or endpoints to choose from, by any of their names; none means all whose quality and cost are measured",
            "deny": "models, endpoints, providers or vendors that must not be used",
            "vendors": "if given, only models made by these",
            "regions": "if given, only endpoints in these",
            "no_retention": "whether only endpoints known to keep no prompts may be used",
            "lossy": "whether an endpoint may be used that would lose part of a request on the way",
            "tiers": "for the policy `tiered`: the tier of a kind of work, where it should differ from the shipped rule",
            "aliases": "names of your own for models",
            "endpoints": "endpoints of your own, or more about known ones",
            "prices": "prices of your own by endpoint, for contracts and discounts",
            "providers": "what you have agreed with a provider, by its name",
            "evidence": "measurements of your own",
        },
        EndpointSettings: {
            "id": "`provider/model`",
            "model": "the model it serves, where the id does not say; its evidence and tokenizer are then known",
            "vendor": "who made the model",
            "tier": "its tier",
            "region": "where prompts are processed",
            "keeps_prompts": "whether prompts are kept there",
            "wires": "the API shapes it speaks",
            "context_window": "tokens of prompt and answer together",
            "max_output": "the longest answer, in tokens",
            "tools": "whether it can call tools",
            "images": "whether it can read images",
            "json_schema": "whether it can hold its answer to a JSON schema",
            "reasoning": "whether it reasons: never, on request, or always",
            "prices": "what it costs",
        },
        Prices: {
            "input": "dollars for a million input tokens",
            "output": "dollars for a million output tokens",
            "cache_read": "for those read from the cache; left out: as `input`",
            "cache_write": "for those written to the cache; left out: as `input`",
            "cache_write_1h": "for those written for an hour; left out: as `cache_write`",
        },
        ProviderSettings: {
            "region": "where it processes your prompts",
            "keeps_prompts": "whether it keeps them",
        },
        EvidenceSettings: {
            "model": "the model that was measured",
            "benchmark": "one of the [benchmarks](catalog.md#benchmarks) that the quality model knows",
            "score": "the share of tasks solved, 0 to 1",
            "n": "how many tasks",
            "date": "when, YYYY-MM-DD",
            "source": "where the number comes from",
        },
    }
)
"""What each key means; a key that is missing here stops the generation."""
