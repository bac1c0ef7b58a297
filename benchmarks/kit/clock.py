"""CPU time: of a function, and of a command in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import Struct

LAUNCH: Final = Path(__file__).with_name("launch.py")
MIB: Final = 1 << 20
UNIT: Final = 1 if sys.platform == "darwin" else 1024
"""Bytes that the system counts memory in."""


class Spent(Struct, frozen=True):
    """What a process took: seconds of CPU (its children's too), seconds on the wall, and the most memory it held (MiB)."""

    cpu: float
    wall: float
    peak: float


class Failed(RuntimeError):
    """A command that was to be measured did not work; the message is what it said."""


def cpu_seconds(work: Callable[[], Any], times: int) -> float:
    """Seconds of CPU that a call of a function takes, over so many calls in a row."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


Item = TypeVar("Item")


def cpu_each(work: Callable[[Item], Any], items: Sequence[Item]) -> float:
    """Seconds of CPU that a call of a function takes, over items that it has not seen before."""
    start = time.process_time()
    for item in items:
        work(item)
    return (time.process_time() - start) / len(items)


@contextmanager
def on_cores(count: int) -> Iterator[None]:
    """Keep this process, and those it starts meanwhile, on so many cores, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def spent(command: Sequence[str], cwd: Path, cores: int = 1) -> Spent:
    """What a command takes in a process of its own; Failed if it does not end well."""
    with on_cores(cores):
        told = subprocess.run([sys.executable, "-IS", LAUNCH, *command], cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603  # our own commands
    if told.returncode:
        raise Failed(f"{' '.join(command)}: {told.stderr.strip()[-400:]}")
    cpu, wall, peak = map(float, told.stdout.split())
    return Spent(cpu, wall, peak * UNIT / MIB)


def tierwise(*arguments: str) -> list[str]:
    """The command line of the installed tierwise."""
    return [str(Path(sys.executable).with_name("tierwise")), *arguments]
