"""A catalog and a policy worked out together, so that a decision only has to look things up.

Standings (quality against the reference) do not depend on prices; a plan for the same endpoints at another
instant takes them over. Where own costs move efforts at a kind of work, it has lanes of its own.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.catalog import Catalog, Endpoint, Rates
from tierwise.core.decision import Policy, Standing
from tierwise.core.money import Unknown
from tierwise.engine import outlay
from tierwise.engine.cost import Lane, Manner, grouped, lane
from tierwise.engine.parts import Parts
from tierwise.engine.quality import standings


class Plan(Struct, frozen=True):
    """What `decide` works with: a catalog, a policy, the variants, and what follows from them.

    `efforts` are those that own costs moved, by kind of work and endpoint; `moved` are the groups of these kinds, `groups` all others'.
    """

    catalog: Catalog
    policy: Policy
    parts: Parts
    lanes: dict[str, Lane]
    groups: dict[Manner, list[Lane]]
    unpriced: dict[str, Unknown]
    prepared: tuple[Any, ...]
    endpoints: dict[str, Endpoint]
    table: dict[tuple[str, int], tuple[tuple[Standing, bool], ...]]
    efforts: outlay.Efforts
    moved: dict[str, dict[Manner, list[Lane]]]


def plan(catalog: Catalog, policy: Policy, parts: Parts, before: Plan | None = None) -> Plan:
    """The plan for a catalog and a policy; ValueError when the policy names no known way to choose.

    `before` is an earlier plan for the same endpoints and policy, whose standings still hold.
    """
    if policy.name not in parts.choosers:
        raise ValueError(f"unknown policy {policy.name!r}; known: {', '.join(sorted(parts.choosers))}")
    found = {endpoint.id: lane(endpoint, catalog.tables) for endpoint in catalog.endpoints}
    lanes = {name: one for name, one in found.items() if isinstance(one, Lane)}
    efforts = outlay.efforts(catalog)
    return Plan(
        catalog=catalog,
        policy=policy,
        parts=parts,
        lanes=lanes,
        groups=grouped(lanes.values()),
        unpriced={name: one for name, one in found.items() if isinstance(one, Unknown)},
        prepared=tuple(one.prepare(catalog, policy) for one in parts.filters),
        endpoints={endpoint.id: endpoint for endpoint in catalog.endpoints},
        table=_marks(catalog, policy) if before is None else before.table,
        efforts=efforts,
        moved={kind: grouped(_moved(lanes.values(), own)) for kind, own in efforts.items()},
    )


def _moved(lanes: Iterable[Lane], efforts: Mapping[str, int]) -> Iterable[Lane]:
    """Lanes with the efforts that own costs moved."""
    return (one._replace(effort=efforts[one.id], moved=efforts[one.id]) if one.id in efforts else one for one in lanes)


def effort(prepared: Plan, endpoint: Endpoint, kind: str) -> int:
    """How much work an endpoint's model makes of a task of a kind, in thousandths."""
    return prepared.efforts[kind].get(endpoint.id, endpoint.effort) if kind in prepared.efforts else endpoint.effort


Prices = tuple[tuple[Rates, ...] | str, ...]
"""The prices of a catalog, or why there are none, in the order of its endpoints."""


def prices(catalog: Catalog) -> Prices:
    """What a plan depends on of a moment: plans for equal prices are alike but for their span."""
    return tuple(one.rates.because if isinstance(one.rates, Unknown) else one.rates for one in catalog.endpoints)


def spanning(known: Plan, now: Catalog) -> Plan:
    """A plan for the span of a catalog with the same prices."""
    return replace(known, catalog=replace(known.catalog, since=now.since, until=now.until))


def _marks(catalog: Catalog, policy: Policy) -> dict[tuple[str, int], tuple[tuple[Standing, bool], ...]]:
    """For each kind and difficulty, each endpoint's standing and whether it clears the floor."""
    found = standings(catalog, policy.reference)
    return {key: tuple((one, one.bound is not None and one.bound >= -policy.floor) for one in row) for key, row in found.items()}
