"""`tierwise config`: say whether tierwise.yaml is right, or print the JSON schema that editors check it by."""

import argparse
import sys
from pathlib import Path

from tierwise import assembly
from tierwise.config import reader


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
    names = assembly.candidates(built)
    print(f"{path or assembly.FILE}: right" if path or Path(assembly.FILE).exists() else "no tierwise.yaml here: the defaults")
    print(f"policy {chosen.name}, at most {chosen.floor:.0%} below {chosen.reference}; {len(names)} endpoints to choose from:")
    for name in names:
        print(f"  {name}")
    return 0
