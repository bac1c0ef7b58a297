"""One request's tries down the chain of endpoints that the decision gave: what to do after each fault, until one serves or none can.

Theory of operation. `begun` takes the chain; `step` takes the fault of the last try (None at first) and answers with the state that
follows and a move: `Try` an endpoint, or `Stop` with what the client is told. The fault's row says where to go:

    here        the same endpoint once more on a new connection; the second time, elsewhere
    strip       the same endpoint once more without the reasoning of earlier answers; the second time, elsewhere
    larger      elsewhere, past all that are known to be no larger (for too many bytes: past the same provider)
    elsewhere   the next of the chain, of a provider that has not failed yet if there is one
    tell        stop

When the chain is used up, those whose fault may pass by itself are tried once more after a wait: as long as the provider asks for, else
a random part of a ceiling ('full jitter'), so that many requests that failed at once do not come back at once. A wait is never shorter
than asked for, and never so long that it passes the deadline: then the request stops instead. Every try counts, so everything ends.

Of several faults the client is told the one it can do most about (`TELLING`), and of those the one with the shortest wait.

An endpoint that is being probed by another request is passed over (`instead`) and comes last, then regardless. A second try beside one that
is late (`hedged`) counts like any other; when one of the two fails, `noted` keeps it, and `step` is asked when no try is left under way.

Nothing here is asked once content has reached the client: after that no other model may answer.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.faults import ELSEWHERE, FAULTS, HERE, LARGER, STRIP, TELL, Fault


class Candidate(Struct, frozen=True):
    """An endpoint of the chain, who sells it, and its context window where that is known."""

    endpoint: str
    provider: str
    window: int | None = None


class Bounds(Struct, frozen=True, gc=False):
    """When (milliseconds) a request is to be over, the most tries, the longest wait (milliseconds), how often the chain is gone through.

    `ceiling` is the most milliseconds that chance adds to a wait before the second round, twice as much before the third.
    """

    deadline: int
    tries: int = 8
    wait: int = 10_000
    rounds: int = 2
    ceiling: int = 1_000


class Failed(Struct, frozen=True):
    """A try that failed: the place of its endpoint in the chain, the fault, and from when on another try there makes sense."""

    place: int
    fault: Fault
    ready: int


class State(Struct, frozen=True):
    """A request's tries so far. `at` is the place in the chain tried last, `left` the places still to be tried in this round.

    `over` are places passed over, `again` and `stripped` those that had their second try of that kind.
    """

    chain: tuple[Candidate, ...]
    bounds: Bounds
    left: frozenset[int]
    at: int = 0
    tries: int = 0
    round: int = 1
    over: frozenset[int] = frozenset()
    again: frozenset[int] = frozenset()
    stripped: frozenset[int] = frozenset()
    failed: tuple[Failed, ...] = ()


class Try(Struct, frozen=True, tag="try"):
    """Wait, then try an endpoint: with the reasoning of earlier answers or without it (`strip`), on a new connection (`fresh`) or any.

    `force` says that it is tried even where it should rest or another request is probing it.
    """

    endpoint: str
    strip: bool = False
    fresh: bool = False
    wait: int = 0
    force: bool = False


class Stop(Struct, frozen=True, tag="stop"):
    """Give up, and tell the client this."""

    fault: Fault


Move = Try | Stop

PASSING: Final = frozenset(
    {
        *("refused", "dns", "connect_timeout", "first_byte_timeout", "first_content_timeout", "idle_timeout", "stale", "dropped"),
        *("request_timeout", "conflict", "rate_limit", "server_error", "overloaded", "half_frame", "empty", "unfinished", "stream_error"),
    }
)
"""Faults that may pass by themselves in seconds."""

TELLING: Final = (
    frozenset(kind for kind, row in FAULTS.items() if row.then == TELL and kind != "deadline"),
    frozenset({"bad_request", "unprocessable", "filtered", "signature"}),
    frozenset({"context", "too_large"}),
    frozenset({"rate_limit"}),
    frozenset({"overloaded"}),
    frozenset({"quota"}),
    frozenset({"deadline"}),
)
"""What tells the client most comes first; what is in none of these (a provider's own errors, its dislike of our key) comes last."""

BYTES: Final = frozenset({"too_large"})
"""Faults for which 'larger' means bytes, which a provider limits, rather than the model's window."""


def begun(chain: Sequence[Candidate], bounds: Bounds) -> State:
    """A request before its first try."""
    return State(tuple(chain), bounds, frozenset(range(len(chain))))


def step(state: State, fault: Fault | None, now: int, roll: float) -> tuple[State, Move]:
    """What to do next, after the last try's fault or (None) at the beginning. `roll` is a random number from 0 to 1."""
    if fault is None:
        return _next(state, now, roll) if now < state.bounds.deadline else (state, Stop(Fault("deadline")))
    after = noted(state, state.chain[state.at].endpoint, fault, now)
    row = FAULTS[fault.kind]
    if row.then == TELL or after.tries >= after.bounds.tries:
        return after, Stop(told(faults(after)))
    if now >= after.bounds.deadline:
        return after, Stop(told([*faults(after), Fault("deadline")]))
    if row.then == LARGER:
        return _next(replace(after, left=_fit(after, fault)), now, roll)
    return _once_more(after, row.then) or _next(after, now, roll)


def noted(state: State, endpoint: str, fault: Fault, now: int) -> State:
    """The state after a try of an endpoint failed."""
    place = _place(state, endpoint)
    return replace(state, at=place, failed=(*state.failed, Failed(place, fault, now + (fault.after or 0))))


def hedged(state: State) -> tuple[State, Try] | None:
    """A second try beside the one under way, at another provider; None where there is none or no try is left."""
    here = state.chain[state.at].provider
    others = [place for place in state.left if state.chain[place].provider not in {here, *_burnt(state)}]
    return _tried(state, min(others)) if others and state.tries < state.bounds.tries else None


def instead(state: State) -> tuple[State, Try]:
    """Another endpoint in place of the one that was to be tried and is being probed; that same one, regardless, where there is no other."""
    after = replace(state, tries=state.tries - 1, over=state.over | {state.at})
    return _pick(after) or _tried(after, state.at, force=True)


def faults(state: State) -> tuple[Fault, ...]:
    """The faults so far, the first first."""
    return tuple(one.fault for one in state.failed)


def told(several: Iterable[Fault]) -> Fault:
    """Of several faults the one that tells the client most."""
    return min(several, key=_telling, default=Fault("no_endpoint"))


def _telling(fault: Fault) -> tuple[int, bool, int]:
    rank = next((place for place, kinds in enumerate(TELLING) if fault.kind in kinds), len(TELLING))
    return rank, fault.after is None, fault.after or 0


def _place(state: State, endpoint: str) -> int:
    return next(place for place, one in enumerate(state.chain) if one.endpoint == endpoint)


def _once_more(state: State, then: str) -> tuple[State, Move] | None:
    """The same endpoint once more, where the fault's row says so and it was not done yet."""
    place = frozenset({state.at})
    if then == HERE and not place <= state.again:
        return _tried(replace(state, again=state.again | place), state.at, fresh=True, force=True)
    if then == STRIP and not place <= state.stripped:
        return _tried(replace(state, stripped=state.stripped | place), state.at, force=True)
    return None


def _tried(state: State, place: int, *, wait: int = 0, fresh: bool = False, force: bool = False) -> tuple[State, Try]:
    after = replace(state, at=place, left=state.left - {place}, over=state.over - {place} if force else state.over, tries=state.tries + 1)
    return after, Try(state.chain[place].endpoint, place in state.stripped, fresh, wait, force)


def _next(state: State, now: int, roll: float) -> tuple[State, Move]:
    """Another endpoint of this round, else of the next."""
    if state.round > 1 and state.left:
        return _waited(state, now, roll)
    return _pick(state) or _around(state, now, roll)


def _pick(state: State) -> tuple[State, Try] | None:
    """The next endpoint of the chain, of a provider that has not failed if there is one; then those that were passed over."""
    burnt = _burnt(state)
    if state.left:
        return _tried(state, min(state.left, key=lambda place: (state.chain[place].provider in burnt, place)))
    over = state.over - {state.at}
    return _tried(state, min(over), force=True) if over else None


def _burnt(state: State) -> set[str]:
    """Providers that failed."""
    return {state.chain[one.place].provider for one in state.failed if FAULTS[one.fault.kind].then in {ELSEWHERE, HERE}}


def _fit(state: State, fault: Fault) -> frozenset[int]:
    """The places left at which a request may fit that was too large here."""
    here = state.chain[state.at]
    if fault.kind in BYTES:
        return frozenset(place for place in state.left if state.chain[place].provider != here.provider)
    return frozenset(place for place in state.left if _larger(state.chain[place].window, here.window))


def _larger(window: int | None, than: int | None) -> bool:
    """Whether a window may be larger; what is not known may be."""
    return window is None or than is None or window > than


def _around(state: State, now: int, roll: float) -> tuple[State, Move]:
    """The next round: those whose last fault may pass."""
    last = {one.place: one.fault.kind for one in state.failed}
    passing = frozenset(place for place, kind in last.items() if kind in PASSING)
    if state.round >= state.bounds.rounds or not passing:
        return state, Stop(told(faults(state)))
    return _waited(replace(state, round=state.round + 1, left=passing), now, roll)


def _waited(state: State, now: int, roll: float) -> tuple[State, Move]:
    """The endpoint of a later round that is ready first, after a wait; a stop where that would be too long."""
    ready = {one.place: one.ready for one in state.failed if one.place in state.left}
    place = min(ready, key=lambda one: (ready[one], one))
    chance = round(state.bounds.ceiling * 2 ** (state.round - 2) * roll)
    wait = max(0, ready[place] - now) + chance
    if wait > state.bounds.wait or now + wait >= state.bounds.deadline:
        return state, Stop(told(faults(state)))
    return _tried(state, place, wait=wait, force=True)
