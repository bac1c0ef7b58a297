"""Real sessions replayed: what switching and escalating cost beside pinning, deciding each turn anew, and knowing all beforehand."""

import gzip
import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from msgspec.structs import replace

from evaluation.page import Figures, verdict
from tierwise import assembly
from tierwise.catalog import build
from tierwise.core.catalog import Endpoint
from tierwise.core.money import PER_DOLLAR
from tierwise.core.tasks import TIER_OF, TIERS, UNKNOWN_KIND
from tierwise.lab import sessions
from tierwise.lab.call import Call
from tierwise.lab.logged import Logged
from tierwise.lab.replay import Rig
from tierwise.lab.sessions import Reading, Session
from tierwise.lab.step import turns
from tierwise.lab.tariffs import Plans
from tierwise.lab.tiering import Needed, Needs, Scheduled, Told, scheduled

SHARED: Final = Path(__file__).parents[2] / "shared"
LOGS: Final = ("sessions_claude_code_calls.parquet", "sessions_codex_calls.parquet")
PROMPTS: Final = "developer_prompts.jsonl.gz"
TRIO: Final = ("deepseek/deepseek-v3.2", "minimax/minimax-m3", "anthropic/claude-opus-4-8")
"""One model for each tier, as the article has them."""

REFERENCE: Final = TRIO[-1]
HEIGHT: Final[Mapping[str, int]] = {tier: place for place, tier in enumerate(TIERS)}
WITHIN: Final = 0.04
"""How far above the clairvoyant the cost may be."""

RISES: Final = 0.1
"""Share of work items that an escalation is tried on, half way through."""

LATE: Final = 5_000
"""Milliseconds by which a prompt may be stamped after the call that it opens."""

DRAWN: Final = ("flash", "mid", "mid", "premium")
"""Tiers that are drawn from where words do not say them."""

Words = Mapping[str, Sequence[tuple[int, str]]]
"""What a person said in each session, and when (milliseconds)."""

Height = Callable[[Told, int, random.Random], int]
"""The height of a work item: of what is told of its first call, and the height of the item before (-1: none)."""


class Case(NamedTuple):
    """A way to give work items their tiers: its name, the endpoints, where heights come from, and the share of items that rise."""

    name: str
    endpoints: Sequence[str]
    height: Height
    rises: float = 0.0


def read_off(one: Told, before: int, _dice: random.Random) -> int:
    """The tier of the kind of work; words that say nothing go on with the work before."""
    return before if one.kind == UNKNOWN_KIND and before >= 0 else HEIGHT[TIER_OF[one.kind]]


def drawn(_one: Told, _before: int, dice: random.Random) -> int:
    """A tier by lot: harder than what people do, since hardly two items in a row need the same."""
    return HEIGHT[dice.choice(DRAWN)]


def needs(case: Case, seed: str) -> Needs:
    """What the calls of a session need in a case."""

    def of(told: Sequence[Told]) -> Sequence[Needed]:
        return [*_needed(told, case, random.Random(seed))]  # noqa: S311  # a draw that is to be the same every time

    return of


