"""Leave to try another model: for which work, how much of it, and within what a day may cost.

Theory of operation. Work that may be tried on is low-stakes (its kind, and every other kind it may be, is one the operator named, and it
is not hard), new (the request begins a work item), the person's own (no background call, no subagent), nobody's choice (no model is pinned,
no header says how to choose), and begins in a session of which nothing is known, good or bad: one that goes well is left alone, and so
is one that does not. A budget that is near its limit allows nothing.

    canary   the engine takes another model for a share of it (engine/exploring); the item then stays with that model
    shadow   the policy's own model answers; another is asked the same beside, once that is over (gateway/shadowing)

What either may cost a day is held to a limit. Before anybody is asked, what it is expected to cost is set aside, and where that is too much
nothing is tried; afterwards the real cost counts, for a canary that of all calls of its item. An item that was begun is not broken off for
money: so a day's spending is bounded by the limit, what answers under way cost beyond expectation, and the later calls of items under way.
(Worst cases, a hundred times as much as answers cost, are what budgets hold; they would leave nothing of a small limit.) Each process has
the limit for itself, and begins to count anew when it is started.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Coroutine
from typing import Any, Final

from msgspec import Struct, field

from tierwise.core.decision import Canary, Cost, Priced, Receipt, Task
from tierwise.core.entry import Entry
from tierwise.core.money import Unknown
from tierwise.engine.exploring import strayed
from tierwise.gateway.items import Placed

CANARY: Final = "canary"
SHADOW: Final = "shadow"
HARD: Final = 3
DAY: Final = 86_400_000
KEPT: Final = 8192
"""Work items under way with another model that are remembered."""


class Purse(Struct):
    """What was spent on the day that is the so-many-th since the epoch, and what is set aside by requests under way."""

    limit: int
    day: int = 0
    spent: int = 0
    aside: int = 0

    def left(self, now: int) -> int:
        """What may still be set aside today (UTC); what is under way counts against every day."""
        if now // DAY != self.day:
            self.day, self.spent = now // DAY, 0
        return max(0, self.limit - self.spent - self.aside)

    def take(self, amount: int, now: int) -> bool:
        """Set an amount aside; whether there was so much left."""
        fits = amount <= self.left(now)
        self.aside += amount if fits else 0
        return fits

    def settle(self, amount: int, cost: int, now: int) -> None:
        """What was set aside is over and has cost so much."""
        self.left(now)
        self.aside -= amount
        self.spent += cost


class Exploring(Struct):
    """What is tried: by which `mode`, for what `share` of which kinds of work (`tasks`), on which models (none: all that may do).

    `judge` is the model or endpoint that says which answers are good, `check` the name of what does (recovery/cascade.CHECKS). `aside` is
    what requests under way have set aside, `picked` the work items that a canary serves, `beside` the shadows under way.
    """

    mode: str
    share: float
    tasks: frozenset[str]
    purse: Purse
    models: tuple[str, ...] = ()
    judge: str = ""
    check: str = ""
    aside: dict[str, int] = field(default_factory=dict)
    picked: OrderedDict[str, None] = field(default_factory=OrderedDict)
    beside: "set[asyncio.Task[None]]" = field(default_factory=set)

    def leave(self, placed: Placed | None, task: Task, chance: float, now: int) -> Canary | None:
        """Leave to try another model on a request in its place; None where there is none."""
        if placed is None or not fit(placed) or not self.low(task):
            return None
        left = self.purse.left(now)
        return Canary(self.share, chance, left, self.models) if left else None

    def low(self, task: Task) -> bool:
        """Whether little is at stake with a kind of work, whichever of those it may be it is."""
        return task.difficulty < HARD and self.tasks.issuperset((task.kind, *task.doubts))

    def take(self, name: str, first: Priced | None, receipt: Receipt, now: int) -> bool:
        """Set aside what the request is expected to cost, where chance took what comes first for it; False where it is too much now."""
        if first is None or not strayed(receipt):
            return True
        expected = first.cost.call if isinstance(first.cost, Cost) else 0
        if not self.purse.take(expected, now):
            return False
        self.aside[name] = expected
        return True

    def over(self, entry: Entry) -> None:
        """A request is over: what it cost counts, where another model was tried on it or on its work item."""
        most = self.aside.pop(entry.id, None)
        if most is None and entry.item not in self.picked:
            return
        tried = any(one.usage is not None or one.fault is None for one in entry.attempts)
        unknown = most or 0 if tried else 0
        self.purse.settle(most or 0, unknown if isinstance(entry.cost, Unknown) else entry.cost, entry.at)
        if most is not None and entry.item:
            self.picked[entry.item] = None
            if len(self.picked) > KEPT:
                self.picked.popitem(last=False)

    def begin(self, shadow: Coroutine[Any, Any, None]) -> None:
        """Run a shadow beside the requests."""
        task = asyncio.ensure_future(shadow)
        self.beside.add(task)
        task.add_done_callback(self.beside.discard)

    def stop(self) -> "Collection[asyncio.Task[None]]":
        """Give up the shadows under way; they still write down what they used."""
        for one in self.beside:
            one.cancel()
        return tuple(self.beside)


def fit(placed: Placed) -> bool:
    """Whether a request begins a person's work item that may be tried on."""
    if not placed.fresh or placed.place[2] or placed.held is not None or placed.rules.pinned:
        return False
    before = placed.arrival.before
    return before is None or not (placed.arrival.well or before.strikes or before.failed)
