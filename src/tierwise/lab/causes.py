"""Why the ledger and an export differ in a cell: rules, each of which says its cause or nothing. They see the neighbouring days too."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from tierwise.core.money import PER_DOLLAR, shown
from tierwise.lab.plural import count
from tierwise.lab.reconciling import ALL, CENT, HALF, Difference, Place, Price, Side

NEAR: Final = 0.02
"""How near two amounts have to be to be taken for the same, as a share."""

MILLION: Final = 10**6
BATCH: Final = 0.5
"""What a batch is charged, of the usual price."""

KIND: Final[Mapping[str, str]] = {
    "prompt": "input tokens",
    "fresh": "uncached input tokens",
    "read": "cached tokens",
    "write": "cache writes",
    "write_5m": "five-minute cache writes",
    "write_1h": "one-hour cache writes",
    "uncached": "uncached input tokens",
    "output": "output tokens",
}


class Case(NamedTuple):
    """A difference, those of the same model on other days by day, what tokens cost here, and the names that are known here."""

    one: Difference
    others: Mapping[Place, Difference]
    price: Price
    close: Callable[[str], str]

    @property
    def ours(self) -> Side:
        """The ledger's side."""
        return self.one.cell.ours or Side(0, {}, 0)

    @property
    def theirs(self) -> Side:
        """The export's side."""
        return self.one.cell.theirs or Side(0, {}, 0)


def explained(differences: Sequence[Difference], price: Price, close: Callable[[str], str]) -> Iterator[Difference]:
    """Differences with their likely causes, the likeliest first; `close` gives the nearest known name of a model, '' for none."""
    others = {(one.cell.day, one.cell.model): one for one in differences}
    for one in differences:
        case = Case(one, others, price, close)
        said = [cause for rule in RULES for cause in rule(case)]
        yield Difference(one.cell, one.gap, tuple(said) or ("no cause can be told from what both sides say",))


def _charge(case: Case) -> Iterator[str]:
    cell = case.one.cell
    if cell.what:
        yield f"charged for {cell.what}, which is not for a model's tokens and is not in the ledger"


def _unmatched(case: Case) -> Iterator[str]:
    cell = case.one.cell
    if cell.known:
        return
    same = next((one.cell.model for one in case.others.values() if _is_it(case.one, one)), "")
    close = same or case.close(cell.model)
    meant = (
        f"; the ledger has just as many of {same}: is it that? say so under aliases" if same else f"; is it {close}? say so under aliases"
    )
    yield f"no model is known by the name {cell.model!r}" + (meant if close else "")


def _is_it(one: Difference, other: Difference) -> bool:
    """Whether another cell of the day is all that a name stands for, which the export has under no other name."""
    alone = other.cell.theirs is None and other.cell.day == one.cell.day
    return alone and _size(one) != 0 and (_size(one) == -_size(other) or (not one.gap.tokens and _same(one.gap.cost, -other.gap.cost)))


def _shifted(case: Case) -> Iterator[str]:
    """Requests that are a day earlier or later on the other side."""
    cell, mine = case.one.cell, case.one
    for step, way in ((-1, "a day earlier"), (1, "a day later")):
        other = case.others.get((cell.day + step, cell.model))
        if other is not None and _cancels(mine, other):
            side = "here" if _size(mine) > 0 else "in the export"
            yield f"the same amount is {way} {side}: days may be cut in another time zone than UTC"
            return


def _size(one: Difference) -> int:
    """The tokens that differ in all, each counted once; the pico-dollars where only those are told."""
    side = one.cell.theirs or one.cell.ours
    told = side.tokens or {} if side is not None else {}
    kinds = ("prompt", "output") if "prompt" in told else ("fresh", "read", "write_5m", "write_1h", "output")
    return sum(one.gap.tokens.get(kind, 0) for kind in kinds) or one.gap.cost


def _cancels(one: Difference, other: Difference) -> bool:
    """Whether what one day has too much the other has too little, tokens and money alike."""
    sizes = _size(one), _size(other)
    money = one.gap.cost, other.gap.cost
    return sizes[0] * sizes[1] < 0 and _same(sizes[0], -sizes[1]) and (_same(money[0], -money[1]) or abs(sum(money)) < CENT)


