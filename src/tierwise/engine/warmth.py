"""What is still cached where, and how much of a prompt it covers.

Theory of operation. A provider keeps the processed form of a prompt it has seen and charges less for a new
prompt that starts the same way. What starts the same is told by marks: digests of everything up to a place in the
prompt (after the tools, after the system text, after each message). `Conditions.warm` remembers for every endpoint
which marks it has had and when.

A new prompt is expected to be read up to the mark, of those the endpoint has had, that promises most: its size with the odds that it
is still there: how sure the mark is, times the provider's survival curve at the idle time. If that prefix
is lost, what is left is the fixed head (tools and system text), which other sessions keep warm too; real
logs show exactly this fall from everything to the head and hardly anything in between.

Providers round down to a step and ignore prompts below a minimum.
"""

from collections.abc import Mapping

from tierwise.core.catalog import CachePhysics
from tierwise.core.decision import Conditions, Prefix, Seen
from tierwise.core.request import Mark

HOUR = 3600
SURE = 0.999
"""Odds above which what would be left of a lost prefix is not worth working out."""


def survival(physics: CachePhysics, idle: float, ttl: int = 300) -> float:
    """Odds that a prefix last used `idle` seconds ago is still cached."""
    points = physics.survival_1h if ttl >= HOUR and physics.survival_1h else physics.survival
    left, before = points[0] if points else (0, 0.0)
    for at, odds in points:
        if idle <= at:
            if odds == before or at == left:
                return odds
            return before + (odds - before) * (idle - left) / (at - left)
        left, before = at, odds
    return before


def _odds(physics: CachePhysics, mark: Mark, seen: Seen, now: int) -> float:
    return mark.odds * seen.odds * survival(physics, (now - seen.at) / 1000, seen.ttl)


def expected(physics: CachePhysics, prefix: Prefix, had: Mapping[str, Seen], now: int) -> float:
    """Expected size of the cached prefix, in the marks' own unit, before the provider's rounding."""
    anchor, index, best = prefix.anchor, len(prefix.marks), 0.0
    for mark in reversed(prefix.marks):
        index -= 1
        if mark.digest in had:
            odds = _odds(physics, mark, had[mark.digest], now)
            left = _head(physics, prefix, had, now) if index >= anchor and odds <= SURE else 0.0
            best = max(best, odds * mark.size + (1 - odds) * left)
            if odds > SURE:
                break
    return best


def _head(physics: CachePhysics, prefix: Prefix, had: Mapping[str, Seen], now: int) -> float:
    """Expected size of the fixed head alone."""
    for mark in reversed(prefix.marks[: prefix.anchor]):
        seen = had.get(mark.digest)
        if seen is not None:
            return _odds(physics, mark, seen, now) * mark.size
    return 0.0


def rounded(physics: CachePhysics, tokens: float) -> int:
    """Tokens of this model as its provider would count them as cached."""
    whole = int(tokens) // physics.step * physics.step
    return whole if whole >= physics.minimum else 0


def remembered(had: Mapping[str, Seen], prefix: Prefix, now: int) -> dict[str, Seen]:
    """What an endpoint has had, after it also served a prompt with this prefix: its head and its end."""
    seen = Seen(now, prefix.ttl)
    kept = (*prefix.marks[: prefix.anchor], *prefix.marks[-1:])
    return {**had, **{mark.digest: seen for mark in kept}}


def warmed(conditions: Conditions, endpoint: str, prefix: Prefix) -> dict[str, dict[str, Seen]]:
    """The warmth of all endpoints after one of them served a prompt with this prefix now."""
    had = conditions.warm.get(endpoint, {})
    return {**conditions.warm, endpoint: remembered(had, prefix, conditions.now)}
