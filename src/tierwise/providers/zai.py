"""Z.ai (GLM): automatic; no lifetime is stated ('reasonable time limits'), taken to be minutes."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

PROVIDER: Final = Provider(
    name="zai",
    title="Z.ai",
    wires=("openai_chat", "anthropic"),
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=500,
                step=1,
                survival=((0, 0.95), (240, 0.9), (300, 0.7), (900, 0.2), (1800, 0.0)),
                as_of="2026-11-24",
                source="https://docs.z.ai/guides/capabilities/cache.md",
            ),
        ),
    ),
)
