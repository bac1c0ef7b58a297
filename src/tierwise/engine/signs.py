"""What the tool calls of a request and the person's words say about the work of the model that is at it.

`read` is a machine over what was seen before (a `Trail`, kept per work item and bounded) and the latest steps: every step counts once,
however often it is shown. A check that failed is a sign each time; that it still fails after something was changed is counted in `lost`.
An error counts once alone, and again when it comes the third time. A call counts as repeated when it is the same, with the same result,
twice in a row or three times without a change in between. `heard` reads what the person says next, after the model was at work.

Nothing is kept of what was said or printed but numbers that tell equal from unequal; a sign names the kind of command, no more.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.signs import Sign, Step
from tierwise.core.tools import AGENT, ASK, EDIT, SHELL, TODO, WAIT, WRITE, Tools
from tierwise.engine import checks, commands, edits, speaking
from tierwise.engine.commands import Command
from tierwise.engine.edits import Edit

__all__ = ["NOTHING", "Trail", "heard", "read"]

heard = speaking.heard
"""What the person's latest words say of the work before them: see `engine.speaking`."""

SEEN: Final = 96
CALLS: Final = 24
ERRORS: Final = 24
EDITS: Final = 48
"""Steps, calls, errors and edits that are remembered."""

TIMES: Final = 3
"""How often an error or a call has to come to be the same again."""


class Trail(Struct, frozen=True, gc=False):
    """What a work item has seen so far.

    `seen` are steps that were counted, `calls` calls with their results, `errors` errors, all as numbers that tell equal from unequal, the
    latest last. `edits` are the latest changes of files, `touched` how many changes came since a check was run last, and `lost` how often
    in a row a check failed after a change.
    """

    seen: tuple[int, ...] = ()
    calls: tuple[tuple[int, int], ...] = ()
    errors: tuple[int, ...] = ()
    edits: tuple[Edit, ...] = ()
    touched: int = 0
    lost: int = 0


NOTHING: Final = Trail()
"""The trail of a work item that begins."""


def read(trail: Trail, steps: Sequence[Step], tools: Tools) -> tuple[tuple[Sign, ...], Trail]:
    """The signs in steps that were not counted yet, in their order, and the trail with them."""
    found: list[Sign] = []
    for step in steps:
        name = hash((step.id, step.tool, step.said))
        if step.result is None or name in trail.seen:
            continue
        signs, trail = _step(trail, step, tools)
        found += signs
        trail = replace(trail, seen=(*trail.seen, name)[-SEEN:])
    return tuple(found), trail


def _step(trail: Trail, step: Step, tools: Tools) -> tuple[list[Sign], Trail]:
    """The signs in one step, and the trail with it."""
    kind, result = tools.kind(step.tool), step.result or ""
    if result.startswith(tools.unrun):
        return [], trail
    if result.startswith(tools.refused):
        return ([Sign("correction", "refused")] if kind in {EDIT, WRITE} else []), trail
    if kind == SHELL:
        signs, trail = _ran(trail, step, tools)
    elif kind in {EDIT, WRITE}:
        signs, trail = _changed(trail, step, tools)
    else:
        signs, trail = _failed(trail, result, "call") if _wrong(step, tools) else ([], trail)
    again, trail = _repeated(trail, step, kind)
    return [*signs, *again], trail


def _wrong(step: Step, tools: Tools) -> bool:
    """Whether a call of a tool that runs no commands failed."""
    return step.failed is True or (step.failed is None and (step.result or "").startswith(tools.errors))


def _failed(trail: Trail, result: str, detail: str) -> tuple[list[Sign], Trail]:
    """A failure, and whether it is an old acquaintance."""
    again, trail = _error(trail, result)
    return [Sign("tool_error", detail), *again], trail


def _error(trail: Trail, result: str) -> tuple[list[Sign], Trail]:
    """The trail with an error; a sign where it comes the third time, the sixth, and so on."""
    print_ = hash(fingerprint(result))
    times = trail.errors.count(print_) + 1
    errors = (*trail.errors, print_)[-ERRORS:]
    return ([Sign("same_error", f"{times} times")] if times % TIMES == 0 else []), replace(trail, errors=errors)


