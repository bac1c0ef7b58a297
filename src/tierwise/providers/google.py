"""Google Gemini API, by its OpenAI-compatible path: implicit caching, no promise of a lifetime ('on average 3-5 minutes', says OpenRouter).

Its message for a full minute speaks of "your current quota" too: only a full day or a zero limit is a quota used up.
"""

from typing import Final

from msgspec.structs import replace

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import MARKED, CacheRow, FaultRow, Provider

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
    bases={"openai_chat": "https://generativelanguage.googleapis.com/v1beta/openai"},
    env=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    faults=(
        FaultRow("payment", 429, words=("prepayment credits",)),
        FaultRow("quota", 429, words=("per day", "perday", "limit: 0")),
        FaultRow("rate_limit", 429),
    ),
    quirks=frozenset(
        (
            "no_metadata no_prompt_cache_key no_safety_identifier no_service_tier no_store no_verbosity "
            "thought_signatures three_efforts tool_names"
        ).split()
    ),
    routes={"/embeddings": "/embeddings"},
    sells=("gemini", "gemma"),
    observed="gcp.gemini",
    source="https://ai.google.dev/gemini-api/docs/openai",
    as_of="2026-11-24",
)
