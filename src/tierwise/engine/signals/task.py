"""What kind of work the person asks for, and how hard it is: the caller's word first, then what was learned, over readable rules.

Without weights the readable rules decide alone (`SIGNAL`); `learned` makes the signal that reads with weights. What is learned gives each
kind and each difficulty a share. The kind is the likeliest, with the kinds that are about as likely as doubts; where none has a fair share,
or nothing is said, the kind is unknown. The difficulty is the hardest that is about as likely as the likeliest, so that an unsure reading
asks for more. Words that say nothing of their own ("yes, do it") are read together with what was asked before.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from msgspec import Struct

from tierwise.core.catalog import Tables
from tierwise.core.decision import Task
from tierwise.core.request import Request
from tierwise.core.tasks import KINDS, UNKNOWN_KIND
from tierwise.engine import rules
from tierwise.engine.learned import Learned, Reading, reading
from tierwise.engine.parts import Signal
from tierwise.engine.traits import traits


class Caution(Struct, frozen=True):
    """What doubt costs.

    Below the share `unsure` the likeliest kind is no kind. Another kind comes into question when it is at least `alike` times as likely
    as the likeliest, a harder level when it is at least `harder` times as likely.
    """

    unsure: float
    alike: float
    harder: float


CAUTION: Final = Caution(unsure=0.2, alike=0.65, harder=0.8)
"""Of the settings that were compared the most cautious that asks too much no oftener than the rules do (evaluation/doubts.py)."""


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


def _learned(by: tuple[Learned, Caution], request: Request, tables: Tables, facts: Mapping[str, Any]) -> Task:
    if _told(request) is not None or not request.words:
        return _ruled(request, tables, facts)
    known, caution = by
    return judged(reading(known, traits(request.words, request.previous)), request, caution)


def judged(found: Reading, request: Request, caution: Caution = CAUTION) -> Task:
    """The task of a request that was read so."""
    best = max(found.kinds, key=found.kinds.__getitem__)
    share = found.kinds[best]
    difficulty = _hinted(request, hardness(found.difficulties, caution.harder))
    if share < caution.unsure:
        return Task(UNKNOWN_KIND, difficulty, round(share, 2), "nothing learned fits")
    doubts = [kind for kind, other in found.kinds.items() if other >= caution.alike * share and kind != best]
    return Task(best, difficulty, round(share, 2), "learned", tuple(doubts))


def hardness(shares: tuple[float, ...], harder: float = CAUTION.harder) -> int:
    """The hardest level that is about as likely as the likeliest."""
    least = harder * max(shares)
    return max(place for place, share in enumerate(shares, 1) if share >= least)


def learned(known: Learned, caution: Caution = CAUTION) -> Signal:
    """The signal that reads with weights."""
    return Signal(SIGNAL.name, SIGNAL.rank, partial(_learned, (known, caution)))


SIGNAL: Final = Signal("task", 4, _ruled)
"""One file per variant; plugins finds them."""
