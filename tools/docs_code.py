"""Run the code blocks of a Markdown page, in order, in a clean place, and hold them to what the page says they print.

    ```console   `$ command` lines, each followed by what it prints; a line `...` stands for any number of lines
    ```python    a program of its own; an ```output block right after it holds what it prints
    any block    whose first line is a comment with a file's name (`# tierwise.yaml`), or that follows a line `<!-- file: NAME -->`, is
                 that file for the blocks after it; a settings file is also checked with `tierwise config`

A page's blocks run in one empty folder in which the repository's files lie as at its root, with a home and a ledger of their own, no
network asked for and nothing of the caller's environment. A command must exit with 0. Blocks of other languages are not run.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

FENCE: Final = "```"
PROMPT: Final = "$ "
ANY: Final = "..."
FILE: Final = re.compile(r"# ([\w./-]+\.\w+)")
NAMED: Final = re.compile(r"<!-- file: ([\w./-]+) -->")
SETTINGS: Final = "tierwise.yaml"
PATIENCE: Final = 60
WIDTH: Final = 100


class Fence(NamedTuple):
    """A code block: its language, the line it opens on (from 1), and what is in it."""

    language: str
    line: int
    body: tuple[str, ...]


class Place(NamedTuple):
    """Where blocks run: the folder and the environment."""

    folder: Path
    environment: dict[str, str]


class Ran(NamedTuple):
    """What a block should hold after it ran, what it printed, and what went wrong."""

    body: Sequence[str]
    printed: Sequence[str] = ()
    problems: Sequence[tuple[int, str]] = ()


class Before(NamedTuple):
    """What stands before a block: the last line that says something, or what the program there printed."""

    line: str = ""
    printed: Sequence[str] | None = None


Problems = list[tuple[int, str]]


def executed(text: str, root: Path, home: Path) -> tuple[str, Problems]:
    """A page whose blocks hold what they print, and what went wrong."""
    out, problems, before = list[str](), Problems(), Before()
    with tempfile.TemporaryDirectory(prefix="tierwise-page-") as folder:
        place = placed(root, Path(folder), home)
        for part in parts(text):
            if isinstance(part, str):
                out.append(part)
                before = before if not part.strip() else Before(line=part)
                continue
            ran = _run(part, place, before)
            before = Before(printed=ran.printed if part.language == "python" else None)
            problems += ran.problems
            out += [f"{FENCE}{part.language}", *ran.body, FENCE]
    return "\n".join(out) + "\n", problems


def placed(root: Path, folder: Path, home: Path) -> Place:
    """A folder in which the files of a repository's root lie, and an environment that depends on nobody's."""
    for entry in root.iterdir():
        if not entry.name.startswith("."):
            (folder / entry.name).symlink_to(entry)
    tools = os.pathsep.join((str(Path(sys.executable).parent), os.defpath))
    told = {
        "PATH": tools,
        "HOME": str(home),
        "XDG_DATA_HOME": str(folder / ".data"),
        "COLUMNS": str(WIDTH),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "NO_COLOR": "1",
    }
    return Place(folder, told | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INDEX": "1"})


def parts(text: str) -> Iterator[str | Fence]:
    """The lines of a page, those of a code block together."""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if not line.startswith(FENCE):
            yield line
            continue
        body = []
        for _, inside in lines:
            if inside == FENCE:
                break
            body.append(inside)
        yield Fence(line.removeprefix(FENCE).strip(), number, tuple(body))


def _run(fence: Fence, place: Place, before: Before) -> Ran:
    named = NAMED.fullmatch(before.line) or FILE.fullmatch(next(iter(fence.body), ""))
    if named is not None:
        return _saved(fence, named[1], place)
    if fence.language == "output" and before.printed is not None:
        return Ran(held(fence.body, before.printed))
    return RUN[fence.language](fence, place) if fence.language in RUN else Ran(fence.body)


def _saved(fence: Fence, name: str, place: Place) -> Ran:
    path = place.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in fence.body), encoding="utf-8")
    if path.name != SETTINGS:
        return Ran(fence.body)
    code, printed = _called([sys.executable, "-m", "tierwise", "config", "--config", name], place)
    return Ran(fence.body, problems=[(fence.line, line) for line in printed] if code else ())


def _console(fence: Fence, place: Place) -> Ran:
    body: list[str] = []
    problems: Problems = []
    for line, command, expected in commands(fence):
        text = "\n".join(command).removeprefix(PROMPT)
        code, printed = _called(["/bin/sh", "-c", text], place)
        if code or any("Traceback (most recent call last)" in one for one in printed):
            problems.append((line, f"exit code {code}: {text}: {' / '.join(printed[-3:])}"))
        body += [*command, *held(expected, printed)]
    return Ran(body, problems=problems)


def commands(fence: Fence) -> Iterator[tuple[int, list[str], list[str]]]:
    """Each command of a console block: the line it is on, its lines, and what it is said to print."""
    command, expected, line, going_on = list[str](), list[str](), fence.line, False
    for number, text in enumerate(fence.body, fence.line + 1):
        if text.startswith(PROMPT) and command:
            yield line, command, expected
        if text.startswith(PROMPT):
            command, expected, line = [text], [], number
        elif going_on:
            command.append(text)
        else:
            expected.append(text)
        going_on = (text.startswith(PROMPT) or going_on) and text.endswith("\\")
    if command:
        yield line, command, expected


def _python(fence: Fence, place: Place) -> Ran:
    code, printed = _called([sys.executable, "-W", "error", "-"], place, "\n".join(fence.body))
    problems = [(fence.line, f"exit code {code}: {' / '.join(printed[-3:])}")] if code else ()
    return Ran(fence.body, printed, problems)


RUN: Final[Mapping[str, Callable[[Fence, Place], Ran]]] = MappingProxyType({"console": _console, "python": _python})


def _called(command: Sequence[str], place: Place, told: str = "") -> tuple[int, list[str]]:
    """The exit code of a command, and the lines it printed."""
    done = subprocess.run(  # noqa: S603  # the repository's own documents
        command,
        input=told,
        cwd=place.folder,
        env=place.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, [line.rstrip() for line in done.stdout.rstrip("\n").splitlines()]


def held(expected: Sequence[str], printed: Sequence[str]) -> list[str]:
    """What a page should say was printed: what it says where that is right, else what was printed.

    Where the page leaves lines out once, as many lines are kept before and after as it had.
    """
    if matches(expected, printed):
        return list(expected)
    if list(expected).count(ANY) != 1:
        return list(printed)
    before = list(expected).index(ANY)
    after = len(expected) - before - 1
    return [*printed[:before], ANY, *printed[len(printed) - after :]]


def matches(expected: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether lines are what was expected, `...` standing for any number of them."""
    pattern = "".join(r"(?:.*\n)*" if line == ANY else f"{re.escape(line)}\n" for line in expected)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None
