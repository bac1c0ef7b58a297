"""llama.cpp's own server on this machine."""

from typing import Final

from msgspec.structs import replace

from tierwise.core.provider import HELD, CacheRow, FaultRow, Provider

BASE: Final = "http://127.0.0.1:8080/v1"

PROVIDER: Final = Provider(
    name="llamacpp",
    title="llama.cpp server",
    wires=("openai_chat",),
    keeps_prompts=False,
    caches=(
        CacheRow("", replace(HELD, as_of="2026-11-24", source="https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md")),
    ),
    bases={"openai_chat": BASE, "anthropic": "http://127.0.0.1:8080", "openai_responses": BASE, "openai_completions": BASE},
    moved={"openai_chat": "{base}", "anthropic": "{root}", "openai_responses": "{base}", "openai_completions": "{base}"},
    faults=(FaultRow("overloaded", 503, words=("loading model",)), FaultRow("context", codes=("exceed_context_size_error",))),
    quirks=frozenset("max_tokens merge_system no_custom_tools no_developer_role no_namespaces no_store top_k".split()),
    routes={"/embeddings": "/embeddings", "/completions": "/completions"},
    keyless=True,
    source="https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
    as_of="2026-11-24",
)
