"""Plans by instant: prices change with the date and the hour, so a replay meets many, of which few differ.

A plan is worked out once for each set of prices; at another instant with the same prices only its span is new.
"""

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.catalog import Catalog, Rates
from tierwise.core.decision import Policy
from tierwise.core.money import Unknown
from tierwise.engine.parts import Parts
from tierwise.engine.plan import Plan, plan

CatalogAt = Callable[[int], Catalog]
Prices = tuple[tuple[Rates, ...] | str, ...]


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
        prices = tuple(one.rates.because if isinstance(one.rates, Unknown) else one.rates for one in found.endpoints)
        if prices not in self.known:
            first = next(iter(self.known.values()), None)
            self.known[prices] = plan(found, self.policy, self.parts, before=first)
        same = self.known[prices]
        self.now = replace(same, catalog=replace(same.catalog, since=found.since, until=found.until))
        return self.now
