"""The report of a backtest, as values: what was spent, what would have been, at what expected quality, and how sure that is.

Next to the policy always stand the simplest routers at the same spend (a random mix of two models, the two for which that is expected to do
best; prompt length alone between the same two), the best single model for that money, and the best in hindsight. A saving that does
not beat those is not one.
"""

from collections.abc import Mapping

from msgspec import Struct

from tierwise.core.catalog import Catalog
from tierwise.core.decision import Policy
from tierwise.lab import rows
from tierwise.lab.plural import count
from tierwise.lab.rows import Row
from tierwise.lab.sessions import Problem, Reading
from tierwise.lab.tally import ACTUAL, POLICY, Counts, Share, Tally, Telling

CANNOT = (
    "What was on sale that day: a candidate counts for the whole log at its prices, also for days before it was released.",
    "How well the work would have gone after a switch: a log shows one course of events. Quality is estimated from benchmarks.",
    "How many turns another model would have taken: the measured effort of each model on benchmarks stands for it.",
    "Outputs are the logged ones, counted in each model's own tokenizer.",
    "Windows: a model alone is charged as if every logged prompt fitted it. A call that fits none is charged as the reference would.",
)
NOTES = (
    "The policy decides by rules and tables on this machine: no classifier, probe or judge is called, so nothing is subtracted for them.",
    "A row is compared with the reference only over calls for which both prices are known; what is unknown is in no sum.",
    "The random mix and prompt length divide the log between the best pair of models at the policy's spend, picked afterwards.",
    "The intervals of the random mix and of prompt length are those of the two models' spend in the same proportion.",
)


class TaskRow(Struct, frozen=True):
    """A kind of work: calls, items, and pico-dollars at the reference and with the policy; tiers by share of the policy's calls."""

    kind: str
    calls: int
    items: int
    reference: int
    policy: int
    tiers: dict[str, float]


class Day(Struct, frozen=True):
    """Pico-dollars of one day and model, as it was ('actual') or with the policy."""

    day: int
    who: str
    model: str
    dollars: int


class Report(Struct, frozen=True):
    """Everything a backtest found. `overhead` are pico-dollars for deciding itself (classifiers, probes, judges), part of no row."""

    title: str
    partial: bool
    reference: str
    policy: Policy
    candidates: tuple[str, ...]
    versions: dict[str, str]
    files: int
    skipped: int
    repeats: int
    problems: tuple[Problem, ...]
    counts: Counts
    first_day: int
    last_day: int
    rows: tuple[Row, ...]
    alone: tuple[Row, ...]
    tasks: tuple[TaskRow, ...]
    ran: dict[str, int]
    days: tuple[Day, ...]
    telling: tuple[Telling, ...]
    cannot: tuple[str, ...] = CANNOT
    notes: tuple[str, ...] = NOTES
    overhead: int = 0


def report(tally: Tally, reading: Reading, catalog: Catalog, policy: Policy, *, partial: bool) -> Report:
    """The report of a tally; at least one call must have been replayed."""
    bench = rows.bench(tally, catalog)
    alone, chosen = rows.alone(bench), rows.policy(bench)
    reference = next(row for row in alone if row.name == tally.reference)
    days = sorted(tally.days)
    return Report(
        title=f"{count(tally.counts.calls, 'call')} in {count(tally.counts.sessions, 'session')}",
        partial=partial,
        reference=tally.reference,
        policy=policy,
        candidates=tally.endpoints,
        versions=catalog.versions,
        files=reading.files,
        skipped=reading.skipped,
        repeats=reading.repeats,
        problems=tuple(reading.first),
        counts=tally.counts,
        first_day=days[0][0],
        last_day=days[-1][0],
        rows=(
            rows.actual(bench),
            rows.referred(reference),
            chosen,
            *rows.rivals(bench, alone, chosen),
            *rows.hindsight(bench),
        ),
        alone=alone,
        tasks=tuple(_task(bench, kind) for kind in sorted({kind for kind, _ in tally.work})),
        ran=_models(rows.shares(tally, ACTUAL)),
        days=tuple(Day(day, who, model, tally.days[day, who, model]) for day, who, model in days),
        telling=tuple(tally.telling),
    )


def _task(bench: rows.Bench, kind: str) -> TaskRow:
    work = [share for (task, _), share in bench.tally.work.items() if task == kind]
    served = {part: share for part, share in rows.shares(bench.tally, POLICY).items() if part[1] == kind}
    calls, items, reference = (sum(getattr(share, name) for share in work) for name in ("calls", "items", "dollars"))
    return TaskRow(kind, calls, items, reference, sum(share.dollars for share in served.values()), rows.by_tier(bench.tiers, served))


def _models(ran: Mapping[tuple[str, str, int], Share]) -> dict[str, int]:
    """Calls by model that really ran."""
    found: dict[str, int] = {}
    for (name, _, _), share in ran.items():
        found[name] = found.get(name, 0) + share.calls
    return found