TELLING: Final = (
    "rror",
    "ERROR",
    "xception",
    "ail",
    "FAIL",
    "annot",
    "an't",
    "not found",
    "o such",
    "enied",
    "ndefined",
    "anic",
    "nexpected",
    "nvalid",
)
"""Parts of words with which a line says what is wrong."""

VARYING: Final = re.compile(r"\x1b\[[0-9;]*m|0x[0-9a-f]+|\b[0-9a-f]{7,40}\b|\d+|[^\s:'\"(]*[/\\](?=[\w.-])")
"""What differs between two times the same error: colours, numbers, the folders of a path."""

LINES: Final = 4
WIDE: Final = 200
MUCH: Final = 6_000
"""Lines of an error that are compared, characters of each, and characters in which they are looked for."""


def fingerprint(result: str) -> str:
    """What an error says, without what differs from time to time: the first lines that tell, else the first lines."""
    lines = [line[:WIDE] for line in result[:MUCH].splitlines() if line.strip()]
    telling = [line for line in lines if any(key in line for key in TELLING)] or lines
    return "\n".join(" ".join(VARYING.sub("#", line.lower()).split()) for line in telling[:LINES])


def _repeated(trail: Trail, step: Step, kind: str) -> tuple[list[Sign], Trail]:
    """Whether a call is the same as before, with the same result; polling and lists of what is to do do not count."""
    if kind in PATIENT or (kind == SHELL and _patient(step)):
        return [], trail
    call = hash((step.tool, step.said)), hash(step.result)
    times = trail.calls.count(call) + 1
    again = bool(trail.calls) and trail.calls[-1] == call
    calls = (*trail.calls, call)[-CALLS:]
    return ([Sign("repeated_call", kind or "call")] if again or times >= TIMES else []), replace(trail, calls=calls)


PATIENT: Final = frozenset({WAIT, TODO, ASK, AGENT})


def _patient(step: Step) -> bool:
    return any(one.kind == commands.POLL for one in commands.commands(commands.line_of(step.said)))


def _changed(trail: Trail, step: Step, tools: Tools) -> tuple[list[Sign], Trail]:
    """A change of a file: whether it failed, and whether it undoes an earlier one."""
    if _wrong(step, tools):
        return _failed(trail, step.result or "", "edit")
    return _made(trail, edits.edits(step.said))


def _made(trail: Trail, made: Sequence[Edit]) -> tuple[list[Sign], Trail]:
    """The trail with changes of files, and whether they undo earlier ones."""
    undone = any(edits.undoes(one, trail.edits) for one in made)
    trail = replace(trail, edits=(*trail.edits, *made)[-EDITS:], touched=trail.touched + 1, calls=())
    return ([Sign("reverted", "edit")] if undone else []), trail


def _ran(trail: Trail, step: Step, tools: Tools) -> tuple[list[Sign], Trail]:
    """What a command line was for and how it ended."""
    result = step.result or ""
    if PENDING.search(result[:NEAR]):
        return [], trail
    found = commands.commands(commands.line_of(step.said))
    code = _code(step, tools)
    signs: list[Sign] = []
    for sign in _checked(found, code, result) or _hooked(found, code, result):
        signs.append(sign)
        trail = _counted(trail, sign)
    if any(one.kind.endswith("_failed") for one in signs):
        again, trail = _error(trail, result)
        return [*signs, *again], trail
    signs += _kept(found, code, result) if code in {0, None} else []
    signs += _back(trail, found) if code in {0, None} else []
    if not signs and _erred(found, step, code, tools):
        return _failed(trail, result, f"exit {code}" if code else "command")
    return _patched(signs, trail, found, commands.line_of(step.said))


def _patched(signs: list[Sign], trail: Trail, found: Sequence[Command], line: str) -> tuple[list[Sign], Trail]:
    """The signs of a command line that went well, and the trail with the changes of files it made."""
    if not any(one.kind == commands.CHANGE for one in found):
        return signs, trail
    undone, trail = _made(trail, edits.patched(line) if PATCH in line else ())
    return [*signs, *undone], trail


PATCH: Final = "*** Begin Patch"
"""How a patch begins that a command line brings."""


