"""Files found, read and put together into sessions, in bounded memory.

A log whose files hold whole sessions (transcripts) is read file by file; a call that two files repeat is counted once, which a small
database remembers that spills to disk. Others (tables, exports, spans) hold the calls of many sessions in any order; their calls are
dealt into buckets by session, on disk once they are many, and each bucket is put in order on its own. Threads of subagents are
sessions of their own.
"""

import hashlib
import os
import sqlite3
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import chain, count, groupby, islice
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tierwise.lab.call import Call, Importer, Note, Unreadable
from tierwise.lab.lines import beginning, naming, reason

ENDINGS: Final = (".jsonl", ".json", ".csv", ".parquet", ".ndjson", ".db")
LINES: Final = (".jsonl", ".ndjson")
"""Endings that hardly anything but a log has: one that is none is worth a word."""

LARGE: Final = 64 << 20
"""Bytes of a transcript that is not kept in memory as a whole."""

MANY: Final = 50_000
"""Calls that are kept in memory before they are dealt into buckets on disk."""

BUCKETS: Final = 128
CACHE: Final = "-16384"
"""How much of the calls met the database keeps in memory: 16 MB."""

DAY: Final = 86_400_000
FIRST_PROBLEMS: Final = 20

HUGE: Final = 32 << 20
"""Bytes of a bucket that are put in order in memory: about 180,000 calls."""

LONGEST: Final = 5000
"""Calls of a session, or of a part of one: a log that names every call alike would else be one session without end."""


class Session(Struct, frozen=True):
    """The calls of one thread of one session, in order of time."""

    id: str
    thread: str
    calls: tuple[Call, ...]


class Problem(Struct, frozen=True):
    """A line that was skipped; line 0 is a whole file that was passed over."""

    file: str
    line: int
    what: str

    @property
    def place(self) -> str:
        """Where it is: file:line, or the file."""
        return f"{self.file}:{self.line}" if self.line else self.file


class Reading(Struct):
    """What reading has met so far: files and calls read, calls that were repeats, and the lines that were skipped."""

    files: int = 0
    calls: int = 0
    repeats: int = 0
    skipped: int = 0
    first: list[Problem] = []
    bytes_done: int = 0
    bytes_all: int = 0

    def skip(self, path: Path, line: int, what: str) -> None:
        """Count a skipped line and keep the first few."""
        self.skipped += 1
        if len(self.first) < FIRST_PROBLEMS:
            self.first.append(Problem(_shown(path), line, what))


class Source(Struct, frozen=True):
    """A file and the importer that reads it; of a `remote` one the path is only a name."""

    path: Path
    importer: Importer
    remote: bool = False

    @property
    def size(self) -> int:
        """Bytes of the file, 0 where there is none."""
        return 0 if self.remote else self.path.stat().st_size


def found(paths: Sequence[Path], importers: Sequence[Importer]) -> list[Source]:
    """The log files at or below some paths, in the order to read them; Unreadable names a path that holds none.

    In a folder, files of other kinds are passed over; those that look like logs but are none (an empty one, say) come with an importer
    that only notes why.
    """
    sources: dict[Path, Source] = {}
    for path in paths:
        with naming(path):
            here = _below(path, importers) if path.is_dir() else [_named(path, importers)]
        sources |= {source.path.resolve(): source for source in here if source.path.resolve() not in sources}
    return sorted(sources.values(), key=lambda source: source.importer.order(source.path))


def _named(path: Path, importers: Sequence[Importer]) -> Source:
    """A file that was asked for: it has to be a log."""
    if not path.exists():
        raise Unreadable(f"{_shown(path)}: no such file or folder")
    if not path.is_file():
        raise Unreadable(f"{_shown(path)}: not a file or folder")
    start = beginning(path)
    if not start.strip():
        raise Unreadable(f"{_shown(path)}: the file is empty")
    importer = _claiming(path, start, importers)
    if importer is None:
        raise Unreadable(f"{_shown(path)}: not a log of a known kind ({_titles(importers)})")
    return Source(path, importer)


