"""Ollama on this machine. A prompt that is longer than its context is cut without a word: give the endpoint its true context_window."""

from typing import Final

from msgspec.structs import replace

from tierwise.core.provider import HELD, CacheRow, Provider

BASE: Final = "http://127.0.0.1:11434/v1"

PROVIDER: Final = Provider(
    name="ollama",
    title="Ollama",
    wires=("openai_chat",),
    keeps_prompts=False,
    caches=(CacheRow("", replace(HELD, as_of="2026-11-24", source="https://docs.ollama.com/api/openai-compatibility")),),
    bases={"openai_chat": BASE, "anthropic": "http://127.0.0.1:11434", "openai_responses": BASE, "openai_completions": BASE},
    moved={"openai_chat": "{base}", "anthropic": "{root}", "openai_responses": "{base}", "openai_completions": "{base}"},
    quirks=frozenset({"max_tokens", "no_developer_role", "merge_system", "no_store", "no_custom_tools", "no_namespaces"}),
    routes={"/embeddings": "/embeddings", "/completions": "/completions"},
    keyless=True,
    source="https://docs.ollama.com/api/openai-compatibility",
    as_of="2026-11-24",
)
