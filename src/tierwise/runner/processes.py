"""Commands of a run: each in a session of its own, watched, with a limit, and ended with everything it has started.

Theory of operation. A command leads a process group. When it ends, is too slow or is not wanted any more, the group is asked to end, and
then is ended; what has left the group is found by a mark in its environment, where the system shows that. What it prints comes through a
pipe that is read as it comes: the beginning of it goes to a file, the end is kept in memory, and the rest is counted. So neither a command
that prints without end nor a child that keeps the pipe open holds anything up.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Final

from msgspec import Struct

from tierwise.runner import Broken, guard
from tierwise.runner.guard import MARK, PROCESSES, strays
from tierwise.runner.waiting import undisturbed

GRACE: Final = 3.0
"""Seconds that a group has to end after it was asked to."""
SHORT: Final = 1.0
"""The same for what a command leaves behind that has ended by itself."""
LAST: Final = 64
"""Pieces that are read of what a pipe still holds."""
STEP: Final = 0.01
SLOWEST: Final = 0.2
DEAD: Final = frozenset(b"ZX")
PIECE: Final = 1 << 16
MOST: Final = 8 << 20
"""Bytes of output that are kept in a file, from its beginning."""
TAIL: Final = 1 << 16
"""Bytes of the end that are kept."""


class NotRun(Broken):
    """A command that could not be started; the message says why."""


class Command(Struct, frozen=True):
    """A command to run: where, with what environment, its output into which file, for how many seconds at most (None: no limit)."""

    argv: tuple[str, ...]
    where: Path
    env: Mapping[str, str]
    output: Path
    limit: float | None = None


class Ended(Struct, frozen=True):
    """A command that has ended: its exit code (None where it was ended: `late`), how long it took, and the end of what it printed."""

    code: int | None
    seconds: float
    tail: str
    size: int = 0
    late: bool = False
    note: str = ""


class Output(Struct):
    """What a command prints: the beginning in a file, the end in memory."""

    path: Path
    file: IO[bytes] | None = None
    size: int = 0
    tail: bytes = b""
    note: str = ""

    def take(self, piece: bytes) -> None:
        """Keep a piece of it. A full disk costs the file, not the command."""
        room = MOST - self.size
        self.size += len(piece)
        self.tail = (self.tail + piece)[-TAIL:]
        if self.file is None or room <= 0:
            return
        try:
            self.file.write(piece[:room])
        except OSError as error:
            self.note = f"its output could not be kept: {error.strerror}"
            self.shut()

    def shut(self) -> None:
        """Let go of the file."""
        file, self.file = self.file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def close(self) -> None:
        """Write the end of what was too long for the file, and let go of it."""
        if self.file is not None and self.size > MOST:
            with suppress(OSError):
                self.file.write(b"\n[... %d bytes in all; this is the end of them ...]\n" % self.size + self.tail)
        self.shut()

    def text(self) -> str:
        """The end of it as text: what is no text is shown as such."""
        return readable(self.tail)


Listener = Callable[[Output], None]
"""Whoever is told that a command has printed something."""


class Watch(Struct, eq=False):
    """The guard's process, and the groups it was told of. Without one (None) a killed runner leaves its commands behind."""

    process: subprocess.Popen[bytes] | None = None

    def tell(self, line: str) -> None:
        """Tell the guard. One that is gone is not missed."""
        if self.process is not None and self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.write(line.encode())
                self.process.stdin.flush()

    def close(self) -> None:
        """Let the guard go home."""
        if self.process is not None and self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.close()
            self.process.wait()


def watching() -> Watch:
    """A guard for this process; none where it cannot be started."""
    argv = [sys.executable, "-I", "-S", str(Path(guard.__file__))]
    quiet = subprocess.DEVNULL
    try:
        return Watch(subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True, cwd="/"))  # noqa: S603  # our own file
    except OSError:
        return Watch()