def _same(one: int, other: int) -> bool:
    return abs(one - other) <= NEAR * max(abs(one), abs(other))


LACKING: Final = "not in the export: another account, key or workspace, or it is filtered or older"
SENT: Final = "in the export and not in the ledger: sent past the gateway, or lost"
LATE: Final = "in the ledger and not in the export: another account or key, or not counted there yet"


def _missing(case: Case) -> Iterator[str]:
    """Requests that one side does not have, by their number or, where that is not told, by their tokens."""
    cell, more = case.one.cell, case.one.gap.requests
    if cell.what or not cell.known:
        return
    if cell.theirs is None:
        yield f"{_requests(case.ours.requests)} {LACKING}"
    elif more:
        yield f"{_requests(abs(more))} {SENT if more > 0 else LATE}"
    elif case.one.gap.tokens and not _recounted(case):
        yield _as_many(case) if case.theirs.requests is not None else _by_tokens(case)


def _requests(number: int | None) -> str:
    return "requests" if number is None else count(number, "request")


def _as_many(case: Case) -> str:
    """That the tokens differ of as many requests."""
    apart = [f"{KIND[kind]} {off:+,}" for kind, off in case.one.gap.tokens.items() if kind != "prompt"]
    return f"as many requests, counted otherwise there: {', '.join(apart)}"


def _by_tokens(case: Case) -> str:
    """About how many requests the tokens that differ are, taking them to be as large as those of the ledger."""
    off, whole = _size(case.one), sum((case.ours.tokens or {}).get(kind, 0) for kind in ("prompt", "output"))
    each = whole / case.ours.requests if case.ours.requests else 0
    about = f"about {_requests(max(1, round(abs(off) / each)))}, by their tokens," if each else "requests"
    return f"{about} {SENT if off > 0 else LATE}"


def _failed(case: Case) -> Iterator[str]:
    """What failed here, or has no known usage, may have been charged there; its tokens would be there too."""
    same = case.theirs.tokens is not None and (not case.one.gap.tokens or _recounted(case))
    if same or (_size(case.one) <= 0 and case.one.gap.cost <= 0):
        return
    if case.ours.failed:
        yield f"{count(case.ours.failed, 'attempt')} that failed here may have been charged there"
    if case.ours.unmeasured:
        yield f"{count(case.ours.unmeasured, 'request')} here {_have(case.ours.unmeasured)} unknown usage, which counts for nothing"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _recounted(case: Case) -> bool:
    """Whether both sides count the same prompt and answer, and differ in what of it was cached."""
    ours, theirs = case.ours.tokens or {}, case.theirs.tokens or {}
    if not case.one.gap.tokens or ours.get("output") != theirs.get("output"):
        return False
    return _prompt(theirs) == _prompt(ours) and bool(_prompt(ours))


def _prompt(tokens: Mapping[str, int]) -> int | None:
    if "prompt" in tokens:
        return tokens["prompt"]
    parts = [tokens.get(kind) for kind in ("fresh", "read", "write_5m", "write_1h")]
    return None if any(one is None for one in parts) else sum(one or 0 for one in parts)


def _cached(case: Case) -> Iterator[str]:
    """The same tokens, of which another part counts as cached; or cached ones at the price of others."""
    if _recounted(case):
        off = case.one.gap.tokens.get("read", 0)
        way = "more" if off > 0 else "fewer"
        yield (
            f"the same prompt tokens, of which {count(abs(off), 'token')} {way} count as cached there"
            if off
            else ("the same prompt tokens, written to the cache for another lifetime there")
        )


def _remarked(case: Case) -> Iterator[str]:
    for remark in sorted(case.theirs.remarks):
        yield f"some of it is charged at the prices of {remark} requests, which the ledger does not know of"


def _priced(case: Case) -> Iterator[str]:
    """The same tokens at another price."""
    cell, gap = case.one.cell, case.one.gap
    if gap.priced or cell.ours is None or cell.theirs is None or cell.model == ALL or not cell.known or gap.tokens or gap.requests:
        return
    if abs(gap.cost) < HALF and case.theirs.lines > 1:
        return
    terms = list(_by_term(case))
    if terms:
        yield from terms
    elif case.theirs.tokens is not None:
        yield (
            _swapped(case) or f"the same tokens cost {_percent(case)}: another version of the prices than {_versions(case)}, or a discount"
        )


