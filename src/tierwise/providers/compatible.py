"""Any server that speaks a known wire (vLLM, SGLang, llama.cpp, Ollama, LM Studio): prefixes live in its memory."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

PROVIDER: Final = Provider(
    name="compatible",
    title="OpenAI- or Anthropic-compatible server",
    wires=("openai_chat",),
    keeps_prompts=False,
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                step=16,
                survival=((0, 0.95), (300, 0.8), (3600, 0.2), (14400, 0.0)),
                as_of="2026-11-24",
                source="https://docs.vllm.ai/en/latest/design/prefix_caching/",
            ),
        ),
    ),
)
