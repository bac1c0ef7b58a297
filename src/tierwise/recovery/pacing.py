"""Rate limits as arithmetic on (what was seen, what is under way, now).

Theory of operation. Providers tell with every answer how much of a rate limit is left and when it will be full again. A limit fills
evenly until then, so what is left at any time can be worked out from the last thing seen. `Pace` remembers that for each endpoint,
and beside it what is under way there: requests that are sent and not yet answered, which the numbers seen do not know of. A request that
would not fit is sent elsewhere before the limit is hit (`full`): a refusal costs a round trip and counts against the limit.

`Bucket` is the same arithmetic for limits of our own: a level that fills evenly, from which a request takes what it needs.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from tierwise.core.decision import Outage
from tierwise.core.efforts import plain

REQUESTS: Final = "requests"
TOKENS: Final = "tokens"

BUSY: Final = 500
"""Milliseconds after which to look again at an endpoint that takes no more requests at once."""
SOONEST: Final = 250
"""Milliseconds before which no second request is sent after a first: slower than that, an answer is not late."""


class Window(Struct, frozen=True, gc=False):
    """A rate limit as a provider tells it at `at`: what it counts, its size, what remains, and when it is full again (milliseconds)."""

    counts: str
    size: int
    remaining: int
    reset: int
    at: int


def left(window: Window, now: int) -> int:
    """What is expected to remain of a limit now."""
    if now >= window.reset:
        return max(window.size, window.remaining)
    if now <= window.at or window.size <= window.remaining:
        return window.remaining
    return window.remaining + (window.size - window.remaining) * (now - window.at) // (window.reset - window.at)


def enough(window: Window, need: int, now: int) -> int:
    """The earliest time, not before now, at which so much is expected to remain; what is never there is awaited until the limit is full."""
    if need <= left(window, now) or now >= window.reset:
        return now
    missing, whole = need - window.remaining, window.size - window.remaining
    if missing >= whole:
        return window.reset
    return min(window.reset, window.at - (-missing * (window.reset - window.at) // whole))


class Load(Struct, frozen=True, gc=False):
    """Requests under way at an endpoint, and the tokens they bring."""

    requests: int = 0
    tokens: int = 0


IDLE: Final = Load()


class Pace(Struct):
    """What is known of the limits of every endpoint. `most` is how many requests at once an endpoint takes, where that is known."""

    most: Mapping[str, int] = {}
    seen: dict[str, tuple[Window, ...]] = {}
    loads: dict[str, Load] = {}

    def begin(self, endpoint: str, tokens: int) -> None:
        """A request of so many tokens is sent."""
        endpoint = plain(endpoint)
        load = self.loads.get(endpoint, IDLE)
        self.loads[endpoint] = Load(load.requests + 1, load.tokens + tokens)

    def hear(self, endpoint: str, tokens: int, windows: tuple[Window, ...] = ()) -> None:
        """That request is answered or lost; the windows that came with the answer know of it."""
        endpoint = plain(endpoint)
        load = self.loads.pop(endpoint, IDLE)
        if load.requests > 1:
            self.loads[endpoint] = Load(load.requests - 1, max(0, load.tokens - tokens))
        if windows:
            self.seen[endpoint] = windows

    def full(self, tokens: int, now: int) -> dict[str, Outage]:
        """The endpoints at which a request of so many tokens does not fit now, and until when."""
        limited = ((name, self._short(name, windows, tokens, now)) for name, windows in self.seen.items())
        busy = {
            name: Outage(now + BUSY, f"{load.requests} requests are under way")
            for name, load in self.loads.items()
            if load.requests >= self.most.get(name, load.requests + 1)
        }
        return busy | {name: outage for name, outage in limited if outage is not None}

    def _short(self, endpoint: str, windows: Iterable[Window], tokens: int, now: int) -> Outage | None:
        load = self.loads.get(endpoint, IDLE)
        needs = {REQUESTS: load.requests + 1, TOKENS: load.tokens + tokens}
        short = [
            Outage(enough(one, need, now), f"its limit of {one.size} {one.counts} is nearly used up")
            for one in windows
            if (need := needs.get(one.counts, 0)) > one.remaining and need > left(one, now)
        ]
        return max(short, key=lambda outage: outage.until, default=None)


class Bucket(Struct, frozen=True, gc=False):
    """A limit of ours: `level` at `at`, filling by `size` every `period` milliseconds up to `size`. A debt is a level below nothing."""

    size: int
    period: int
    level: float
    at: int


def bucket(size: int, now: int, period: int = 60_000) -> Bucket:
    """A full bucket."""
    return Bucket(size, period, size, now)


def level(limit: Bucket, now: int) -> float:
    """What is in a bucket now; time that runs backwards takes nothing away."""
    return min(float(limit.size), limit.level + max(0, now - limit.at) * limit.size / limit.period)


def taken(limit: Bucket, amount: int, now: int) -> tuple[Bucket, int]:
    """The bucket after a request took so much of it, and 0; or the bucket as it was, and the milliseconds until it has that much.

    A request larger than the bucket is let through when it is full, and leaves a debt.
    """
    there, asked = level(limit, now), min(amount, limit.size)
    if there < asked:
        return limit, max(1, -int(-(asked - there) * limit.period // limit.size))
    return Bucket(limit.size, limit.period, there - amount, max(now, limit.at)), 0


def settled(limit: Bucket, taken_before: int, used: int) -> Bucket:
    """The bucket when it is known what a request really used."""
    return Bucket(limit.size, limit.period, min(float(limit.size), limit.level + taken_before - used), limit.at)


def hedge_delay(p95: int | None, time_left: int) -> int | None:
    """Milliseconds after which a second request is worth sending elsewhere; None where nothing is known or no time would be left for it."""
    if p95 is None:
        return None
    delay = max(SOONEST, p95)
    return delay if delay < time_left else None
