"""Fireworks: automatic within one replica; the lifetime is not documented, the curve is a cautious guess."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

PROVIDER: Final = Provider(
    name="fireworks",
    title="Fireworks",
    wires=("openai_chat", "anthropic"),
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=0,
                step=1,
                survival=((0, 0.8), (300, 0.6), (900, 0.2), (3600, 0.0)),
                as_of="2026-11-24",
                source="https://docs.fireworks.ai/guides/prompt-caching.md",
            ),
        ),
    ),
)
