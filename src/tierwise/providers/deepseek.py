"""DeepSeek: automatic, on disk, hours to days; whole prefix units, no write charge."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import Auth, CacheRow, FaultRow, Provider

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
    bases={
        "openai_chat": "https://api.deepseek.com",
        "anthropic": "https://api.deepseek.com/anthropic",
        "openai_completions": "https://api.deepseek.com/beta",
    },
    moved={"openai_chat": "{base}", "anthropic": "{root}/anthropic"},
    env=("DEEPSEEK_API_KEY",),
    auth={"anthropic": Auth("x-api-key", "")},
    faults=(FaultRow("overloaded", 503), FaultRow("payment", 402)),
    quirks=frozenset("echo_reasoning max_tokens no_developer_role no_json_schema no_store no_strict thinking_field".split()),
    routes={"/completions": "/beta/completions"},
    source="https://api-docs.deepseek.com/quick_start/error_codes",
    as_of="2026-11-24",
)
