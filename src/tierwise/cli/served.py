"""A served request from the ledger, explained: what came of it in words, its receipt in numbers, and the decision made once more.

A cascade is told stage by stage.
"""

import difflib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final

from msgspec import to_builtins
from msgspec.structs import replace

from tierwise import assembly
from tierwise.assembly import serving
from tierwise.assembly.serving import Catalogs, Transports
from tierwise.assembly.stocking import fetched
from tierwise.catalog import build
from tierwise.catalog.build import UnknownModel
from tierwise.cli import hearing, receipts, runs, stores, terminal
from tierwise.core.catalog import Catalog, Evidence
from tierwise.core.decision import Cost, Decision, Priced
from tierwise.core.entry import Attempt, Bill, Entry, Outcome
from tierwise.core.faults import told
from tierwise.core.money import Amount, Unknown, shown
from tierwise.core.run import Run
from tierwise.lab.again import Again, again
from tierwise.ledger import Query, Store
from tierwise.upstream.scripted import Scripted

MATCH = "decided again from the stored record: the same choice, and the same verdict on every endpoint"


MINUTE = 60_000
"""Milliseconds between two looks of a gateway at what was told."""


class NotServed(ValueError):
    """An id that the ledger does not hold; the message names the nearest thing."""


def run(name: str, config: str | None, said: str | None, *, as_json: bool) -> int:
    """Print what is known of a request."""
    built = assembly.opened(Path(config) if config else None)
    with stores.opened(built, said) as store:
        entry = store.find(name)
        cascade = store.run(name) if entry is None else None
        if cascade is not None:
            return _ran(store, cascade, as_json=as_json)
        if entry is None:
            raise NotServed(f"{name}: no file, and no request or cascade of that id in the ledger{_nearest(store, name)}")
        outcomes = [one for one in store.outcomes(entry=name) if isinstance(one, Outcome)]
        learnt = list(_learnt(built, store, entry.decision))
    decided = None if entry.decision is None else again(entry.decision, catalogs(built, entry.decision, learnt), built.parts)
    if as_json:
        terminal.show_json(
            {"entry": to_builtins(replace(entry, bodies=None)), "outcomes": to_builtins(outcomes), "again": to_builtins(decided)}
        )
        return 0
    terminal.show(*story(entry, outcomes))
    if entry.decision is not None:
        receipts.show(entry.decision)
    if decided is not None and entry.decision is not None:
        terminal.show(*verdict(decided, entry.decision))
    return 0


def _ran(store: Store, run: Run, *, as_json: bool) -> int:
    """Print what is known of a cascade."""
    spent = runs.by_stage(store, run)
    if as_json:
        terminal.show_json(runs.told(run, spent))
    else:
        terminal.show(*runs.story(run, spent))
    return 0


