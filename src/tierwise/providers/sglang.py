"""SGLang on this machine."""

from typing import Final

from msgspec.structs import replace

from tierwise.core.provider import HELD, CacheRow, Provider

BASE: Final = "http://127.0.0.1:30000/v1"

PROVIDER: Final = Provider(
    name="sglang",
    title="SGLang",
    wires=("openai_chat",),
    keeps_prompts=False,
    caches=(CacheRow("", replace(HELD, as_of="2026-11-24", source="https://docs.sglang.ai/basic_usage/openai_api.html")),),
    bases={"openai_chat": BASE, "anthropic": "http://127.0.0.1:30000", "openai_responses": BASE, "openai_completions": BASE},
    moved={"openai_chat": "{base}", "anthropic": "{root}", "openai_responses": "{base}", "openai_completions": "{base}"},
    quirks=frozenset("max_tokens merge_system no_custom_tools no_developer_role no_namespaces no_store top_k".split()),
    routes={"/embeddings": "/embeddings", "/completions": "/completions"},
    keyless=True,
    source="https://docs.sglang.ai/basic_usage/openai_api.html",
    as_of="2026-11-24",
)
