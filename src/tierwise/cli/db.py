"""`tierwise db`: bring the ledger's database up to date, or say what is in it."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tierwise import assembly, plugins
from tierwise.cli import stores
from tierwise.ledger import Store, addresses, schema
from tierwise.ledger.relational import Relational

THOUSAND: Final = 1000
UNITS: Final = ("bytes", "KB", "MB", "GB", "TB")


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("what", choices=["migrate", "status"], help="bring its schema up to date, or say what is in it")
    parser.add_argument("--store", metavar="ADDRESS", help="the database (default: the settings', else the file in the user's data folder)")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Do it, and say what came of it."""
    house = assembly.opened(Path(asked.config) if asked.config else None)
    address = asked.store or stores.settled(house)
    shown = addresses.shown(address or str(addresses.default()))
    if asked.what == "status":
        with stores.opened(house, asked.store) as store:
            print("\n".join((f"store     {shown}", *status(store))))
        return 0
    store = addresses.opened(address, plugins.found(plugins.STORES))
    try:
        print(f"{shown}: schema version {store.migrate()}")
    finally:
        store.close()
    return 0


def status(store: Store) -> list[str]:
    """What is in a store, line by line; nothing is changed there. Of another kind than ours only the version is known."""
    if not isinstance(store, Relational):
        return [f"schema    version {store.migrate()}"]
    version = store.door.version()
    if version < schema.VERSION:
        return [f"schema    version {version}, not up to date ({schema.VERSION}): tierwise db migrate"]
    span = store.span()
    return [
        f"schema    version {version}",
        f"entries   {span.entries:,}",
        f"oldest    {when(span.oldest)}",
        f"newest    {when(span.newest)}",
        f"size      {size(span.bytes)}",
    ]


def when(at: int | None) -> str:
    """A time for people, '-' where there is none."""
    return "-" if at is None else f"{datetime.fromtimestamp(at / THOUSAND, UTC):%Y-%m-%d %H:%M:%S} UTC"


def size(count: float) -> str:
    """Bytes for people."""
    place = 0
    while count >= THOUSAND and place < len(UNITS) - 1:
        count, place = count / THOUSAND, place + 1
    return f"{count:.{min(place, 1)}f} {UNITS[place]}"
