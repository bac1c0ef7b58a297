"""What kind of work the person asks for, and how hard it is: the caller's word first, then what was learned, over readable rules.

Without weights the readable rules decide alone (`SIGNAL`); `learned` makes the signal that reads with weights. What is learned gives
each kind and each difficulty a share. The kind is the likeliest, with the kinds that are about as likely as doubts; where none has a
fair share, or nothing is said, the kind is unknown. The difficulty is the least that is hard enough with some certainty, so that an
unsure reading asks for more. Words that say nothing of their own ("yes, do it") are read together with what was asked before.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from tierwise.core.catalog import Tables
from tierwise.core.decision import Task
from tierwise.core.request import Request
from tierwise.core.tasks import KINDS, UNKNOWN_KIND
from tierwise.engine import rules
from tierwise.engine.learned import Learned, Reading, reading
from tierwise.engine.parts import Signal
from tierwise.engine.traits import traits

UNSURE: Final = 0.3
"""The share below which the likeliest kind is no kind."""

ALIKE: Final = 0.5
"""Another kind comes into question when it is at least so likely, as a part of the likeliest."""

ENOUGH: Final = 0.7
"""How sure it is to be that work is no harder than it is taken to be."""


def _told(request: Request) -> tuple[str, float, str] | None:
    """The kind of work by what is told of it, or by the client's where the harness asks for itself."""
    task = request.hints.task
    if task is not None:
        return (task if task in KINDS else UNKNOWN_KIND), 1.0, request.hints.source
    return ("side", 1.0, "client") if request.turn == "side" else None


def _heard(text: str) -> tuple[str, float, str]:
    kind, confidence = rules.kind_of(text)
    return kind, confidence, "rules" if confidence else "nothing said"


def _ruled(request: Request, _tables: Tables, _facts: Mapping[str, Any]) -> Task:
    text = request.words[: rules.HEAD]
    words = rules.words_of(text)
    if rules.acknowledges(words):
        text = f"{text}\n{request.previous[: rules.HEAD]}"
        words = rules.words_of(text)
    kind, confidence, source = _told(request) or _heard(text)
    return Task(kind, _hinted(request, rules.difficulty_of(kind, words)), confidence, source)


def _hinted(request: Request, found: int) -> int:
    hinted = request.hints.difficulty
    return found if hinted is None else rules.bounded(hinted)


def _learned(known: Learned, request: Request, tables: Tables, facts: Mapping[str, Any]) -> Task:
    if _told(request) is not None or not request.words:
        return _ruled(request, tables, facts)
    return judged(reading(known, traits(request.words, request.previous)), request)


def judged(found: Reading, request: Request) -> Task:
    """The task of a request that was read so."""
    best = max(found.kinds, key=found.kinds.__getitem__)
    share = found.kinds[best]
    difficulty = _hinted(request, hardness(found.difficulties))
    if share < UNSURE:
        return Task(UNKNOWN_KIND, difficulty, round(share, 2), "nothing learned fits")
    doubts = [kind for kind, other in found.kinds.items() if other >= ALIKE * share and kind != best]
    return Task(best, difficulty, round(share, 2), "learned", tuple(doubts))


def hardness(shares: tuple[float, ...]) -> int:
    """The least difficulty that work is sure enough not to exceed."""
    sure = 0.0
    for place, share in enumerate(shares, 1):
        sure += share
        if sure >= ENOUGH:
            return place
    return len(shares)


def learned(known: Learned) -> Signal:
    """The signal that reads with weights."""
    return Signal(SIGNAL.name, SIGNAL.rank, partial(_learned, known))


SIGNAL: Final = Signal("task", 4, _ruled)
"""One file per variant; plugins finds them."""
