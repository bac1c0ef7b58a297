"""Codex CLI: environment, instructions, skills and permissions as user or developer messages in tags.

What a request is for stands in headers of its own; over a WebSocket, where headers come once, its prompt tells.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from tierwise.core.client import Client, about, instructed, joined, never, opening, outside
from tierwise.core.request import Request
from tierwise.core.tools import Tools

NOISE: Final = opening(
    "environment_context",
    "user_instructions",
    "permissions instructions",
    "skills_instructions",
    "collaboration_mode",
    "turn_aborted",
    "skill",
    "user_shell_command",
    "user_action",
    "subagent_notification",
    "INSTRUCTIONS",
)
PREFACE: Final = ("# AGENTS.md instructions", "# Instructions for")

SOURCES: Final = MappingProxyType({"compact": "compaction", "memory_consolidation": "memory"})
"""Values of the header that names a part of the harness; all others are subagents at the person's work."""

KINDS: Final = MappingProxyType(
    {"compaction": "compaction", "compact": "compaction", "memory": "memory", "warmup": "probe", "prewarm": "probe"}
)
KIND: Final = re.compile(r'"request_kind"\s*:\s*"(\w+)"')
CHILD: Final = re.compile(r'"thread_source"\s*:\s*"subagent"|"parent_thread_id"\s*:\s*"[^"]')

COMPACTING: Final = "CONTEXT CHECKPOINT COMPACTION"
ASKED: Final = ((COMPACTING, "compaction"),)
TOLD: Final = ((COMPACTING.encode(), "compaction"), (b"Memory Writing Agent", "memory"))
TRIGGER: Final = b'"compaction_trigger"'
SHORT: Final = 120
"""Bytes of a last item that is nothing but the wish for a summary."""


def words(said: Sequence[str]) -> str:
    """What the person typed: no environment, no instruction files, no wish for a summary."""
    return joined([outside(text, NOISE) for text in said if not text.startswith(PREFACE) and COMPACTING not in text[:SHORT]])


def errand(request: Request, headers: Mapping[str, str]) -> str:
    """What the harness asks for itself, as its headers say, else its prompt."""
    if headers.get("x-openai-memgen-request", "") == "true":
        return "memory"
    turn = headers.get("x-codex-turn-metadata", "")
    kind = KIND.search(turn)
    own = KINDS.get(kind[1], "") if kind else ""
    return own or SOURCES.get(headers.get("x-openai-subagent", ""), "") or _prompted(request) or _child(headers, turn)


def _prompted(request: Request) -> str:
    last = bytes(memoryview(request.segments[-1].raw)[:SHORT]) if request.segments else b""
    return "compaction" if TRIGGER in last else about(request, ASKED) or instructed(request, TOLD)


def _child(headers: Mapping[str, str], turn: str) -> str:
    named = headers.get("x-openai-subagent") or headers.get("x-codex-parent-thread-id")
    return "subagent" if named or CHILD.search(turn) else ""


TOOLS: Final = Tools(
    exits=re.compile(
        r"\A(?:[^\n]*\n){0,3}?Process exited with code (-?\d+)$|\AExit code: (-?\d+)$|\"exit_code\":\s?(-?\d+)"
        r"|^Process exited with code (-?\d+)$",
        re.MULTILINE,
    ),
    refused=("exec command rejected by user", "patch rejected by user", "rejected by user"),
    unrun=("aborted by user", "aborted", "tool call interrupted"),
    errors=(
        "Script failed",
        "failed to parse function arguments",
        "unsupported call",
        "apply_patch verification failed",
        "exec_command failed",
    ),
)
"""Each result of a command begins with its code; a script that runs tools only says whether it failed itself."""

CLIENT: Final = Client("codex", ("codex",), ("session-id", "session_id", "thread-id"), words, errand, never, tools=TOOLS)
