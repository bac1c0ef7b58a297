"""`tierwise config`: say whether tierwise.yaml is right, or print the JSON schema that editors check it by."""

import argparse
import sys
from pathlib import Path
from typing import Final

from tierwise import assembly
from tierwise.cli import dates
from tierwise.config import reader
from tierwise.core.decision import Conditions, Features, Needs, Place, Policy, Prefix, Size, Task
from tierwise.engine.filters.operator import FILTER


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of tierwise.yaml")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Print the schema, or what the settings amount to."""
    if asked.schema:
        sys.stdout.write(reader.schema().decode())
        return 0
    path = Path(asked.config) if asked.config else None
    built = assembly.opened(path)
    chosen = assembly.policy(built)
    ruled_out = _ruled_out(built, chosen)
    names = [name for name in assembly.candidates(built) if name not in ruled_out]
    print(f"{path or assembly.FILE}: right" if path or Path(assembly.FILE).exists() else "no tierwise.yaml here: the defaults")
    print(f"policy {chosen.name}, at most {chosen.floor:.0%} below {chosen.reference}; {len(names)} endpoints to choose from:")
    for name in names:
        print(f"  {name}")
    for name, because in ruled_out.items():
        print(f"  not {name}: {because}")
    return 0


def _ruled_out(built: assembly.House, policy: Policy) -> dict[str, str]:
    """The candidates that the operator's own rules leave out, and why."""
    catalog = assembly.shelf(built, assembly.candidates(built)).at(dates.instant(None)[0])
    found = FILTER.objections(FILTER.prepare(catalog, policy), NO_REQUEST, Conditions(0))
    return {catalog.endpoints[index].id: because for index, because in found.items()}


NO_REQUEST: Final = Features(Size(0, 0, 0.0), Prefix(), Task("", 1, 0.0, ""), Place("", 0, 0, 0, 0), Needs())
"""The operator's rules do not look at the request."""
