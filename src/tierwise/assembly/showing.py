"""What the console shows of rooms that the gateway does not see: the frontier, prices over time, intervals, and backtests."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from shutil import which
from typing import Final

import msgspec
import numpy as np
from msgspec.structs import replace

from tierwise import assembly
from tierwise.catalog import build
from tierwise.catalog.book import instant
from tierwise.config.settings import LedgerSettings, Settings
from tierwise.core.catalog import Evidence
from tierwise.core.efforts import plain
from tierwise.core.money import Amount, Unknown
from tierwise.gateway.admin.views import Dot, Span, Trial, Views
from tierwise.lab import frontier
from tierwise.lab.resampling import NANO, REPLICATES, interval, weights
from tierwise.ledger import Group

FEW: Final = 2
"""Sessions that an interval needs at least."""

CHANGES: Final = 400
"""Changes of a price that are shown: what costs more by day than by night changes twice a day."""

SETTINGS: Final = "settings.json"
ARGUMENTS: Final = "arguments.json"
REPORT: Final = "report.html"


Learnt = Callable[[], tuple[Evidence, ...]]


def nothing() -> tuple[Evidence, ...]:
    """What is learnt where nothing is."""
    return ()


def views(house: assembly.House, store: str = "", learnt: Learnt = nothing) -> Views:
    """Everything the console can show of a house whose ledger is in a store: the address of a database, or the whole path of a file.

    `learnt` gives the evidence that was learnt while serving.
    """
    return Views(
        interval=saving, frontier=partial(dots, house, learnt=learnt), prices=partial(spans, house), backtest=partial(trial, house, store)
    )


def saving(sessions: Sequence[Group]) -> tuple[float, float] | None:
    """The interval of the share saved, as `tierwise report` works it out: a bootstrap over sessions, each named by its key and itself."""
    compared = [one for one in sessions if one.baseline]
    if len(compared) < FEW:
        return None
    paid, reference = np.zeros(REPLICATES), np.zeros(REPLICATES)
    for one in compared:
        counted = weights(one.name)
        paid += counted * (one.compared_cost // NANO)
        reference += counted * (one.baseline // NANO)
    usable = reference > 0
    return interval(1 - paid[usable] / reference[usable]) if usable.any() else None


def dots(house: assembly.House, now: int, kind: str, learnt: Learnt = nothing) -> list[Dot]:
    """The frontier of what has been measured and learnt, at an instant's prices."""
    measured = sorted({row.model for row in house.sources.evidence})
    catalog = assembly.shelf(replace(house, sources=assembly.taught(house.sources, learnt())), measured).at(now)
    return [
        Dot(one.endpoint, one.model, one.vendor, one.tier, one.score, one.low, one.high, _known(one.price), _known(one.cost), *_on(one))
        for one in frontier.points(catalog, kind)
    ]


def _on(one: frontier.Point) -> tuple[bool, bool]:
    return one.by_price, one.by_cost


def _known(amount: Amount) -> int | None:
    return None if isinstance(amount, Unknown) else amount


def spans(house: assembly.House, name: str, since: int, now: int) -> list[Span]:
    """An endpoint's prices from an instant to now, the latest changes where there are many."""
    entry, found, at = build.entry(house.sources, name), list[Span](), now
    card = house.sources.cards.get(plain(entry.bare.model))
    since = max(since, _released(card.released) if card is not None and card.released else 0)
    while at >= since and len(found) < CHANGES:
        endpoint, (begins, ends) = build.priced(house.sources, entry, at)
        if found and found[-1].rates == endpoint.rates:
            found[-1] = replace(found[-1], since=max(begins, since))
        else:
            found.append(Span(max(begins, since), min(ends, now), endpoint.rates))
        at = begins - 1
    return found[::-1]


def _released(day: str) -> int:
    return instant(datetime.fromisoformat(day))


def trial(house: assembly.House, store: str, one: Trial) -> Sequence[str]:
    """The command that runs a backtest and writes its page into the trial's folder.

    What it is asked stands in a file there and not on the command line, which everybody on the machine can see: a store's address may hold
    a password. It is polite (`nice`) where that is known.
    """
    (one.folder / SETTINGS).write_bytes(msgspec.json.encode(public(house.settings)))
    (one.folder / ARGUMENTS).write_bytes(msgspec.json.encode(_arguments(store, one)))
    polite = ["nice", "-n", "10"] if which("nice") else []
    return [*polite, sys.executable, "-c", RUN, ARGUMENTS]


RUN: Final = """\
import json, sys
with open(sys.argv[1]) as said:
    sys.argv = ["tierwise", *json.load(said)]
from tierwise.cli import main
sys.exit(main())
"""


def _arguments(store: str, one: Trial) -> list[str]:
    """What `tierwise backtest` is asked."""
    since = ["--since", datetime.fromtimestamp(one.since / 1000, UTC).isoformat()] if one.since else []
    asked = [part for name, value in one.asked.items() for part in (f"--{name}", value)]
    drawn = ["--html", REPORT] if find_spec("vl_convert") is not None else []
    return ["backtest", "--config", SETTINGS, *since, *asked, *drawn, "--", store if one.log is None else str(one.log)]


def public(said: Settings) -> Settings:
    """Settings without anything that is secret."""
    providers = {name: replace(one, key=None, key_env=None, headers={}) for name, one in said.providers.items()}
    return replace(said, keys=(), providers=providers, ledger=LedgerSettings(), budgets=())
