"""What doubt costs and what it saves: how often work is given too little, and how often too much, by the reading and by its caution.

A reading asks too little where the labels ask for more than it does, and too much where they ask for less. Three things are asked for: a
difficulty, a tier (of the kind, and of the kinds in doubt), and, as the usual policy chooses, a model: the cheapest of those that clear
the floor. `curve` holds readings of rows that were kept back against their labels; `saved` replays logs.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from msgspec.structs import replace

from evaluation.measures import Truths
from evaluation.page import Figures
from tierwise import assembly
from tierwise.catalog import build, sheets
from tierwise.core.decision import Conditions, Cost, Priced, Task
from tierwise.core.request import Request
from tierwise.core.tasks import KINDS, TIERS
from tierwise.engine import decide, doubt
from tierwise.engine.learned import Reading, ready
from tierwise.engine.parts import Signal
from tierwise.engine.plan import Plan, plan
from tierwise.engine.signals import task
from tierwise.engine.signals.task import CAUTION, Caution
from tierwise.lab import backtest, report, sessions
from tierwise.lab.logged import Logged
from tierwise.lab.replay import Rig
from tierwise.lab.tariffs import Plans
from training import writing
from training.corpus import Row
from training.fitting import Matrix
from training.folds import Kept

SAMPLE: Final = Path(__file__).parents[1] / "examples" / "sessions.jsonl"
PROMPT: Final = 40_000
"""Tokens of the request that the models' costs are compared on."""

NOTHING: Final = Request("anthropic", "auto", words="x")
DAY: Final = 86_400_000
MOMENT: Final = 1_780_000_000_000
"""When models are priced for the curve."""

Read = Callable[[Reading], Task]
Asked = tuple[bool, bool]
"""Whether too little is asked for, and whether too much."""


class Labels(Struct, frozen=True):
    """The labels of rows as shares, and which rows are judged by whose labels."""

    kinds: Matrix
    hard: Matrix
    published: Truths
    own: Truths


class Way(NamedTuple):
    """A way from shares to a task, and its name."""

    name: str
    read: Read


def _cautious(caution: Caution) -> Read:
    return lambda found: task.judged(found, NOTHING, caution)


def _covering(enough: float) -> Read:
    """The likeliest kind without doubts, and the least difficulty that holds so much of the shares."""
    likeliest = _cautious(Caution(0, 1.1, 1))

    def read(found: Reading) -> Task:
        below = sum(share < enough for share in accumulate(found.difficulties[:-1]))
        return replace(likeliest(found), difficulty=below + 1)

    return read


WAYS: Final = (
    *(Way(f"likeliest kind, least difficulty that covers {enough:.0%}", _covering(enough)) for enough in (0.35, 0.4, 0.5, 0.7)),
    Way("likeliest kind, likeliest difficulty", _cautious(Caution(0, 1.1, 1))),
    *(
        Way(f"unknown below {one.unsure}, kinds at {one.alike}, levels at {one.harder}", _cautious(one))
        for one in (Caution(0.2, 0.8, 0.8), CAUTION, Caution(0.2, 0.65, 0.65), Caution(0.2, 0.5, 0.5), Caution(0.3, 0.5, 0.5))
    ),
)


class Judge(Struct, frozen=True):
    """What the usual policy chooses by: its plan, each model's cost, and the place of the reference."""

    plan: Plan
    costs: npt.NDArray[np.float64]
    reference: int

    def clearing(self, one: Task) -> Truths:
        """Which models clear the floor."""
        return np.array([clears for _, clears in doubt.marked(self.plan.table, one, self.plan.policy.floor)])

    def chosen(self, one: Task) -> int:
        """The cheapest model that clears the floor."""
        clears = self.clearing(one)
        return int(np.where(clears, self.costs, np.inf).argmin()) if clears.any() else self.reference


def judge(built: assembly.House) -> Judge:
    """The usual policy's choices at one moment, for one size of request."""
    policy = assembly.policy(built)
    prepared = plan(_shelf(built).at(MOMENT), policy, built.parts)
    facts = decide.read(prepared, NOTHING)
    facts = replace(facts, size=replace(facts.size, tokens=PROMPT, size=PROMPT))
    verdicts = decide.choose(prepared, facts, Conditions(now=MOMENT)).receipt.verdicts
    costs = [one.cost.work if isinstance(one, Priced) and isinstance(one.cost, Cost) else np.inf for one in verdicts]
    models = [endpoint.model for endpoint in prepared.catalog.endpoints]
    return Judge(prepared, np.array(costs, float), models.index(policy.reference))


def _shelf(built: assembly.House) -> build.Shelf:
    """What there is to choose from, and the reference."""
    return assembly.shelf(built, [*assembly.candidates(built), built.settings.reference])


def ruled(rows: Iterable[Row]) -> list[Task]:
    """What the readable rules say of rows."""
    known = sheets.tables()
    seen = (Request("anthropic", "auto", words=row.text, previous=row.before) for row in rows)
    return [task.SIGNAL.read(one, known, {}) for one in seen]


