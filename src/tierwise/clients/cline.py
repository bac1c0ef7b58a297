"""Cline and its kin (Roo Code, Kilo Code): the task in tags, the state of the editor after it, results of tools as text of the user's."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tierwise.core.client import Client, about, instructed, joined, never, opening, outside
from tierwise.core.request import Request
from tierwise.core.tools import Tools

NOISE: Final = opening("environment_details", "file_content", "folder_content", "explicit_instructions", "workspace_diagnostics")
TAGS: Final = re.compile(r"</?(?:task|user_message|feedback|answer)>")
RESULT: Final = re.compile(r"\[[\w-]+(?: for [^\n]{0,400})?\] Result:")
"""What the result of a tool begins with where tools are called in text."""

OWN: Final = ("[ERROR] You did not use a tool", "[TASK RESUMPTION]")
SUMMARY: Final = "Your task is to create a detailed summary of"
ASKED: Final = (("The current conversation is rapidly running out of context", "compaction"), (SUMMARY, "compaction"))
TOLD: Final = ((SUMMARY.encode(), "compaction"),)


def words(said: Sequence[str]) -> str:
    """What the person typed: no environment, no results of tools, the task without its tags."""
    return joined([_typed(text) for text in said if not text.startswith(OWN) and not RESULT.match(text)])


def _typed(text: str) -> str:
    return TAGS.sub("", outside(text, NOISE)).strip()


def errand(request: Request, _headers: Mapping[str, str]) -> str:
    """What it asks for itself: a summary of the session."""
    return instructed(request, TOLD) or about(request, ASKED)


TOOLS: Final = Tools(
    exits=re.compile(r"^Exit code: (-?\d+)$", re.MULTILINE),
    refused=("The user denied this operation",),
    errors=("The tool execution failed", "Error ", "<error>"),
)

AGENTS: Final = ("cline/", "roocode/", "kilo-code/")

CLIENT: Final = Client("cline", AGENTS, ("x-task-id", "x-kilocode-taskid"), words, errand, never, tools=TOOLS)
