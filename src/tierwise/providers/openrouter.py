"""OpenRouter: passes caching through; stays with the provider that has the prompt for ten minutes."""

from typing import Final

from msgspec.structs import replace

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import MARKED, CacheRow, Provider

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
)
