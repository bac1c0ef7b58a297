"""Questions as SQL: which entries, their sums, and where a session changed models. What the dialects say differently is in a `Dialect`."""

import difflib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.usage import Usage
from tierwise.ledger import Group, Query, StoreWrong
from tierwise.ledger.rows import COLUMNS, FLAGS, FLAT, USAGE, fitted, short

DAY: Final = 86_400_000
HOUR: Final = 3_600_000
END: Final = "\U0010ffff"
"""The last character there is: texts that begin in some way lie before that beginning and this."""

TEXTS: Final = frozenset(
    "id key team project session client wire turn task policy asked endpoint model fault prices".split()
    + "cost_because baseline_because because item explored".split()
)
NUMBERS: Final = frozenset("status difficulty attempts faults hedges".split())
SWITCHES: Final = frozenset(FLAT[place] for place in FLAGS)
SPANS: Final = MappingProxyType({"day": (DAY, "%Y-%m-%d"), "hour": (HOUR, "%Y-%m-%dT%H:00Z")})
TRUTHS: Final = MappingProxyType({"true": 1, "1": 1, "yes": 1, "false": 0, "0": 0, "no": 0})
GROUPS: Final = (*sorted(TEXTS | NUMBERS | SWITCHES), *SPANS, "tag", "")


class Dialect(Struct, frozen=True):
    """What one database says differently.

    `each_tag` joins an entry's tags as
    `t.value`, `tagged` asks for one of them. `summed` gives a sum in two columns, of units of UNIT and of ones, which cannot overflow.
    `same` joins a table of packed bytes (named `p`) with its entries; `number` is a column that tells entries apart.
    """

    name: str
    each_tag: str
    tagged: str
    summed: Callable[[str], str]
    same: str
    number: str


UNIT: Final = 10**9


class Asked(Struct, frozen=True):
    """A statement and its values; a value's place is a question mark."""

    sql: str
    values: tuple[Any, ...] = ()


def condition(query: Query, dialect: Dialect) -> Asked:
    """Which entries (named `e`), as what follows WHERE."""
    parts = [Asked("e.at >= ? AND e.at < ?", (fitted(query.since), fitted(query.until)))]
    parts += [_equal(name, value) for name, value in query.fields.items()]
    if query.tag:
        parts.append(Asked(dialect.tagged, (short(query.tag),)))
    if query.faulty is not None:
        parts.append(Asked("e.fault <> ''" if query.faulty else "e.fault = ''"))
    if query.text:
        begins = query.text.replace("\0", "\N{REPLACEMENT CHARACTER}")
        parts.append(Asked("(e.id >= ? AND e.id < ? OR e.session >= ? AND e.session < ?)", (begins, begins + END) * 2))
    return Asked(" AND ".join(one.sql for one in parts), tuple(value for one in parts for value in one.values))


def _equal(name: str, value: str) -> Asked:
    """An entry's column is a value."""
    if name in TEXTS:
        return Asked(f"e.{name} = ?", (short(value),))
    if name in NUMBERS and value.lstrip("-").isdecimal():
        return Asked(f"e.{name} = ?", (fitted(int(value)),))
    if name in SWITCHES and value.lower() in TRUTHS:
        return Asked(f"e.{name} = ?", (TRUTHS[value.lower()],))
    if name in NUMBERS | SWITCHES:
        raise StoreWrong(f"{name}={value!r}: {'a whole number' if name in NUMBERS else 'true or false'} is wanted")
    raise StoreWrong(f"entries have no {name!r} to ask for{_nearest(name, tuple(TEXTS | NUMBERS | SWITCHES))}")


def _nearest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, 1, 0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(sorted(one for one in known if one))}"


def listed(query: Query, dialect: Dialect) -> Asked:
    """The rows of a query, newest first."""
    before = query.before or (query.until, "")
    found = condition(replace(query, until=min(query.until, before[0] + 1)), dialect)
    sql = f"SELECT {_columns()} FROM @entries e WHERE {found.sql} AND (e.at, e.id) < (?, ?) ORDER BY e.at DESC, e.id DESC LIMIT ?"  # noqa: S608  # all of it is ours
    return Asked(sql, (*found.values, fitted(before[0]), before[1], max(0, fitted(query.limit))))


