"""Any server that speaks a known wire (vLLM, SGLang, llama.cpp, Ollama, LM Studio): prefixes live in its memory.

Where it is, the settings say. Most speak the other wires too, few of them to the letter: only chat is asked for unless an endpoint's
settings name another.
"""

from typing import Final

from msgspec.structs import replace

from tierwise.core.provider import HELD, CacheRow, Provider

PROVIDER: Final = Provider(
    name="compatible",
    title="OpenAI- or Anthropic-compatible server",
    wires=("openai_chat",),
    keeps_prompts=False,
    caches=(CacheRow("", replace(HELD, as_of="2026-11-24", source="https://docs.vllm.ai/en/latest/design/prefix_caching/")),),
    moved={"openai_chat": "{base}", "anthropic": "{root}", "openai_responses": "{base}", "openai_completions": "{base}"},
    quirks=frozenset({"max_tokens", "no_developer_role", "merge_system", "no_store", "no_custom_tools", "no_namespaces"}),
    routes={"/embeddings": "/embeddings", "/completions": "/completions"},
    keyless=True,
    source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server/",
    as_of="2026-11-24",
)
