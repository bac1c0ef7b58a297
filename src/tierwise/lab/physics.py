"""A simulation of each provider's prompt cache over logged sessions, and its check against what was really charged.

The simulation sees times, sizes, models and tools of the calls, and which lifetime a session asked for; it never looks at the logged
cache fields. It uses the live decision's own warmth and cost, call by call, on the model that answered.
"""

import bisect
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import astuple

from tierwise.core.catalog import CachePhysics, Endpoint, Rates, rates_at
from tierwise.core.decision import Prefix, Seen
from tierwise.core.money import Unknown
from tierwise.core.request import Known
from tierwise.core.usage import Usage
from tierwise.engine import warmth
from tierwise.lab.call import Call
from tierwise.lab.harness import BEFORE, chains, habits, shared_by
from tierwise.lab.sessions import Session
from tierwise.lab.step import Step

HOUR = 3600


class Heads(Struct, frozen=True):
    """When sessions ended, by what names their head and their model: who may have kept a head warm for whom."""

    ends: dict[tuple[str, str], tuple[int, ...]]
    starts: dict[tuple[str, str], tuple[int, ...]]

    def last_use(self, call: Call, *, first: bool) -> int | None:
        """When another session last used this call's head, None if none in the log did before it.

        A session that has begun and not ended is taken to be using it now. The call's own session is among those, unless
        the call is its first.
        """
        key = (shared_by(call), call.model)
        ended, started = self.ends.get(key, ()), self.starts.get(key, ())
        over = bisect.bisect_left(ended, call.at)
        running = bisect.bisect_left(started, call.at) - over - (not first)
        if running > 0:
            return call.at
        return ended[over - 1] if over else None


def heads(spans: Iterable[tuple[str, str, int, int]]) -> Heads:
    """Heads of (head, model, first call, last call) of every session."""
    ends: dict[tuple[str, str], list[int]] = {}
    starts: dict[tuple[str, str], list[int]] = {}
    for name, model, first, last in spans:
        ends.setdefault((name, model), []).append(last)
        starts.setdefault((name, model), []).append(first)
    return Heads(*({key: tuple(sorted(found)) for key, found in one.items()} for one in (ends, starts)))


def span(session: Session) -> tuple[str, str, int, int]:
    """What a session says about heads."""
    first, last = session.calls[0], session.calls[-1]
    return shared_by(first), first.model, first.at, last.ended or last.at


def lifetime(session: Session) -> int:
    """The cache lifetime most of a session's calls asked for, five minutes where the log does not tell."""
    told = [call.ttl for call in session.calls if call.ttl]
    return max(set(told), key=told.count) if told else 300


class Memory(Struct):
    """What one endpoint has seen of one session."""

    had: dict[str, Seen] = {}


NOBODY = Heads({}, {})
"""Where nothing is known of other sessions."""

PAUSE = 60
"""Seconds within which a session's own last call is the best reason for its head to be warm."""


def neighbours(step: Step, ttl: int, others: Heads) -> tuple[Seen, ...]:
    """What other sessions, in the log or not, may have kept warm of a call's head; nothing where its own session just used it."""
    if not step.first and step.gap <= PAUSE:
        return ()
    call = step.call
    last, odds = others.last_use(call, first=step.first), habits(call.client).background(step)
    return (*((Seen(call.at, ttl, odds),) if odds else ()), *((Seen(last, ttl),) if last is not None else ()))


def prefix_of(step: Step, known: Known, ttl: int) -> Prefix:
    """The prompt's marks; a conversation that was resumed counts as seen just now, with its own odds."""
    return Prefix(known.marks, known.anchor, step.call.ttl or ttl, marked=True)


def recalled(memory: Memory, cache: CachePhysics, prefix: Prefix, at: int, others: Sequence[Seen]) -> float:
    """The size of the prefix expected to be read from a cache at an instant, in the unit of the marks, before rounding."""
    had = memory.had | {mark.digest: Seen(at, prefix.ttl) for mark in prefix.marks if mark.digest.endswith(BEFORE)}
    if others:
        shared = prefix.marks[0].digest
        reasons = [*others, had[shared]] if shared in had else others
        had[shared] = max(reasons, key=lambda seen: seen.odds * warmth.survival(cache, (at - seen.at) / 1000, seen.ttl))
    return warmth.expected(cache, prefix, had, at)


def remember(memory: Memory, prefix: Prefix, call: Call) -> None:
    """Note that an endpoint has served a call: head, start of the turn and whole prompt are warm from the end of its answer on."""
    seen = Seen(max(call.ended, call.at), prefix.ttl)
    kept = (*prefix.marks[: prefix.anchor], prefix.marks[-1])
    memory.had = {mark.digest: seen for mark in kept}


