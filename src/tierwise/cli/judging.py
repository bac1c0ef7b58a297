"""The part of a backtest that is no estimate from benchmarks: what a policy would have come to, judged from choices that chance made."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from tierwise import plugins
from tierwise.cli import logs, terminal
from tierwise.lab import chances, offpolicy
from tierwise.lab.offpolicy import Estimate, Judged, Logged, OffPolicy
from tierwise.lab.sessions import Source
from tierwise.lab.tariffs import Plans
from tierwise.ledger import Query, addresses

LEDGER = "ledger"
COLUMNS = ("", ">as then", ">95 %", ">policy", ">95 %", ">difference", ">95 %", ">plain", ">normalised", ">counts as")


def judged(paths: Sequence[str], sources: Sequence[Source], span: logs.Span, plans: Plans) -> OffPolicy | None:
    """A policy judged on the ledgers among some logs; None where chance had no part in any choice there."""
    kinds, wants = plugins.found(plugins.STORES), chances.Wants(plans)
    named = [str(one.path) for one in sources if one.importer.name == LEDGER and not one.remote]
    named += [one for one in paths if logs.ADDRESS in one and addresses.kind(one, kinds).name != "sqlite"]
    rows: list[Logged] = []
    for one in named:
        with closing(addresses.opened(one, kinds)) as store:
            rows += chances.logged(store, Query(since=span[0], until=span[1]), wants)
    return offpolicy.judged(rows) if rows else None


def show(found: OffPolicy) -> None:
    """Print it."""
    rows = (("good, %", found.outcome_then, found.outcome, 100.0), ("dollars", found.cost_then, found.cost, 1.0))
    known = [(name, then, wanted, scale) for name, then, wanted, scale in rows if not wanted.refused and not then.refused]
    terminal.show(
        *told(found),
        *([terminal.table(COLUMNS, [_row(*one) for one in known], "a work item, as chance allows to judge it")] if known else []),
        *(f"{name}: not judged; {wanted.refused or then.refused}" for name, then, wanted, _ in rows if wanted.refused or then.refused),
    )


def told(found: OffPolicy) -> Iterator[str]:
    """What it rests on, in plain sentences."""
    yield f"chance had a part in {found.n:,} work items; the policy wants another model than then on {found.differs:,} of them"
    if found.unoffered:
        yield f"on {found.unoffered:,} it wants a model that chance did not offer; they are left out"


def _row(name: str, then: Judged, wanted: Judged, scale: float) -> tuple[str, ...]:
    return (
        name,
        *_shown(then.robust, scale),
        *_shown(wanted.robust, scale),
        *_shown(wanted.more, scale, "+"),
        _shown(wanted.ips, scale)[0],
        _shown(wanted.snips, scale)[0],
        f"{wanted.effective:,.0f} sessions",
    )


def _shown(one: Estimate | None, scale: float, sign: str = "") -> tuple[str, str]:
    """A value and its interval."""
    if one is None:
        return "-", "-"
    digits = 1 if scale > 1 else 4
    value, low, high = (f"{scale * number:{sign}.{digits}f}" for number in (one.value, one.low, one.high))
    return value, f"{low} to {high}"
