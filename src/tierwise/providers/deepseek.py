"""DeepSeek: automatic, on disk, hours to days; whole prefix units, no write charge."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

PROVIDER: Final = Provider(
    name="deepseek",
    title="DeepSeek",
    wires=("openai_chat", "anthropic"),
    region="cn",
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=64,
                step=64,
                survival=((0, 0.97), (3600, 0.95), (14400, 0.8), (86400, 0.3), (259200, 0.0)),
                as_of="2026-11-15",
                source="https://api-docs.deepseek.com/guides/kv_cache/",
            ),
        ),
    ),
)
