"""Together: automatic; neither a lifetime nor a minimum is documented, the curve is a cautious guess."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, FaultRow, Limit, Provider

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
    bases={"openai_chat": "https://api.together.ai/v1", "openai_completions": "https://api.together.ai/v1"},
    env=("TOGETHER_API_KEY",),
    faults=(
        FaultRow("context", 403, words=("max_tokens", "max_new_tokens", "context length")),
        FaultRow("context", 422, words=("max_new_tokens", "context length")),
    ),
    limits=(Limit("requests", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),),
    quirks=frozenset({"max_tokens", "no_developer_role", "no_store", "no_strict", "top_k"}),
    routes={"/embeddings": "/embeddings", "/completions": "/completions"},
    source="https://docs.together.ai/docs/error-codes",
    as_of="2026-11-24",
)
