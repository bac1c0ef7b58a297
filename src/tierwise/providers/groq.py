"""Groq: automatic on gpt-oss models, gone after two hours without use."""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, FaultRow, Limit, Provider

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
    bases={"openai_chat": "https://api.groq.com/openai/v1", "openai_responses": "https://api.groq.com/openai/v1"},
    env=("GROQ_API_KEY",),
    faults=(
        FaultRow("overloaded", 498),
        FaultRow("unprocessable", 400, codes=("tool_use_failed", "json_validate_failed")),
        FaultRow("auth", 400, codes=("organization_restricted",)),
    ),
    limits=tuple(
        Limit(what, f"x-ratelimit-limit-{what}", f"x-ratelimit-remaining-{what}", f"x-ratelimit-reset-{what}", "duration")
        for what in ("requests", "tokens")
    ),
    quirks=frozenset("no_custom_tools no_logit_bias no_logprobs no_namespaces no_store no_top_logprobs three_efforts".split()),
    source="https://console.groq.com/docs/errors",
    as_of="2026-11-24",
)
