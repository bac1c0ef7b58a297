"""xAI: automatic, kept per server and evicted at any time; a conversation header steers to the same server."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

PROVIDER: Final = Provider(
    name="x-ai",
    title="xAI",
    wires=("openai_chat", "openai_responses"),
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
)
