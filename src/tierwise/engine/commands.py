"""What a command line does, and how it ended.

A line is split into simple commands, each with what joins it to the next. The exit code of a line is the one of its last command, so it
tells of a check in the middle only where nothing but `&&` comes after it; else what the check printed has to tell. What is no check, a
commit, a push or a way back is of no interest here.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

TEST: Final = "test"
BUILD: Final = "build"
COMMIT: Final = "commit"
PUSH: Final = "push"
REVERT: Final = "revert"
CHANGE: Final = "change"
POLL: Final = "poll"

LONGEST: Final = 6_000
"""Characters of a command line that are read."""


class Command(Struct, frozen=True, gc=False):
    """A simple command: what it is, the words that tell, and whether the exit code of the line tells how it ended."""

    kind: str
    name: str
    text: str
    decides: bool


class Row(NamedTuple):
    """A kind of command: what tells it, and what says that it is not meant."""

    kind: str
    telling: re.Pattern[str]
    unless: re.Pattern[str]


NEVER: Final = re.compile(r"(?!)")
IDLE: Final = re.compile(r"\s(?:--?version|--help|-h|--collect-only|--co|--list(?:-?tests)?|--watch(?:All)?|--ui)\b")
DRY: Final = re.compile(r"\s(?:--dry-run|-n|--help|--delete|-d)(?=\s|$)")

RUNNER: Final = r"(?:npm|pnpm|yarn|bun)(?:\s+(?:-\S+(?:[ =](?!run\b|test\b|t\b)[\w@./*-]+)?|run|run-script|workspace\s+\S+|workspaces))*\s+"
"""How a script of a package is run, options between."""

TASK: Final = r"(?:make|just|task|mage|mise\s+(?:run|r|tasks\s+run)|moon\s+run|invoke|inv|rake|earthly|bazel)\s+(?:-\S+\s+)*"
"""How a task of a project is run."""

_TESTS: Final = (
    r"(?:py\.?test|tox|nox|jest|vitest|mocha|ava|rspec|phpunit|pest|ctest|bats|karma|gotestsum|busted|prove|Invoke-Pester)\b",
    (
        r"(?:playwright|deno|bun|go|cargo|mix|dotnet|swift|flutter|dart|hatch|stack|cabal|lein|sbt|nx|composer|pixi run|invoke|meson)\s+"
        r"(?:\S+\s+)?test\b"
    ),
    r"cypress\s+run\b",
    r"cargo\s+nextest\b",
    r"(?:zig\s+build|rake|rails|artisan|php artisan)\s+(?:test|spec)\b",
    r"turbo\s+(?:run\s+)?\S*test\b",
    r"(?:\./)?(?:gradlew?|mvnw?)(?:\.bat)?\s[^|&;]*?(?:\S*[tT]est\b|verify\b|\bcheck\b)",
    r"python[\d.]*\s+(?:-\S+\s+)*-m\s+(?:pytest|unittest|nose2?|tox)\b",
    r"python[\d.]*\s+(?:\S*/)?(?:manage\.py|runtests\.py)\s*test?\b",
    RUNNER + r"(?:t|tst|(?:\w[\w:.-]*)?\btests?(?:[:.-][\w:.-]+)?)(?=\s|$)",
    TASK + r"[\w:-]*\b(?:test|tests|check|spec)\b[\w:-]*",
    r"node\s+(?:-\S+\s+)*--test\b",
    r"(?:(?:ba|z)?sh\s+)?\S*test\S*\.sh\b",
)
_BUILDS: Final = (
    r"(?:tsc|vue-tsc|mypy|pyright|basedpyright|javac|rustc|gcc|g\+\+|clang|clang\+\+|ninja|xcodebuild|webpack|rollup|esbuild)\b",
    (
        r"(?:eslint|flake8|pylint|golangci-lint|rubocop|shellcheck|stylelint|tslint|staticcheck|ktlint|swiftlint"
        r"|hadolint|oxlint|lint-imports|markdownlint(?:-cli2?)?|yamllint|actionlint|buf)\b"
    ),
    r"(?:biome|ruff)\s+(?:check|lint|ci)\b",
    r"ruff\s+format\s+(?:\S+\s+)*--check\b|black\s+(?:\S+\s+)*--check\b|prettier\s+(?:\S+\s+)*(?:--check|-c)\b|cargo\s+fmt\s+[^|&;]*--check\b",
    (
        r"(?:cargo|go|dotnet|swift|zig|bun|deno|flutter|docker|vite|next|nuxt|astro|ng|expo|turbo|nx|mix|hatch|poetry|uv|stack|cabal)\s+(?:run\s+)?"
        r"(?:build|check|clippy|vet|compile|lint)\b"
    ),
    r"cmake\s+--build\b",
    r"(?:\./)?(?:gradlew?|mvnw?)(?:\.bat)?\s[^|&;]*?\b(?:build|assemble|compile\w*|package|install)\b",
    r"python[\d.]*\s+(?:-\S+\s+)*-m\s+(?:mypy|ruff|flake8|pylint|build|compileall|py_compile|pyright)\b",
    RUNNER + r"(?:\w[\w:.-]*)?\b(?:build|compile|type-?check|types|tsc|lint|check)(?:[:.-][\w:.-]+)?(?=\s|$)",
    TASK + r"[\w:-]*\b(?:build|all|lint|compile|vet|typecheck|ci)\b[\w:-]*",
    r"make(?:\s+-j\S*)?\s*(?:2>&1\s*)?$",
    r"pre-commit\s+run\b",
    r"node\s+(?:-\S+\s+)*(?:--check|-c)\b|bash\s+-n\b",
)
GIT: Final = r"git\s+(?:-[cC]\s+\S+\s+|--no-pager\s+|--git-dir\S+\s+)*"
_BACK: Final = (
    GIT + r"checkout\s+(?:\S+\s+)?--\s+\S+",
    GIT + r"checkout\s+(?:HEAD\s+)?\.(?=\s|$)",
    GIT + r"restore\s+(?!(?:\S+\s+)*--staged\b(?!.*--worktree)).*\S",
    GIT + r"reset\s+(?:\S+\s+)*--hard\b",
    GIT + r"revert\s+(?!--(?:abort|quit|continue|skip))\S+",
)
_CHANGES: Final = (
    r"sed\s+(?:-\S+\s+)*-i",
    r"perl\s+-\S*i",
    r"(?:patch|apply_patch|applypatch)\b",
    GIT + r"(?:apply|am|mv|rm)\b",
    r"(?:cat|tee|echo|printf)\b.*(?<![\d&])>",
    r"(?:cat\s*)?>\s*\S",
    r"(?:tee|mv|cp|rm|mkdir|touch|ln|chmod|unzip|tar)\s",
    r"(?:python[\d.]*|node|ruby|perl)\s+(?:-\s|<<)",
    r"(?:npm|pnpm|yarn|bun|pip|uv|cargo|go|brew|apt|apt-get|composer|gem|bundle|poetry)\s+(?:install|i|add|ci|get|update|upgrade|remove|sync)\b",
    r"(?:ruff|biome|eslint|prettier|black|gofmt|cargo\s+fmt)\b[^|&;]*(?:\s--fix|\s--write|\s-w\b|format)",
    r"(?:Set-Content|Add-Content|New-Item|Remove-Item|Copy-Item|Move-Item|Out-File)\b",
)
_POLLS: Final = (
    r"(?:sleep|watch|wait|Start-Sleep)\b",
    r"gh\s+(?:run|pr\s+checks|pr\s+view|pr\s+status|workflow|api)\b",
    r"(?:curl|wget|ping|ps|tail\s+-[fF]|lsof|docker\s+(?:ps|logs)|kubectl|systemctl|jobs|pgrep|date|netstat|ss)\b",
)


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(patterns) + ")", re.DOTALL)


ROWS: Final = (
    Row(COMMIT, re.compile(GIT + r"commit\b"), re.compile(r"\s(?:--dry-run|--help|-h)(?=\s|$)")),
    Row(PUSH, re.compile(GIT + r"push\b|gh\s+pr\s+(?:create|merge)\b|glab\s+mr\s+(?:create|merge)\b"), DRY),
    Row(REVERT, _any(_BACK), DRY),
    Row(TEST, _any(_TESTS), IDLE),
    Row(BUILD, _any(_BUILDS), IDLE),
    Row(POLL, _any(_POLLS), NEVER),
    Row(CHANGE, _any(_CHANGES), NEVER),
)
"""The kinds of commands in the order in which they are tried."""

MARK: Final = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
"""How a text begins that stands in the line itself: what comes after the mark on the same line belongs to the command."""

JOINT: Final = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"|\\.|(&&|\|\||;|\|&?|\n|(?<![<>&0-9])&(?![>&]))", re.DOTALL)
"""What may stand in a line: quoted text, an escaped character, or what joins two commands."""

LEADING: Final = re.compile(
    r"(?:[({!]\s*|(?:do|then|else|if|while|until|time|sudo|exec|nohup|call|env|rtk|&|command(?!\s+-[vV]))\s+|[A-Za-z_]\w*=(?:'[^']*'|\"[^\"]*\"|\S*)\s+"
    r"|timeout\s+(?:-\S+\s+)*\S+\s+|nice\s+(?:-n\s*\S+\s+)?|xvfb-run\s+(?:-\S+\s+)*|\$env:\w+\s*=\s*\S+\s*"
    r"|(?:npx|bunx|pnpx|uvx|pnpm\s+(?:exec|dlx)|yarn\s+(?:exec|dlx)|npm\s+exec|bundle\s+exec|uv\s+run|poetry\s+run|pipenv\s+run|pdm\s+run"
    r"|hatch\s+run|rye\s+run|pixi\s+run|direnv\s+exec\s+\S+|mise\s+exec(?:\s+\S+)?|wsl)\s+(?:-{1,2}[\w-]+(?:=\S+)?\s+)*)"
)
"""What may stand before a command that is only a way to run it."""

PLACE: Final = re.compile(r"(?:\.{0,2}|~|[A-Za-z]:)?(?:[\w.@-]*[/\\])+(?=[\w.+-]+(?:\s|$))")
"""The folder of a program."""

SHELLS: Final = re.compile(
    r"(?:\S*/)?(?:bash|sh|zsh|dash|pwsh|powershell(?:\.exe)?)\s+(?:-\w+\s+)*-\w*[cC]\w*\s+(['\"])(.*)\1(?:\s*\d?>>?\s*\S+)*\s*\Z", re.DOTALL
)
"""A shell that is told what to run."""

SCRIPT: Final = re.compile(r"\bcmd\s*:\s*(\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`)", re.DOTALL)
"""A command in a script that runs tools."""


def line_of(said: str) -> str:
    """The command line in what a tool was called with, '' where there is none."""
    value = decoded(said)
    if isinstance(value, dict):
        value = next((value[key] for key in COMMANDS if key in value), "")
    if isinstance(value, list):
        return _listed([one for one in value if isinstance(one, str)])
    text = value if isinstance(value, str) else said if value is None else ""
    scripts = SCRIPT.findall(text) if value is None else []
    return "\n".join(_unquoted(one) for one in scripts) if scripts else text


COMMANDS: Final = ("command", "cmd", "commands", "script", "input", "code", "shell_command", "commandline", "CommandLine")
"""Where the input of a tool has the command."""


def decoded(said: str) -> Any:
    """What a tool was called with, None where it is no JSON."""
    if not said.startswith(("{", "[", '"')):
        return None
    try:
        return msgspec.json.decode(said)
    except (msgspec.DecodeError, RecursionError):
        return None


def _listed(words: Sequence[str]) -> str:
    """The line that a list of words is: what a shell is told to run, commands one after the other, or one with its arguments."""
    if len(words) > 1 and words[1].startswith("-") and "c" in words[1] and words[0].rpartition("/")[2] in {"bash", "sh", "zsh", "dash"}:
        return words[-1]
    return ("\n" if any(" " in one for one in words[:1]) else " ").join(words)


def _unquoted(text: str) -> str:
    inner = decoded(text) if text[0] == '"' else None
    return inner if isinstance(inner, str) else text[1:-1].replace("\\n", "\n")


def commands(line: str) -> tuple[Command, ...]:
    """The simple commands of a line, those of no kind among them; of a shell that is told what to run, those."""
    parts = [(one, joint) for one, joint in _parts(_folded(line[:LONGEST])) if one]
    decide = _deciding([joint for _, joint in parts])
    return tuple(one for (part, _), sure in zip(parts, decide, strict=True) for one in _commands(_bare(part), decides=sure))


def _folded(line: str) -> str:
    """A line without the texts that stand in it; one that never ends is left in. One pass: an end that is missing is looked for once."""
    kept, at = [], 0
    endless: set[str] = set()
    for mark in MARK.finditer(line):
        start = line.find("\n", mark.end())
        if mark.start() < at or start < 0 or mark[2] in endless:
            continue
        end = re.compile(rf"\n[ \t]*{mark[2]}(?![\w-])").search(line, start)
        if end is None:
            endless.add(mark[2])
        else:
            kept.append(line[at:start])
            at = end.end()
    return "".join((*kept, "\n" if kept else "", line[at:]))


def _commands(text: str, *, decides: bool) -> Iterator[Command]:
    inner = SHELLS.match(text)
    if inner is None:
        yield _command(text, decides=decides)
        return
    parts = [(one, joint) for one, joint in _parts(inner[2]) if one]
    for (part, _), sure in zip(parts, _deciding([joint for _, joint in parts]), strict=True):
        yield _command(_bare(part), decides=decides and sure)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Simple commands, each with what joins it to the next."""
    joints = [found for found in JOINT.finditer(text) if found[1]]
    starts = [0, *(one.end() for one in joints)]
    ends = [*(one.start() for one in joints), len(text)]
    names = [*(one[1] for one in joints), ""]
    for start, end, joint in zip(starts, ends, names, strict=True):
        yield text[start:end].strip(), joint


def _deciding(joints: Sequence[str]) -> list[bool]:
    """For each command whether the line's exit code is not zero exactly if it, or one before it, failed: only `&&` comes after it."""
    sure = True
    found = []
    for place, joint in reversed([*enumerate(joints)]):
        sure = sure and (joint == "&&" or place == len(joints) - 1)
        found.append(sure)
    return found[::-1]


def _command(text: str, *, decides: bool) -> Command:
    for row in ROWS:
        found = row.telling.match(text)
        if found and not row.unless.search(text):
            return Command(row.kind, _named(row.kind, found[0]), text, decides)
    return Command("", "", text, decides)


NAMED: Final = 40
"""Characters of a command's name."""


def _named(kind: str, text: str) -> str:
    """A command's name: the words that tell, without paths, which are nobody's business."""
    words = [one for one in text.split() if not any(sign in one for sign in "/\\~\"'=$@")]
    return " ".join(words)[:NAMED] or kind


def _bare(text: str) -> str:
    """A command without what only stands before it."""
    while found := LEADING.match(text):
        text = text[found.end() :]
    found = PLACE.match(text)
    return text[found.end() :] if found else text
