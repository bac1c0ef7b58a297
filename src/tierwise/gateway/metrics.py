"""Counters in Prometheus' text form: requests, tokens, money, faults, and how long things took."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from tierwise.core.entry import Entry
from tierwise.core.money import PER_DOLLAR, Unknown

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
OVERHEAD: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25)
MANY: Final = 2000
"""Series that one counter may have; what comes after is counted together, so that no client can fill the memory."""

OTHER: Final = "other"
Labels = tuple[tuple[str, str], ...]


class Counter(Struct):
    """A number that only grows, by its labels."""

    name: str
    says: str
    values: dict[Labels, float] = {}

    def add(self, labels: Labels, amount: float = 1) -> None:
        """Count."""
        if labels not in self.values and len(self.values) >= MANY:
            labels = tuple((name, OTHER) for name, _ in labels)
        self.values[labels] = self.values.get(labels, 0) + amount

    def lines(self) -> Iterator[str]:
        """The counter as text."""
        yield from (f"# HELP {self.name} {self.says}", f"# TYPE {self.name} counter")
        yield from (f"{self.name}{labelled(labels)} {shown(value)}" for labels, value in self.values.items())


class Spread(Struct):
    """How long things took: counts by upper bound."""

    name: str
    says: str
    bounds: tuple[float, ...]
    counts: list[int] = []
    total: float = 0.0

    def add(self, seconds: float) -> None:
        """Take one more."""
        if not self.counts:
            self.counts = [0] * (len(self.bounds) + 1)
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds

    def lines(self) -> Iterator[str]:
        """The histogram as text."""
        yield from (f"# HELP {self.name} {self.says}", f"# TYPE {self.name} histogram")
        so_far, counts = 0, self.counts or [0] * (len(self.bounds) + 1)
        for bound, count in zip((*map(str, self.bounds), "+Inf"), counts, strict=True):
            so_far += count
            yield f'{self.name}_bucket{{le="{bound}"}} {so_far}'
        yield from (f"{self.name}_sum {shown(self.total)}", f"{self.name}_count {so_far}")


def labelled(labels: Labels) -> str:
    """Labels as text."""
    pairs = ",".join(f'{name}="{escaped(value)}"' for name, value in labels)
    return f"{{{pairs}}}" if pairs else ""


def escaped(value: str) -> str:
    """A label's value with what would end it taken apart."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def shown(value: float) -> str:
    """A number as text, whole ones as such."""
    return str(int(value)) if value == int(value) else f"{value:.12g}"


class Metrics(Struct):
    """All there is to count."""

    requests: Counter
    attempts: Counter
    faults: Counter
    tokens: Counter
    dollars: Counter
    unknown: Counter
    overhead: Spread
    first_content: Spread
    total: Spread

    def count(self, entry: Entry) -> None:
        """Count a request that is over."""
        asker, served = entry.asker, entry.attempts[-1].endpoint if entry.attempts else ""
        self.requests.add((("wire", asker.wire), ("endpoint", served), ("client", asker.client), ("status", str(entry.status))))
        for one in entry.attempts:
            self.attempts.add((("endpoint", one.endpoint), ("outcome", one.fault.kind if one.fault else "ok")))
        if entry.fault is not None:
            self.faults.add((("kind", entry.fault.kind), ("committed", str(entry.committed).lower())))
        self._money(entry, served)
        self.overhead.add(entry.latency.decide / 1000)
        self.total.add(entry.latency.total / 1000)
        if entry.latency.first_content is not None:
            self.first_content.add(entry.latency.first_content / 1000)

    def _money(self, entry: Entry, served: str) -> None:
        if entry.usage is None:
            self.unknown.add((("what", "usage"),))
        else:
            kinds = (
                ("fresh", entry.usage.fresh),
                ("read", entry.usage.read),
                ("written", entry.usage.written),
                ("output", entry.usage.output),
            )
            for kind, count in kinds:
                if count:
                    self.tokens.add((("endpoint", served), ("kind", kind)), count)
        for what, amount in (("spent", entry.cost), ("reference", entry.baseline)):
            if isinstance(amount, Unknown):
                self.unknown.add((("what", what),))
            else:
                self.dollars.add((("what", what),), amount / PER_DOLLAR)

    def text(self) -> str:
        """Everything in Prometheus' text form."""
        parts: Iterable[Counter | Spread] = (getattr(self, name) for name in self.__struct_fields__)
        return "\n".join(line for part in parts for line in part.lines()) + "\n"


def opened() -> Metrics:
    """Nothing counted yet."""
    return Metrics(
        requests=Counter("tierwise_requests_total", "Requests answered, by wire, endpoint, client and status"),
        attempts=Counter("tierwise_attempts_total", "Attempts at endpoints, by outcome"),
        faults=Counter("tierwise_faults_total", "Requests that ended with a fault, by kind and whether content had reached the client"),
        tokens=Counter("tierwise_tokens_total", "Tokens used, by endpoint and kind"),
        dollars=Counter("tierwise_dollars_total", "Dollars spent, and what the reference model would have cost"),
        unknown=Counter("tierwise_unknown_total", "Requests of which something is not known"),
        overhead=Spread("tierwise_overhead_seconds", "Our own work before the first attempt", OVERHEAD),
        first_content=Spread("tierwise_first_content_seconds", "From the request to the answer's first content", SECONDS),
        total=Spread("tierwise_request_seconds", "From the request to the end of the answer", SECONDS),
    )
