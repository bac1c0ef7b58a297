"""Whether a check passed: by the exit code of its command line where that tells, else by what it printed.

The code of a line is the one of its last command, so it decides on a check only where nothing but `&&` comes after it; a pipe hides it.
Zero is believed whatever was printed. Any other code is put down to the check that says itself that it failed, else to the first that says
nothing. Of what was printed, only lines that can tell are looked at, near the beginning and the end, where compilers and test runners
say what counts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from tierwise.engine.commands import BUILD, GIT, TEST, Command

STOPPED: Final = frozenset({124, 126, 127, 130, 137, 143})
"""Exit codes that tell of no check: it did not run, or was stopped."""

ASIDE: Final = re.compile(GIT + r"stash\b(?!\s+(?:list|show|drop|clear))")
"""What puts the work aside for a look at how things were without it: a check beside it tells nothing of the work."""

ABSENT: Final = re.compile(
    r"Script not found|Missing script|No rule to make target|unrecognized subcommand|command not found|is not recognized as"
    r"|CommandNotFoundException|No module named (?:pytest|mypy|ruff|unittest)\b|ERR_PNPM_NO_SCRIPT|no tests ran"
    r"|[Nn]o test files? found|couldn't find (?:a )?(?:script|task)"
)
"""What is printed where a check could not run at all."""


def outcomes(found: Sequence[Command], code: int | None, output: str) -> Iterator[tuple[Command, bool]]:
    """The checks of a command line that are known to have passed or failed."""
    checks = [one for one in found if one.kind in PRINTS]
    if not checks or code in STOPPED or any(ASIDE.match(one.text) for one in found):
        return
    if code == 0 and all(one.decides for one in checks):
        yield from ((one, True) for one in checks)
        return
    text = telling(output)
    if code != 0 and ABSENT.search(text):
        return
    said = {one: verdict(one.kind, text) for one in checks}
    sure = [one for one in checks if one.decides]
    if code == 0:
        said |= dict.fromkeys(sure, True)
    elif code is not None and not any(said[one] is False for one in sure):
        said |= _blamed(said, sure, len(found))
    yield from ((one, passed) for one, passed in said.items() if passed is not None)


def _blamed(said: Mapping[Command, bool | None], sure: Sequence[Command], commands: int) -> dict[Command, bool]:
    """The check that a failure is put down to: the first that says nothing, or the last where the line is nothing but checks."""
    silent = [one for one in sure if said[one] is None]
    return dict.fromkeys(silent[:1] or (sure[-1:] if len(sure) == commands else []), False)


_TEST_FAILED: Final = re.compile(
    r"\b[1-9]\d* (?:tests? |specs? |examples? )?(?:failed|failing|failures?|errored|errors? in \d)\b|\b[1-9]\d* fail\b"
    r"|\b(?:Failures|Errors|Failed):\s*[1-9]\d*|^[ \t]{0,20}(?:not ok \d|--- FAIL\b|FAIL\b|FAILED\b|FAILURES!|✗ |✕ )"
    r"|^# fail [1-9]|test result: FAILED|^Failed!\s|\((?:failures|errors)=\d|^=+ ERRORS =+|BUILD FAIL(?:ED|URE)"
    r"|panicked at|Test Run Failed|TEST FAILED|There (?:was|were) [1-9]\d* (?:failure|error)",
    re.MULTILINE,
)
_TEST_PASSED: Final = re.compile(
    r"\b[1-9]\d* (?:tests? |specs? )?(?:passed|passing)\b|^ok\s+\S+|test result: ok|^OK(?:\s|$|\s\()|\b[1-9]\d* pass\b|^# pass [1-9]"
    r"|^PASS\b|^Passed!\s"
    r"|\b[1-9]\d* (?:examples?|tests), 0 failures|100% tests passed|BUILD SUCCESS(?:FUL)?|TEST SUCCEEDED"
    r"|Tests run: [1-9]\d*, Failures: 0, Errors: 0|[Aa]ll tests passed|Test Run Successful|with 0 failures",
    re.MULTILINE,
)
_BUILD_FAILED: Final = re.compile(
    r"\berror (?:TS|CS|MD)\d+|error\[E\d+\]|error: could not compile|\b[1-9]\d* (?:errors?|problems?|issues?)\b|ERR_PNPM|ELIFECYCLE"
    r"|^npm (?:ERR|error)|^make(?:\[\d+\])?: \*\*\*|BUILD FAIL(?:ED|URE)|^Build failed|error: script \"|Failed to compile"
    r"|^\S{1,200}:\d+:\d+:? (?:fatal )?error\b|Module not found|SyntaxError",
    re.MULTILINE,
)
_BUILD_PASSED: Final = re.compile(
    r"All checks passed|Success: no issues|\b0 (?:errors|issues)\b|Build succeeded|BUILD SUCCESS(?:FUL)?|[Cc]ompiled successfully"
    r"|^\s{0,20}Finished `?\w+|built in \d|No fixes applied|All matched files use|Build success",
    re.MULTILINE,
)

PRINTS: Final = MappingProxyType({TEST: (_TEST_FAILED, _TEST_PASSED), BUILD: (_BUILD_FAILED, _BUILD_PASSED)})
"""What checks of a kind print that failed, and that passed."""

COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
HEAD: Final = 1_500
TAIL: Final = 4_000
"""Characters of what was printed that are looked at, at its beginning and its end."""

WIDE: Final = 500
"""Characters of a line that are looked at."""

KEYS: Final = (
    *("ail", "FAIL", "ass", "PASS", "rror", "ERR", "ok", "OK", "ucce", "SUCC", "issue", "problem", "Finished", "built", "panicked"),
    *("✗", "✕", "***", "applied", "matched", "compile", "found", "Missing", "recognized", "NotFound", "No ", "no ", "examples"),
)
"""Parts of words without which a line tells nothing."""


def telling(output: str) -> str:
    """The lines of what was printed that can tell how a check ended."""
    ends = output if len(output) <= HEAD + TAIL else f"{output[:HEAD]}\n{output[-TAIL:]}"
    text = COLOUR.sub("", ends) if "\x1b" in ends else ends
    lines = (line[:WIDE] for line in text.splitlines() if line)
    return "\n".join(line for line in lines if any(key in line for key in KEYS))


def verdict(kind: str, text: str) -> bool | None:
    """Whether the telling lines say that a check passed, None where they do not say. What counts is nearly always said last."""
    failed, passed = PRINTS[kind]
    if any(failed.search(line) for line in reversed(text.split("\n"))):
        return False
    return True if passed.search(text) else None
