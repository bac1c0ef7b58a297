"""Azure OpenAI: as OpenAI, in memory for five to ten minutes of idling unless longer retention is set."""

from typing import Final

from msgspec.structs import replace

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import MARKED, CacheRow, Provider

CLAUDE: Final = replace(MARKED, as_of="2026-11-24", source="https://platform.claude.com/docs/en/build-with-claude/prompt-caching")
"""Claude models are cached as their vendor does it."""

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
)
