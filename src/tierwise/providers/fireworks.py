"""Fireworks: automatic within one replica; the lifetime is not documented, the curve is a cautious guess."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, FaultRow, Provider


def called(model: str) -> str:
    """A model's name there: a path, with 'p' for the dots in versions."""
    return model if "/" in model else f"accounts/fireworks/models/{model.replace('.', 'p')}"


PROVIDER: Final = Provider(
    name="fireworks",
    title="Fireworks",
    wires=("openai_chat", "anthropic"),
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=0,
                step=1,
                survival=((0, 0.8), (300, 0.6), (900, 0.2), (3600, 0.0)),
                as_of="2026-11-24",
                source="https://docs.fireworks.ai/guides/prompt-caching.md",
            ),
        ),
    ),
    bases={
        "openai_chat": "https://api.fireworks.ai/inference/v1",
        "anthropic": "https://api.fireworks.ai/inference",
        "openai_completions": "https://api.fireworks.ai/inference/v1",
    },
    moved={"openai_chat": "{base}", "anthropic": "{root}", "openai_completions": "{base}"},
    env=("FIREWORKS_API_KEY",),
    faults=(FaultRow("payment", 412),),
    quirks=frozenset({"max_tokens", "no_developer_role", "no_store", "top_k"}),
    routes={"/embeddings": "/embeddings", "/completions": "/completions"},
    called=called,
    source="https://docs.fireworks.ai/guides/inference-error-codes",
    as_of="2026-11-24",
)
