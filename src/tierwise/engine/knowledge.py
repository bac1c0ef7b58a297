"""What is known of each model at a kind of work: before and after outcomes of one's own, and whether that meets the floor.

It is worked out by the functions that decisions are made with (engine.quality), so what is shown is what counts.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.catalog import Catalog, Evidence
from tierwise.core.decision import Policy
from tierwise.core.tasks import UNKNOWN_KIND
from tierwise.engine import outlay
from tierwise.engine.learning import ORIGIN, Learnt
from tierwise.engine.quality import Z95, Estimate, estimates, standings, whole

USUAL: Final = 2
"""The difficulty for which the bound is shown."""


class Span(Struct, frozen=True, gc=False):
    """An estimate (a share of tasks solved) with its 90 % interval."""

    mean: float
    low: float
    high: float


class Known(Struct, frozen=True, gc=False):
    """What is known of a model at a kind of work.

    `shipped` is what is expected without the outcomes that were told here, `learnt` what those say, `now` what is expected with them; None
    where nothing is known. `bound` is the 95 % lower bound of the difference to the reference at work of medium difficulty, `clears` says
    whether it meets the floor. `rows` count the measurements behind it and `latest` is the date of the newest. `usual` is the model's
    effort (thousandths) as the catalog has it, `effort` the one in use at this work; they differ where own costs move it.
    """

    model: str
    task: str
    shipped: Span | None
    learnt: Learnt | None
    now: Span | None
    bound: float | None
    clears: bool
    rows: int
    latest: str
    usual: int = 1000
    effort: int = 1000


def known(catalog: Catalog, policy: Policy, learnt: Iterable[Learnt]) -> tuple[Known, ...]:
    """What is known of every model of a catalog at every kind of work, in order; `learnt` is what is in the catalog's evidence already.

    The kind 'unknown' stands for all work together.
    """
    before, after = estimates(replace(catalog, evidence=tuple(_shipped(catalog.evidence)))), estimates(catalog)
    bounds = standings(catalog, policy.reference)
    said = {(one.model, one.task): one for one in learnt}
    rows: dict[str, list[Evidence]] = {}
    for row in _shipped(catalog.evidence):
        rows.setdefault(row.model, []).append(row)
    places = {endpoint.model: place for place, endpoint in enumerate(catalog.endpoints)}
    moved = outlay.efforts(catalog)
    return tuple(
        replace(
            _known(
                (model, kind),
                (before[kind], after[kind]),
                said.get((model, kind)),
                bounds[kind, USUAL][place].bound,
                (rows.get(model, ()), policy),
            ),
            usual=(one := catalog.endpoints[place]).effort,
            effort=moved.get(kind, {}).get(one.id, one.effort),
        )
        for kind in after
        for model, place in sorted(places.items())
    )


def _shipped(evidence: Iterable[Evidence]) -> Iterable[Evidence]:
    """Evidence without what was told here."""
    return (row for row in evidence if row.source != ORIGIN)


def _known(
    pair: tuple[str, str],
    found: tuple[Mapping[str, Estimate], Mapping[str, Estimate]],
    learnt: Learnt | None,
    bound: float | None,
    ground: tuple[Iterable[Evidence], Policy],
) -> Known:
    model, kind = pair
    dates = [row.date for row in ground[0] if not row.kind or kind in {row.kind, UNKNOWN_KIND}]
    return Known(
        model=model,
        task=kind,
        shipped=_span(found[0].get(model)),
        learnt=learnt,
        now=_span(found[1].get(model)),
        bound=bound,
        clears=bound is not None and bound >= -ground[1].floor,
        rows=len(dates),
        latest=max(dates, default=""),
    )


def _span(one: Estimate | None) -> Span | None:
    """An estimate with its interval, within 0 and 1."""
    if one is None:
        return None
    spread = Z95 * whole(one) ** 0.5
    return Span(*(min(max(part, 0.0), 1.0) for part in (one.mean, one.mean - spread, one.mean + spread)))
