"""Moonshot (Kimi): automatic in blocks of 256, five minutes; from K3 on writes are billed, one hour can be asked for."""

from typing import Final

from msgspec.structs import replace

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, FaultRow, Provider

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
    wires=("openai_chat", "anthropic", "openai_responses"),
    caches=(
        CacheRow("kimi-k3", replace(USUAL, survival_1h=((0, 0.97), (3500, 0.95), (3700, 0.1), (7200, 0.0)))),
        CacheRow("", USUAL),
    ),
    bases={
        "openai_chat": "https://api.moonshot.ai/v1",
        "anthropic": "https://api.moonshot.ai/anthropic",
        "openai_responses": "https://api.moonshot.ai/v1",
    },
    moved={"openai_chat": "{base}", "anthropic": "{root}/anthropic", "openai_responses": "{base}"},
    env=("MOONSHOT_API_KEY", "KIMI_API_KEY"),
    faults=(
        FaultRow("payment", 403, words=("balance", "suspended")),
        FaultRow("quota", 403, words=("usage limit",)),
        FaultRow("payment", 402),
        FaultRow("filtered", 400, words=("high risk",)),
        FaultRow("no_model", 404, codes=("resource_not_found_error",)),
    ),
    quirks=frozenset(("echo_reasoning fixed_sampling no_custom_tools no_developer_role no_namespaces no_store thinking_field").split()),
    observed="moonshot_ai",
    source="https://platform.kimi.ai/docs/api/overview",
    as_of="2026-11-24",
)
