"""Codex: reasoning is dropped from the prompt when the next person's turn begins, and the provider keeps its cache per machine.

Fitted on logged sessions (docs/reference/physics.md).
"""

from typing import Final

from tierwise.lab.call import Call
from tierwise.lab.habits import plain
from tierwise.lab.step import Habits, Step, prompt_of

HEAD: Final = 2_432
SHARE: Final = 0.12
"""The head is this large, or this share of a first prompt where that is less."""


def head(call: Call) -> int:
    """Tokens of the head all users share: the instructions; tools and project text after it differ."""
    return round(min(HEAD, SHARE * prompt_of(call)))


def background(_step: Step) -> float:
    """The head is the same for all users of a version, so somebody has just used it."""
    return 1.0


def breaks(step: Step) -> float:
    """Odds that what the call before left is on another machine: high at first, while a session still finds its place."""
    if shed(step):
        return SHED
    return next(odds for below, odds in ROUTED if step.number < below)


SHED: Final = 0.1
ROUTED: Final = ((2, 0.5), (10, 0.08), (10**9, 0.0))
"""(calls so far below which it holds, odds of another machine), beyond those in the provider's own survival curve."""


def shed(step: Step) -> bool:
    """Whether a prompt has grown by less than the answer before it alone added: then its turn's reasoning was dropped."""
    return step.prompt - step.before < step.answered


HABITS: Final = Habits("codex", head, background, breaks, plain.lost, shed, sheds=True)
