"""A served request decided once more from its stored receipt: with the same catalog, where that can be had again, and what differs.

The receipt holds features, conditions and policy as they were, and the digest of the catalog. Whoever has a catalog of that digest gets
the same decision, or something is wrong. Prices and evidence may have changed with a newer version; then the decision is made with what is
at hand, and says so.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from tierwise.core.catalog import Catalog
from tierwise.core.decision import Cost, Decision, Priced, Rejected, Verdict
from tierwise.core.money import Amount, Unknown, shown
from tierwise.engine.decide import choose
from tierwise.engine.parts import Parts
from tierwise.engine.plan import plan

MOST: Final = 8
"""Differences that are told one by one."""


class Again(Struct, frozen=True):
    """Whether the same catalog was at hand, whether the decision came out the same, what differs, and the decision of now.

    `decision` is None where none could be made.
    """

    same_catalog: bool
    same: bool
    differs: tuple[str, ...]
    decision: Decision | None = None


def again(stored: Decision, catalogs: Iterable[Catalog], parts: Parts) -> Again:
    """A decision made again; of some catalogs the one that the receipt names, else the first."""
    receipt = stored.receipt
    found = list(catalogs)
    catalog = next((one for one in found if one.digest == receipt.catalog), found[0] if found else None)
    if catalog is None:
        return Again(same_catalog=False, same=False, differs=("none of its endpoints is known any more",))
    known = catalog.digest == receipt.catalog
    if receipt.policy.name not in parts.choosers:
        return Again(known, same=False, differs=(f"the policy {receipt.policy.name!r} is not known here",))
    decision = choose(plan(catalog, receipt.policy, parts), receipt.features, receipt.conditions)
    differs = tuple(_differs(stored, decision))
    return Again(known, not differs, differs[:MOST] + ((f"and {len(differs) - MOST} more",) if len(differs) > MOST else ()), decision)


def _differs(before: Decision, now: Decision) -> Iterator[str]:
    """What differs of two decisions, the choice first."""
    if before.chain != now.chain:
        yield f"chain: {', '.join(before.chain) or 'nothing'} then, {', '.join(now.chain) or 'nothing'} now"
    verdicts = {one.endpoint: one for one in now.receipt.verdicts}
    for one in before.receipt.verdicts:
        other = verdicts.pop(one.endpoint, None)
        if other is None:
            yield f"{one.endpoint}: not among the endpoints now"
        elif one != other:
            yield f"{one.endpoint}: {_apart(one, other)}"
    yield from (f"{name}: not among the endpoints then" for name in verdicts)
    if before.receipt.because != now.receipt.because:
        yield f"because: {before.receipt.because!r} then, {now.receipt.because!r} now"


def _apart(before: Verdict, now: Verdict) -> str:
    """What differs of two verdicts on an endpoint."""
    if isinstance(before, Rejected) or isinstance(now, Rejected):
        return f"{_said(before)} then, {_said(now)} now"
    pairs = ((_work(before), _work(now)), (_bound(before), _bound(now)), (str(before.score), str(now.score)))
    named = zip(("cost in all", "bound", "score"), pairs, strict=True)
    found = [f"{name} {one} then, {other} now" for name, (one, other) in named if one != other]
    return "; ".join(found) or "the terms of its cost differ"


def _said(one: Verdict) -> str:
    return f"rejected by {one.by} ({one.because})" if isinstance(one, Rejected) else "could serve"


def _work(one: Priced) -> str:
    amount: Amount = one.cost.work if isinstance(one.cost, Cost) else Unknown(one.cost.because)
    return shown(amount, 6)


def _bound(one: Priced) -> str:
    return "unknown" if one.standing.bound is None else f"{100 * one.standing.bound:+.1f}"
