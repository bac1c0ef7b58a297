"""What another policy would have come to, judged from what this one did where chance had a part in it.

Theory of operation. A log shows what came of the model that was chosen, never of the others. Where chance chose, and how likely each choice
was is written down (its propensity), that is enough: work on which chance took what the other policy would have taken stands for all such
work, the more the less likely it was. Three estimates of the mean outcome of a piece of work, from the plainest to the one to go by:

    inverse propensity    the mean of  w r                 right on average, however wrong any model of the world is; wide
    self-normalised       the sum of w r / the sum of w    nearly right, and never outside of what can be; narrower
    doubly robust         the mean of  q(a) + w (r - q(t)) right where either the propensities or q are; the narrowest where q is any good

with r the outcome, t the model taken, a the one that the policy would take, w = 1 / propensity where t is a, else 0, and q the mean outcome
of a model at a kind of work on other sessions, drawn to the model's mean and that to the mean of all (so no piece of work is judged by its
own outcome). Intervals are of a bootstrap over sessions. The effective sample size, the square of the sum of w over the sum of w squared,
taken over sessions, says on how many of them the estimate rests.

Nothing is said where nothing can be: where chance had no part, where the policy mostly wants what chance never offered, and where the
effective size is below LEAST.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from tierwise.lab.resampling import interval, weights

Floats = NDArray[np.float64]

LEAST: Final = 10.0
"""The effective sample size, in sessions, from which on an estimate is given."""

OFFERED: Final = 0.5
"""The share of work for which chance has to have offered what the policy wants."""

FOLDS: Final = 5
PRIOR: Final = 4.0
"""Pieces of work that a broader mean counts as, when a narrower one is drawn to it."""


class Logged(Struct, frozen=True, gc=False):
    """A piece of work on which chance had a part in the choice.

    `kind` is the kind of work, `taken` the model that was taken, `own` the one that the policy of then would have taken without chance,
    `wanted` the one that the policy to be judged takes, `offered` the models that chance chose among, and `propensity` how likely the
    choice was. `outcome` is between 0 and 1, `cost` in dollars; None where not known.
    """

    session: str
    kind: str
    taken: str
    own: str
    wanted: str
    offered: tuple[str, ...]
    propensity: float
    outcome: float | None = None
    cost: float | None = None


Value = Callable[[Logged], float | None]
Aim = Callable[[Logged], str]


class Work(NamedTuple):
    """Pieces of work of which a value is known, the values, and how often each counts in every draw of the bootstrap."""

    rows: Sequence[Logged]
    values: Floats
    times: Floats


class Estimate(Struct, frozen=True):
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float


class Judged(Struct, frozen=True):
    """What a policy would have come to.

    `n` is how much work there is, `matched` on how much of it the policy's choice was taken, `effective` how many sessions that counts as.
    `refused` says why there are no estimates; then they are None. `more` is the doubly robust difference to the policy of then.
    """

    n: int
    matched: int
    effective: float
    refused: str = ""
    ips: Estimate | None = None
    snips: Estimate | None = None
    robust: Estimate | None = None
    more: Estimate | None = None


class OffPolicy(Struct, frozen=True):
    """Two policies on the same work: how often it wants something else, the share it wants of what chance never offered, and both judged.

    `then` is the policy of then without chance, `wanted` the one to be judged; by outcome (0 to 1) and by cost (dollars).
    """

    n: int
    differs: int
    unoffered: int
    outcome: Judged
    outcome_then: Judged
    cost: Judged
    cost_then: Judged


def judged(rows: Sequence[Logged]) -> OffPolicy:
    """A policy judged on logged work, beside the policy that was in force."""
    offered = [one for one in rows if one.wanted in one.offered]
    drawn = {name: weights(name) for name in {one.session for one in offered}}

    def of(value: Value, aim: Aim) -> Judged:
        known = [one for one in offered if value(one) is not None]
        work = Work(known, np.array([value(one) for one in known], np.float64), np.array([drawn[one.session] for one in known], np.float64))
        return _judged(work, aim, (len(offered), len(rows)))

    return OffPolicy(
        n=len(rows),
        differs=sum(one.wanted != one.own for one in rows),
        unoffered=len(rows) - len(offered),
        outcome=of(_outcome, _wanted),
        outcome_then=of(_outcome, _own),
        cost=of(_cost, _wanted),
        cost_then=of(_cost, _own),
    )


def _outcome(one: Logged) -> float | None:
    return one.outcome


def _cost(one: Logged) -> float | None:
    return one.cost


def _wanted(one: Logged) -> str:
    return one.wanted


def _own(one: Logged) -> str:
    return one.own


def _judged(work: Work, aim: Aim, counts: tuple[int, int]) -> Judged:
    """Estimates of the mean under a policy that takes what `aim` says; `counts` are pieces of work it was offered for, and all."""
    weight = _weight(work, aim)
    bare = Judged(len(work.rows), int((weight > 0).sum()), _effective(work, weight))
    why = _refusal(bare, *counts)
    if why:
        return replace(bare, refused=why)
    robust, ones = _robust(work, aim), np.ones(len(work.rows))
    return replace(
        bare,
        ips=_estimate(weight * work.values, ones, work.times),
        snips=_estimate(weight * work.values, weight, work.times),
        robust=_estimate(robust, ones, work.times),
        more=_estimate(robust - _robust(work, _own), ones, work.times),
    )


def _weight(work: Work, aim: Aim) -> Floats:
    return np.array([1.0 / one.propensity if one.taken == aim(one) else 0.0 for one in work.rows])


def _effective(work: Work, weight: Floats) -> float:
    """How many sessions it all counts as: what happens within one is much alike."""
    sums: dict[str, float] = {}
    for one, more in zip(work.rows, weight, strict=True):
        sums[one.session] = sums.get(one.session, 0.0) + float(more)
    squares = sum(one**2 for one in sums.values())
    return sum(sums.values()) ** 2 / squares if squares else 0.0


def _refusal(found: Judged, offered: int, whole: int) -> str:
    """Why nothing can be said; '' where something can."""
    if not whole:
        return "chance had no part in any choice of this log; explore: {mode: canary} gives it one"
    if offered < OFFERED * whole:
        return f"of {whole} pieces of work chance offered what the policy wants on {offered} only"
    if not found.n:
        return "nothing is known of what came of the work"
    if found.effective < LEAST:
        return (
            f"what the policy wants was taken on {found.matched} of {found.n}, which count as {found.effective:.1f} sessions of {LEAST:.0f}"
        )
    return ""


def _estimate(top: Floats, bottom: Floats, times: Floats) -> Estimate:
    """The ratio of two sums over all work, with its interval over sessions drawn anew; a draw without anything says nothing."""
    tops, bottoms = top @ times, bottom @ times
    low, high = interval(tops[bottoms > 0] / bottoms[bottoms > 0])
    return Estimate(float(top.sum() / bottom.sum()), low, high)


def _robust(work: Work, aim: Aim) -> Floats:
    """The doubly robust value of each piece of work."""
    weight, fold = _weight(work, aim), np.array([_fold(one.session) for one in work.rows])
    found = np.zeros(len(work.rows))
    for number in sorted(set(fold.tolist())):
        learnt = _means([(work.rows[place], work.values[place]) for place in np.flatnonzero(fold != number).tolist()])
        for place in np.flatnonzero(fold == number).tolist():
            one = work.rows[place]
            expected, taken = (_mean(learnt, one.kind, model) for model in (aim(one), one.taken))
            found[place] = expected + weight[place] * (work.values[place] - taken)
    return found


def _fold(session: str) -> int:
    return int.from_bytes(hashlib.blake2b(session.encode(), digest_size=4, key=b"fold").digest(), "big") % FOLDS


Sums = dict[tuple[str, str], tuple[float, int]]
"""Sums and counts by kind of work and model; '' stands for all."""


def _means(rows: Sequence[tuple[Logged, float]]) -> Sums:
    """What some pieces of work came to."""
    sums: Sums = {}
    for one, value in rows:
        for key in ((one.kind, one.taken), ("", one.taken), ("", "")):
            total, count = sums.get(key, (0.0, 0))
            sums[key] = (total + float(value), count + 1)
    return sums


def _mean(sums: Sums, kind: str, model: str) -> float:
    """What is expected of a model at a kind of work, drawn to the model's mean, and that to the mean of all."""
    total, count = sums.get(("", ""), (0.0, 0))
    mean = total / count if count else 0.0
    for key in (("", model), (kind, model)):
        total, count = sums.get(key, (0.0, 0))
        mean = (total + PRIOR * mean) / (count + PRIOR)
    return mean