class Pair(Struct, frozen=True, gc=False):
    """Calls, and their input side as logged and as predicted: pico-dollars and cache-read tokens."""

    calls: int = 0
    logged: int = 0
    predicted: int = 0
    read: int = 0
    read_predicted: int = 0


def together(pairs: Iterable[Pair]) -> Pair:
    """The sum of some."""
    return Pair(*(sum(column) for column in zip(*map(astuple, pairs), strict=True)))


class Compared(Struct, frozen=True):
    """A session's input side as logged and as predicted, whole and by the place of its calls (`PLACES`)."""

    session: str
    thread: str
    calls: int
    logged: int
    predicted: int
    read: int
    read_predicted: int
    places: dict[str, Pair] = {}


PLACES = ("first call", "new context", "new turn", "within a turn")
"""Where in its session a call stands: at its start, after a loss of all but the head, after an answer without tools, else."""


def place(step: Step) -> str:
    """The place of a call."""
    if step.first:
        return PLACES[0]
    return PLACES[1] if habits(step.call.client).lost(step) else PLACES[2] if step.opens else PLACES[3]


def predicted_input(rates: Sequence[Rates], prompt: int, cached: int, *, ttl: int, minimum: int = 0) -> int:
    """What a prompt costs with so much of it read and the rest written, or not even that where it is too short: pico-dollars."""
    rate = rates_at(rates, prompt)
    write = rate.fresh if prompt < minimum else rate.write_1h if ttl >= HOUR else rate.write_5m
    return (cached * rate.read + (prompt - cached) * write) // rate.per


def logged_input(rates: Sequence[Rates], usage: Usage) -> int:
    """What a logged prompt cost: pico-dollars."""
    rate = rates_at(rates, usage.prompt)
    parts = usage.fresh * rate.fresh + usage.read * rate.read + usage.write_5m * rate.write_5m + usage.write_1h * rate.write_1h
    return parts // rate.per


Lookup = Callable[[str, str, int], Endpoint | None]
"""The endpoint a logged model stands for (model, provider, instant), None where it cannot be told."""


def compared(session: Session, lookup: Lookup, others: Heads) -> Compared | None:
    """A session replayed on its own models, against what was logged; None where nothing of it can be priced."""
    memories: dict[str, Memory] = {}
    ttl = lifetime(session)
    found: dict[str, list[Pair]] = {}
    for step, known in chains(session):
        pair = _compared(step, prefix_of(step, known, ttl), lookup, memories, others)
        if pair is not None:
            found.setdefault(place(step), []).append(pair)
    if not found:
        return None
    places = {name: together(found[name]) for name in PLACES if name in found}
    whole = together(places.values())
    return Compared(
        session=session.id,
        thread=session.thread,
        calls=whole.calls,
        logged=whole.logged,
        predicted=whole.predicted,
        read=whole.read,
        read_predicted=whole.read_predicted,
        places=places,
    )


def _compared(step: Step, prefix: Prefix, lookup: Lookup, memories: dict[str, Memory], others: Heads) -> Pair | None:
    call = step.call
    endpoint = lookup(call.model, call.provider, call.at)
    if endpoint is None or isinstance(call.usage, Unknown) or isinstance(endpoint.rates, Unknown):
        return None
    memory = memories.setdefault(endpoint.id, Memory())
    expected = recalled(memory, endpoint.cache, prefix, call.at, neighbours(step, prefix.ttl, others))
    remember(memory, prefix, call)
    cached = min(warmth.rounded(endpoint.cache, expected), step.prompt)
    predicted = predicted_input(endpoint.rates, step.prompt, cached, ttl=prefix.ttl, minimum=endpoint.cache.minimum)
    return Pair(1, logged_input(endpoint.rates, call.usage), predicted, call.usage.read, cached)


class Verdict(Struct, frozen=True):
    """How near the simulation comes: relative errors of the sums, and of sessions (median and ninth in ten).

    `places` are the sums by the place of the calls, to see where it fails.
    """

    sessions: int
    calls: int
    cost: float
    read: float
    median: float
    ninth: float
    places: dict[str, Pair] = {}


def verdict(rows: Sequence[Compared]) -> Verdict:
    """The comparison over sessions, one at least; what was logged as nothing has no relative error."""
    errors = sorted(abs(row.predicted / row.logged - 1) for row in rows if row.logged) or [0.0]
    met = {name: [row.places[name] for row in rows if name in row.places] for name in PLACES}
    places = {name: together(found) for name, found in met.items() if found}
    whole = together(places.values())
    return Verdict(
        sessions=len(rows),
        calls=whole.calls,
        cost=whole.predicted / whole.logged - 1 if whole.logged else 0.0,
        read=whole.read_predicted / whole.read - 1 if whole.read else 0.0,
        median=errors[len(errors) // 2],
        ninth=errors[int(len(errors) * 0.9)],
        places=places,
    )
