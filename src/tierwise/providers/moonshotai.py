"""Moonshot (Kimi): automatic in blocks of 256, five minutes; from K3 on writes are billed, one hour can be asked for."""

from typing import Final

from msgspec.structs import replace

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

USUAL: Final = CachePhysics(
    kind="automatic",
    minimum=256,
    step=256,
    survival=((0, 0.97), (240, 0.95), (300, 0.8), (600, 0.3), (1800, 0.0)),
    as_of="2026-10-26",
    source="https://platform.kimi.com/docs/guide/use-context-caching-feature-of-kimi-api",
)

PROVIDER: Final = Provider(
    name="moonshotai",
    title="Moonshot AI",
    wires=("openai_chat", "anthropic"),
    caches=(
        CacheRow("kimi-k3", replace(USUAL, survival_1h=((0, 0.97), (3500, 0.95), (3700, 0.1), (7200, 0.0)))),
        CacheRow("", USUAL),
    ),
)
