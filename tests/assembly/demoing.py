"""The demo's records at one fixed moment, made once for all tests of a process, and a real ledger that holds them."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tierwise import assembly, plugins
from tierwise.assembly import House, seeding
from tierwise.config.settings import Settings
from tierwise.core.entry import Entry, Outcome
from tierwise.ledger import addresses

NOW = 1_791_500_000_000
"""9 October 2026, in the afternoon."""


@cache
def house() -> House:
    return assembly.house(Settings())


@cache
def records() -> tuple[Entry | Outcome, ...]:
    return tuple(seeding.records(house(), NOW))


def entries() -> list[Entry]:
    return [one for one in records() if isinstance(one, Entry)]


@cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tierwise-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = addresses.opened(str(folder / "ledger.db"), plugins.found(plugins.STORES))
    store.add(records())
    store.close()
    return folder


def filled(folder: Path) -> Path:
    """A ledger of SQLite that holds the demo, copied to a folder."""
    shutil.copytree(_made(), folder, dirs_exist_ok=True)
    return folder / "ledger.db"
