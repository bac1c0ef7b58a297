"""vLLM on this machine."""

from typing import Final

from msgspec.structs import replace

from tierwise.core.provider import HELD, CacheRow, Provider

BASE: Final = "http://127.0.0.1:8000/v1"

PROVIDER: Final = Provider(
    name="vllm",
    title="vLLM",
    wires=("openai_chat",),
    keeps_prompts=False,
    caches=(CacheRow("", replace(HELD, as_of="2026-11-24", source="https://docs.vllm.ai/en/latest/design/prefix_caching/")),),
    bases={"openai_chat": BASE, "anthropic": "http://127.0.0.1:8000", "openai_responses": BASE, "openai_completions": BASE},
    moved={"openai_chat": "{base}", "anthropic": "{root}", "openai_responses": "{base}", "openai_completions": "{base}"},
    quirks=frozenset("max_tokens merge_system no_custom_tools no_developer_role no_namespaces no_store top_k".split()),
    routes={"/embeddings": "/embeddings", "/completions": "/completions"},
    keyless=True,
    source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server/",
    as_of="2026-11-24",
)
