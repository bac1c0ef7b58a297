"""Codex CLI: environment, instructions, skills and permissions as user or developer messages in tags."""

from collections.abc import Sequence
from typing import Final

from tierwise.core.client import Client, joined, never, opening, outside

NOISE: Final = opening(
    "environment_context",
    "user_instructions",
    "permissions instructions",
    "skills_instructions",
    "collaboration_mode",
    "turn_aborted",
    "skill",
    "user_shell_command",
    "subagent_notification",
    "INSTRUCTIONS",
)
PREFACE: Final = ("# AGENTS.md instructions", "# Instructions for")


def words(said: Sequence[str]) -> str:
    """What the person typed: no environment, no instruction files."""
    return joined([outside(text, NOISE) for text in said if not text.startswith(PREFACE)])


CLIENT: Final = Client("codex", ("codex",), ("session-id", "session_id", "thread-id"), words, never, never)
