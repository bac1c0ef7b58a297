"""LM Studio on this machine."""

from typing import Final

from msgspec.structs import replace

from tierwise.core.provider import HELD, CacheRow, FaultRow, Provider

BASE: Final = "http://127.0.0.1:1234/v1"

PROVIDER: Final = Provider(
    name="lmstudio",
    title="LM Studio",
    wires=("openai_chat",),
    keeps_prompts=False,
    caches=(CacheRow("", replace(HELD, as_of="2026-11-24", source="https://lmstudio.ai/docs/developer/openai-compat")),),
    bases={"openai_chat": BASE, "anthropic": "http://127.0.0.1:1234", "openai_responses": BASE, "openai_completions": BASE},
    moved={"openai_chat": "{base}", "anthropic": "{root}", "openai_responses": "{base}", "openai_completions": "{base}"},
    faults=(FaultRow("context", words=("greater than the context length",)),),
    quirks=frozenset({"max_tokens", "no_developer_role", "merge_system", "no_store", "no_custom_tools", "no_namespaces"}),
    routes={"/embeddings": "/embeddings", "/completions": "/completions"},
    keyless=True,
    source="https://lmstudio.ai/docs/developer/openai-compat",
    as_of="2026-11-24",
)
