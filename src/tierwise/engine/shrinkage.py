"""Shrinkage: how far the mean of a few outcomes is to be believed, given what is known of the many they are part of.

Theory of operation. A quantity (how good a model is, or how much better than the reference) lies around a prior; that of a kind of task
lies around the model's, give or take the spread between kinds; that of a cluster within a kind around the kind's, and so on down a tree.
Outcomes are seen at any place of the tree. All of it is normal, so what every place is worth has a closed form: one pass upward gathers
what the places below say of one above, one pass downward gives each place what the rest of the tree says of it. A place with many outcomes
is believed almost as it stands, one with few is drawn to its kind, a kind with few to the model, a model with few to the prior.

The spread between places is found from the places themselves: their means differ by more than the noise of having seen so few. Where there
are few places, it is drawn towards a usual one. The same functions serve the engine, `tierwise calibrate` and `tierwise evaluate`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct


class Normal(NamedTuple):
    """A mean and its variance."""

    mean: float
    variance: float


class Seen(NamedTuple):
    """Outcomes seen at one place: how many, their mean, the variance of a single one."""

    n: float
    mean: float
    variance: float


class Place(Struct, frozen=True):
    """A place of the tree: what was seen there, its parts, and the spread of each part around it (a variance)."""

    seen: Seen | None = None
    parts: Mapping[str, "Place"] = {}
    spread: float = 0.0
    spreads: Mapping[str, float] = {}

    def around(self, name: str) -> float:
        """How far a part may lie from the whole, as a variance."""
        return self.spreads.get(name, self.spread)


class Believed(Struct, frozen=True):
    """What a place is worth, given everything that was seen, and its parts likewise."""

    worth: Normal
    parts: Mapping[str, "Believed"] = {}


TINY = 1e-12
"""A variance that is taken for none, so that nothing is divided by zero."""

NOTHING = Normal(0.0, float("inf"))
USUAL_WEIGHT = 4.0
"""Places that the usual spread counts for."""


def both(one: Normal, other: Normal) -> Normal:
    """What two independent things say of the same quantity, taken together."""
    left, right = 1 / max(one.variance, TINY), 1 / max(other.variance, TINY)
    if left + right == 0.0:
        return NOTHING
    return Normal((one.mean * left + other.mean * right) / (left + right), 1 / (left + right))


def believed(prior: Normal, place: Place) -> Believed:
    """What every place of a tree is worth, given the prior of its root and all that was seen."""
    said = {name: _wider(upward(part), place.around(name)) for name, part in place.parts.items()}
    above = both(prior, _of(place.seen))
    parts = {}
    for name, part in place.parts.items():
        rest = above
        for other, message in said.items():
            if other != name:
                rest = both(rest, message)
        parts[name] = believed(_wider(rest, place.around(name)), part)
    worth = above
    for message in said.values():
        worth = both(worth, message)
    return Believed(worth, parts)


def upward(place: Place) -> Normal:
    """What a place and its parts say of it, without a prior."""
    found = _of(place.seen)
    for name, part in place.parts.items():
        found = both(found, _wider(upward(part), place.around(name)))
    return found


def _of(seen: Seen | None) -> Normal:
    return Normal(seen.mean, seen.variance / seen.n) if seen is not None and seen.n > 0 else NOTHING


def _wider(one: Normal, spread: float) -> Normal:
    return Normal(one.mean, one.variance + spread)


def spread(parts: Sequence[Seen], usual: float) -> float:
    """The variance between parts beyond the noise of each, drawn towards the usual one."""
    seen = [part for part in parts if part.n > 0]
    weight = sum(part.n for part in seen)
    if not weight:
        return usual
    centre = sum(part.n * part.mean for part in seen) / weight
    excess = sum((part.mean - centre) ** 2 - part.variance / part.n for part in seen)
    return max((excess + USUAL_WEIGHT * usual) / (len(seen) + USUAL_WEIGHT), TINY)


def drawn(parts: Sequence[Seen], between: float) -> list[Normal]:
    """What each part is worth around a whole of which nothing is known but its parts."""
    tree = Place(parts={str(place): Place(part) for place, part in enumerate(parts)}, spread=between)
    return [one.worth for one in believed(NOTHING, tree).parts.values()]
