"""MiniMax: automatic ('passive') from 512 tokens, kept as load allows."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

PROVIDER: Final = Provider(
    name="minimax",
    title="MiniMax",
    wires=("openai_chat", "anthropic"),
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=512,
                survival=((0, 0.95), (240, 0.9), (300, 0.7), (900, 0.2), (1800, 0.0)),
                as_of="2026-11-24",
                source="https://platform.minimax.io/docs/api-reference/text-prompt-caching",
            ),
        ),
    ),
)
