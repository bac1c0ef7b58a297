"""xAI: automatic, kept per server and evicted at any time; a conversation header steers to the same server."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, FaultRow, Provider

PROVIDER: Final = Provider(
    name="x-ai",
    title="xAI",
    wires=("openai_responses", "openai_chat"),
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=128,
                step=128,
                survival=((0, 0.9), (300, 0.8), (900, 0.4), (3600, 0.0)),
                as_of="2026-11-24",
                source="https://docs.x.ai/developers/advanced-api-usage/prompt-caching/best-practices",
            ),
        ),
    ),
    bases={"openai_responses": "https://api.x.ai/v1", "openai_chat": "https://api.x.ai/v1"},
    env=("XAI_API_KEY",),
    faults=(
        FaultRow("quota", 429, words=("used all available credits", "spending limit")),
        FaultRow("quota", 403, words=("used all available credits", "spending limit")),
        FaultRow("filtered", 403, words=("usage guidelines", "safety_check")),
    ),
    quirks=frozenset({"no_custom_tools", "no_frequency_penalty", "no_max", "no_namespaces", "no_presence_penalty", "no_store"}),
    observed="x_ai",
    source="https://docs.x.ai/docs/api-reference",
    as_of="2026-11-24",
)
