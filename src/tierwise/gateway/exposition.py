"""Numbers in Prometheus' text form, version 0.0.4: families with their help and type, each series on a line of its own."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct

CONTENT: Final = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
"""The header of a page."""

Values = tuple[str, ...]
"""The values of a series' labels, in the order in which its family names them."""


class Family(Struct, frozen=True):
    """Series of one name: what kind they are, what they say, and what labels they have."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    says: str
    labels: tuple[str, ...] = ()


class Spread(Struct):
    """How long things took: how many up to each of some bounds (one count more than there are bounds), and all together."""

    bounds: tuple[float, ...]
    counts: list[int]
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Take one more."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds


class Reading(Struct, frozen=True):
    """Series that are looked at only when somebody asks: `read` gives their labels' values with a number each, without any wait."""

    family: Family
    read: Callable[[], Iterable[tuple[Values, float]]]


def spread(bounds: tuple[float, ...]) -> Spread:
    """A histogram with nothing in it."""
    return Spread(bounds, [0] * (len(bounds) + 1))


def head(family: Family) -> Iterator[str]:
    """The lines that announce a family."""
    says = family.says.replace("\\", "\\\\").replace("\n", "\\n")
    yield from (f"# HELP {family.name} {says}", f"# TYPE {family.name} {family.kind}")


def numbers(family: Family, points: Iterable[tuple[Values, float]]) -> Iterator[str]:
    """A family of counters or gauges."""
    yield from head(family)
    yield from (f"{family.name}{labelled(family.labels, values)} {shown(value)}" for values, value in points)


def spreads(family: Family, points: Iterable[tuple[Values, Spread]]) -> Iterator[str]:
    """A family of histograms."""
    yield from head(family)
    for values, one in points:
        so_far, names, plain = 0, (*family.labels, "le"), labelled(family.labels, values)
        for bound, count in zip((*map(str, one.bounds), "+Inf"), one.counts, strict=True):
            so_far += count
            yield f"{family.name}_bucket{labelled(names, (*values, bound))} {so_far}"
        yield from (f"{family.name}_sum{plain} {shown(one.total)}", f"{family.name}_count{plain} {so_far}")


def page(lines: Iterable[str]) -> str:
    """Lines as one text, which can be sent whatever names are in it."""
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace").decode()


def labelled(names: Sequence[str], values: Sequence[str]) -> str:
    """Labels as text."""
    pairs = ",".join(f'{name}="{escaped(value)}"' for name, value in zip(names, values, strict=True))
    return f"{{{pairs}}}" if pairs else ""


def escaped(value: str) -> str:
    """A label's value with what would end it taken apart."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def shown(value: float) -> str:
    """A number as text, whole ones as such."""
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() and abs(value) < WHOLE else repr(value)


WHOLE: Final = 2.0**53
"""Up to here every whole number has a float of its own."""
