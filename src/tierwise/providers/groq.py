"""Groq: automatic on gpt-oss models, gone after two hours without use."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

PROVIDER: Final = Provider(
    name="groq",
    title="Groq",
    wires=("openai_chat", "openai_responses"),
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=1024,
                step=1,
                survival=((0, 0.9), (3600, 0.8), (7200, 0.5), (7300, 0.0)),
                as_of="2026-11-24",
                source="https://console.groq.com/docs/prompt-caching",
            ),
        ),
    ),
)
