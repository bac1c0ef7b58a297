"""`tierwise quality`: what is expected of each model at each kind of work, before and after the outcomes in the ledger."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import to_builtins

from tierwise import assembly
from tierwise.catalog import build
from tierwise.cli import dates, hearing, terminal
from tierwise.cli.hearing import Heard
from tierwise.core.tasks import KINDS, UNKNOWN_KIND
from tierwise.engine.knowledge import Known, Span, known

EFFORT: Final = "effort: by what factor the model's work costs more than its list prices say; (was): without own costs"


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--task", metavar="KIND", choices=KINDS, help=f"only this kind of work: {', '.join(KINDS)}")
    parser.add_argument("--model", metavar="M", help="only this model, by any of its names")
    parser.add_argument("--store", metavar="ADDRESS", help="the ledger (default: ledger.store in tierwise.yaml)")
    parser.add_argument("--json", action="store_true", help="for a program")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Print what is known."""
    built = assembly.opened(Path(asked.config) if asked.config else None)
    model = build.model_of(built.sources, asked.model) if asked.model else ""
    at, _ = dates.instant(None)
    told = hearing.heard(built, asked.store, at)
    catalog = _shelf(built, told, asked.model or "").at(at)
    rows = [one for one in known(catalog, assembly.policy(built), told.found) if _wanted(one, asked.task or "", model)]
    if not asked.task and not model:
        costed = {(one.model, one.task) for one in told.paid}
        rows = [one for one in rows if one.learnt is not None or (one.model, one.task) in costed] or [
            one for one in rows if one.task == UNKNOWN_KIND
        ]
    if asked.json:
        costs = {(one.model, one.task): one for one in told.paid}
        terminal.show_json([{**to_builtins(one), "cost": to_builtins(costs.get((one.model, one.task)))} for one in rows])
        return 0
    _print(rows, built, told)
    return 0


def _wanted(one: Known, task: str, model: str) -> bool:
    return (not task or one.task == task) and (not model or one.model == model) and (one.task != UNKNOWN_KIND or not (task or model))


def _shelf(built: assembly.House, told: Heard, model: str) -> build.Shelf:
    """The models to choose from, the reference, one asked for, and those that something was told of: each at one endpoint."""
    found = {build.entry(built.sources, name).bare.model: name for name in hearing.besides(built, told)}
    found |= {
        build.model_of(built.sources, name): build.resolved(built.sources, name) for name in (model, built.settings.reference) if name
    }
    found |= {build.entry(built.sources, name).bare.model: name for name in assembly.candidates(built)}
    return build.shelf(hearing.sources(built, told), found.values(), [assembly.reference_model(built)])


def _print(rows: Sequence[Known], built: assembly.House, told: Heard) -> None:
    moved = any(one.effort != one.usual for one in rows)
    heads = ("model", "work", ">shipped %", ">outcomes", ">good %", ">expected now %", ">against reference", "floor")
    policy = assembly.policy(built)
    said = (
        f"against reference: 95 % lower bound of the difference to {policy.reference}, in points; the floor is {-100 * policy.floor:.0f}",
        f"outcomes: how many they count as now, half after {built.settings.half_life:g} days; intervals are at 90 %",
    )
    note = (f"no outcomes: {told.missing}",) if told.missing else () if told.found else ("no outcomes were told yet",)
    head, about = ((">effort",), (EFFORT,)) if moved else ((), ())
    found = ((*_row(one), *([_effort(one)] if moved else []), _ground(one)) for one in rows)
    terminal.show(terminal.table((*heads, *head, "evidence"), found), *said, *about, *note)


def _ground(one: Known) -> str:
    """The measurements and outcomes behind what is known."""
    own = one.learnt
    ground = f"{one.rows} to {one.latest}" if one.rows else "none"
    if own is not None:
        ground += (
            f"; {own.told:,} told by {own.keys} {'key' if own.keys == 1 else 'keys'} ({', '.join(own.sources)}) to {dates.shown(own.day)}"
        )
    return ground


def _row(one: Known) -> tuple[str, ...]:
    own = one.learnt
    return (
        one.model,
        "all" if one.task == UNKNOWN_KIND else one.task,
        _span(one.shipped),
        "-" if own is None else f"{own.n:.1f}",
        "-" if own is None else f"{100 * own.rate:.1f}",
        _span(one.now),
        "unknown" if one.bound is None else f"{100 * one.bound:+.1f}",
        "clears" if one.clears else "below" if one.bound is not None else "unknown",
    )


def _effort(one: Known) -> str:
    was = "" if one.effort == one.usual else f" (was {one.usual / 1000:.2f})"
    return f"{one.effort / 1000:.2f}{was}"


def _span(one: Span | None) -> str:
    return "unknown" if one is None else f"{100 * one.mean:.1f} ({100 * one.low:.0f}-{100 * one.high:.0f})"
