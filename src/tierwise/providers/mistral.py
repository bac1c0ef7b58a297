"""Mistral: blocks of 64 where a cache key is set; raises the chance, no guarantee."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

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
)