def _code(step: Step, tools: Tools) -> int | None:
    """The exit code of a command; of clients that say nothing of zero, that nothing is said is one."""
    code = tools.exit(step.result or "")
    return 0 if code is None and tools.silent and not step.failed else code


PENDING: Final = re.compile(
    r"Command (?:is )?(?:still )?running|Command was manually backgrounded|Process (?:is )?(?:still )?running|Background shell started"
)
"""What results of commands say near their beginning that go on in the background."""

NEAR: Final = 200
"""Characters in which that stands."""


def _checked(found: Sequence[Command], code: int | None, result: str) -> Sequence[Sign]:
    """How the checks of a line ended; several of a kind that ended alike are one sign."""
    signs: dict[str, Sign] = {}
    for one, passed in checks.outcomes(found, code, result):
        kind = f"{'tests' if one.kind == commands.TEST else 'build'}_{'passed' if passed else 'failed'}"
        signs.setdefault(kind, Sign(kind, one.name))
    return tuple(signs.values())


def _hooked(found: Sequence[Command], code: int | None, result: str) -> Sequence[Sign]:
    """The check that stopped a commit or a push, where what was printed tells which."""
    stopped = next((one for one in found if one.kind in {commands.COMMIT, commands.PUSH}), None) if code else None
    if stopped is None:
        return ()
    text = checks.telling(result)
    failed = (kind for kind in (commands.TEST, commands.BUILD) if checks.verdict(kind, text) is False)
    return tuple(Sign("tests_failed" if kind == commands.TEST else "build_failed", stopped.name) for kind in failed)[:1]


def _counted(trail: Trail, sign: Sign) -> Trail:
    """The trail after a check."""
    if sign.kind == "tests_passed":
        return replace(trail, lost=0, touched=0, errors=())
    return trail if sign.kind == "build_passed" else replace(trail, lost=trail.lost + (trail.touched > 0), touched=0)


COMMITTED: Final = re.compile(r"^\[[^\]\n]+ [0-9a-f]{6,40}\]", re.MULTILINE)
PUSHED: Final = re.compile(r"->|Everything up-to-date|https://\S+/(?:pull|merge_requests)/\d+|set up to track|Merged pull request")
UNMADE: Final = re.compile(
    r"nothing to commit|no changes added to commit|nothing added to commit|^(?:fatal|error):|! \[(?:remote )?rejected\]", re.MULTILINE
)


def _kept(found: Sequence[Command], code: int | None, result: str) -> Iterator[Sign]:
    """What was committed or pushed."""
    for kind, sign, said in ((commands.COMMIT, "committed", COMMITTED), (commands.PUSH, "pushed", PUSHED)):
        made = [one for one in found if one.kind == kind]
        sure = any(one.decides for one in made) and code == 0
        if made and not UNMADE.search(result) and (sure or said.search(result)):
            yield Sign(sign, made[0].name)


def _back(trail: Trail, found: Sequence[Command]) -> Iterator[Sign]:
    """Ways back that undo what was changed since the work began."""
    back = [one for one in found if one.kind == commands.REVERT]
    if any(edits.covers(one.text, trail.edits) for one in back):
        yield Sign("reverted", back[0].name)


def _erred(found: Sequence[Command], step: Step, code: int | None, tools: Tools) -> bool:
    """Whether a command line failed that was no check; one that only looks for something says with its exit code what it found."""
    if code is None:
        return _wrong(step, tools)
    looks = bool(found) and LOOKING.match(found[-1].text) is not None
    return code != 0 and code not in STOPPED and not (looks and code in NOTHING_THERE)


LOOKING: Final = re.compile(
    r"(?:e?grep|rg|ag|diff|cmp|test|which|type|ls|find|pgrep|command|jq|git\s+(?:diff|grep|check-ignore|show-ref|rev-parse|config)"
    r"|gh\s+pr\s+checks)\b|\["
)
NOTHING_THERE: Final = frozenset({1, 2, 8})
"""Exit codes of commands that look for something: it is not there, or not ready."""

STOPPED: Final = frozenset({130, 141, 143})
"""Exit codes of commands that were stopped."""
