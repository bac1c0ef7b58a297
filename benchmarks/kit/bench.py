"""What a benchmark is, and the figures it comes to."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from statistics import median
from typing import Final

from msgspec import Struct

Take = Callable[[], Mapping[str, float]]
"""Takes every figure of a benchmark once."""

AT_MOST: Final = "<="
AT_LEAST: Final = ">="


class Bar(Struct, frozen=True):
    """What a figure must reach: `limit` in its unit, at most or at least; None where there is nothing to reach."""

    unit: str
    limit: float | None = None
    kind: str = AT_MOST

    def holds(self, figure: float) -> bool:
        """Whether a figure reaches it."""
        if self.limit is None:
            return True
        return figure <= self.limit if self.kind == AT_MOST else figure >= self.limit


class Benchmark(Struct, frozen=True):
    """A few figures that belong together.

    `run()` prepares what they need and gives, while its context is open, a function that takes them once; it is called `rounds` times,
    between those of other benchmarks, and the medians count. One that is only `on_request` does not run unless it is named.
    """

    name: str
    bars: Mapping[str, Bar]
    run: Callable[[], AbstractContextManager[Take]]
    rounds: int = 9
    on_request: bool = False


class Figure(Struct, frozen=True):
    """A measured figure and its bar."""

    benchmark: str
    measure: str
    value: float
    bar: Bar

    @property
    def ok(self) -> bool:
        """Whether it reaches its bar."""
        return self.bar.holds(self.value)


def figures(benchmark: Benchmark, taken: list[Mapping[str, float]]) -> list[Figure]:
    """The medians of what was taken, in the order of the bars."""
    return [Figure(benchmark.name, name, median(one[name] for one in taken), bar) for name, bar in benchmark.bars.items()]
