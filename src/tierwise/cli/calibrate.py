"""`tierwise calibrate`: outcomes of your own work as evidence that decisions read."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import yaml

from tierwise import assembly
from tierwise.cli import dates, files, hearing, terminal
from tierwise.core.money import PER_DOLLAR
from tierwise.core.told import Paid
from tierwise.engine.learning import Learnt
from tierwise.lab.calibrate import own
from tierwise.lab.calibrate.own import Measured
from tierwise.lab.outcomes import reading
from tierwise.ledger import addresses

DIGITS: Final = 6
COST_DIGITS: Final = 12


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "dataset",
        metavar="DATASET",
        help="outcomes: CSV, JSON lines or Parquet, with query, model, score and cost; a ledger: its file, or postgresql://...",
    )
    parser.add_argument("--prompts", metavar="FILE", type=Path, help="a table of the queries' labels (default: beside DATASET)")
    parser.add_argument("--kind", default="", help="the kind of work that all of it is")
    parser.add_argument(
        "--as", dest="said", metavar="LABEL=KIND", action="append", default=[], type=_pair, help="the kind a label stands for"
    )
    parser.add_argument("--source", default="", help="where the numbers come from (default: the file's name)")
    parser.add_argument("--date", type=_day, help="when they were measured, YYYY-MM-DD (default: today)")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the evidence there, for `evidence_files` of tierwise.yaml")
    parser.add_argument("--json", action="store_true", help="for a program")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Work the evidence out and print or write it."""
    out = None if asked.out is None else files.writable(asked.out)
    served = hearing.is_ledger(asked.dataset)
    found = _of_ledger(asked) if served else _of_table(asked)
    day = asked.date or datetime.now(UTC).date().isoformat()
    usual = "outcomes of a ledger" if served else Path(asked.dataset).name
    entries = [_entry(one, day, asked.source or usual) for one in found]
    if out is not None:
        files.write(out, yaml.safe_dump({"evidence": entries}, sort_keys=False, allow_unicode=True, width=10**6).encode())
    if asked.json:
        terminal.show_json(entries)
        return 0
    _print(found, out)
    if served:
        terminal.show(
            "a gateway over this ledger learns from it already: let one with this file have `learning: false`, or outcomes count twice"
        )
    return 0


class NothingTold(ValueError):
    """A ledger without outcomes."""


def _of_table(asked: argparse.Namespace) -> list[Measured]:
    """What a table says of each model at each kind of work."""
    rows, known = reading.read(Path(asked.dataset), asked.prompts)
    return own.measured(rows, own.kinds(rows, known, dict(asked.said), asked.kind))


def _of_ledger(asked: argparse.Namespace) -> list[Measured]:
    """What a ledger says of each, as much of it as counts now."""
    if asked.said or asked.kind or asked.prompts:
        raise NothingTold("--as, --kind and --prompts are for tables: a ledger knows the kind of work of each request")
    built = assembly.opened(Path(asked.config) if asked.config else None)
    told = hearing.heard(built, asked.dataset, dates.instant(None)[0])
    costs = {(one.model, one.task): one for one in told.paid}
    found = [_measured(one, costs.get((one.model, one.task))) for one in told.found if round(one.n)]
    if not found:
        raise NothingTold(f"{addresses.shown(asked.dataset)}: no outcomes that say anything of a model were told yet")
    return found


def _measured(one: Learnt, cost: Paid | None) -> Measured:
    paid = None if cost is None else cost.mean / PER_DOLLAR
    spread = None if cost is None or cost.deviation is None else cost.deviation / PER_DOLLAR
    return Measured(one.model, one.task, round(one.n), one.rate, paid, spread, 0 if cost is None else cost.n)


def _pair(text: str) -> tuple[str, str]:
    label, _, kind = text.rpartition("=")
    if not label or not kind:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form LABEL=KIND")
    return label, kind


def _day(text: str) -> str:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day of the form YYYY-MM-DD") from None


def _entry(one: Measured, day: str, source: str) -> dict[str, object]:
    """A row of evidence as tierwise.yaml has it."""
    paid = {} if one.cost is None else {"cost": round(one.cost, COST_DIGITS)}
    spread = {} if one.cost_deviation is None else {"cost_deviation": round(one.cost_deviation, COST_DIGITS)}
    said = {"model": one.model, "benchmark": "own", "kind": one.kind, "score": round(one.score, DIGITS), "n": one.n}
    items = {} if one.cost is None or one.items == one.n else {"items": one.items}
    return {**said, **paid, **spread, **items, "date": day, "source": source}


def _print(found: Sequence[Measured], out: Path | None) -> None:
    heads = ("model", "kind", ">tasks", ">score %", ">$ per task", ">give or take")
    rows = [
        (one.model, one.kind, f"{one.n:,}", f"{100 * one.score:.1f}", _dollars(one.cost), _dollars(one.cost_deviation)) for one in found
    ]
    where = f"written: {out}; name it under evidence_files: in tierwise.yaml" if out else "nothing was written; --out FILE writes it"
    terminal.show(terminal.table(heads, rows), where)


def _dollars(amount: float | None) -> str:
    return "-" if amount is None else f"{amount:.6f}"
