"""The scripted provider that is built in: it answers within the process, on every wire, and costs nothing.

No address stands behind its base URL: whoever assembles the gateway gives it the scripted transport. Its cache is a real one in small: it
remembers prefixes, keeps what is marked on the wire with marks, and reads in steps of 128 tokens elsewhere.
"""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider

BASE: Final = "http://demo.invalid/v1"

PROVIDER: Final = Provider(
    name="demo",
    title="Demo (scripted, within this process)",
    wires=("openai_chat", "openai_responses", "anthropic"),
    keeps_prompts=False,
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=1024,
                step=128,
                survival=((0, 1.0), (3600, 0.9), (86400, 0.0)),
                as_of="2026-11-24",
                source="https://platform.openai.com/docs/guides/prompt-caching",
            ),
        ),
    ),
    bases={"openai_chat": BASE, "openai_responses": BASE, "openai_completions": BASE, "anthropic": BASE.removesuffix("/v1")},
    counts=True,
    routes={"/embeddings": "/embeddings", "/completions": "/completions"},
    keyless=True,
    source="https://platform.openai.com/docs/guides/prompt-caching",
    as_of="2026-11-24",
)