def _nearest(store: Store, name: str) -> str:
    """An id that begins alike, else the latest one."""
    rows = [*store.rows(Query(text=name[:11], limit=50)), *store.rows(Query(limit=1))]
    ids = [row.id for row in rows] + [one.id for one in store.runs(Query(limit=50))]
    close = difflib.get_close_matches(name, ids, 1, 0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; the latest is {rows[-1].id}" if rows else ", which is empty"


def story(entry: Entry, outcomes: list[Outcome]) -> Iterator[str]:
    """A request in words: who asked, who was tried, how it ended, what it cost and what it would have cost."""
    asker = entry.asker
    when = datetime.fromtimestamp(entry.at / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    by = f"key {asker.key}" if asker.key else "somebody without a key"
    belongs = ", ".join(f"{what} {name}" for what, name in (("team", asker.team), ("project", asker.project)) if name)
    yield f"{entry.id}, {when}"
    client = asker.client or "a client nobody knows"
    yield f"{by}{f' ({belongs})' if belongs else ''} asked for {asker.model or 'no model'}, by {client} on {asker.wire}"
    yield f"session {asker.session or 'unknown'}; {asker.turn} spoke last; {asker.bytes:,} bytes{', as a stream' if asker.stream else ''}"
    yield from (_attempt(number, one, entry.at) for number, one in enumerate(entry.attempts, 1))
    yield _ended(entry)
    yield from _costs(entry)
    yield from (_outcome(one) for one in outcomes)


def _attempt(number: int, one: Attempt, at: int) -> str:
    what = "hedge" if one.hedge else "cheap" if one.cheap else f"attempt {number}"
    how = told(one.fault) if one.fault is not None else "answered" if one.cheap else "served"
    status = f", status {one.status}" if one.status else ""
    return f"{what}: {one.endpoint} on {one.wire}, {one.at - at:,} ms after the request, for {one.ms:,.0f} ms{status}: {how}"


def _ended(entry: Entry) -> str:
    latency = entry.latency
    first = "" if latency.first_content is None else f", first content after {latency.first_content:,.0f} ms"
    took = f"decided in {latency.decide:.2f} ms{first}, {latency.total:,.0f} ms in all"
    if entry.fault is not None:
        return f"ended with status {entry.status}: {told(entry.fault)}; {took}"
    absorbed = len(entry.attempts) - 1
    after = f" ({entry.cascade})" if entry.cascade else f" after {absorbed} more" if absorbed > 0 else ""
    return f"answered with status {entry.status} by {entry.model}{after}; {took}"


def _costs(entry: Entry) -> Iterator[str]:
    usage, decision = entry.usage, entry.decision
    yield f"cost {_amount(entry.cost)}{_terms(entry.bill)}"
    if usage is not None:
        parts = f"{usage.prompt:,} prompt tokens ({usage.read:,} read from the cache, {usage.written:,} written), {usage.output:,} answered"
        expected = None if decision is None or not entry.attempts else _predicted(decision, entry.attempts[-1].endpoint)
        yield parts + ("" if expected is None else f"; {expected:,} cached tokens were expected")
    yield f"the reference{_named(decision)} would have cost {_amount(entry.baseline)}{_saved(entry)}"
    yield f"prices {entry.prices or 'of unknown version'}"


def _amount(amount: Amount) -> str:
    return f"unknown ({amount.because})" if isinstance(amount, Unknown) else shown(amount, 6)


TERMS: Final = ("input", "cache reads", "5-minute writes", "1-hour writes", "output")


def _terms(bill: Bill | None) -> str:
    """What a cost is made of, term by term."""
    amounts = () if bill is None else tuple(getattr(bill, one) for one in Bill.__struct_fields__)
    found = [f"{name} {shown(amount, 6)}" for name, amount in zip(TERMS, amounts, strict=False) if amount]
    return f": {', '.join(found)}" if found else ""


def _named(decision: Decision | None) -> str:
    return f" ({decision.receipt.policy.reference})" if decision is not None and decision.receipt.policy.reference else ""


def _saved(entry: Entry) -> str:
    if isinstance(entry.cost, Unknown) or isinstance(entry.baseline, Unknown):
        return ""
    saved = entry.baseline - entry.cost
    return f": {shown(abs(saved), 6)} {'saved' if saved >= 0 else 'more was spent'}"


def _predicted(decision: Decision, endpoint: str) -> int | None:
    for one in decision.receipt.verdicts:
        if one.endpoint == endpoint and isinstance(one, Priced) and isinstance(one.cost, Cost):
            return one.cost.cached
    return None


def _outcome(one: Outcome) -> str:
    score = "" if one.score is None else f", score {one.score:g}"
    return f"outcome: {one.kind}{score} (by {one.source}){f': {one.note}' if one.note else ''}"


def verdict(found: Again, stored: Decision) -> Iterator[str]:
    """Whether the decision came out the same, and if not what differs."""
    if found.same and found.same_catalog:
        yield MATCH
    elif found.same:
        yield f"{MATCH}; the catalog is not the one it was made with ({stored.receipt.catalog}), but nothing in it changed the outcome"
    elif found.same_catalog:
        yield "decided again from the stored record with the same catalog: NOT the same, which should not be; please report it:"
    else:
        yield f"decided again from the stored record: not the same, since the catalog {stored.receipt.catalog} cannot be had again here"
        yield "(other prices, evidence, settings or keys of providers than then); with what is at hand, these differ:"
    yield from (f"  {one}" for one in found.differs)


def _learnt(built: assembly.House, store: Store, decision: Decision | None) -> Iterator[tuple[Evidence, ...]]:
    """What a gateway may have learnt when it decided: what was told by then, or by its look a minute before."""
    if decision is None or not built.settings.learning:
        return
    for at in (decision.receipt.conditions.now, decision.receipt.conditions.now - MINUTE):
        told = hearing.read(store, at, built.settings.half_life)
        yield told.rows()


def catalogs(built: assembly.House, decision: Decision, learnt: Iterable[tuple[Evidence, ...]] = ()) -> Iterator[Catalog]:
    """Catalogs that the decision may have been made with, as they were shipped and with what may have been learnt by then."""
    for rows in dict.fromkeys(((), *learnt)):
        yield from _catalogs(replace(built, sources=assembly.taught(built.sources, rows)), decision)


def _catalogs(built: assembly.House, decision: Decision) -> Iterator[Catalog]:
    """What can be served now, what the demo plays, and the endpoints the decision speaks of."""
    policy, at = decision.receipt.policy, decision.receipt.conditions.now
    player = Scripted()
    for env in (dict(os.environ), {}):
        stock = serving.stocked(built, env, Transports(player, player))
        if policy.pin:
            try:
                fetched(built, stock, policy.pin)
            except UnknownModel:
                continue
        yield Catalogs(built, stock, policy.reference)(at, policy.pin)
    yield from _spoken_of(built, decision)


def _spoken_of(built: assembly.House, decision: Decision) -> Iterator[Catalog]:
    names = sorted({*decision.chain, *(one.endpoint for one in decision.receipt.verdicts)})
    known = list(chain.from_iterable(_resolved(built, name) for name in names))
    if known:
        yield build.shelf(built.sources, known, [decision.receipt.policy.reference]).at(decision.receipt.conditions.now)


def _resolved(built: assembly.House, name: str) -> Iterator[str]:
    try:
        yield build.resolved(built.sources, name)
    except UnknownModel:
        return
