"""MiniMax: automatic ('passive') caching from 512 tokens, kept as load allows.

Its Messages path comes first: it alone keeps reasoning apart from the text.
"""

from typing import Final

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, FaultRow, Provider

CODES: Final = (
    ("1000", "server_error"),
    ("1001", "server_error"),
    ("1002", "rate_limit"),
    ("1004", "auth"),
    ("1008", "payment"),
    ("1024", "server_error"),
    ("1026", "filtered"),
    ("1027", "filtered"),
    ("1033", "server_error"),
    ("1039", "rate_limit"),
    ("1041", "rate_limit"),
    ("2013", "bad_request"),
    ("2045", "rate_limit"),
    ("2049", "auth"),
    ("2056", "quota"),
    ("2061", "no_model"),
)
"""Its own codes, in `base_resp` of an answer with status 200 or, in brackets, at the end of a message."""


def _rows(code: str, kind: str) -> tuple[FaultRow, FaultRow]:
    return FaultRow(kind, codes=(code,)), FaultRow(kind, words=(f"({code})",))


def called(model: str) -> str:
    """A model's name there: MiniMax-M2.5."""
    return f"MiniMax-{model.lower().removeprefix('minimax-').title()}"


PROVIDER: Final = Provider(
    name="minimax",
    title="MiniMax",
    wires=("anthropic", "openai_chat", "openai_responses"),
    caches=(
        CacheRow(
            "",
            CachePhysics(
                kind="automatic",
                minimum=512,
                survival=((0, 0.95), (240, 0.9), (300, 0.7), (900, 0.2), (1800, 0.0)),
                as_of="2026-11-24",
                source="https://platform.minimax.io/docs/api-reference/text-prompt-caching",
            ),
        ),
    ),
    bases={
        "anthropic": "https://api.minimax.io/anthropic",
        "openai_chat": "https://api.minimax.io/v1",
        "openai_responses": "https://api.minimax.io/v1",
    },
    moved={"openai_chat": "{base}", "anthropic": "{root}/anthropic", "openai_responses": "{base}"},
    env=("MINIMAX_API_KEY",),
    faults=(FaultRow("context", words=("context window exceeds limit",)), *(row for code, kind in CODES for row in _rows(code, kind))),
    quirks=frozenset({"no_developer_role", "merge_system", "no_store", "no_strict", "no_custom_tools", "no_namespaces", "echo_reasoning"}),
    called=called,
    source="https://platform.minimax.io/docs/api-reference/errorcode",
    as_of="2026-11-24",
)
