"""The ledger against a provider's export, per day (UTC) and model: what both say, what differs, and why that is likely.

Theory of operation. Both sides are summed into cells of a day and a model. The ledger's side counts attempts, not requests: what failed or
lost a race was asked at a provider too. A kind of token, a count or a cost is compared where both sides have it. Where the export has
tokens and no cost, what differs is priced as the ledger does. Every cell that differs by a cent, a token or a request is a row of its own;
what is left are fractions of a cent, and where those add up to a cent, they are rows too. Causes (`causes.py`) are tried in order; the
first that explains a cell is named first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from tierwise.core.money import PER_DOLLAR
from tierwise.core.usage import Usage
from tierwise.lab.export import Line

DAY: Final = 86_400_000
CENT: Final = PER_DOLLAR // 100
HALF: Final = CENT // 2
ALL: Final = ""
"""The model of lines that are of all models together."""

Tokens = dict[str, int]

KINDS: Final[Mapping[str, Callable[[Usage], int]]] = {
    "prompt": lambda usage: usage.prompt,
    "fresh": lambda usage: usage.fresh,
    "read": lambda usage: usage.read,
    "write": lambda usage: usage.written,
    "write_5m": lambda usage: usage.write_5m,
    "write_1h": lambda usage: usage.write_1h,
    "uncached": lambda usage: usage.fresh + usage.written,
    "output": lambda usage: usage.output,
}
"""Kinds of tokens that exports tell apart, counted in a usage."""

CHARGED: Final = (("fresh", "read", "write_5m", "write_1h", "output"), ("fresh", "read", "write", "output"), ("uncached", "read", "output"))
"""Kinds that together are all tokens, each once; the finest that an export tells is used."""


class Used(Struct, frozen=True):
    """One attempt as the ledger has it. `cost` is None where unknown; `terms` are its pico-dollars by kind of token, where known."""

    at: int
    model: str
    usage: Usage | None
    cost: int | None
    terms: dict[str, int] = {}
    failed: bool = False
    prices: str = ""


class Side(Struct):
    """What one side says of a cell; None is what it does not say. `unmeasured` and `failed` are attempts here of unknown usage."""

    requests: int | None = None
    tokens: Tokens | None = None
    cost: int | None = None
    terms: dict[str, int] = {}
    lines: int = 0
    unmeasured: int = 0
    failed: int = 0
    prices: set[str] = set()
    remarks: set[str] = set()


class Cell(Struct, frozen=True):
    """A day and a model with both sides; None is a side that has nothing there. `known` says whether the name stands for a model."""

    day: int
    model: str
    ours: Side | None
    theirs: Side | None
    known: bool = True
    what: str = ""


class Gap(Struct, frozen=True):
    """What differs in a cell: theirs less ours, in pico-dollars, requests and tokens by kind. `priced`: the export has no cost itself."""

    cost: int
    requests: int
    tokens: Tokens
    priced: bool = False


class Difference(Struct, frozen=True):
    """A cell that differs, by how much, and the likely causes."""

    cell: Cell
    gap: Gap
    causes: tuple[str, ...] = ()


class Reconciled(Struct, frozen=True):
    """Both sides compared. `rest` is what agreeing cells differ by in all, fractions of a cent each; amounts are pico-dollars."""

    first: int
    last: int
    cells: int
    agreeing: int
    ours: int
    theirs: int | None
    gap: int
    rest: int
    differences: tuple[Difference, ...]


Place = tuple[int, str]

Price = Callable[[str, str, int], int | None]
"""What a token of a kind costs of a model on a day, in pico-dollars; None where nobody knows."""

Named = Callable[[str, int], str | None]
"""The model that an export's name stands for on a day; None for none."""


def cells(used: Iterable[Used], lines: Iterable[Line], named: Named) -> list[Cell]:
    """Both sides by day and model, in order; the ledger's only within the days of the export."""
    theirs: dict[tuple[int, str, bool, str], Side] = {}
    for line in lines:
        model = named(line.model, line.day) if line.model else ALL
        key = (line.day, line.model if model is None else model, model is not None, line.what)
        _told(theirs.setdefault(key, Side()), line)
    ours = _ours(used, {day for day, model, _, what in theirs if model == ALL and not what})
    found = [Cell(day, model, ours.pop((day, model), None), side, known, what) for (day, model, known, what), side in theirs.items()]
    days = {day for day, _, _, _ in theirs}
    first, last = min(days, default=0), max(days, default=-1)
    found += [Cell(day, model, side, None) for (day, model), side in ours.items() if first <= day <= last]
    return sorted(found, key=lambda one: (one.day, one.model, one.what))


