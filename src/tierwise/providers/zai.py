"""Z.ai (GLM): automatic caching; no lifetime is stated ('reasonable time limits'), taken to be minutes.

Keys of its coding plan work at https://api.z.ai/api/coding/paas/v4, to be named in ZAI_BASE_URL or the settings; the general base answers
them with 1113, as if money were missing.
"""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, FaultRow, Provider

CODES: Final = (
    ("auth", ("1000", "1001", "1002", "1003", "1004", "1110", "1111", "1112", "1121", "1220")),
    ("payment", ("1113", "1309")),
    ("server_error", ("1120", "1200", "1230", "1234")),
    ("bad_request", ("1210", "1213", "1214", "1215")),
    ("no_model", ("1211", "1212", "1221", "1222", "1311")),
    ("conflict", ("1231",)),
    ("context", ("1261",)),
    ("filtered", ("1300", "1301")),
    ("rate_limit", ("1302", "1303")),
    ("quota", ("1304", "1308", "1310", "1313")),
    ("overloaded", ("1305", "1312")),
)
"""Its own codes, which come as a code or, in brackets, at the beginning of a message."""


def _rows(kind: str, codes: tuple[str, ...]) -> tuple[FaultRow, FaultRow]:
    return FaultRow(kind, codes=codes), FaultRow(kind, words=tuple(f"[{code}]" for code in codes))


PROVIDER: Final = Provider(
    name="zai",
    title="Z.ai",
    wires=("openai_chat", "anthropic", "openai_responses"),
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=500,
                step=1,
                survival=((0, 0.95), (240, 0.9), (300, 0.7), (900, 0.2), (1800, 0.0)),
                as_of="2026-11-24",
                source="https://docs.z.ai/guides/capabilities/cache.md",
            ),
        ),
    ),
    bases={
        "openai_chat": "https://api.z.ai/api/paas/v4",
        "anthropic": "https://api.z.ai/api/anthropic",
        "openai_responses": "https://api.z.ai/api/v1",
    },
    moved={"openai_chat": "{base}"},
    env=("ZAI_API_KEY", "ZHIPU_API_KEY"),
    base_env=("ZAI_BASE_URL",),
    faults=tuple(row for kind, codes in CODES for row in _rows(kind, codes)),
    quirks=frozenset(
        (
            "echo_reasoning max_tokens no_custom_tools no_developer_role no_json_schema no_namespaces "
            "no_parallel_tool_calls no_store no_strict thinking_field"
        ).split()
    ),
    routes={"/embeddings": "/embeddings"},
    source="https://docs.z.ai/api-reference/api-code",
    as_of="2026-11-24",
)
