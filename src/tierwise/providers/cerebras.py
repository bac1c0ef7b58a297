"""Cerebras: automatic, five minutes guaranteed, up to an hour as load allows."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

PROVIDER: Final = Provider(
    name="cerebras",
    title="Cerebras",
    wires=("openai_chat",),
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=600,
                step=1,
                survival=((0, 0.95), (300, 0.95), (1800, 0.4), (3600, 0.0)),
                as_of="2026-11-24",
                source="https://inference-docs.cerebras.ai/capabilities/prompt-caching",
            ),
        ),
    ),
)