def following(query: Query, dialect: Dialect, after: tuple[int, str], count: int) -> Asked:
    """So many rows of a query, oldest first, after one of them."""
    found = condition(replace(query, since=max(query.since, after[0])), dialect)
    sql = f"SELECT {_columns()} FROM @entries e WHERE {found.sql} AND (e.at, e.id) > (?, ?) ORDER BY e.at, e.id LIMIT ?"  # noqa: S608  # all of it is ours
    return Asked(sql, (*found.values, *after, count))


def _columns() -> str:
    return ", ".join(f"e.{name}" for name in COLUMNS)


COMPARED: Final = "e.cost IS NOT NULL AND (e.baseline IS NOT NULL OR e.committed = 0)"
"""What can be compared with the reference, which is charged nothing for what was never answered."""

COUNTS: Final = MappingProxyType(
    {
        "requests": "count(*)",
        "sessions": "count(DISTINCT nullif(e.session, ''))",
        "faulty": "count(nullif(e.fault, ''))",
        "absorbed": "sum(CASE WHEN e.fault = '' THEN e.faults ELSE 0 END)",
        "hedges": "sum(e.hedges)",
        "priced": "count(e.cost)",
        "measured": "count(e.fresh)",
        "compared": f"count(CASE WHEN {COMPARED} THEN 1 END)",
        "answered": "count(e.first_content_ms)",
        "first": "min(e.at)",
        "last": "max(e.at)",
        "decide_ms": "sum(e.decide_ms)",
        "first_content_ms": "coalesce(sum(e.first_content_ms), 0.0)",
        "total_ms": "sum(e.total_ms)",
    }
)
"""What is counted, or too small to overflow."""

SUMS: Final = MappingProxyType(
    {
        "cost": "e.cost",
        "baseline": f"CASE WHEN {COMPARED} THEN e.baseline END",
        "compared_cost": f"CASE WHEN {COMPARED} THEN e.cost END",
        "predicted": "CASE WHEN e.fresh IS NOT NULL THEN e.predicted END",
        **{name: f"e.{name}" for name in USAGE},
    }
)
"""What is summed, however large."""

WHOSE: Final = MappingProxyType({"key": "max(e.key)", "client": "max(e.client)"})
"""Whose a session is."""


def _named(by: str) -> str:
    """What entries are grouped by."""
    if by in SPANS:
        return f"e.at / {SPANS[by][0]}"
    if by == "tag":
        return "t.value"
    if by and by not in TEXTS | NUMBERS | SWITCHES:
        raise StoreWrong(f"entries are not grouped by {by!r}{_nearest(by, GROUPS)}")
    return f"e.{by}" if by else "''"


def sums(by: str, query: Query, dialect: Dialect) -> Asked:
    """The sums of each group: its name, COUNTS, and two columns for each of SUMS; sessions by their latest entry, as many as the limit."""
    found, name = condition(query, dialect), _named(by)
    whose = WHOSE.values() if by == "session" else ()
    counted = ", ".join((*COUNTS.values(), *map(dialect.summed, SUMS.values()), *whose))
    joined = dialect.each_tag if by == "tag" else ""
    sql = f"SELECT {name}, {counted} FROM @entries e{joined} WHERE {found.sql}"  # noqa: S608  # all of it is ours
    if by != "session":
        return Asked(f"{sql} GROUP BY {name}" if by else sql, found.values)
    picked = _picked(query, dialect)
    ordered = f"{sql} AND {picked.sql} GROUP BY e.session ORDER BY max(e.at) DESC, e.session DESC"
    return Asked(ordered, (*found.values, *picked.values))


def _picked(query: Query, dialect: Dialect) -> Asked:
    """Entries of the sessions with the latest entries, as many as the limit: these are found by an index, and only they are summed."""
    found = condition(query, dialect)
    paged, values = ("", ()) if query.before is None else (" HAVING (max(e.at), e.session) < (?, ?)", query.before)
    sql = (
        f"SELECT e.session FROM @entries e WHERE {found.sql} AND e.session <> '' GROUP BY e.session{paged} "  # noqa: S608  # all of it is ours
        "ORDER BY max(e.at) DESC, e.session DESC LIMIT ?"
    )
    return Asked(f"e.session IN ({sql})", (*found.values, *values, max(0, fitted(query.limit))))


