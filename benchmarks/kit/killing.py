"""A drill: processes that record under load and the writer that moves their records are killed at random, again and again.

What was recorded more than 50 ms before its process was killed must be in the store in the end, once, and be paid for once.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Final

from msgspec import Struct

from benchmarks.kit.recorder import BUDGET, COST
from tierwise.ledger import Query, Store, supervising
from tierwise.ledger.loud import Say
from tierwise.ledger.supervising import Supervisor
from tierwise.ledger.writer import Plan

ROOT: Final = Path(__file__).parents[2]
BOUND: Final = 50_000_000
"""Nanoseconds: what was recorded longer ago than this must outlast a kill."""

SHORTEST, LONGEST = 0.06, 0.5
"""Seconds for which a process records before it is killed."""

WRITERS: Final = 0.5
"""How often the writer is killed too."""


class Toll(Struct, frozen=True):
    """What a drill came to: kills of recorders and of writers, records that had to be kept, those lost and doubled, money miscounted."""

    kills: int
    writers: int
    recorded: int
    lost: int
    doubled: int
    miscounted: int


def drill(kills: int, folder: Path, address: str, store: Store, say: Say) -> Toll:
    """So many kills over one folder, whose records go to the store at an address."""
    dice = Random(4)  # noqa: S311  # not for secrets
    supervisor = supervising.started(Plan(folder), address, say)
    safe: set[str] = set()
    writers = 0
    try:
        for _ in range(kills):
            killed = dice.random() < WRITERS
            safe |= _killed(folder, dice, supervisor if killed else None)
            writers += killed
    finally:
        ended = supervisor.close(60)
    if not ended:
        raise TimeoutError("the writer does not come to an end")
    return _toll(kills, writers, safe, store)


def _killed(folder: Path, dice: Random, supervisor: Supervisor | None) -> set[str]:
    """Have a process record until it is killed, and the writer with it; the records that must outlast it."""
    command = [sys.executable, "-m", "benchmarks.kit.recorder", str(folder)]
    said: dict[str, int] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:  # noqa: S603  # our own program
        reading = threading.Thread(target=_read, args=(process, said))
        reading.start()
        _wait_for(said)
        parts = sorted(dice.uniform(SHORTEST, LONGEST) for _ in range(2))
        time.sleep(parts[0])
        if supervisor is not None and supervisor.process is not None:
            supervisor.process.kill()
        time.sleep(parts[1] - parts[0])
        killed = time.monotonic_ns()
        os.kill(process.pid, signal.SIGKILL)
        reading.join()
    return {name for name, at in said.items() if at < killed - BOUND}


def _read(process: "subprocess.Popen[bytes]", said: dict[str, int]) -> None:
    if process.stdout is None:
        return
    for line in process.stdout:
        name, _, at = line.partition(b" ")
        if at.endswith(b"\n"):
            said[name.decode()] = int(at)


def _wait_for(said: Mapping[str, int]) -> None:
    ends = time.monotonic() + 30
    while not said:
        if time.monotonic() > ends:
            raise TimeoutError("nothing is recorded")
        time.sleep(0.005)


def _toll(kills: int, writers: int, safe: set[str], store: Store) -> Toll:
    kept = [one.id for one in store.each(Query())]
    spent = sum(one.spent for one in store.purses([BUDGET]))
    return Toll(kills, writers, len(safe), len(safe - set(kept)), len(kept) - len(set(kept)), abs(spent - COST * len(kept)))
