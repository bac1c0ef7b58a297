"""Mistral: caches blocks of 64 where a cache key is set; raises the chance, no guarantee.

It refuses fields that it does not know (422), and tells what a stream used without being asked.
"""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, FaultRow, Limit, Provider

PROVIDER: Final = Provider(
    name="mistral",
    title="Mistral",
    wires=("openai_chat",),
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=64,
                step=64,
                survival=((0, 0.8), (300, 0.6), (900, 0.2), (3600, 0.0)),
                as_of="2026-11-24",
                source="https://docs.mistral.ai/inference/conversations/advanced/prompt-caching.md",
            ),
        ),
    ),
    bases={"openai_chat": "https://api.mistral.ai/v1", "openai_completions": "https://api.mistral.ai/v1/fim"},
    env=("MISTRAL_API_KEY",),
    faults=(
        FaultRow("overloaded", 429, codes=("service_tier_capacity_exceeded", "3505")),
        FaultRow("overloaded", 429, words=("capacity exceeded",)),
        FaultRow("no_model", 400, codes=("invalid_model", "unknown_model", "1500")),
        FaultRow("context", 400, codes=("3051",)),
    ),
    limits=(Limit("tokens", "ratelimitbysize-limit", "ratelimitbysize-remaining", "ratelimitbysize-reset"),),
    quirks=frozenset(
        (
            "max_tokens no_developer_role no_logit_bias no_logprobs no_reasoning no_safety_identifier no_seed "
            "no_service_tier no_store no_stream_options no_top_logprobs no_user no_verbosity"
        ).split()
    ),
    routes={"/embeddings": "/embeddings", "/completions": "/fim/completions"},
    observed="mistral_ai",
    source="https://docs.mistral.ai/resources/error-glossary",
    as_of="2026-11-24",
)
