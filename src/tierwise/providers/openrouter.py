"""OpenRouter: passes caching through; stays with the provider that has the prompt for ten minutes."""

from typing import Final

from msgspec.structs import replace

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import MARKED, CacheRow, FaultRow, Limit, Provider

CLAUDE: Final = replace(MARKED, as_of="2026-11-24", source="https://openrouter.ai/docs/guides/best-practices/prompt-caching")
"""Claude models are cached as their vendor does it."""

PROVIDER: Final = Provider(
    name="openrouter",
    title="OpenRouter",
    wires=("openai_chat", "anthropic", "openai_responses"),
    caches=(
        CacheRow("claude", CLAUDE),
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=1024,
                step=1,
                survival=((0, 0.9), (240, 0.85), (600, 0.3), (1200, 0.0)),
                as_of="2026-11-24",
                source="https://openrouter.ai/docs/guides/best-practices/prompt-caching",
            ),
        ),
    ),
    bases={
        "openai_chat": "https://openrouter.ai/api/v1",
        "anthropic": "https://openrouter.ai/api",
        "openai_responses": "https://openrouter.ai/api/v1",
        "openai_completions": "https://openrouter.ai/api/v1",
    },
    moved={"openai_chat": "{base}", "anthropic": "{root}", "openai_responses": "{base}", "openai_completions": "{base}"},
    env=("OPENROUTER_API_KEY",),
    faults=(
        FaultRow("rate_limit", 402, codes=("in_flight_budget_exhausted", "openrouter_in_flight_budget")),
        FaultRow("quota", 429, words=("-per-day",)),
        FaultRow("no_model", 503, words=("no available model provider", "routing requirements", "no allowed providers")),
        FaultRow("filtered", 403, words=("flagged", "moderation", "guardrail")),
    ),
    limits=(Limit("requests", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "epoch_ms"),),
    quirks=frozenset({"cache_control", "file_urls", "reasoning_field", "top_k"}),
    routes={"/embeddings": "/embeddings", "/completions": "/completions"},
    source="https://openrouter.ai/docs/api/reference/errors-and-debugging",
    as_of="2026-11-24",
)
