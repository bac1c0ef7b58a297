"""Azure OpenAI: as OpenAI, caching in memory for five to ten minutes of idling unless longer retention is set.

Each resource has an address of its own, and each model the name that its deployment was given.
"""

from typing import Final

from msgspec.structs import replace

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import MARKED, Auth, CacheRow, FaultRow, Limit, Provider

CLAUDE: Final = replace(MARKED, as_of="2026-11-24", source="https://platform.claude.com/docs/en/build-with-claude/prompt-caching")
"""Claude models are cached as their vendor does it."""

WIRES: Final = ("openai_responses", "openai_chat", "openai_completions")

PROVIDER: Final = Provider(
    name="azure",
    title="Azure OpenAI",
    wires=("openai_responses", "openai_chat"),
    caches=(
        CacheRow("claude", CLAUDE),
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=1024,
                step=128,
                survival=((0, 0.95), (300, 0.9), (600, 0.6), (3600, 0.0)),
                as_of="2026-11-24",
                source="https://learn.microsoft.com/en-us/azure/foundry/openai/how-to/prompt-caching",
            ),
        ),
    ),
    moved=dict.fromkeys(WIRES, "{root}/openai/v1"),
    env=("AZURE_OPENAI_API_KEY",),
    base_env=("AZURE_OPENAI_ENDPOINT",),
    auth=dict.fromkeys(WIRES, Auth("api-key", "")),
    faults=(
        FaultRow("no_model", codes=("deploymentnotfound", "operationnotsupported", "unavailable_model")),
        FaultRow("filtered", codes=("content_filter", "responsibleaipolicyviolation")),
    ),
    limits=tuple(
        Limit(what, f"x-ratelimit-limit-{what}", f"x-ratelimit-remaining-{what}", f"x-ratelimit-reset-{what}", "seconds")
        for what in ("requests", "tokens")
    ),
    routes={"/embeddings": "/embeddings", "/completions": "/completions"},
    observed="azure.ai.openai",
    source="https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle",
    as_of="2026-11-24",
)
