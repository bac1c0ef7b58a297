"""The guard: a process that ends what a runner has started when the runner is no longer there to do it.

The runner starts it by the path of this file, so it imports the standard library only. Before a command begins it is told on standard input
by what mark its processes are known (`=run/1`), then which process group it leads (`+123`), and `-123` when that has ended. When its input
ends (the runner ended, or was killed) it ends what is left, so that no agent goes on spending.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

GRACE = 1.0
"""Seconds between asking a group to end and ending it."""
MARK = "TIERWISE_STAGE"
"""The variable that marks whatever a stage has started."""
PROCESSES = Path("/proc")


def left(lines: Iterable[str]) -> set[int]:
    """The groups that have begun and not ended."""
    found: set[int] = set()
    for line in lines:
        sign, number = line[:1], line[1:].strip()
        if sign == "+" and number.isdigit():
            found.add(int(number))
        elif sign == "-" and number.isdigit():
            found.discard(int(number))
    return found


def marks(lines: Iterable[str]) -> set[str]:
    """The marks of all that has begun."""
    return {line[1:].strip() for line in lines if line.startswith("=")} - {""}


def strays(known: Iterable[str]) -> Iterator[int]:
    """Processes of ours with one of some marks in their environment, where the system shows that."""
    wanted = {f"{MARK}={one}".encode() for one in known}
    for one in PROCESSES.iterdir() if wanted and PROCESSES.is_dir() else ():
        if one.name.isdigit() and int(one.name) != os.getpid():
            with suppress(OSError):
                if wanted.intersection((one / "environ").read_bytes().split(b"\0")):
                    yield int(one.name)


def ended(groups: Iterable[int], number: int) -> bool:
    """Send a signal to some groups; whether one of them was there."""
    there = False
    for group in groups:
        with suppress(OSError):
            os.killpg(group, number)
            there = True
    return there


def main() -> None:
    """Wait, then end what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    lines = list(sys.stdin)
    groups = left(lines)
    if ended(groups, signal.SIGTERM):
        time.sleep(GRACE)
        ended(groups, signal.SIGKILL)
    for one in list(strays(marks(lines))):
        with suppress(OSError):
            os.kill(one, signal.SIGKILL)


if __name__ == "__main__":
    main()
