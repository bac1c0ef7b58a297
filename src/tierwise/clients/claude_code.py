"""Claude Code: reminders and hook output in tags, slash commands in tags, a billing line that changes on every call.

Background calls: session titles (no tools, JSON-schema output), summaries for compaction, probes for one token.
"""

import re
from collections.abc import Sequence
from typing import Final

from tierwise.core.client import Client, joined, opening, outside
from tierwise.core.request import Request, Segment

NOISE: Final = opening(
    "system-reminder",
    "local-command-stdout",
    "local-command-stderr",
    "local-command-caveat",
    "bash-stdout",
    "bash-stderr",
    "task-notification",
    "user-prompt-submit-hook",
    "session-start-hook",
    "command-message",
    "ide_opened_file",
    "ide_selection",
    "new-diagnostics",
)
NOTICE: Final = re.compile(r"\[Request interrupted by user(?: for tool use)?\]")
COMMAND: Final = re.compile(r"</?(?:command-name|command-args|bash-input)>")
SUMMARY: Final = "This session is being continued from a previous conversation"
OWN: Final = (
    SUMMARY,
    "Base directory for this skill:",
    "Operation stopped by hook",
    "Tool loaded.",
)
"""What texts begin with that the harness writes in the person's place, without tags."""

COMPACTING: Final = "Your task is to create a detailed summary of"
HEAD: Final = 2000
"""Characters of a text in which it says that it asks for a summary; a preface may come before."""


def words(said: Sequence[str]) -> str:
    """What the person typed: no reminders, no command output, slash commands as typed."""
    return joined([_typed(text) for text in said if not text.startswith(OWN)])


def _typed(text: str) -> str:
    return COMMAND.sub(" ", NOTICE.sub("", outside(text, NOISE))).strip()


def side(request: Request) -> bool:
    """Titles, summaries and probes."""
    title = "tools" not in request.needs and "json_schema" in request.needs
    latest = (*request.aside, *(request.said[0] if request.said else ()))
    return title or request.limit == 1 or any(COMPACTING in text[:HEAD] for text in latest)


def volatile(segment: Segment) -> bool:
    """The billing line: its last part differs between calls of one session."""
    return segment.kind == "system" and b"x-anthropic-billing-header" in bytes(segment.raw)[:120]


CLIENT: Final = Client("claude_code", ("claude-cli/", "claude-code/"), ("x-claude-code-session-id",), words, side, volatile)
