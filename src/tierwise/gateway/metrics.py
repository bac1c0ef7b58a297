"""What is counted of requests, for Prometheus: requests, tokens, money, faults, and how long things took.

Theory of operation. Counting is on the way of every request, so it is one look-up and additions: all requests of one wire, endpoint, client
and status share a `Cell` of plain numbers, all of one endpoint the `Times` they took. Only what is rare (a failed attempt, a fault) has
counters of its own. Series, labels and sums over cells are made when somebody reads the page. What is no count at all (cooldowns, the
spool, budgets) is not kept here: a `Reading` looks at it at that time.

Labels are bounded: wires, clients and endpoints come from lists, statuses and kinds of faults too. Should there be more than MANY all the
same, what comes after is counted together as 'other'.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from tierwise import __version__
from tierwise.core.decision import Cost, Decision, Priced
from tierwise.core.entry import Attempt, Entry
from tierwise.core.faults import FAULTS, TELL, Fault
from tierwise.core.money import PER_DOLLAR
from tierwise.gateway.exposition import Family, Reading, Spread, Values, numbers, page, spread, spreads

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
OVERHEAD: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25)
MS: Final = 1000
MANY: Final = 2000
"""Cells, and counters of one family: what comes after is counted together, so that nobody can fill the memory."""

OTHER: Final = "other"
OK: Final = "ok"
Key = tuple[str, str, str, int]
"""What the requests of a cell share: wire, endpoint, client, status."""


class Times(Struct):
    """How long the requests to one endpoint took, in seconds."""

    first_byte: Spread
    first_content: Spread
    total: Spread


class Cell(Struct):
    """Sums over the requests that share wire, endpoint, client and status. Amounts are pico-dollars.

    `clean` counts those that were served at the first attempt; `unmeasured`, `unpriced`, `uncompared` those without known usage, cost and
    cost on the reference. `prompt`, `predicted`, `observed` sum over those of which both a prediction and the usage are known. `place` is
    where in a receipt the endpoint's verdict was the last time.
    """

    wire: str
    endpoint: str
    client: str
    status: str
    times: Times
    requests: int = 0
    clean: int = 0
    fresh: int = 0
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    output: int = 0
    reasoning: int = 0
    spent: int = 0
    reference: int = 0
    saved: int = 0
    overspent: int = 0
    unmeasured: int = 0
    unpriced: int = 0
    uncompared: int = 0
    prompt: int = 0
    predicted: int = 0
    observed: int = 0
    place: int = 0


class Sums(Struct, frozen=True):
    """A family of sums over cells: its labels but the last come from the cell; `kinds` says which field each value of the last one is.

    Where there is but one kind, without a name, the family has no such label.
    """

    family: Family
    kinds: Mapping[str, str]
    per: int = 1


def _sums(name: str, says: str, labels: tuple[str, ...], kinds: Mapping[str, str], per: int = 1) -> Sums:
    return Sums(Family(name, "counter", says, labels), MappingProxyType(dict(kinds)), per)


SOLD: Final = ("endpoint", "client")
SUMS: Final = (
    _sums("tierwise_requests_total", "Requests answered", ("wire", "endpoint", "client", "status"), {"": "requests"}),
    _sums(
        "tierwise_tokens_total",
        "Tokens used, each counted once",
        (*SOLD, "kind"),
        {one: one for one in ("fresh", "read", "write_5m", "write_1h", "output")},
    ),
    _sums("tierwise_reasoning_tokens_total", "Tokens of reasoning, which are part of the output", SOLD, {"": "reasoning"}),
    _sums(
        "tierwise_dollars_total",
        "Dollars spent, and what the reference model would have cost",
        (*SOLD, "what"),
        {"spent": "spent", "reference": "reference"},
        PER_DOLLAR,
    ),
    _sums("tierwise_saved_dollars_total", "Dollars that requests cost less than on the reference model", SOLD, {"": "saved"}, PER_DOLLAR),
    _sums(
        "tierwise_overspent_dollars_total",
        "Dollars that requests cost more than there",
        SOLD,
        {"": "overspent"},
        PER_DOLLAR,
    ),
    _sums(
        "tierwise_unknown_total",
        "Requests of which something is not known; they are in no sum of it",
        ("what",),
        {"usage": "unmeasured", "spent": "unpriced", "reference": "uncompared"},
    ),
    _sums("tierwise_predicted_cache_tokens_total", "Tokens expected to be read from the cache", ("endpoint",), {"": "predicted"}),
    _sums("tierwise_observed_cache_tokens_total", "Tokens of the same requests that were", ("endpoint",), {"": "observed"}),
    _sums("tierwise_predicted_prompt_tokens_total", "All prompt tokens of the same requests", ("endpoint",), {"": "prompt"}),
)
"""What is summed up in cells."""

ATTEMPTS: Final = Family("tierwise_attempts_total", "counter", "Attempts at endpoints", ("endpoint", "outcome"))
FAULTED: Final = Family("tierwise_faults_total", "counter", "Requests that ended with a fault", ("kind", "committed"))
ABSORBED: Final = Family("tierwise_absorbed_faults_total", "counter", "Failed attempts of requests that were still served", ("kind",))
REFUSED: Final = Family("tierwise_refusals_total", "counter", "Requests that were turned away before any provider was asked", ("kind",))
DECIDED: Final = Family("tierwise_overhead_seconds", "histogram", "The gateway's own work before the first attempt")
FIRST_BYTE: Final = Family("tierwise_first_byte_seconds", "histogram", "From the request to the head of the answer", ("endpoint",))
FIRST_CONTENT: Final = Family("tierwise_first_content_seconds", "histogram", "From the request to the first content", ("endpoint",))
TOTAL: Final = Family("tierwise_request_seconds", "histogram", "From the request to the end of the answer", ("endpoint",))
BUILD: Final = Family("tierwise_build_info", "gauge", "Always 1; the version that runs is in the label", ("version",))


class Metrics(Struct):
    """All there is to count, and what is looked at beside it when the page is read."""

    overhead: Spread
    cells: dict[Key, Cell] = {}
    times: dict[str, Times] = {}
    attempts: dict[Values, int] = {}
    faults: dict[Values, int] = {}
    absorbed: dict[Values, int] = {}
    refusals: dict[Values, int] = {}
    readings: list[Reading] = []

    def watch(self, readings: Iterable[Reading]) -> None:
        """Show these too from now on."""
        self.readings.extend(readings)

    def count(self, entry: Entry) -> None:
        """Count a request that is over."""
        asker, attempts, latency, usage = entry.asker, entry.attempts, entry.latency, entry.usage
        served = attempts[-1].endpoint if attempts else ""
        cell = self.cells.get((asker.wire, served, asker.client, entry.status)) or self._cell(entry, served)
        cell.requests += 1
        if len(attempts) == 1 and attempts[0].fault is None:
            cell.clean += 1
        else:
            self._tried(entry)
        if entry.fault is not None:
            self._failed(entry.fault, bool(attempts), entry.committed)
        if usage is None:
            cell.unmeasured += 1
        else:
            cell.fresh += usage.fresh
            cell.read += usage.read
            cell.write_5m += usage.write_5m
            cell.write_1h += usage.write_1h
            cell.output += usage.output
            cell.reasoning += usage.reasoning
            predicted = None if entry.decision is None else _predicted(cell, entry.decision, served)
            if predicted is not None:
                cell.prompt += usage.prompt
                cell.predicted += predicted
                cell.observed += usage.read
        _priced(cell, entry)
        self.overhead.add(latency.decide / MS)
        times = cell.times
        times.total.add(latency.total / MS)
        if latency.first_byte is not None:
            times.first_byte.add(latency.first_byte / MS)
        if latency.first_content is not None:
            times.first_content.add(latency.first_content / MS)

    def refuse(self, fault: Fault) -> None:
        """Count a request that was turned away and has no record."""
        _more(self.refusals, (fault.kind,))

    def _cell(self, entry: Entry, served: str) -> Cell:
        """The cell of a request, a new one unless there are many."""
        key, status = (entry.asker.wire, served, entry.asker.client, entry.status), str(entry.status)
        if len(self.cells) >= MANY:
            key, status = (OTHER, OTHER, OTHER, 0), OTHER
        if key not in self.cells:
            wire, endpoint, client, _ = key
            if endpoint not in self.times:
                self.times[endpoint] = Times(spread(SECONDS), spread(SECONDS), spread(SECONDS))
            self.cells[key] = Cell(wire, endpoint, client, status, self.times[endpoint])
        return self.cells[key]

    def _tried(self, entry: Entry) -> None:
        """Count attempts one by one: none, several, or one that failed."""
        for one in entry.attempts:
            _more(self.attempts, (one.endpoint, _outcome(one)))
            if one.fault is not None and entry.fault is None:
                _more(self.absorbed, (one.fault.kind,))

    def _failed(self, fault: Fault, tried: bool, committed: bool) -> None:  # noqa: FBT001  # columns of the series
        _more(self.faults, (fault.kind, str(committed).lower()))
        if not tried and FAULTS[fault.kind].then == TELL:
            _more(self.refusals, (fault.kind,))

    def text(self) -> str:
        """Everything in Prometheus' text form."""
        return page(self._lines())

    def _lines(self) -> Iterator[str]:
        cells = self.cells.values()
        for one in SUMS:
            yield from numbers(one.family, summed(one, cells).items())
        yield from numbers(ATTEMPTS, self._attempts().items())
        for family, counted in ((FAULTED, self.faults), (ABSORBED, self.absorbed), (REFUSED, self.refusals)):
            yield from numbers(family, counted.items())
        yield from spreads(DECIDED, [((), self.overhead)])
        for family, name in ((FIRST_BYTE, "first_byte"), (FIRST_CONTENT, "first_content"), (TOTAL, "total")):
            yield from spreads(family, [((endpoint,), getattr(times, name)) for endpoint, times in self.times.items()])
        yield from numbers(BUILD, [((__version__,), 1)])
        for family, readings in _by_family(self.readings).items():
            yield from numbers(family, [point for one in readings for point in one.read()])

    def _attempts(self) -> dict[Values, int]:
        """Attempts by endpoint and outcome: those that were counted one by one, and those of requests served at once."""
        found = dict(self.attempts)
        for cell in self.cells.values():
            if cell.clean:
                found[cell.endpoint, OK] = found.get((cell.endpoint, OK), 0) + cell.clean
        return found


