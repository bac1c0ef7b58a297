"""Together: automatic; neither a lifetime nor a minimum is documented, the curve is a cautious guess."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

PROVIDER: Final = Provider(
    name="together",
    title="Together",
    wires=("openai_chat",),
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=0,
                step=1,
                survival=((0, 0.8), (300, 0.5), (900, 0.0)),
                as_of="2026-11-24",
                source="https://docs.together.ai/docs/inference/chat/prompt-caching.md",
            ),
        ),
    ),
)
