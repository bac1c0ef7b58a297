"""The price of quality, moved so that a budget lasts its period: arithmetic on (what was spent, the time that is gone).

Theory of operation. What is left of a budget, spread evenly over what is left of its period, is what may be spent until the next look. Who
spent less than that raises the price of quality by as much of the limit as was saved, who spent more lowers it:

    log price += gain x (planned - spent), both as shares of the limit

What is planned follows what is left, so nothing has to be made good that is past, and an error early in a period costs little at its end.
A controller that begins knows nothing of the traffic: it begins at a low price and with a high gain, which falls as it watches. In the
next period it goes on from the price it had.

The policy that spends by this price is engine/policies/paced. The limit itself is held elsewhere: a price is no bound.
"""

import math
from typing import Final

from msgspec import Struct

from tierwise.core.budgets import Budget, gone

FIRST: Final = math.log(10**10)
"""The first price: a cent a call for all the quality there is."""
LEAST, MOST = math.log(10**6), math.log(10**15)
GAIN: Final = 10.0
"""How much the logarithm of the price moves for the whole of a limit, ..."""
NEW: Final = 40.0
"""... how much more it does at first, ..."""
WATCHED: Final = 0.08
"""... and the share of a period after which that is down to a third."""
STEP: Final = 0.001
"""The share of a period after which to look again."""


class Course(Struct, frozen=True, gc=False):
    """Where a budget's period stands: the time gone and what was spent at the last look, and since when it is watched, all as shares.

    `price` is the logarithm of the price then.
    """

    gone: float
    spent: float
    price: float = FIRST
    since: float = 0.0


def begun(budget: Budget, now: int, spent: int) -> Course | None:
    """The course of a budget that is looked at for the first time; None for one whose period never ends."""
    share = gone(budget.period, now)
    return None if share is None else Course(share, spent / budget.limit, since=share)


def renewed(course: Course) -> Course:
    """The course at the beginning of the next period: nothing is spent, and the price is known."""
    return Course(0.0, 0.0, course.price, -1.0)


def steered(course: Course, budget: Budget, now: int, spent: int) -> Course:
    """The course at a moment at which so much is spent; the same one where little time has gone since."""
    share = gone(budget.period, now)
    if share is None or share - course.gone < STEP:
        return course
    used = spent / budget.limit
    planned = (1 - course.spent) * (share - course.gone) / (1 - course.gone)
    gain = GAIN + NEW * math.exp((course.since - share) / WATCHED)
    price = course.price + gain * (planned - (used - course.spent))
    return Course(share, used, min(max(price, LEAST), MOST), course.since)


def price(course: Course) -> int:
    """The price of quality: pico-dollars that a call may cost more for a quality of one instead of none."""
    return round(math.exp(course.price))
