"""What a key may have at once and in a minute, counted in this process.

Theory of operation. Requests and tokens fill a bucket each, evenly over a minute. A request takes one and, once its prompt is measured, the
tokens it will likely use; when it is over, what it really used is set against that. One that finds too little hears which limit it met
and when to come back. Several processes count each for itself: behind a balancer a key gets its limit in each of them.
"""

from typing import Final

from msgspec import Struct

from tierwise.core.faults import Fault
from tierwise.gateway.asking import Refused
from tierwise.gateway.keys import Key
from tierwise.recovery.pacing import Bucket, bucket, settled, taken

REQUESTS: Final = "requests"
TOKENS: Final = "tokens"
AGAIN: Final = 1000
"""Milliseconds after which to come back where too many requests are under way."""


class Limits(Struct):
    """Requests under way by key, and the buckets of the keys that have limits. `name` of a key tells it apart, its id where it has one."""

    running: dict[str, int] = {}
    buckets: dict[tuple[str, str], Bucket] = {}

    def enter(self, key: Key, now: int) -> None:
        """Count a request of a key; Refused where it has as many under way, or had as many in the last minute, as it may."""
        if key.concurrency is None and key.requests is None:
            return
        name = key.id or key.name
        running = self.running.get(name, 0)
        if key.concurrency is not None and running >= key.concurrency:
            raise Refused(Fault("concurrency", f"key {key.name} may have {key.concurrency} requests at once", after=AGAIN))
        if key.requests is not None:
            self._take(key, REQUESTS, (key.requests, 1), now)
        if key.concurrency is not None:
            self.running[name] = running + 1

    def leave(self, key: Key) -> None:
        """That request is over."""
        if key.concurrency is None:
            return
        name = key.id or key.name
        left = self.running.get(name, 1) - 1
        if left > 0:
            self.running[name] = left
        else:
            self.running.pop(name, None)

    def take(self, key: Key, tokens: int, now: int) -> int:
        """Take the tokens that a request will likely use, and how many were taken; Refused where the minute has too few left."""
        if key.tokens is None:
            return 0
        self._take(key, TOKENS, (key.tokens, tokens), now)
        return tokens

    def _take(self, key: Key, what: str, most: tuple[int, int], now: int) -> None:
        size, amount = most
        place = key.id or key.name, what
        held = self.buckets.get(place)
        if held is None or held.size != size:
            held = bucket(size, now)
        after, wait = taken(held, amount, now)
        if wait:
            raise Refused(Fault("key_rate", f"key {key.name} may have {size:,} {what} a minute", after=wait))
        self.buckets[place] = after

    def settle(self, key: Key, before: int, used: int | None) -> None:
        """Set what a request really used (None: nobody knows) against what it took before."""
        if key.tokens is None or used is None:
            return
        held = self.buckets.get((key.id or key.name, TOKENS))
        if held is not None:
            self.buckets[key.id or key.name, TOKENS] = settled(held, before, used)