def summed(sums: Sums, cells: Iterable[Cell]) -> dict[Values, float]:
    """A family's sums over cells, by the values of its labels; without those that are nothing."""
    found: dict[Values, int] = {}
    for cell in cells:
        for kind, field in sums.kinds.items():
            amount: int = getattr(cell, field)
            if amount:
                own = sums.family.labels[:-1] if kind else sums.family.labels
                values = (*(getattr(cell, name) for name in own), *((kind,) if kind else ()))
                found[values] = found.get(values, 0) + amount
    return {values: amount / sums.per if sums.per > 1 else amount for values, amount in found.items()}


def _predicted(cell: Cell, decision: Decision, served: str) -> int | None:
    """How many tokens the receipt expects to be read from the cache; None where it has no price for the endpoint.

    Receipts over the same catalog have their verdicts in the same order, so it is looked for where it was the last time.
    """
    verdicts, place = decision.receipt.verdicts, cell.place
    if place >= len(verdicts) or verdicts[place].endpoint != served:
        place = cell.place = next((at for at, one in enumerate(verdicts) if one.endpoint == served), 0)
    verdict = verdicts[place] if verdicts else None
    if type(verdict) is Priced and verdict.endpoint == served and type(verdict.cost) is Cost:
        return verdict.cost.cached
    return None


