"""Plans by instant: prices change with the date and the hour, so a replay meets many, of which few differ.

A plan is worked out once for each set of prices; at another instant with the same prices only its span is new.
"""

from collections.abc import Callable

from msgspec import Struct

from tierwise.core.catalog import Catalog
from tierwise.core.decision import Policy
from tierwise.engine.parts import Parts
from tierwise.engine.plan import Plan, Prices, plan, prices, spanning

CatalogAt = Callable[[int], Catalog]


class Plans(Struct):
    """Plans for one set of endpoints and one policy; `now` is the last one asked for."""

    at_instant: CatalogAt
    policy: Policy
    parts: Parts
    known: dict[Prices, Plan] = {}
    now: Plan | None = None

    def at(self, instant: int) -> Plan:
        """The plan whose prices hold at an instant."""
        if self.now is not None and self.now.catalog.since <= instant < self.now.catalog.until:
            return self.now
        found = self.at_instant(instant)
        charged = prices(found)
        if charged not in self.known:
            first = next(iter(self.known.values()), None)
            self.known[charged] = plan(found, self.policy, self.parts, before=first)
        self.now = spanning(self.known[charged], found)
        return self.now
