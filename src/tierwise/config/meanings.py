"""What each key of tierwise.yaml means: shown by editors, through the JSON schema, and in the reference."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

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
            "providers": "how a provider is reached and what you have agreed with it, by its name",
            "evidence": "measurements of your own",
            "server": "where the gateway listens, and what it takes",
            "keys": "the keys that clients use at the gateway; without any it only listens on this machine",
            "timeouts": "how long the gateway waits for a provider, in seconds",
            "background": "where harness-made calls (titles, summaries, probes) go: the flash tier, or where the policy sends them",
            "hedge": "whether a second endpoint is asked when the first is later than nineteen in twenty of its own answers; both are paid",
            "usage": "whether streams are always asked to end with the tokens used, or only where the client asks",
            "embeddings": "the model that answers /v1/embeddings when the client asks for auto",
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
            "called": "what the provider calls the model, where that differs",
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
            "url": "its base URL, where it is another than usual; for a server of your own, with /v1",
            "key": "the key to send; better named by key_env",
            "key_env": "the environment variable that holds the key, where it is another than the provider's usual one",
            "headers": "more headers to send with every request",
        },
        KeySettings: {
            "name": "whose key it is; shown in records",
            "key": "the key itself; better named by key_env",
            "key_env": "the environment variable that holds the key",
            "policy": "how to choose for it, where it is another policy than the usual",
            "floor": "its floor, where it is another than the usual",
            "models": "the models or endpoints it may use; none means all",
            "concurrency": "the most requests it may have under way",
        },
        Timeouts: {
            "connect": "for a connection, name lookup and TLS included",
            "first_byte": "for the head of the answer",
            "first_content": "for the first content of a stream",
            "idle": "between two pieces of an answer",
            "total": "for a request in all, with every attempt",
        },
        ServerSettings: {
            "host": "the address to listen on",
            "port": "the port; 0 takes a free one",
            "body": "the largest request body taken, in bytes",
            "keepalive": "seconds without content after which a stream gets a comment that keeps it open",
            "drain": "seconds that running requests get to finish when the gateway is told to stop",
            "connections": "the most connections at once",
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