def curve(labels: Labels, kept: Sequence[Kept], by_rules: Sequence[Task]) -> Figures:
    """How often each way asks too little and too much."""
    one = judge(assembly.opened(None))
    lines = []
    for whose, picked in (("our readings", labels.own), ("published", labels.published)):
        rows: list[int] = np.flatnonzero(picked & (labels.kinds.max(axis=1) == 1) & (labels.hard.max(axis=1) == 1)).tolist()
        true = [Task(KINDS[labels.kinds[row].argmax()], int(labels.hard[row].argmax()) + 1, 1.0, "") for row in rows]
        lines.append((whose, "rules", *_cells(one, true, [[by_rules[row] for row in rows]] * len(kept))))
        for way in WAYS:
            said = [[way.read(_reading(shares, row)) for row in rows] for shares in kept]
            lines.append((whose, way.name, *_cells(one, true, said)))
    heads = (
        "labels",
        "reading",
        *(f"{what}, {how}" for what in ("difficulty", "tier", "model") for how in ("by session", "by repository")),
    )
    return Figures("What doubt costs: asks too little / too much", heads, lines, NOTE)


NOTE: Final = (
    "In percent of the prompts on which both labels are agreed. A model is too little where it does not clear the floor for the kind and "
    "difficulty that were labelled, and too much where a cheaper one would. Where a difficulty has to cover less than two thirds, less "
    "certainty can let a cheaper model in; the other ways never do that. `reading: learned` is the one with "
    f"kinds at {CAUTION.alike} and levels at {CAUTION.harder}: as cautious as it can be, of those compared, without asking too much of "
    "models oftener than the rules do on our readings. No caution that keeps the law asks too little as often as the rules do."
)


def _reading(kept: Kept, row: int) -> Reading:
    return Reading(dict(zip(KINDS, kept.kinds[row].tolist(), strict=True)), tuple(kept.hard[row].tolist()))


def _cells(one: Judge, true: Sequence[Task], said: Sequence[Sequence[Task]]) -> Iterator[str]:
    for asks in (_by_difficulty, _by_tier, partial(_by_model, one)):
        for tasks in said:
            found = np.array([asks(want, got) for want, got in zip(true, tasks, strict=True)])
            yield " / ".join(f"{100 * part:.1f}" for part in found.mean(axis=0))


def _by_difficulty(want: Task, got: Task) -> Asked:
    return got.difficulty < want.difficulty, got.difficulty > want.difficulty


def _by_tier(want: Task, got: Task) -> Asked:
    need, found = (TIERS.index(doubt.tier(one, {})) for one in (want, got))
    return found < need, found > need


def _by_model(one: Judge, want: Task, got: Task) -> Asked:
    model, costs = one.chosen(got), one.costs
    enough = bool(one.clearing(want)[model])
    return not enough, enough and bool(costs[model] > costs[one.chosen(want)])


def saved(rows: Sequence[Row], shared: Path) -> Figures:
    """What the usual policy saves on logs by the reading; the sessions of the transcripts are kept away from what is learned."""
    log = shared / "transcripts"
    names = {path.name.split(".")[0].rpartition("-")[2] for path in log.rglob("*.jsonl*")}
    known = ready(writing.weights([row for row in rows if row.session.split("-")[0] not in names]))
    built = assembly.opened(None)
    readings = (("rules", task.SIGNAL), *((way, task.learned(known, caution)) for way, caution in CAUTIONS))
    lines = [
        (where, name, *_saving(_reading_by(built, signal), path))
        for where, path in (("transcripts", log), ("sample log", SAMPLE))
        for name, signal in readings
    ]
    return Figures("What doubt costs: money", ("log", "reading", "saved", "95 %", "expected quality, points"), lines, MONEY)


CAUTIONS: Final = (
    ("learned, without doubts", Caution(0, 1.1, 1)),
    ("learned (as shipped)", CAUTION),
    ("learned, unknown below 0.3, kinds at 0.5, levels at 0.5", Caution(0.3, 0.5, 0.5)),
)

MONEY: Final = (
    "Replayed with the usual policy against the shipped reference. The expected quality is that of the kinds and difficulties that each "
    "reading takes the work to have, so a reading that thinks work easier looks better than it is: the table above says how often."
)


def _reading_by(built: assembly.House, signal: Signal) -> assembly.House:
    signals = tuple(signal if one.name == signal.name else one for one in built.parts.signals)
    return replace(built, parts=replace(built.parts, signals=signals))


def _saving(built: assembly.House, log: Path) -> tuple[str, str, str]:
    """The saving of the usual policy on a log, its interval, and the expected quality."""
    policy = assembly.policy(built)
    reference = build.resolved(built.sources, built.settings.reference)
    shelf = _shelf(built)
    rig = Rig(Plans(shelf.at, policy, built.parts), Logged(built.sources), reference)
    told = backtest.backtested(sessions.found([log], built.importers), lambda: rig, lambda _reading: None)
    last = max(day for day, _, _ in told.tally.days)
    found = report.report(told.tally, told.reading, shelf.at(last * DAY), policy, partial=False)
    row = next(one for one in found.rows if one.kind == "policy")
    if row.saving is None or row.saving_low is None or row.saving_high is None or row.quality is None:
        return "unknown", "", ""
    return f"{row.saving:.1%}", f"{row.saving_low:.1%} to {row.saving_high:.1%}", f"{100 * row.quality.mean:+.1f}"
