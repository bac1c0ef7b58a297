"""`tierwise backtest`: what a log cost, what it would have cost, at what expected quality, and how sure that is."""

import argparse
import functools
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import to_builtins
from msgspec.structs import replace
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tierwise import assembly
from tierwise.catalog import build
from tierwise.catalog.build import Sources
from tierwise.cli import dates, files, judging, logs, printed, rigs, terminal
from tierwise.cli.frontier import drawn
from tierwise.core.decision import Policy
from tierwise.lab import backtest, frontier, page, pictures, report
from tierwise.lab.backtest import Outcome
from tierwise.lab.offpolicy import OffPolicy
from tierwise.lab.report import Report
from tierwise.lab.sessions import Reading

INTERRUPTED = 130
PINNED = "pinned"
"""The policy that a pin belongs to."""

MOST_WORKERS = 64


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="logs, or folders of them; a ledger: its file, or postgresql://...")
    parser.add_argument("--since", metavar="WHEN", help="only calls from then on: a day, a time, or a span back from now as 7d")
    parser.add_argument("--until", metavar="WHEN", help="only calls from before then")
    parser.add_argument("--reference", metavar="MODEL", help="the model the team would otherwise use (default: the settings' reference)")
    parser.add_argument("--policy", metavar="P", help="cheapest, tiered, value or pinned (default: the settings' policy)")
    parser.add_argument("--pin", metavar="MODEL", help="the model that --policy pinned asks for (default: the reference)")
    parser.add_argument(
        "--models", metavar="M,M", action="append", help="the models to choose from (default: the settings' or all measured)"
    )
    parser.add_argument("--floor", metavar="D", type=float, help="how far below the reference (0 to 1) a model's lower bound may lie")
    parser.add_argument("--workers", metavar="N", type=int, default=1, help="processes to use (default: 1)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="for a program")
    how.add_argument("--html", metavar="FILE", type=Path, help="one self-contained page (needs the plot extra)")
    parser.set_defaults(run=run)


class BadNumber(ValueError):
    """A number that is out of its range, or an option that does not go with the others."""


class NothingReplayed(ValueError):
    """A log of which no call could be replayed."""


def run(asked: argparse.Namespace) -> int:
    """Replay, then report."""
    _check(asked)
    built = assembly.opened(Path(asked.config) if asked.config else None)
    policy = assembly.policy(built, asked.policy or "", asked.reference or "", asked.floor)
    policy = replace(policy, pin=_pin(built, asked.pin, policy))
    reference = build.resolved(built.sources, asked.reference or built.settings.reference)
    names = tuple(sorted({*_candidates(built, asked.models), reference}))
    sources = logs.found(asked.paths, built.importers, _span(asked))
    make = functools.partial(rigs.rig, asked.config, names, policy, reference)
    with _progress() as watch:
        outcome = backtest.backtested(sources, make, watch, asked.workers)
    found = _reported(outcome, built, names, policy)
    chance = None if outcome.partial else judging.judged(asked.paths, sources, _span(asked), make().plans)
    _show(asked, found, built.sources, chance)
    return INTERRUPTED if outcome.partial else 0


def _check(asked: argparse.Namespace) -> None:
    if not 1 <= asked.workers <= MOST_WORKERS:
        raise BadNumber(f"--workers: {asked.workers} is not between 1 and {MOST_WORKERS}")
    if asked.html is not None:
        files.writable(asked.html)
        pictures.ready()


def _span(asked: argparse.Namespace) -> logs.Span:
    """The time asked for; everything where none is."""
    now = time.time_ns() // 1_000_000
    since = dates.moment(asked.since, "--since", now) if asked.since else 0
    until = dates.moment(asked.until, "--until", now) if asked.until else logs.NEVER
    if since >= until:
        raise dates.BadDate(f"--since: {asked.since} is not before {asked.until}")
    return since, until


def _pin(built: assembly.House, name: str | None, policy: Policy) -> str:
    if name and policy.name != PINNED:
        raise BadNumber(f"--pin goes with --policy {PINNED}, not {policy.name}")
    return build.resolved(built.sources, name) if name else policy.reference


def _candidates(built: assembly.House, named: Sequence[str] | None) -> list[str]:
    """The endpoints to choose from."""
    if not named:
        return assembly.candidates(built)
    words = (word.strip() for text in named for word in text.split(","))
    return [build.resolved(built.sources, word) for word in words if word]


@contextmanager
def _progress() -> Iterator[backtest.Progress]:
    """A bar on standard error while it is a terminal; nothing otherwise."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        shown = bar.add_task("reading", total=None)

        def watch(reading: Reading) -> None:
            bar.update(shown, completed=reading.bytes_done, total=reading.bytes_all, description=f"{reading.calls:,} calls")

        yield watch


def _reported(outcome: Outcome, built: assembly.House, names: Sequence[str], policy: Policy) -> Report:
    """The report; NothingReplayed where there is nothing to report."""
    counts = outcome.tally.counts
    if not counts.calls:
        why = f"{counts.unknown_usage} without usage, {counts.unknown_model} of unknown models, {outcome.reading.skipped} lines skipped"
        if outcome.partial:
            raise KeyboardInterrupt
        raise NothingReplayed(f"no call could be replayed: {why}")
    last = max(day for day, _, _ in outcome.tally.days)
    catalog = build.shelf(built.sources, names, [policy.reference]).at(last * 86_400_000)
    return report.report(outcome.tally, outcome.reading, catalog, policy, partial=outcome.partial)


def _show(asked: argparse.Namespace, found: Report, sources: Sources, chance: OffPolicy | None) -> None:
    if asked.json:
        terminal.show_json({**to_builtins(found), "off_policy": to_builtins(chance)})
        return
    if asked.html is not None:
        catalog = build.shelf(sources, found.candidates).at(found.last_day * 86_400_000)
        files.write(asked.html, page.rendered(found, drawn(frontier.points(catalog))).encode())
    printed.show(found)
    if chance is not None:
        judging.show(chance)
    if asked.html is not None:
        print(f"written: {asked.html}")
