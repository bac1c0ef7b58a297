"""Anthropic: marked blocks, 5 minutes or 1 hour from the start of the request that wrote or read them.

The survival curves are fitted on logged Claude Code sessions (see docs/reference/physics.md); minimums are as published.
ANTHROPIC_BASE_URL is not read: it is what points clients at this gateway.
"""

from typing import Final

from msgspec.structs import replace

from tierwise.core.provider import MARKED, Auth, CacheRow, FaultRow, Limit, Provider

USUAL: Final = replace(MARKED, as_of="2026-08-31", source="https://platform.claude.com/docs/en/build-with-claude/prompt-caching")
LARGE: Final = replace(USUAL, minimum=4096)
SMALL: Final = replace(USUAL, minimum=512)

PREFIX: Final = "anthropic-ratelimit-requests"
"""The one limit that can be reckoned with: what is read from the cache does not count for that of input tokens."""

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
    bases={"anthropic": "https://api.anthropic.com"},
    env=("ANTHROPIC_API_KEY",),
    auth={"anthropic": Auth("x-api-key", "")},
    headers={"anthropic-version": "2023-06-01"},
    faults=(
        FaultRow("quota", 429, codes=("enforced_spend_limit_reached",)),
        FaultRow("quota", 400, words=("specified api usage limits", "spend limit")),
        FaultRow("context", 429, words=("long context requests",)),
    ),
    limits=(Limit("requests", f"{PREFIX}-limit", f"{PREFIX}-remaining", f"{PREFIX}-reset", "rfc3339"),),
    quirks=frozenset({"own_harness_line"}),
    counts=True,
    source="https://platform.claude.com/docs/en/api/errors",
    as_of="2026-11-24",
)
