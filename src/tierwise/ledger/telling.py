"""What was told of models, and what their work cost, summed in the database: what learning reads.

Theory of operation. An outcome is told of a request, or of a session. It is of the model and the kind of work that it names; where it names
none, the request says who served it and what kind of work it was, and a session is shared out among those that served it. That is looked
up when it is asked for, since an outcome may reach the store before its request does. A client's background calls take no part: who only
wrote a summary did none of the work.

It is summed in three steps, each of which holds somebody to a bound. What one key tells of one request counts once at most, as its mean
where several things were told, and so does what traffic shows of one work item: tests that fail on the way are not a failure each. A
session counts a few times at most. What is left is summed by day. However much is told, what comes out has a row for each model, kind
of work, source, key and day.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from tierwise.core.entry import OUTCOMES, Outcome
from tierwise.core.told import Paid, Told
from tierwise.ledger.queries import DAY, Asked
from tierwise.ledger.rows import fitted, instant, packed_outcome, short

COLUMNS: Final = ("id", "at", "entry", "session", "kind", "outcome", "key", "model", "task", "source", "weight", "good")
"""The columns of an outcome, in the order in which `values` gives them."""

TELL: Final = (
    f"INSERT INTO @outcomes ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "  # noqa: S608  # all of it is ours
    "ON CONFLICT (id) DO NOTHING RETURNING id"
)
"""Adds an outcome, unless it is there."""

_ONCE: Final = """
SELECT key, source, entry, session, model, task, at, told,
    CASE WHEN n > 1 THEN 1.0 ELSE n END AS n, CASE WHEN n > 1 THEN good / n ELSE good END AS good
FROM (
    SELECT o.key, o.source, max(o.entry) AS entry, o.session, o.model, o.task, max(o.at) AS at, count(*) AS told,
        sum(o.weight) AS n, sum(o.weight * o.good) AS good
    FROM @outcomes o LEFT JOIN @entries e ON e.id = o.entry AND o.source = 'traffic'
    WHERE o.at >= ? AND o.at < ? AND o.weight > 0
    GROUP BY o.key, o.source, CASE WHEN e.item <> '' THEN e.item ELSE o.entry END, o.session, o.model, o.task
) s
"""
"""Everything that one key tells of one request or session, or that traffic shows of one work item, as one outcome."""

_OF_REQUESTS: Final = """
SELECT t.key, t.source, t.at, t.told, t.n, t.good,
    CASE WHEN t.model <> '' THEN t.model ELSE e.model END AS model,
    CASE WHEN t.task <> '' THEN t.task ELSE e.task END AS task,
    CASE WHEN t.session <> '' THEN t.session ELSE coalesce(e.session, '') END AS session
FROM once t LEFT JOIN @entries e ON e.id = t.entry
WHERE t.model <> '' OR t.entry <> '' AND e.turn <> 'side'
"""

_OF_SESSIONS: Final = """
SELECT t.key, t.source, t.at, t.told, t.n * w.share, t.good * w.share, w.model, w.task, t.session
FROM once t JOIN (
    SELECT e.key, e.session, e.model, e.task, count(*) * 1.0 / sum(count(*)) OVER (PARTITION BY e.key, e.session) AS share
    FROM @entries e
    WHERE e.at >= ? AND e.turn <> 'side' AND e.model <> '' AND e.session <> ''
        AND e.session IN (SELECT session FROM once WHERE entry = '' AND model = '')
    GROUP BY e.key, e.session, e.model, e.task
) w ON w.key = t.key AND w.session = t.session
WHERE t.entry = '' AND t.model = ''
"""

_BY_SESSION: Final = """
SELECT model, task, source, key, session, max(at) AS at, sum(told) AS told, sum(n) AS n, sum(good) AS good
FROM meant WHERE model <> '' AND task <> '' GROUP BY model, task, source, key, session
"""

_BY_DAY: Final = f"""
SELECT model, task, source, key, at / {DAY} AS day,
    sum(CASE WHEN session <> '' AND n > ? THEN ? ELSE n END),
    sum(CASE WHEN session <> '' AND n > ? THEN good / n * ? ELSE good END), sum(told)
FROM held GROUP BY model, task, source, key, at / {DAY} ORDER BY 1, 2, 3, 4, 5
"""  # noqa: S608  # all of it is ours

_PAID: Final = """
SELECT model, task, count(*), avg(cost), sum(cost * cost)
FROM (
    SELECT max(e.model) AS model, sum(e.cost * 1.0) AS cost,
        coalesce(max(CASE WHEN e.id = e.item THEN nullif(e.task, '') END), max(e.task)) AS task
    FROM @entries e WHERE e.at >= ? AND e.item <> '' AND e.turn <> 'side' GROUP BY e.key, e.item
    HAVING count(DISTINCT nullif(e.model, '')) = 1 AND count(*) = count(e.cost) AND max(e.at) < ?
) w
WHERE task <> '' GROUP BY model, task ORDER BY model, task
"""


def values(one: Outcome) -> tuple[Any, ...]:
    """An outcome's columns. One whose weight or kind means nothing counts for nothing."""
    good = one.score if one.score is not None else OUTCOMES.get(one.kind)
    counts = good is not None and math.isfinite(good) and math.isfinite(one.weight)
    return (
        short(one.id),
        instant(one.at),
        short(one.entry),
        short(one.session),
        short(one.kind),
        packed_outcome(one),
        short(one.key),
        short(one.model),
        short(one.task),
        short(one.source),
        min(max(one.weight, 0.0), 1.0) if counts else 0.0,
        min(max(float(good or 0), 0.0), 1.0) if counts else 0.0,
    )


def told(span: tuple[int, int], session: float) -> Asked:
    """What was told from a time until another, summed; a session counts for `session` at most."""
    parts = {"once": _ONCE, "meant": f"{_OF_REQUESTS} UNION ALL {_OF_SESSIONS}", "held": _BY_SESSION}
    named = ", ".join(f"{name} AS ({sql})" for name, sql in parts.items())
    return Asked(f"WITH {named} {_BY_DAY}", (*map(fitted, span), fitted(span[0]), *(float(session),) * 4))


def told_of(rows: Sequence[Sequence[Any]]) -> list[Told]:
    """What `told` found."""
    return [
        Told(model, task, source, key, int(day), float(n), float(good), int(count))
        for model, task, source, key, day, n, good, count in rows
    ]


def paid(since: int, until: int) -> Asked:
    """What work items cost that lie between two times, their latest request too."""
    return Asked(_PAID, (fitted(since), fitted(until)))


def paid_of(rows: Sequence[Sequence[Any]]) -> list[Paid]:
    """What `paid` found."""
    return [
        Paid(model, task, int(n), round(mean), _deviation(int(n), float(mean), float(squares))) for model, task, n, mean, squares in rows
    ]


def _deviation(n: int, mean: float, squares: float) -> int | None:
    """The standard deviation of one, None where there is one only."""
    return round(math.sqrt(max(squares - n * mean * mean, 0.0) / (n - 1))) if n > 1 else None