def _ours(used: Iterable[Used], together: set[int]) -> dict[Place, Side]:
    """The ledger's side; on days of which the export tells all models together, they are."""
    found: dict[Place, Side] = {}
    for one in used:
        day = one.at // DAY
        _counted(found.setdefault((day, ALL if day in together else one.model), Side(0, {}, 0, {})), one)
    return found


def _counted(side: Side, one: Used) -> None:
    """Add an attempt; one that failed and used nothing as far as is known is no request that anybody charges for."""
    side.prices.add(one.prices)
    if one.usage is None:
        side.failed += one.failed
        side.unmeasured += not one.failed
        side.requests = (side.requests or 0) + (not one.failed)
        return
    side.requests = (side.requests or 0) + 1
    side.tokens = _sums(side.tokens or {}, {kind: count(one.usage) for kind, count in KINDS.items()})
    side.cost = (side.cost or 0) + (one.cost or 0)
    side.terms = _sums(side.terms, one.terms)


def _told(side: Side, line: Line) -> None:
    """Add a line of the export."""
    side.lines += 1
    if line.remark:
        side.remarks.add(line.remark)
    if line.requests is not None:
        side.requests = (side.requests or 0) + line.requests
    if line.tokens:
        side.tokens = _sums(side.tokens or {}, line.tokens)
    if line.cost is not None:
        side.cost = (side.cost or 0) + line.cost
        if line.term:
            side.terms = _sums(side.terms, {line.term: line.cost})


def _sums(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {**one, **{key: one.get(key, 0) + value for key, value in other.items()}}


def gap(cell: Cell, price: Price) -> Gap:
    """What differs in a cell."""
    ours, theirs = cell.ours or Side(0, {}, 0), cell.theirs or _nothing(cell.ours)
    tokens = _apart(ours.tokens or {}, theirs.tokens)
    requests = 0 if theirs.requests is None else theirs.requests - (ours.requests or 0)
    if theirs.cost is not None:
        return Gap(theirs.cost - (ours.cost or 0), requests, tokens)
    return Gap(_priced(cell, tokens, price), requests, tokens, priced=True)


def _nothing(like: Side | None) -> Side:
    """A side that says there is nothing."""
    return Side(0, dict.fromkeys(like.tokens or {}, 0) if like is not None else {}, 0)


def _apart(ours: Tokens, theirs: Tokens | None) -> Tokens:
    """Tokens by kind, theirs less ours, those that differ."""
    return {} if theirs is None else {kind: count - ours.get(kind, 0) for kind, count in theirs.items() if count != ours.get(kind, 0)}


def _priced(cell: Cell, tokens: Tokens, price: Price) -> int:
    """What tokens that differ come to at the ledger's prices; kinds that are not told apart count as what they mostly are."""
    told = (cell.theirs.tokens if cell.theirs is not None else None) or tokens
    kinds = next((one for one in CHARGED if set(one) <= told.keys()), ("prompt", "output"))
    return sum(tokens.get(kind, 0) * (price(cell.model, kind, cell.day) or 0) for kind in kinds)


def reconciled(found: list[Cell], price: Price, why: Callable[[list[Difference]], Iterator[Difference]]) -> Reconciled:
    """All cells compared; `why` gives differences their causes."""
    compared = [Difference(cell, gap(cell, price)) for cell in found]
    apart = [one for one in compared if _matters(one)]
    rest = sum(one.gap.cost for one in compared if not _matters(one))
    if abs(rest) >= HALF:
        apart, rest = [one for one in compared if _matters(one) or one.gap.cost], 0
    told = [cell.theirs.cost for cell in found if cell.theirs is not None and cell.theirs.cost is not None]
    return Reconciled(
        first=min((cell.day for cell in found), default=0),
        last=max((cell.day for cell in found), default=0),
        cells=len(found),
        agreeing=len(found) - len(apart),
        ours=sum(cell.ours.cost or 0 for cell in found if cell.ours is not None),
        theirs=sum(told) if told else None,
        gap=sum(one.gap.cost for one in compared),
        rest=rest,
        differences=tuple(why(apart)),
    )


def _matters(one: Difference) -> bool:
    """Whether a cell differs by anything that can be named: a cent, a token, a request, or a name."""
    return abs(one.gap.cost) >= HALF or bool(one.gap.tokens) or bool(one.gap.requests) or not one.cell.known
