"""OpenAI: automatic. From GPT-5.6 on writes are charged, prefixes end at messages and live 30 minutes after their last use.

The curve before 5.6 is fitted on logged Codex sessions: even at a few seconds one call in twenty misses, because the cache
is kept per machine. OPENAI_BASE_URL is not read: it is what points clients at this gateway.
"""

from typing import Final

from msgspec.structs import replace

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, FaultRow, Limit, Provider

EARLIER: Final = CachePhysics(
    kind="automatic",
    minimum=1024,
    step=128,
    survival=(
        (0, 0.985),
        (60, 0.985),
        (120, 0.975),
        (450, 0.93),
        (600, 0.85),
        (1200, 0.5),
        (3000, 0.4),
        (3700, 0.05),
        (86400, 0.0),
    ),
    as_of="2026-09-23",
    source="https://developers.openai.com/api/docs/guides/prompt-caching",
)
WRITTEN: Final = replace(EARLIER, step=1, survival=((0, 0.97), (1800, 0.95), (3600, 0.3), (7200, 0.0)))

BASE: Final = "https://api.openai.com/v1"

PROVIDER: Final = Provider(
    name="openai",
    title="OpenAI",
    wires=("openai_responses", "openai_chat"),
    region="us",
    caches=(
        CacheRow("gpt-5.6", WRITTEN),
        CacheRow("gpt-6", WRITTEN),
        CacheRow("", EARLIER),
    ),
    bases={"openai_responses": BASE, "openai_chat": BASE, "openai_completions": BASE},
    env=("OPENAI_API_KEY",),
    faults=(
        FaultRow(
            "quota",
            429,
            codes=(
                "credit_balance_exhausted",
                "organization_spend_limit_exceeded",
                "project_spend_limit_exceeded",
                "organization_usage_limit_exceeded",
            ),
        ),
        FaultRow("overloaded", codes=("server_is_overloaded",)),
        FaultRow("too_large", 429, words=("request too large for",)),
    ),
    limits=tuple(
        Limit(what, f"x-ratelimit-limit-{what}", f"x-ratelimit-remaining-{what}", f"x-ratelimit-reset-{what}", "duration")
        for what in ("requests", "tokens")
    ),
    quirks=frozenset({"custom_tools"}),
    routes={"/embeddings": "/embeddings", "/completions": "/completions"},
    source="https://developers.openai.com/api/docs/guides/error-codes",
    as_of="2026-11-24",
)
