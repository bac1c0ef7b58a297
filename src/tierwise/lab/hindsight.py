"""The best schedules in hindsight: which endpoint should have served each call, had the whole session been known.

Theory of operation. A dynamic programme over calls keeps, for every endpoint, the least cost of a schedule that has it serve the latest
call. The next call either stays (and reads the cache the call before left) or comes from the cheapest schedule so far to another endpoint,
which then starts cold. Only endpoints that clear the floor for a call (or that the policy chose) may serve it. A switch may find a
little more than nothing warm (the head that other sessions share), so the policy's own schedule counts too: the best is never above
the policy.

`least` is below every schedule: each call at its cheapest allowed warm price, as if switching were free.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

FAR = 2**60
"""A cost that no schedule reaches, in pico-dollars."""

Table = NDArray[np.int64]


class Schedule(Struct, frozen=True):
    """The cost of the best schedule and the bound below all of them, in pico-dollars.

    `path` holds the place of the endpoint that serves each call, `warm` whether it served the call before too; both are empty where
    the policy's own schedule is the best.
    """

    best: int
    least: int
    path: tuple[int, ...] = ()
    warm: tuple[bool, ...] = ()


def schedule(warm: Table, cold: Table, allowed: NDArray[np.bool_], policy: int) -> Schedule:
    """The best schedule of a session.

    `warm` and `cold` hold a row per call and a column per endpoint; each call has one that is allowed; `policy` is what the policy's own
    schedule costs.
    """
    warm, cold = np.where(allowed, warm, FAR), np.where(allowed, cold, FAR)
    least = min(int(warm.min(axis=1).sum()), policy)
    best, came = warm[0], []
    for stay, enter in zip(warm[1:], cold[1:], strict=True):
        cheapest = int(best.argmin())
        staying, entering = best + stay, best[cheapest] + enter
        came.append((cheapest, staying <= entering))
        best = np.minimum(np.minimum(staying, entering), FAR)
    last = int(best.argmin())
    if policy <= best[last]:
        return Schedule(policy, least)
    return Schedule(int(best[last]), least, *_path(last, came))


def _path(last: int, came: list[tuple[int, NDArray[np.bool_]]]) -> tuple[tuple[int, ...], tuple[bool, ...]]:
    """Who served each call and whether warm, walked back from the last; the first call finds what it finds."""
    path, warm = [last], []
    for cheapest, stayed in reversed(came):
        stays = bool(stayed[path[-1]])
        warm.append(stays)
        path.append(path[-1] if stays else cheapest)
    return tuple(reversed(path)), (True, *reversed(warm))
