"""Anthropic: marked blocks, 5 minutes or 1 hour from the start of the request that wrote or read them.

The survival curves are fitted on logged Claude Code sessions (see docs/reference/physics.md); minimums are as published.
"""

from typing import Final

from msgspec.structs import replace

from tierwise.core.provider import MARKED, CacheRow, Provider

USUAL: Final = replace(MARKED, as_of="2026-08-31", source="https://platform.claude.com/docs/en/build-with-claude/prompt-caching")
LARGE: Final = replace(USUAL, minimum=4096)
SMALL: Final = replace(USUAL, minimum=512)

PROVIDER: Final = Provider(
    name="anthropic",
    title="Anthropic",
    wires=("anthropic",),
    region="us",
    caches=(
        CacheRow("claude-opus-4-5", LARGE),
        CacheRow("claude-opus-4-6", LARGE),
        CacheRow("claude-haiku-4-5", LARGE),
        CacheRow("claude-opus-4-7", replace(USUAL, minimum=2048)),
        CacheRow("claude-opus-5", SMALL),
        CacheRow("claude-sonnet-5-5", SMALL),
        CacheRow("claude-haiku-5-5", SMALL),
        CacheRow("claude-fable", SMALL),
        CacheRow("claude-mythos", SMALL),
        CacheRow("", USUAL),
    ),
)
