"""Every path under /admin and /console. Several files serve one path each with methods of their own."""

from collections.abc import Mapping
from functools import reduce

from tierwise.gateway import console
from tierwise.gateway.admin import backtests, cascades, changes, door, following, knowledge, offering, reading, standing
from tierwise.gateway.app import Route

Paths = Mapping[str, Route]


def paths() -> dict[str, Route]:
    """What the console needs."""
    admin = (
        door.ROUTES,
        reading.ROUTES,
        following.ROUTES,
        offering.ROUTES,
        knowledge.ROUTES,
        standing.ROUTES,
        changes.ROUTES,
        backtests.ROUTES,
        cascades.ROUTES,
    )
    return reduce(joined, (*admin, console.ROUTES), {})


def joined(left: Paths, right: Paths) -> dict[str, Route]:
    """Routes of both; where both serve a path, each with its own methods."""
    both = {path: Route({**left[path].methods, **right[path].methods}, right[path].wire) for path in left.keys() & right.keys()}
    return {**left, **right, **both}