def _priced(cell: Cell, entry: Entry) -> None:
    """Add up what is known of the money."""
    cost, baseline = entry.cost, entry.baseline
    if type(cost) is int:
        cell.spent += cost
        if type(baseline) is int:
            saving = baseline - cost
            if saving > 0:
                cell.saved += saving
            else:
                cell.overspent -= saving
    else:
        cell.unpriced += 1
    if type(baseline) is int:
        cell.reference += baseline
    else:
        cell.uncompared += 1


def _by_family(readings: Iterable[Reading]) -> dict[Family, list[Reading]]:
    """Readings of one family together, since a page may announce it only once."""
    found: dict[Family, list[Reading]] = {}
    for one in readings:
        found.setdefault(one.family, []).append(one)
    return found


def _outcome(attempt: Attempt) -> str:
    return OK if attempt.fault is None else attempt.fault.kind


def _more(counted: dict[Values, int], values: Values) -> None:
    """Count one more, under 'other' where there are many."""
    if values not in counted and len(counted) >= MANY:
        values = (OTHER,) * len(values)
    counted[values] = counted.get(values, 0) + 1


FAMILIES: Final = (
    *(one.family for one in SUMS),
    ATTEMPTS,
    FAULTED,
    ABSORBED,
    REFUSED,
    DECIDED,
    FIRST_BYTE,
    FIRST_CONTENT,
    TOTAL,
    BUILD,
)
"""Everything that is counted here; gateway/gauges.py has the rest."""


def opened() -> Metrics:
    """Nothing counted yet."""
    return Metrics(spread(OVERHEAD))