def _needed(told: Sequence[Told], case: Case, dice: random.Random) -> Iterator[Needed]:
    height = -1
    for item, group in enumerate(_items(told)):
        height = case.height(group[0], height, dice)
        rises = dice.random() < case.rises and height < len(TIERS) - 1 and len(group) > 1
        for place in range(len(group)):
            late = rises and place >= len(group) // 2
            yield Needed(item, height + late, raised=late and place == len(group) // 2)


def _items(told: Sequence[Told]) -> list[list[Told]]:
    """The calls of each work item."""
    items: list[list[Told]] = []
    for one in told:
        if one.opens or not items:
            items.append([])
        items[-1].append(one)
    return items


def words(path: Path) -> Words:
    """What the prompts file says was typed, by session, in order of time."""
    found: dict[str, list[tuple[int, str]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            at = round(datetime.fromisoformat(row["ts"]).timestamp() * 1000)
            found.setdefault(row["session_id"], []).append((at, row["text"]))
    return {name: sorted(some) for name, some in found.items()}


def worded(session: Session, said: Words) -> Session:
    """A session whose turns have the words that were typed before them; a log of sizes does not hold them itself."""
    left = [*said.get(session.id, ())]
    calls = list[Call]()
    for turn in turns(session.calls):
        text = ""
        while left and left[0][0] <= turn[0].at + LATE:
            text = left.pop(0)[1]
        calls += [replace(turn[0], words=text or turn[0].words), *turn[1:]]
    return replace(session, calls=tuple(calls))


def _sessions(built: assembly.House, path: Path) -> list[Session]:
    return [*sessions.read(sessions.found([path], built.importers), Reading())]


def played(built: assembly.House, case: Case, found: Iterable[Session]) -> list[Scheduled]:
    """Every session of a log in one case."""
    shelf = build.shelf(built.sources, sorted({*case.endpoints, REFERENCE}), [REFERENCE])
    policy = assembly.policy(built, "", REFERENCE, None)
    rig = Rig(Plans(shelf.at, policy, built.parts), Logged(built.sources), REFERENCE)
    heights = {one.bare.id: _height(one.bare) for one in shelf.entries}
    each = (scheduled(one, rig, heights, needs(case, f"{case.name}/{one.id}/{one.thread}")) for one in found)
    return [one for one in each if one is not None]


def _height(endpoint: Endpoint) -> int:
    return HEIGHT.get(endpoint.tier, -1)


HEADS: Final = (
    "tiers",
    "log",
    "sessions",
    "items",
    "switches (ours / anew / clairvoyant)",
    "escalations",
    "ours, $",
    "pinned",
    "each turn anew",
    "clairvoyant",
    "below all",
    "above clairvoyant",
    "sessions above pinned",
    "",
)
NOTE: Final = (
    "A work item needs a tier; any model of that tier or above may do it, the whole item through. Pinned is the cheapest single model that"
    " is high enough for the session's hardest item, picked afterwards; each turn anew takes what is cheapest without thinking of caches;"
    " clairvoyant is the best schedule, call by call, for the same tiers, found with the whole session known. Ours decides as the gateway"
    " does, with what it knew at that moment. All are charged the logged tokens at the models' prices and measured effort, each with the"
    " cache that it would have left itself; none of them uses a model that has no room for a call. An escalation raises an item's tier by"
    " one for its second half. The bar: at most 4 % above the"
    " clairvoyant, and not above pinned in sum."
)


def line(log: str, case: Case, each: Sequence[Scheduled]) -> tuple[str, ...]:
    """A row: sums over sessions, in dollars."""
    total = {name: sum(getattr(one, name) for one in each) for name in Scheduled.__struct_fields__}
    above = total["ours"] / total["clairvoyant"] - 1
    beyond = sum(one.ours > one.pinned for one in each)
    money = (f"{total[name] / PER_DOLLAR:,.2f}" for name in ("ours", "pinned", "stateless", "clairvoyant", "least"))
    return (
        case.name,
        log.split("_", 1)[1].removesuffix("_calls.parquet").replace("_", " "),
        str(len(each)),
        f"{total['items']:,}",
        f"{total['switches']:,} / {total['stateless_switches']:,} / {total['clairvoyant_switches']:,}",
        f"{total['escalations']:,}",
        *money,
        f"{above:.1%}",
        f"{beyond / len(each):.0%}",
        verdict(above <= WITHIN and total["ours"] <= total["pinned"]),
    )


def rows() -> list[Figures]:
    """The table of the page of evidence, one row for each case and log."""
    built = assembly.opened(None)
    said = words(SHARED / "data" / PROMPTS)
    logs = {name: [worded(one, said) for one in _sessions(built, SHARED / "data" / name)] for name in LOGS}
    every = tuple(assembly.candidates(built))
    cases = (
        Case("tiers read from the words", TRIO, read_off),
        Case("the same, one item in ten rises", TRIO, read_off, RISES),
        Case("tiers drawn by lot", TRIO, drawn),
        Case("by lot, one item in ten rises", TRIO, drawn, RISES),
        Case("read, all measured models", every, read_off),
        Case("by lot, all measured models", every, drawn),
    )
    lines = [line(name, case, played(built, case, found)) for case in cases for name, found in logs.items()]
    return [Figures("Sessions: staying, switching, escalating", HEADS, lines, NOTE)]