def crossed(by: Sequence[str], query: Query, dialect: Dialect) -> Asked:
    """The sums of each combination of several things, in which nothing is counted that cannot be added up afterwards."""
    found, names = condition(query, dialect), [_named(one) for one in by]
    counts = ("0" if name == "sessions" else sql for name, sql in COUNTS.items())
    counted = ", ".join((*names, *counts, *map(dialect.summed, SUMS.values())))
    places = ", ".join(str(at + 1) for at in range(len(names)))
    joined = dialect.each_tag if "tag" in by else ""
    return Asked(f"SELECT {counted} FROM @entries e{joined} WHERE {found.sql} GROUP BY {places}", found.values)  # noqa: S608  # all of it is ours


PRICE: Final = "CASE WHEN e.output > 0 THEN e.bill_output * 1.0 / e.output END"
"""What a token of the answer cost: the one price that every answer shows."""


def moves(by: str, query: Query, dialect: Dialect) -> Asked:
    """For each group: requests that went to another model than the one before in their session, and to a dearer one."""
    found, name = condition(query, dialect), _named(by)
    joined = dialect.each_tag if by == "tag" else ""
    number = f"e.{dialect.number}"
    picked = _picked(query, dialect) if by == "session" else Asked("e.session <> ''")
    turns = (
        f"SELECT {number} AS number, e.model, {PRICE} AS price, lag(e.model) OVER turns AS was, lag({PRICE}) OVER turns AS was_price "  # noqa: S608  # all of it is ours
        f"FROM @entries e WHERE {picked.sql} AND e.model <> '' AND e.at >= ? AND e.at < ? "
        "WINDOW turns AS (PARTITION BY e.session ORDER BY e.at, e.id)"
    )
    moved = f"({turns}) w JOIN @entries e ON {number} = w.number{joined} WHERE w.model <> w.was AND {found.sql}"
    sql = f"SELECT {name}, count(*), count(CASE WHEN w.price > w.was_price THEN 1 END) FROM {moved}"  # noqa: S608  # all of it is ours
    values = (*picked.values, fitted(query.since), fitted(query.until), *found.values)
    return Asked(f"{sql} GROUP BY {name}" if by else sql, values)


def groups(by: str, rows: Sequence[Sequence[Any]], moved: Sequence[Sequence[Any]]) -> list[Group]:
    """Groups of what `sums` and `moves` found: those that cost most first, times in order, sessions as they come."""
    moving = {one[0]: one[1:] for one in moved}
    found = [_group(by, one, moving.get(one[0], (0, 0))) for one in rows if one[1]]
    if by == "session":
        return found
    return sorted(found, key=lambda one: (0, one.name) if by in SPANS else (-one.cost, one.name))


def crossings(by: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[tuple[tuple[str, ...], Group]]:
    """Combinations and their sums, of what `crossed` found."""
    count = len(by)
    return [(tuple(map(_shown, by, one)), _group("", ("", *one[count:]), (0, 0))) for one in rows if one[count]]


def _group(by: str, columns: Sequence[Any], moved: Sequence[int]) -> Group:
    counted = dict(zip(COUNTS, columns[1:], strict=False))
    ends = 1 + len(COUNTS) + 2 * len(SUMS)
    pairs = iter(columns[1 + len(COUNTS) : ends])
    summed = {name: int(high or 0) * UNIT + int(low or 0) for name, high, low in zip(SUMS, pairs, pairs, strict=True)}
    requests = int(counted["requests"])
    more: dict[str, Any] = {
        **dict(zip(WHOSE, columns[ends:], strict=False)),
        **{name: int(counted[name]) for name in ("sessions", "faulty", "absorbed", "hedges", "answered", "first", "last")},
        **{name: summed[name] for name in ("cost", "baseline", "compared_cost", "predicted")},
        **{name: float(counted[name]) for name in ("decide_ms", "first_content_ms", "total_ms")},
    }
    return Group(
        name=_shown(by, columns[0]),
        requests=requests,
        unpriced=requests - counted["priced"],
        unmeasured=requests - counted["measured"],
        uncompared=requests - counted["compared"],
        usage=Usage(*(summed[name] for name in USAGE)),
        switches=moved[0],
        up=moved[1],
        **more,
    )


def _shown(by: str, value: Any) -> str:
    """A group's name."""
    if by in SPANS:
        span, form = SPANS[by]
        return datetime.fromtimestamp(int(value) * span / 1000, UTC).strftime(form)
    return {0: "false", 1: "true"}[value] if by in SWITCHES else str(value)