def _below(folder: Path, importers: Sequence[Importer]) -> list[Source]:
    """The logs in a folder and the folders in it."""
    real, passed = [], []
    for path in _files(folder):
        start = beginning(path)
        importer = _claiming(path, start, importers) if start.strip() else None
        if importer is not None:
            real.append(Source(path, importer))
        elif not start.strip():
            passed.append(Source(path, _passed_over("the file is empty")))
        elif path.name.removesuffix(".gz").endswith(LINES):
            passed.append(Source(path, _passed_over("not a log of a known kind")))
    if not real:
        raise Unreadable(f"{_shown(folder)}: no log that can be read; known are {_titles(importers)}")
    return real + passed


def _files(folder: Path) -> list[Path]:
    """Files below a folder that end like a log; links to other folders are not followed."""
    names: list[Path] = []
    for here, _, files in os.walk(folder, onerror=_closed):
        names += [Path(here, name) for name in files if name.removesuffix(".gz").endswith(ENDINGS)]
    return sorted(path for path in names if path.is_file())


def _closed(error: OSError) -> None:
    raise Unreadable(f"{error.filename}: {reason(error)}")


def _titles(importers: Iterable[Importer]) -> str:
    return ", ".join(one.title for one in importers)


def _claiming(path: Path, start: bytes, importers: Sequence[Importer]) -> Importer | None:
    return next((one for one in importers if one.claims(path, start)), None)


def _passed_over(why: str) -> Importer:
    """Reads nothing, and says why."""

    def calls(_path: Path, note: Note) -> Iterator[Call]:
        note(1, why)
        return iter(())

    return Importer("", why, lambda _path, _start: False, calls, whole=True)


def _shown(path: Path) -> str:
    """A path as text that can be printed, whatever bytes its name has."""
    return str(path).encode(errors="replace").decode()


