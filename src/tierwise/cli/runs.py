"""Runs of verified cascades for a person: many of them in a table with what a verified result cost, one of them as a story."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct, to_builtins
from rich.table import Table

from tierwise.assembly import lodging
from tierwise.cli import terminal
from tierwise.core.run import RESULTS, STATUSES, TAG, Check, Run, Stage, winner
from tierwise.lab.page.words import money
from tierwise.lab.plural import count
from tierwise.ledger import Group, Query, Row, Store

EVERY: Final = 100_000
"""Runs that a report takes in at most."""
BEFORE: Final = 3_600_000
"""Milliseconds before a run began from which on its requests are looked for."""
NAMED: Final = 12
"""Digits of a commit that are shown."""
LINES: Final = 5
"""Lines of what a check printed that are shown."""
NOT_KNOWN: Final = "unknown"
NOTE: Final = (
    "The reference is charged for attempts that failed too, which it might not have made: no saving of a cascade can be read off here."
)


class Cost(Struct, frozen=True):
    """What requests cost: how many, how much as far as that is known, and of how many it is not."""

    requests: int = 0
    cost: int = 0
    unpriced: int = 0

    def shown(self) -> str:
        """The amount; one that is not all is said to be the least."""
        if self.unpriced and not self.cost:
            return NOT_KNOWN
        return f"at least {money(self.cost)}" if self.unpriced else money(self.cost)


def of_cascade(row: Row) -> bool:
    """Whether a request belongs to a cascade."""
    return any(tag.startswith(TAG) for tag in row.tags)


def within(store: Store, query: Query) -> Sequence[Run]:
    """The runs that began within a query's span, newest first."""
    return store.runs(Query(since=query.since, until=query.until, limit=EVERY))


def costs(groups: Sequence[Group]) -> dict[str, Cost]:
    """What was spent by name."""
    return {one.name: Cost(one.requests, one.cost, one.unpriced) for one in groups}


def by_run(store: Store, query: Query) -> dict[str, Cost]:
    """What runs cost, from their requests, by their ids."""
    tags = costs(store.grouped("tag", Query(since=max(0, query.since - BEFORE))))
    return {tag.removeprefix(TAG): cost for tag, cost in tags.items() if tag.startswith(TAG)}


def by_stage(store: Store, run: Run) -> dict[int, Cost]:
    """What the stages of a run cost, from their requests, by their numbers."""
    keys = costs(store.grouped("key", Query(since=max(0, run.at - BEFORE), tag=lodging.tag(run.id))))
    return {one.number: keys.get(lodging.named(run.id, one.number), Cost()) for one in run.stages}


def headline(runs: Sequence[Run], spent: Mapping[str, Cost]) -> Iterator[str]:
    """How many runs were verified, and what that cost for each."""
    verified = [one for one in runs if one.status == "verified"]
    mine = [spent.get(one.id, Cost()) for one in runs]
    whole = Cost(sum(one.requests for one in mine), sum(one.cost for one in mine), sum(one.unpriced for one in mine))
    yield f"{count(len(runs), 'cascade')}, {len(verified):,} verified, for {whole.shown()} in {count(whole.requests, 'request')}."
    if verified:
        each = Cost(1, whole.cost // len(verified), whole.unpriced)
        yield f"A verified result cost {each.shown()}, what the others cost included."
        first = sum(_first(one) for one in verified)
        yield f"{first:,} of {len(verified):,} were verified at the first stage."


def _first(run: Run) -> bool:
    won = winner(run)
    return won is not None and won.number == 1


COLUMNS: Final = ("cascade", "began", "task", "status", "stages", ">requests", ">spent", ">expected")


def table(runs: Sequence[Run], spent: Mapping[str, Cost]) -> Table:
    """Runs, one a line."""
    return terminal.table(COLUMNS, (_row(one, spent.get(one.id, Cost())) for one in runs), "cascades, the latest first")


def _row(run: Run, cost: Cost) -> tuple[str, ...]:
    stages = ", ".join(f"{one.model} {one.result}" for one in run.stages)
    expected = "-" if run.expected is None else money(run.expected)
    return (run.id, moment(run.at), run.task or "-", run.status, stages or "-", f"{cost.requests:,}", cost.shown(), expected)


def moment(at: int) -> str:
    """A time as people read it."""
    return datetime.fromtimestamp(at / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M")


def told(run: Run, spent: Mapping[int, Cost]) -> dict[str, object]:
    """A run for a program: its record, and what the requests of each stage really cost."""
    return {"run": to_builtins(run), "spent": {str(number): to_builtins(cost) for number, cost in spent.items()}}


def story(run: Run, spent: Mapping[int, Cost]) -> Iterator[str]:
    """A run in words: what was asked, which stages were tried and what their checks said, how it ended and what it cost."""
    ended = f" to {moment(run.ended)}" if run.ended else ""
    yield f"cascade {run.id}, {moment(run.at)}{ended} UTC: {run.status}, {STATUSES[run.status]}"
    yield f"{run.repository} at {run.commit[:NAMED]}{f', task {run.task}' if run.task else ''}"
    yield f"agent: {shlex.join(run.command)}"
    yield from (f"verify: {one}" for one in run.checks)
    for one in run.stages:
        yield from _stage(one, spent.get(one.number, Cost()))
    yield _cost(run, spent)
    yield from (said for said in (_left(run), run.note) if said)


def _stage(stage: Stage, cost: Cost) -> Iterator[str]:
    again = f", attempt {stage.attempt}" if stage.attempt > 1 else ""
    took = f", {(stage.ended - stage.began) / 1000:,.0f} s" if stage.ended else ""
    code = f", exit code {stage.code}" if stage.code is not None else ""
    spent = f"{cost.shown()} in {count(cost.requests, 'request')}"
    yield f"stage {stage.number}: {stage.model}{again}: {stage.result}, {RESULTS[stage.result]}{took}{code}; {spent}"
    if stage.note:
        yield f"  {stage.note}"
    for check in stage.checks:
        yield from _check(check)


def _check(check: Check) -> Iterator[str]:
    code = check.note or f"exit code {check.code}"
    yield f"  {'passed' if check.passed else 'FAILED'}: {check.command} ({code}, {check.seconds:.1f} s)"
    if check.restored:
        yield f"    put back before it ran: {', '.join(check.restored)}"
    if not check.passed:
        yield from (f"    | {line}" for line in check.tail.rstrip().splitlines()[-LINES:])


def _cost(run: Run, spent: Mapping[int, Cost]) -> str:
    whole = Cost(*(sum(getattr(one, name) for one in spent.values()) for name in Cost.__struct_fields__))
    expected = "" if run.expected is None else f", {money(run.expected)} expected"
    budget = "" if run.budget is None else f", of a budget of {money(run.budget)}"
    return f"cost {whole.shown()} in {count(whole.requests, 'request')}{expected}{budget}"


def _left(run: Run) -> str:
    """Where the work is."""
    if run.branch:
        return f"the work is on branch {run.branch}"
    return f"the work is in {run.patch}" if run.patch else ""
