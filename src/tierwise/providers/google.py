"""Google Gemini API: implicit, no promise of a lifetime ('on average 3-5 minutes' by OpenRouter's account)."""

from typing import Final

from msgspec.structs import replace

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import MARKED, CacheRow, Provider

USUAL: Final = CachePhysics(
    kind="automatic",
    minimum=4096,
    survival=((0, 0.9), (60, 0.9), (180, 0.7), (300, 0.4), (600, 0.1), (1800, 0.0)),
    as_of="2026-10-05",
    source="https://ai.google.dev/gemini-api/docs/caching",
)

CLAUDE: Final = replace(
    MARKED, as_of="2026-11-24", source="https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/prompt-caching"
)
"""Claude models are cached as their vendor does it."""

PROVIDER: Final = Provider(
    name="google",
    title="Google Gemini API",
    wires=("openai_chat",),
    caches=(CacheRow("claude", CLAUDE), CacheRow("gemini-2.5", replace(USUAL, minimum=2048)), CacheRow("", USUAL)),
)