def read(sources: Sequence[Source], reading: Reading, now: int | None = None) -> Iterator[Session]:
    """Every session of some files; `reading` is kept up to date on the way.

    A call that is stamped more than a day after `now` (milliseconds since 1970; the clock's where none is given) is skipped.
    """
    until = (time.time_ns() // 1_000_000 if now is None else now) + DAY
    sizes = {source.path: source.size for source in sources}
    reading.bytes_all = sum(sizes.values())
    mixed: list[Iterator[Call]] = []
    with closing(_nobody_met()) as met:
        for source in sources:
            calls = _counted(source, reading, until, met)
            if source.importer.whole and sizes[source.path] < LARGE:
                yield from _grouped(calls, reading)
            else:
                mixed.append(calls)
        yield from _dealt(chain.from_iterable(mixed), reading)


def _counted(source: Source, reading: Reading, until: int, met: sqlite3.Connection) -> Iterator[Call]:
    """The calls of a file that count, each once."""

    def note(line: int, what: str) -> None:
        reading.skip(source.path, line, what)

    calls, skipped = reading.calls, reading.skipped
    for call in source.importer.calls(source.path, note):
        if call.at > until:
            note(call.line, f"a call in the future, on {time.strftime('%Y-%m-%d', time.gmtime(call.at / 1000))}")
            continue
        reading.calls += 1
        if source.importer.whole and not _is_new(call, met):
            reading.repeats += 1
        else:
            yield call
    reading.files += 1
    reading.bytes_done += source.size
    if not source.importer.whole and reading.calls == calls and reading.skipped > skipped:
        raise Unreadable(f"{_shown(source.path)}: no call of it can be read{_first(source.path, reading)}")


def _first(path: Path, reading: Reading) -> str:
    """The first problem with a file, if it was kept."""
    met = next((one for one in reading.first if one.file == _shown(path)), None)
    return f"; line {met.line}: {met.what}" if met is not None else ""


def _nobody_met() -> sqlite3.Connection:
    """Remembers calls: in memory while they are few, in a temporary file of its own once they are many."""
    met = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    met.executescript(f"PRAGMA journal_mode=OFF; PRAGMA cache_size={CACHE}; CREATE TABLE met (id INTEGER PRIMARY KEY); BEGIN")
    return met


def _is_new(call: Call, met: sqlite3.Connection) -> bool:
    """Whether a call was not met before; transcripts of resumed sessions repeat whole histories, under another session's name."""
    key = hashlib.blake2b(call.id.encode(), digest_size=8).digest()
    try:
        done = met.execute("INSERT OR IGNORE INTO met VALUES (?)", (int.from_bytes(key, "big", signed=True),))
    except sqlite3.Error as error:
        raise OSError(f"{tempfile.gettempdir()}: {error}") from None
    return done.rowcount == 1


def _grouped(calls: Iterable[Call], reading: Reading) -> Iterator[Session]:
    """Sessions of calls in any order; one that is longer than any real one comes in parts, so that memory stays bounded."""
    ordered = sorted(calls, key=lambda call: (call.session, call.thread, call.at))
    for (session, thread), group in groupby(ordered, key=lambda call: (call.session, call.thread)):
        spaced = _spaced(_once(group, reading))
        for part in count(1):
            kept = tuple(islice(spaced, LONGEST))
            if not kept:
                break
            yield Session(session, thread if part == 1 else f"{thread}#{part}", kept)


def _once(calls: Iterable[Call], reading: Reading) -> Iterator[Call]:
    """The calls of one thread without repeats; those without an id are none."""
    seen: set[str] = set()
    for call in calls:
        if call.id in seen:
            reading.repeats += 1
            continue
        if call.id:
            seen.add(call.id)
        yield call


def _spaced(calls: Iterable[Call]) -> Iterator[Call]:
    """Calls with the time since the answer before them, where the log does not give it."""
    ended = None
    for call in calls:
        gap = call.gap if call.gap >= 0 or ended is None else max(call.at - ended, 0)
        ended = max(call.ended, call.at)
        yield call if gap == call.gap else replace(call, gap=gap)


def _dealt(calls: Iterator[Call], reading: Reading) -> Iterator[Session]:
    """Sessions of many calls in any order: put in order in memory, or in buckets on disk, one after the other."""
    kept = deque(islice(calls, MANY))
    if len(kept) < MANY:
        yield from _grouped(kept, reading)
        return
    with tempfile.TemporaryDirectory(prefix="tierwise-") as folder:
        names = [Path(folder) / f"{index}" for index in range(BUCKETS)]
        _deal(chain(_emptied(kept), calls), names, _by_session)
        for name in chain.from_iterable(map(_slabs, names)):
            yield from _grouped(_stored(name), reading)


def _emptied(kept: deque[Call]) -> Iterator[Call]:
    while kept:
        yield kept.popleft()


Place = Callable[[Call, int], int]
"""Which of so many buckets a call goes to."""


def _deal(calls: Iterable[Call], names: Sequence[Path], place: Place) -> None:
    """Write each call to its bucket, each with its length before it."""
    encoder = msgspec.msgpack.Encoder()
    with ExitStack() as stack:
        files = [stack.enter_context(name.open("wb", buffering=1 << 16)) for name in names]
        for call in calls:
            packed = encoder.encode(call)
            files[place(call, len(files))].write(len(packed).to_bytes(4, "big") + packed)


def _by_session(call: Call, buckets: int) -> int:
    return int.from_bytes(hashlib.blake2b(call.session.encode(), digest_size=4).digest(), "big") % buckets


def _slabs(name: Path) -> list[Path]:
    """A bucket, or its parts by time where a session without end has made it too large to be put in order in memory."""
    number = name.stat().st_size // HUGE + 1
    if number == 1:
        return [name]
    first, last = _extent(name)
    span = (last - first) // number + 1
    names = [name.with_suffix(f".{index}") for index in range(number)]
    _deal(_stored(name), names, lambda call, _: (call.at - first) // span)
    return names


def _extent(name: Path) -> tuple[int, int]:
    """The first and the last moment of a bucket's calls."""
    first, last = 2**62, 0
    for call in _calls(name):
        first, last = min(first, call.at), max(last, call.at)
    return first, last


def _stored(name: Path) -> Iterator[Call]:
    """The calls of a bucket, which is then gone: temporary space may be memory."""
    yield from _calls(name)
    name.unlink()


def _calls(name: Path) -> Iterator[Call]:
    decoder = msgspec.msgpack.Decoder(Call)
    with name.open("rb") as file:
        while size := file.read(4):
            yield decoder.decode(file.read(int.from_bytes(size, "big")))
