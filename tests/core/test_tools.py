"""What tools are by their names, and how results say with which code a command ended."""

import re
from types import MappingProxyType

import pytest

from tierwise.core.tools import KINDS, TOOLS, USUAL, Tools


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bash", "shell"),
        ("Bash", "shell"),
        ("shell", "shell"),
        ("run_command", "shell"),
        ("exec_command", "shell"),
        ("PowerShell", "shell"),
        ("functions__bash", "shell"),
        ("edit_file", "edit"),
        ("MultiEdit", "edit"),
        ("apply_patch", "edit"),
        ("str_replace_based_edit_tool", "edit"),
        ("Write", "write"),
        ("create_file", "write"),
        ("Read", "read"),
        ("Grep", "search"),
        ("Task", "agent"),
        ("TodoWrite", "todo"),
        ("write_stdin", "wait"),
        ("AskUserQuestion", "ask"),
        ("WebFetch", "web"),
        ("get_weather", ""),
        ("mcp__tracker__create", ""),
        ("", ""),
    ],
)
def test_a_tool_is_known_by_its_usual_name(name: str, kind: str) -> None:
    assert TOOLS.kind(name) == kind


def test_a_clients_own_word_goes_before_the_usual() -> None:
    tools = Tools(kinds=MappingProxyType({"write": "edit", "frob": "shell"}))
    assert [tools.kind(name) for name in ("Write", "frob", "bash")] == ["edit", "shell", "shell"]


def test_every_usual_name_is_of_a_kind_and_in_lower_case() -> None:
    assert set(USUAL.values()) == set(KINDS)
    assert all(name == name.lower() for name in USUAL)


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ("Exit code 1\nFAIL", 1),
        ("Exit code: 0\nWall time: 0 seconds\nOutput:\nok", 0),
        ("Chunk ID: a1\nWall time: 1.0 seconds\nProcess exited with code 101\nOutput:\nerror", 101),
        ("some output\n\nCommand exited with code 2", 2),
        ("some output\n[The command completed with exit code 127.]", 127),
        ("some output\n<exited with exit code 3>", 3),
        ("Command: npm test\nDirectory: (root)\nOutput: x\nError: (none)\nExit Code: 1\nSignal: (none)", 1),
        ('{"output":"x","metadata":{"exit_code":4,"duration_seconds":0.1}}', 4),
        ("<returncode>1</returncode>\n<output>\nx\n</output>", 1),
        ("returncode: 5\nstdout: x", 5),
        ("Exit code -1", -1),
        ("all good", None),
        ("", None),
        ('error: script "lint" exited with code 1', None),
        ("the docs say: Exit code: 1 means failure\n" + "more\n" * 9, None),
    ],
)
def test_a_result_says_with_which_code_a_command_ended(result: str, code: int | None) -> None:
    assert TOOLS.exit(result) == code


def test_only_the_ends_of_a_result_say_so() -> None:
    assert TOOLS.exit("x\n" * 1000 + "Command exited with code 3\n") == 3
    assert TOOLS.exit("Exit code 3\n" + "x\n" * 1000) == 3
    assert TOOLS.exit("x\n" * 1000 + '"exit_code": 3\n' + "x\n" * 1000) is None


def test_a_client_may_say_it_in_words_of_its_own() -> None:
    tools = Tools(exits=re.compile(r"\Arc=(\d+)"))
    assert [tools.exit(one) for one in ("rc=7 x", "Exit code 1")] == [7, None]
