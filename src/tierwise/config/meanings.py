"""What each key of tierwise.yaml means: shown by editors, through the JSON schema, and in the reference."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from tierwise.config.settings import EndpointSettings, EvidenceSettings, Prices, ProviderSettings, Settings

MEANINGS: Final[Mapping[Any, Mapping[str, str]]] = MappingProxyType(
    {
        Settings: {
            "reference": "the model the team would otherwise use; every quality and every saving is relative to it",
            "policy": "how to choose: the name of a policy (cheapest, tiered, value, pinned)",
            "floor": "how far below the reference (0 to 1) a model's lower bound may lie; 0.1 is ten points",
            "models": "the models or endpoints to choose from, by any of their names; none means all whose quality and cost are measured",
            "deny": "models, endpoints, providers or vendors that must not be used",
            "vendors": "if given, only models made by these",
            "regions": "if given, only endpoints in these",
            "no_retention": "whether only endpoints known to keep no prompts may be used",
            "lossy": "whether an endpoint may be used that would lose part of a request on the way",
            "tiers": "for the policy tiered: the tier of a kind of work, where it should differ from the shipped rule",
            "aliases": "names of your own for models",
            "endpoints": "endpoints of your own, or more about known ones",
            "prices": "prices of your own by endpoint, for contracts and discounts",
            "providers": "what you have agreed with a provider, by its name",
            "evidence": "measurements of your own",
        },
        EndpointSettings: {
            "id": "provider/model",
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
            "cache_read": "for those read from the cache; left out: as input",
            "cache_write": "for those written to the cache; left out: as input",
            "cache_write_1h": "for those written for an hour; left out: as cache_write",
        },
        ProviderSettings: {
            "region": "where it processes your prompts",
            "keeps_prompts": "whether it keeps them",
        },
        EvidenceSettings: {
            "model": "the model that was measured",
            "benchmark": "one of the benchmarks that the quality model knows",
            "score": "the share of tasks solved, 0 to 1",
            "n": "how many tasks",
            "date": "when, YYYY-MM-DD",
            "source": "where the number comes from",
        },
    }
)
"""What each key means. One that is missing here stops the schema and the reference."""
