"""What every judge's file offers: JUDGE, how it is run, what its cases say, and the exceptions with their reasons."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from e2e.kit.client import ANTHROPIC, CHAT, RESPONSES

SCRIPTED: Final = "scripted"
LENIENT: Final = "lenient"
REAL: Final = "real"
ALL: Final = (CHAT, RESPONSES, ANTHROPIC)


class Skipped(Exception):
    """A judge that cannot be asked here; the message says what is missing."""


class Case(Struct, frozen=True):
    """One thing that a judge looks at, whether it was content, and what it said."""

    name: str
    passed: bool
    said: str = ""


class Court(Struct, frozen=True):
    """Where a judge is asked: the folder with its programs, one to work in, and the ports of the gateway and of what is behind it."""

    bin: Path
    folder: Path
    gateway: int
    upstream: int

    @property
    def url(self) -> str:
        """The base URL that OpenAI's clients take."""
        return f"http://127.0.0.1:{self.gateway}/v1"


class Judge(Struct, frozen=True, kw_only=True):
    """A judge.

    `packages` are exact versions for `installer`; `upstream` is what stands behind the gateway, `settings` the wires that it speaks there,
    one set for each run. `exceptions` are patterns of case names, each with a reason that a user would accept.
    """

    name: str
    version: str
    about: str
    installer: str
    packages: tuple[str, ...]
    run: Callable[[Court], Sequence[Case]]
    upstream: str = SCRIPTED
    settings: tuple[tuple[str, ...], ...] = ((CHAT, RESPONSES, ANTHROPIC), (ANTHROPIC,))
    aliases: Mapping[str, str] = {}
    exceptions: Mapping[str, str] = {}


class Verdict(Struct, frozen=True):
    """What a judge said of the gateway with an upstream of some wires."""

    judge: Judge
    wires: tuple[str, ...]
    passed: tuple[str, ...] = ()
    excepted: tuple[tuple[str, str], ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    skipped: str = ""


def verdict(judge: Judge, wires: tuple[str, ...], cases: Sequence[Case]) -> Verdict:
    """The cases sorted into passed, excepted and failed."""
    wrong = [(case, reason(judge.exceptions, case.name)) for case in cases if not case.passed]
    return Verdict(
        judge,
        wires,
        tuple(case.name for case in cases if case.passed),
        tuple((case.name, why) for case, why in wrong if why),
        tuple((case.name, case.said) for case, why in wrong if not why),
    )


def reason(exceptions: Mapping[str, str], name: str) -> str:
    """Why a case is excepted, '' if it is not."""
    return next((why for pattern, why in exceptions.items() if re.search(pattern, name)), "")
