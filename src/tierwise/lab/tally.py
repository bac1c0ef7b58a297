"""Sums over replayed sessions: mergeable, and in memory that does not grow with the log (but for the days and models it names).

The intervals are those of a Poisson bootstrap over sessions (resampling.py), so nothing has to be kept of a session.
"""

import heapq
from typing import TypeVar

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from tierwise.core import codec
from tierwise.core.money import Unknown
from tierwise.lab.replay import Item, Replayed
from tierwise.lab.resampling import NANO, weights
from tierwise.lab.ways import Served, actual, best, policy, stretches, switches

TELLING = 10
ACTUAL, POLICY, HINDSIGHT, LEAST = "actual", "policy", "hindsight", "least"
PAID, MATCHED = "paid", "matched"
"""What was paid, and what the reference would have been, over the calls for which both are known: only those can be compared."""

SHOWN_WORDS = 160


class Sums(Struct):
    """One way of serving the log: pico-dollars by measured work and by tokens alone, prompt tokens and those of them cached.

    `unknown` are the calls whose price is not known; they add nothing to the dollars.
    """

    dollars: int = 0
    tokens: int = 0
    prompt: int = 0
    cached: int = 0
    unknown: int = 0


class Share(Struct):
    """Calls, work items (a person's turns) and pico-dollars of a part of the log."""

    calls: int = 0
    items: int = 0
    dollars: int = 0


class Trial(Struct):
    """Sessions whose first words are of about one length: items, calls, and by kind of work what each endpoint alone costs."""

    items: int = 0
    calls: int = 0
    dollars: dict[str, list[int]] = {}


class Telling(Struct):
    """A session that shows much of the difference between the policy and the reference; `actual` leaves out `unknown` calls."""

    weight: int
    session: str
    thread: str
    words: str
    calls: int
    actual: int
    reference: int
    policy: int
    path: list[tuple[str, int]]
    receipt: str
    unknown: int = 0


class Counts(Struct):
    """How much of the log could be replayed, and how much could not; `unserved` calls are those that no endpoint could serve."""

    sessions: int = 0
    calls: int = 0
    unknown_usage: int = 0
    unknown_model: int = 0
    unknown_price: int = 0
    estimated: int = 0
    switches: int = 0
    items: int = 0
    unserved: int = 0


Part = tuple[str, str, str, int]
"""A way of serving the log, an endpoint, a kind of work and its difficulty."""


class Tally(Struct):
    """Everything a report is made from.

    `shares` divide three ways of serving the log by endpoint and work: as it was, the policy, the best in hindsight. `work` is all work,
    with its pico-dollars at the reference. `tiers` are those of the models that really ran.
    """

    reference: str
    counts: Counts = field(default_factory=Counts)
    endpoints: tuple[str, ...] = ()
    least: int = 0
    paid: int = 0
    matched: int = 0
    sums: dict[str, Sums] = {}
    shares: dict[Part, Share] = {}
    switches: dict[str, int] = {}
    work: dict[tuple[str, int], Share] = {}
    days: dict[tuple[int, str, str], int] = {}
    lengths: dict[int, Trial] = {}
    tiers: dict[str, str] = {}
    telling: list[Telling] = []
    replicates: dict[str, NDArray[np.int64]] = {}


def counted(tally: Tally, replay: Replayed) -> None:
    """Count a session."""
    counts = tally.counts
    counts.unknown_usage += replay.unknown_usage
    counts.unknown_model += replay.unknown_model
    if not replay.items:
        return
    tally.endpoints = replay.endpoints
    counts.sessions += 1
    counts.calls += len(replay.items)
    counts.items += sum(item.opens for item in replay.items)
    counts.estimated += sum(call.estimated for call in replay.session.calls)
    counts.unserved += sum(not item.policy.served for item in replay.items)
    ways = {ACTUAL: actual(replay), POLICY: policy(replay), HINDSIGHT: best(replay)}
    spent = {name: _follow(tally, name, way, replay.items) for name, way in ways.items()}
    counts.unknown_price += sum(not one.known for one in ways[ACTUAL])
    counts.switches += switches(ways[POLICY])
    spent |= _alone(tally, replay) | _compare(tally, replay)
    _resample(tally, replay, spent)
    _tell(tally, replay, spent)


def _follow(tally: Tally, name: str, way: list[Served], items: tuple[Item, ...]) -> int:
    """Add a session's calls, as one way serves them, to the sums and the parts they belong to; what they cost."""
    sums = tally.sums.setdefault(name, Sums())
    for one, item in zip(way, items, strict=True):
        sums.dollars += one.dollars
        sums.tokens += one.tokens
        sums.prompt += one.prompt
        sums.cached += one.cached
        sums.unknown += not one.known
        _add(tally.shares.setdefault((name, one.endpoint, item.task.kind, item.task.difficulty), Share()), item, one.dollars)
        if name != HINDSIGHT:
            key = (item.day, name, one.endpoint)
            tally.days[key] = tally.days.get(key, 0) + one.dollars
    tally.switches[name] = tally.switches.get(name, 0) + switches(way)
    return sum(one.dollars for one in way)


def _add(share: Share, item: Item, dollars: int) -> None:
    share.calls += 1
    share.items += item.opens
    share.dollars += dollars


