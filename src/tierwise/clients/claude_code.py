"""Claude Code: reminders and hook output in tags, slash commands in tags, a billing line that changes on every call.

Background calls: session titles (no tools, JSON-schema output), summaries for compaction, probes for one token, guesses at what the person
says next, judgements of commands, pages and searches of the web, notes for later sessions. Subagents name themselves in a header and in the
billing line.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tierwise.core.client import Client, about, instructed, joined, latest, opening, outside
from tierwise.core.request import Request, Segment
from tierwise.core.tools import Tools

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
POINTER: Final = re.compile(r"^(?:Read the output file to retrieve the result|Full transcript available at): \S+$", re.MULTILINE)
"""What follows the tags with the news of a background task."""

COMMAND: Final = re.compile(r"</?(?:command-name|command-args|bash-input)>")
SUMMARY: Final = "This session is being continued from a previous conversation"
SUGGESTING: Final = "[SUGGESTION MODE:"
OWN: Final = (
    SUMMARY,
    SUGGESTING,
    "Base directory for this skill:",
    "Operation stopped by hook",
    "Tool loaded.",
)
"""What texts begin with that the harness writes in the person's place, without tags."""

ASKED: Final = (
    ("Your task is to create a detailed summary of", "compaction"),
    (SUGGESTING, "suggestion"),
    ("NOT part of the actual user conversation", "memory"),
    ("# Dream: Memory", "memory"),
)
"""What the harness says in the person's place when it asks for itself."""

ALONE: Final = (
    ("Perform a web search for the query: ", "search"),
    ("Web page content:\n---", "page"),
    ("<policy_spec>", "command"),
    ("Please write a 5-10 word title", "title"),
)
"""The same, in calls with no more than a server's tool."""

TOLD: Final = (
    (b"indicates a new conversation topic", "topic"),
    (b"a 5-10 word title", "title"),
    (b"in under 50 characters", "title"),
    (b"<policy_spec>", "command"),
    (b"Bash commands that an AI coding agent wants to run", "command"),
    (b"performing a web search tool use", "search"),
    (b"kicked off a Claude Code agent", "status"),
)
"""What system texts of such calls say."""

WARM: Final = ("Warmup",)
AGENTS: Final = ("x-claude-code-agent-id", "x-claude-code-parent-agent-id")
CHILD: Final = b"cc_is_subagent=true"
MOST: Final = 1
"""Tools that a call for itself may have: a search of the web has the one that the server runs."""

LINE: Final = re.compile(rb'\s*\{[^{}]{0,80}?"(x-anthropic-billing-header:[^"\\]*)"')
SETTLED: Final = b"x-anthropic-billing-header: cc_version=0;"


def words(said: Sequence[str]) -> str:
    """What the person typed: no reminders, no command output, slash commands as typed."""
    return joined([_typed(text) for text in said if not text.startswith(OWN)])


def _typed(text: str) -> str:
    return COMMAND.sub(" ", NOTICE.sub("", POINTER.sub("", outside(text, NOISE)))).strip()


def errand(request: Request, headers: Mapping[str, str]) -> str:
    """What the harness asks for itself: what it tries, then what it says, then whether a subagent asks."""
    if request.limit == 1 or latest(request) == WARM:
        return "probe"
    return about(request, ASKED) or _alone(request) or _child(request, headers)


def _alone(request: Request) -> str:
    """What a call without the session's tools is for."""
    if sum(one.kind == "tools" for one in request.segments[: MOST + 1]) > MOST:
        return ""
    told = about(request, ALONE) or instructed(request, TOLD)
    return told or ("title" if "tools" not in request.needs and "json_schema" in request.needs else "")


def _child(request: Request, headers: Mapping[str, str]) -> str:
    """Whether a subagent asks: its own header says so, else the billing line."""
    named = any(headers.get(name, "").strip() for name in AGENTS)
    return "subagent" if named or any(CHILD in bytes(one.raw) for one in request.segments if volatile(one)) else ""


def volatile(segment: Segment) -> bool:
    """The billing line: its last part differs between calls of one session."""
    return segment.kind == "system" and LINE.match(segment.raw) is not None


def settled(raw: bytes) -> bytes:
    """The block with the billing line as one that says the same on every call."""
    found = LINE.match(raw)
    return raw if found is None else raw[: found.start(1)] + SETTLED + raw[found.end(1) :]


TOOLS: Final = Tools(
    exits=re.compile(r"\AExit code (\d+)"),
    refused=("The user doesn't want to proceed with this tool use", "The user doesn't want to take this action right now"),
    unrun=(
        "<tool_use_error>Sibling tool call errored",
        "<tool_use_error>Cancelled:",
        "[Request interrupted",
        "ENOENT: no such file or directory, posix_spawn",
    ),
    silent=True,
)
"""A command that failed says `Exit code 1` before all else; one that went well only shows what it printed."""

CLIENT: Final = Client(
    "claude_code", ("claude-cli/", "claude-code/"), ("x-claude-code-session-id",), words, errand, volatile, settled=settled, tools=TOOLS
)