async def ran(command: Command, watch: Watch, heard: Listener = lambda _: None) -> Ended:
    """Run a command to its end. However this is left, everything that the command has started is ended."""
    began = time.monotonic()
    output = Output(command.output)
    with suppress(OSError):
        output.file = command.output.open("wb", buffering=0)
    try:
        async with _started(command, watch, output, heard) as process:
            try:
                async with asyncio.timeout(command.limit):
                    code: int | None = await process.wait()
            except TimeoutError:
                code = None
    finally:
        output.close()
    return Ended(code, time.monotonic() - began, output.text(), output.size, code is None, output.note)


@asynccontextmanager
async def _started(command: Command, watch: Watch, output: Output, heard: Listener) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process with its output read; its group is ended at the end."""
    mark = command.env.get(MARK, "")
    watch.tell(f"={mark}\n")
    loop, (reading, writing) = asyncio.get_running_loop(), os.pipe()
    os.set_blocking(reading, False)

    def read() -> None:
        if not _piece(reading, output):
            loop.remove_reader(reading)
        heard(output)

    try:
        try:
            process = await _process(command, writing)
        finally:
            os.close(writing)
        watch.tell(f"+{process.pid}\n")
        loop.add_reader(reading, read)
        try:
            yield process
        finally:
            await undisturbed(_over(process, mark))
            watch.tell(f"-{process.pid}\n")
            loop.remove_reader(reading)
            _drained(reading, output)
    finally:
        os.close(reading)


def _drained(reading: int, output: Output) -> None:
    """Read what a pipe still holds: nobody is left who could write without end, as far as we know."""
    for _ in range(LAST):
        if not _piece(reading, output, there=False):
            return


async def _process(command: Command, writing: int) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command.argv,
            cwd=command.where,
            env=dict(command.env),
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            start_new_session=True,
        )
    except FileNotFoundError:
        where = "" if command.where.is_dir() else f" (there is no folder {command.where})"
        raise NotRun(f"{command.argv[0]}: no such command{where}") from None
    except (OSError, ValueError) as error:
        raise NotRun(f"{command.argv[0]}: cannot be run: {getattr(error, 'strerror', None) or error}") from None


def _piece(reading: int, output: Output, *, there: bool = True) -> bool:
    """Read a piece; whether more may come (`there`: also where nothing is there yet)."""
    try:
        piece = os.read(reading, PIECE)
    except BlockingIOError:
        return there
    output.take(piece)
    return bool(piece)


async def _over(process: asyncio.subprocess.Process, mark: str) -> None:
    """End whatever a process has started: ask, wait a little, insist."""
    until = time.monotonic() + (GRACE if process.returncode is None else SHORT)
    step = STEP
    there = _signalled(process.pid, signal.SIGTERM)
    while there and _alive(process.pid) and time.monotonic() < until:
        await asyncio.sleep(step)
        step = min(2 * step, SLOWEST)
    _signalled(process.pid, signal.SIGKILL)
    end_strays(mark)
    await process.wait()


def _signalled(group: int, number: int) -> bool:
    """Send a signal to a group (0: none); whether anything of it is there."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _alive(group: int) -> bool:
    """Whether a process of a group runs. Where the system shows that, those that have ended and that nobody asks about do not count."""
    if not _signalled(group, 0):
        return False
    if not PROCESSES.is_dir():
        return True
    for one in PROCESSES.iterdir():
        if one.name.isdigit():
            with suppress(OSError):
                state, _, leader = (one / "stat").read_bytes().rpartition(b")")[2].split()[:3]
                if int(leader) == group and state[0] not in DEAD:
                    return True
    return False


def end_strays(mark: str) -> int:
    """End processes with a mark; how many there were."""
    found = list(strays({mark} - {""}))
    for one in found:
        with suppress(OSError):
            os.kill(one, signal.SIGKILL)
    return len(found)


def readable(data: bytes) -> str:
    """Bytes as text that a terminal and a database can take: no control characters but line ends and tabs."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one if one in "\n\t" or one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def shell(command: str) -> Sequence[str]:
    """The command line that runs a line of shell."""
    return ("sh", "-c", command)
