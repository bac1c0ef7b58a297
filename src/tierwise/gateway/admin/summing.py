"""Sums of sums: what the store gives for each combination of several things, added up for one of them at a time."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from tierwise.core.usage import added
from tierwise.ledger import Group

APART: Final = frozenset("name sessions usage first last up switches key client".split())
PLAIN: Final = tuple(name for name in Group.__struct_fields__ if name not in APART)
"""Fields that simply add up."""

Crossed = tuple[tuple[str, ...], Group]


def plus(left: Group, right: Group) -> Group:
    """Two sums as one, under the first one's name."""
    summed = {name: getattr(left, name) + getattr(right, name) for name in PLAIN}
    times = [one for one in (left.first, right.first) if one]
    return replace(left, **summed, usage=added(left.usage, right.usage), first=min(times, default=0), last=max(left.last, right.last))


def total(groups: Iterable[Group], name: str = "") -> Group:
    """Everything as one sum."""
    whole = Group(name)
    for one in groups:
        whole = plus(whole, one)
    return whole


def along(crossed: Sequence[Crossed], place: int) -> list[Group]:
    """The sums by one of the things that were combined, those that cost most first."""
    found: dict[str, Group] = {}
    for names, one in crossed:
        name = names[place]
        found[name] = plus(found[name] if name in found else Group(name), one)
    return sorted(found.values(), key=lambda one: (-one.cost, one.name))
