"""OpenAI: automatic. From GPT-5.6 on writes are charged, prefixes end at messages and live 30 minutes after their last use.

The curve before 5.6 is fitted on logged Codex sessions: even at a few seconds one call in twenty misses, because the cache
is kept per machine.
"""

from typing import Final

from msgspec.structs import replace

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

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
)