def _alone(tally: Tally, replay: Replayed) -> dict[str, int]:
    """Add up what a session's calls cost each endpoint alone, and file it under the length of the first words (or prompt); the costs."""
    first = replay.session.calls[0]
    length = len(first.words) or 4 * replay.items[0].actual.prompt
    trial = tally.lengths.setdefault(length.bit_length(), Trial())
    trial.items += sum(item.opens for item in replay.items)
    trial.calls += len(replay.items)
    by_kind: dict[str, NDArray[np.int64]] = {}
    for item in replay.items:
        kind, dollars = item.task.kind, item.alone.dollars
        by_kind[kind] = by_kind[kind] + dollars if kind in by_kind else dollars
    trial.dollars = _stacked(trial.dollars, {kind: dollars.tolist() for kind, dollars in by_kind.items()})
    columns = [sum(getattr(item.alone, name) for item in replay.items).tolist() for name in ("dollars", "tokens", "prompt", "cached")]
    unknown = np.stack([~item.alone.known for item in replay.items]).sum(axis=0).tolist()
    for name, *row in zip(replay.endpoints, *columns, unknown, strict=True):
        tally.sums[name] = _together(tally.sums.get(name, Sums()), Sums(*row))
    return dict(zip(replay.endpoints, columns[0], strict=True))


def _compare(tally: Tally, replay: Replayed) -> dict[str, int]:
    """Add up what was paid and what the reference costs where both are known, and all work at the reference; the costs."""
    place = replay.endpoints.index(tally.reference)
    paid = matched = 0
    for item in replay.items:
        tally.tiers[item.actual.endpoint] = item.actual.tier
        reference = int(item.alone.dollars[place])
        _add(tally.work.setdefault((item.task.kind, item.task.difficulty), Share()), item, reference)
        if not isinstance(item.actual.price, Unknown) and item.alone.known[place]:
            paid, matched = paid + item.actual.price, matched + reference
    least = 0 if replay.hindsight is None else replay.hindsight.least
    tally.paid, tally.matched, tally.least = tally.paid + paid, tally.matched + matched, tally.least + least
    return {PAID: paid, MATCHED: matched, LEAST: least}


def _resample(tally: Tally, replay: Replayed, spent: dict[str, int]) -> None:
    counted = weights(f"{replay.session.id}/{replay.session.thread}")
    for name, dollars in spent.items():
        here = counted * (dollars // NANO)
        tally.replicates[name] = tally.replicates[name] + here if name in tally.replicates else here


def _tell(tally: Tally, replay: Replayed, spent: dict[str, int]) -> None:
    """Keep a session if it is among those that show most."""
    weight = abs(spent[tally.reference] - spent[POLICY])
    if len(tally.telling) == TELLING and weight < tally.telling[-1].weight:
        return
    session = replay.session
    found = Telling(
        weight=weight,
        session=session.id,
        thread=session.thread,
        words=next((" ".join(call.words.split()) for call in session.calls if call.words), "")[:SHOWN_WORDS],
        calls=len(replay.items),
        actual=spent[ACTUAL],
        reference=spent[tally.reference],
        policy=spent[POLICY],
        path=list(stretches(replay)),
        receipt=codec.encoded(replay.first.receipt).decode() if replay.first else "",
        unknown=sum(isinstance(item.actual.price, Unknown) for item in replay.items),
    )
    tally.telling = _most_telling([*tally.telling, found])


Addable = TypeVar("Addable", int, NDArray[np.int64])
Name = TypeVar("Name", str, tuple[int, str, str])
Summed = TypeVar("Summed", Sums, Share, Counts)
Key = TypeVar("Key", str, tuple[str, int], Part)


def _together(one: Summed, other: Summed) -> Summed:
    return type(one)(*(getattr(one, name) + getattr(other, name) for name in one.__struct_fields__))


def _joined(one: dict[Key, Summed], other: dict[Key, Summed]) -> dict[Key, Summed]:
    return one | {key: _together(one.get(key, type(value)()), value) for key, value in other.items()}


def _added(one: dict[Name, Addable], other: dict[Name, Addable]) -> dict[Name, Addable]:
    return one | {key: one[key] + value if key in one else value for key, value in other.items()}


def _stacked(one: dict[str, list[int]], other: dict[str, list[int]]) -> dict[str, list[int]]:
    added = {key: [sum(pair) for pair in zip(one[key], row, strict=True)] if key in one else row for key, row in other.items()}
    return one | added


def _trials(one: Trial, other: Trial) -> Trial:
    return Trial(one.items + other.items, one.calls + other.calls, _stacked(one.dollars, other.dollars))


def merged(one: Tally, other: Tally) -> Tally:
    """Two tallies of one job as one; the first is used up."""
    one.endpoints = one.endpoints or other.endpoints
    one.counts = _together(one.counts, other.counts)
    one.least, one.paid, one.matched = one.least + other.least, one.paid + other.paid, one.matched + other.matched
    one.sums, one.work, one.shares = _joined(one.sums, other.sums), _joined(one.work, other.work), _joined(one.shares, other.shares)
    one.days, one.switches = _added(one.days, other.days), _added(one.switches, other.switches)
    one.replicates = _added(one.replicates, other.replicates)
    one.lengths |= {key: _trials(one.lengths.get(key, Trial()), trial) for key, trial in other.lengths.items()}
    one.tiers |= other.tiers
    one.telling = _most_telling([*one.telling, *other.telling])
    return one


def _most_telling(found: list[Telling]) -> list[Telling]:
    return heapq.nlargest(TELLING, found, key=lambda one: (one.weight, one.session, one.thread))
