"""A decision's receipt for a person: what was read, what was chosen, and a verdict for every endpoint."""

from collections.abc import Iterator

from tierwise.cli import terminal
from tierwise.core.decision import Decision, Features, Priced, Rejected, Standing
from tierwise.core.money import Unknown
from tierwise.core.tasks import UNKNOWN_KIND
from tierwise.lab.plural import count

COLUMNS = ("endpoint", ">read", ">write", ">fresh", ">output", ">this call", ">calls to come", ">in all", ">quality %", ">bound", "")


def show(decision: Decision) -> None:
    """Print it, the chain first, then the other priced endpoints by cost, then the rejected ones."""
    receipt = decision.receipt
    priced = [one for one in receipt.verdicts if isinstance(one, Priced)]
    rejected = [one for one in receipt.verdicts if isinstance(one, Rejected)]
    order = {name: place for place, name in enumerate(decision.chain)}
    priced.sort(key=lambda one: (order.get(one.endpoint, len(order)), _work(one)))
    terminal.show(*lines(decision))
    if priced:
        terminal.show(terminal.table(COLUMNS, (_row(one, decision) for one in priced), "expected cost in dollars"))
    if rejected:
        rows = [(one.endpoint, one.by, one.because) for one in rejected]
        terminal.show(terminal.table(("rejected", "by", "because"), rows))
    terminal.show(f"catalog {receipt.catalog}; bound: how far below {receipt.policy.reference} at worst, in points, at 95 %")


def _work(one: Priced) -> int:
    return 2**62 if isinstance(one.cost, Unknown) else one.cost.work


def lines(decision: Decision) -> Iterator[str]:
    """What was read from the request, and the choice."""
    yield from (f"{name:10}{said}" for name, said in _facts(decision.receipt.features))
    yield f"{'policy':10}{decision.receipt.policy.name}: {decision.receipt.because}"
    if decision.chain:
        yield f"{'chosen':10}{decision.chain[0]}"
        yield f"{'then':10}{', '.join(decision.chain[1:]) or 'nothing else'}"
    else:
        yield f"{'chosen':10}nothing: {decision.remedy}"


def _facts(features: Features) -> Iterator[tuple[str, str]]:
    task, size, place, needs = features.task, features.size, features.place, features.needs
    kind = "not told by its words" if task.kind == UNKNOWN_KIND else f"{task.kind}, difficulty {task.difficulty} of 3"
    yield "task", f"{kind} (by {task.source}, {task.confidence:.0%} sure)"
    yield "size", f"{size.tokens:,} tokens" + (f", give or take {size.error:.1%}" if size.error else "")
    yield "place", f"{count(place.calls, 'call')} before it, about {place.remaining} expected after it; {place.turn} spoke last"
    yield "needs", ", ".join(needs.names) or "nothing in particular"
    yield "prefix", f"{len(features.prefix.marks)} marks, {'marked for caching' if features.prefix.marked else 'not marked for caching'}"


def _row(one: Priced, decision: Decision) -> tuple[str, ...]:
    return (one.endpoint, *_amounts(one), *_quality(one.standing), _remark(one, decision))


def _amounts(one: Priced) -> tuple[str, ...]:
    cost = one.cost
    if isinstance(cost, Unknown):
        return ("unknown",) * 7
    terms = (cost.read, cost.write, cost.fresh, cost.output, cost.call, cost.rest, cost.work)
    return tuple(terminal.money(term, 4) for term in terms)


def _quality(standing: Standing) -> tuple[str, str]:
    quality = "unknown" if standing.quality is None else f"{100 * standing.quality:.1f}"
    return quality, "unknown" if standing.bound is None else f"{100 * standing.bound:+.1f}"


def _remark(one: Priced, decision: Decision) -> str:
    if isinstance(one.cost, Unknown):
        return one.cost.because
    chosen = bool(decision.chain) and one.endpoint == decision.chain[0]
    place = "chosen" if chosen else "" if one.clears else "below the floor"
    effort = "" if one.cost.effort is None else f"effort {one.cost.effort / 1000:.2f} by own costs"
    return "; ".join(part for part in (place, effort) if part)
