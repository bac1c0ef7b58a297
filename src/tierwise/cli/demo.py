"""`tierwise demo`: the gateway with the demo upstream and a ledger of four weeks, so that the console has something to show."""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise import assembly, plugins
from tierwise.assembly import seeding
from tierwise.cli import serve
from tierwise.gateway.minting import KeyAsked, minted, put
from tierwise.lab.plural import count
from tierwise.ledger import Query, addresses

FILE: Final = "ledger.db"
NAME: Final = "demo-admin"


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--host", metavar="ADDRESS", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", metavar="N", type=int, help="the port (default: 8484; 0 takes a free one)")
    parser.add_argument("--store", metavar="ADDRESS", help="where to keep the demo's ledger (default: a temporary file)")
    parser.add_argument(
        "--only-fill", action="store_true", help="make the ledger and stop, to try the commands that read it (needs --store)"
    )
    parser.add_argument("--log", choices=("debug", "info", "warning", "error"), default="warning", help="what the server writes down")
    parser.set_defaults(run=run, demo=True, local=False)


class NoPlace(ValueError):
    """A ledger that would be gone at once."""


def run(asked: argparse.Namespace) -> int:
    """Fill a ledger, then serve."""
    if asked.only_fill and not asked.store:
        raise NoPlace("--only-fill: give --store as well; a temporary ledger would be gone at once")
    house = assembly.opened(Path(asked.config) if asked.config else None)
    with _placed(asked.store) as (address, folder):
        done = filled(house, address)
        print(done.said, flush=True)
        if asked.only_fill:
            return 0
        asked.secret = done.secret
        return serve.serve(kept_in(house, address, folder), asked)


@contextmanager
def _placed(said: str | None) -> Iterator[tuple[str, str]]:
    """The address of the ledger and a folder for what is on its way there; both are gone afterwards where nobody named a place."""
    with tempfile.TemporaryDirectory(prefix="tierwise-demo-", ignore_cleanup_errors=True) as folder:
        yield said or str(Path(folder) / FILE), folder


class Filled(Struct, frozen=True):
    """What was done, in words, and the secret of an admin's key to look at it with, '' where none was made."""

    said: str
    secret: str = ""


def filled(house: assembly.House, address: str) -> Filled:
    """Fill an empty ledger. One that holds something already is left as it is."""
    with closing(addresses.opened(address, plugins.found(plugins.STORES))) as store:
        store.migrate()
        shown = addresses.shown(address)
        if store.rows(Query(limit=1)):
            return Filled(f"the ledger {shown} holds entries already; it is left as it is")
        begun, now = time.monotonic(), time.time_ns() // 1_000_000
        kept = seeding.seed(store, house, now)
        new = put(store, minted(KeyAsked(NAME, role="admin"), now))
    return Filled(f"demo ledger: {count(kept, 'request')} of four weeks made in {time.monotonic() - begun:.1f} s, in {shown}", new.secret)


def kept_in(house: assembly.House, address: str, folder: str) -> assembly.House:
    """A house whose ledger is at an address, and whose spool is in a folder."""
    ledger = replace(house.settings.ledger, store=address, store_env=None, spool=str(Path(folder) / "spool"))
    return replace(house, settings=replace(house.settings, ledger=ledger))