def _percent(case: Case) -> str:
    ours = case.ours.cost or 0
    if not ours:
        return f"{shown(case.one.gap.cost, 4)} more there"
    off = case.one.gap.cost / ours
    return f"{abs(off):.2%} {'more' if off > 0 else 'less'} there"


def _versions(case: Case) -> str:
    return " and ".join(sorted(filter(None, case.ours.prices))) or "the ledger's"


def _by_term(case: Case) -> Iterator[str]:
    """Which kind of token is charged otherwise, with both prices for a million where the tokens are known."""
    for term, cost in case.theirs.terms.items():
        ours = _ours(case, term)
        off = cost - ours
        if abs(off) < HALF:
            continue
        tokens = (case.ours.tokens or {}).get(term, 0)
        both = f" ({_each(cost, tokens)} for a million there, {_each(ours, tokens)} here, by {_versions(case)})" if tokens else ""
        yield f"{KIND[term]} are charged {shown(abs(off))} {'more' if off > 0 else 'less'} there{both}"


def _ours(case: Case, term: str) -> int:
    """The ledger's amount of a term, together where the export does not tell lifetimes or writes apart."""
    written = () if "write" in case.theirs.terms else ("write_5m", "write_1h")
    parts = {"uncached": ("fresh", *written), "write": ("write_5m", "write_1h")}.get(term, (term,))
    return sum(case.ours.terms.get(part, 0) for part in parts)


def _each(cost: int, tokens: int) -> str:
    return f"${cost * MILLION / tokens / PER_DOLLAR:,.4g}"


SWAPS: Final = (
    ("read", "fresh", "cached tokens are charged as input there"),
    ("write_5m", "fresh", "cache writes are charged as input there"),
    ("write_1h", "write_5m", "one-hour cache writes are charged as five-minute ones there"),
    ("write_5m", "write_1h", "five-minute cache writes are charged as one-hour ones there"),
    ("fresh", "read", "uncached tokens are charged as cached ones there"),
)


def _swapped(case: Case) -> str:
    """A mistake that explains the difference to the cent: one kind of token at another's price, or the price of a batch."""
    cell, off, tokens = case.one.cell, case.one.gap.cost, case.ours.tokens or {}
    for kind, other, said in SWAPS:
        one, two = case.price(cell.model, kind, cell.day), case.price(cell.model, other, cell.day)
        if one is not None and two is not None and tokens.get(kind) and abs(tokens[kind] * (two - one) - off) < CENT < abs(off) + HALF:
            return said
    ours = case.ours.cost or 0
    return "half the price: charged as a batch" if ours and abs(ours * (BATCH - 1) - off) < HALF < abs(off) else ""


def _costs_only(case: Case) -> Iterator[str]:
    """Where the export has nothing but a cost, its tokens would tell more."""
    cell, gap = case.one.cell, case.one.gap
    if cell.ours is None or cell.theirs is None or case.theirs.tokens is not None or cell.what or not cell.known or not gap.cost:
        return
    if abs(gap.cost) >= HALF and not list(_priced(case)):
        yield "the export has costs and no tokens: give its usage export as well to tell missing requests from other prices"


def _rounded(case: Case) -> Iterator[str]:
    """Amounts that the export rounds: a cent for each of its lines at most."""
    cost = case.one.gap.cost
    if cost and abs(cost) < HALF and not case.one.gap.tokens and not case.one.gap.requests:
        yield "less than half a cent: rounding"


def _dear(case: Case) -> Iterator[str]:
    """Requests that the ledger has without a price."""
    ours = case.ours
    if not ours.cost and ours.tokens and case.theirs.cost:
        yield "the ledger has no price for this model: give one under prices in tierwise.yaml"


RULES: Final[tuple[Callable[[Case], Iterator[str]], ...]] = (
    _charge,
    _unmatched,
    _shifted,
    _dear,
    _cached,
    _missing,
    _failed,
    _remarked,
    _priced,
    _costs_only,
    _rounded,
)
"""What may be the matter, the most telling first."""
