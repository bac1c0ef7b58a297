"""Cerebras: automatic, five minutes guaranteed, up to an hour as load allows."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, FaultRow, Limit, Provider

PROVIDER: Final = Provider(
    name="cerebras",
    title="Cerebras",
    wires=("openai_chat",),
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=600,
                step=1,
                survival=((0, 0.95), (300, 0.95), (1800, 0.4), (3600, 0.0)),
                as_of="2026-11-24",
                source="https://inference-docs.cerebras.ai/capabilities/prompt-caching",
            ),
        ),
    ),
    bases={"openai_chat": "https://api.cerebras.ai/v1", "openai_completions": "https://api.cerebras.ai/v1"},
    env=("CEREBRAS_API_KEY",),
    faults=(FaultRow("overloaded", 429, codes=("queue_exceeded",)), FaultRow("context", 413)),
    limits=tuple(
        Limit(counts, f"x-ratelimit-limit-{what}", f"x-ratelimit-remaining-{what}", f"x-ratelimit-reset-{what}")
        for counts, what in (("requests", "requests-day"), ("tokens", "tokens-minute"))
    ),
    quirks=frozenset(
        ("no_developer_role no_frequency_penalty no_logit_bias no_presence_penalty no_prompt_cache_key no_store three_efforts").split()
    ),
    routes={"/completions": "/completions"},
    source="https://inference-docs.cerebras.ai/support/error",
    as_of="2026-11-24",
)
