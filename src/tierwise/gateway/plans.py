"""Plans by policy, for the prices of this moment. The usual policy's plan is always at hand; others are kept while they are used."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core import codec
from tierwise.core.catalog import Catalog, Endpoint
from tierwise.core.decision import Policy
from tierwise.engine.cost import Lane, Manner, grouped, lane
from tierwise.engine.parts import Parts
from tierwise.engine.plan import Plan, Prices, plan, prices, spanning

KEPT: Final = 64


class Reference(Struct, frozen=True):
    """The reference model as one would be charged for it: its lane by its manner, empty where it has no price."""

    endpoint: Endpoint
    groups: dict[Manner, list[Lane]]


class Ready(Struct, frozen=True):
    """A plan for now, the reference beside it, and the prices both were made for."""

    plan: Plan
    reference: Reference
    prices: Prices


class Plans(Struct):
    """Plans for one set of endpoints.

    `at_instant` gives the catalog of an instant, with what is pinned in it; `reference_at` its reference, as a catalog of one.
    """

    at_instant: Callable[[int, str], Catalog]
    reference_at: Callable[[int], Catalog]
    parts: Parts
    ready: OrderedDict[bytes, Ready]
    catalog: Catalog | None = None

    def at(self, instant: int, policy: Policy, key: bytes = b"") -> Ready:
        """The plan of a policy whose prices hold at an instant. `key` names the policy where the caller has worked that out."""
        name = key or codec.encoded(policy)
        found = self.ready.get(name)
        if found is not None and found.plan.catalog.since <= instant < found.plan.catalog.until:
            return found
        return self._made(instant, policy, name, found)

    def renewed(self, at_instant: Callable[[int, str], Catalog], instant: int) -> "Plans":
        """Plans for the same policies over other catalogs, made at an instant. Nothing here changes, so it may be done in a thread."""
        fresh = Plans(at_instant, self.reference_at, self.parts, OrderedDict())
        for name, one in list(self.ready.items()):
            fresh.at(instant, one.plan.policy, name)
        return fresh

    def take(self, fresh: "Plans") -> None:
        """Go on with what was made anew."""
        self.at_instant, self.ready, self.catalog = fresh.at_instant, fresh.ready, fresh.catalog

    def _made(self, instant: int, policy: Policy, name: bytes, before: Ready | None) -> Ready:
        catalog = self._catalog(instant) if not policy.pin else self.at_instant(instant, policy.pin)
        charged = prices(catalog)
        if before is not None and before.prices == charged:
            ready = replace(before, plan=spanning(before.plan, catalog))
        else:
            ready = Ready(plan(catalog, policy, self.parts, None if before is None else before.plan), self._reference(instant), charged)
        self.ready[name] = ready
        self.ready.move_to_end(name)
        if len(self.ready) > KEPT:
            self.ready.popitem(last=False)
        return ready

    def _catalog(self, instant: int) -> Catalog:
        if self.catalog is None or not self.catalog.since <= instant < self.catalog.until:
            self.catalog = self.at_instant(instant, "")
        return self.catalog

    def _reference(self, instant: int) -> Reference:
        found = self.reference_at(instant)
        one = found.endpoints[0]
        laid = lane(one, found.tables)
        return Reference(one, grouped([laid]) if isinstance(laid, Lane) else {})
