"""The spool: a folder of files to which a process appends records, so that none is lost whatever happens to the process or the store.

    append -> front (memory that outlasts the process) -> [thread, 40 ms later] -> file, synced

Theory of operation. `append` puts a record into the front (front.py), where it outlasts the process from that moment on: it takes
microseconds, whatever the disk does, and needs no thread that may have to wait for the interpreter's lock. The thread writes what has
gathered to the file and syncs it, so that it outlasts a power cut; it sleeps while there is nothing to do. A file that is large enough is
left for the next one; what is left is read, moved to the store and removed by the writer (writer.py).

Three things can be too full. The folder has a configured size: from nine tenths of it on, records are written without bodies; at all of
it they are dropped. The disk may be full, read-only or broken: records stay in memory and are tried again each second; when they are too
many, first their bodies are dropped and then new records. Whatever is dropped is counted and said, once a minute. A sync that fails may
have lost what was written: it is written again to another file, and the store takes each record once.
"""

import atexit
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, cast

from msgspec import Struct, field

from tierwise.core.entry import Entry
from tierwise.ledger import framing, front, segments
from tierwise.ledger.framing import HEAD
from tierwise.ledger.front import Front, Sheet
from tierwise.ledger.loud import Loud, Say, to_stderr
from tierwise.ledger.records import UNFIT, bare, encoded, lighter
from tierwise.ledger.tail import Tail
from tierwise.ledger.waking import Task

SYNC: Final = 0.040
"""Seconds that records gather before they are written and synced."""

AT_ONCE: Final = 0.005
"""The same where there is no front."""

AGAIN: Final = 1.0
"""Seconds after which a disk that did not work is tried again, and the folder is looked at again."""

BATCH: Final = 4 << 20
"""Bytes that are written at a time, more or less."""

SEGMENT: Final = 8 << 20
FEWEST: Final = 32
"""Files that the configured size is made of at least, so that room is made in small steps."""

NEARLY: Final = 0.9
"""Share of the configured size from which on bodies are not written."""

HELD: Final = 64 << 20
"""Bytes of records that may wait in memory for a disk."""

GUESS: Final = 16_384
"""Bytes that an entry takes beside its bodies, before that is known."""

MB: Final = 1_000_000
UNSAFE: Final = f"{front.MEMORY} takes no more: records that are not on the disk yet would not outlast this process"

Encode = Callable[[Entry], bytes]


class Shed(Struct):
    """What had to be given up since the process began: bodies, and whole records."""

    bodies: int = 0
    records: int = 0


class Item(Struct, gc=False):
    """A record's bytes on their way to the disk, whether it has bodies, and what stands before it in a file once that is known."""

    payload: bytes
    bodied: bool = False
    head: bytes = b""


class Run(Struct, eq=False):
    """Records without bodies that lie one after the other in a file of the front, and need not be kept anywhere else."""

    sheet: Sheet
    start: int
    end: int
    count: int = 0

    @property
    def size(self) -> int:
        """Bytes of payloads in it."""
        return self.end - self.start - self.count * HEAD.size

    def text(self) -> bytes:
        """Its frames."""
        return self.sheet.view[self.start : self.end]


class Limits(Struct, frozen=True):
    """Bytes that the folder may have, and that may wait in memory."""

    size: int = 1 << 30
    held: int = HELD


class Spool(Struct, eq=False):
    """A process's end of the spool. `encode` makes the bytes of an entry with bodies, redacted.

    `waiting` is what the disk has not yet. `came` and `went` count the bytes in it, `count` and `done` the records that ever came and those
    that are on the disk. `used` is what the folder had at the last look and what was written since, `behind` how much of that was not in
    the store. The disk is only touched with the lock `disk`, the front with the lock `gate`.
    """

    tail: Tail
    seed: int
    limits: Limits
    encode: Encode
    loud: Loud
    front: Front | None
    writing: Task
    gate: threading.Lock
    disk: threading.RLock
    ended: threading.Event
    waiting: deque[Item | Run | Entry]
    shed: Shed = field(default_factory=Shed)
    trouble: OSError | None = None
    began: float = 0.0
    came: int = 0
    went: int = 0
    count: int = 0
    done: int = 0
    used: int = 0
    behind: int = 0
    looked: float = float("-inf")

    @property
    def held(self) -> int:
        """Bytes that wait in memory."""
        return max(0, self.came - self.went)

    @property
    def depth(self) -> int:
        """Bytes that are not in the store yet, as far as was seen at the last look."""
        return self.behind + self.held

    def append(self, record: Item | Entry) -> None:
        """Have a record written: its bytes, or an entry whose bodies have to be redacted first. Never waits."""
        if self.held >= self.limits.held or self.ended.is_set():
            self._dropped(1)
            return
        if self.held >= self.limits.held // 2:
            light = self._light(record)
            if light is None:
                return
            record = light
        self.came += _weight(record)
        self.count += 1
        if isinstance(record, Entry) or self.front is None:
            self.waiting.append(record)
        else:
            with self.gate:
                self._secure(self.front, record)
        self.writing.tell()

    def _secure(self, place: Front, item: Item) -> None:
        """Put a record into the front, with the lock `gate`."""
        item.head = framing.head(item.payload, self.seed)
        if not place.put(item.head, item.payload, self.count, self.done):
            self.loud.tell("front", time.monotonic(), lambda: UNSAFE)
            self.waiting.append(item)
        elif item.bodied:
            self.waiting.append(item)
        else:
            self._run_on(place.now, len(item.payload) + HEAD.size)

    def _run_on(self, sheet: Sheet, size: int) -> None:
        """Have what was just put into a file of the front written from there."""
        run = self.waiting[-1] if self.waiting else None
        if not isinstance(run, Run) or run.end != sheet.size - size or run.sheet is not sheet or run.end - run.start >= self.tail.most:
            run = Run(sheet, sheet.size - size, sheet.size)
            self.waiting.append(run)
        run.end = sheet.size
        run.count += 1

    def _frame(self, item: Item) -> bytes:
        return (item.head or framing.head(item.payload, self.seed)) + item.payload

    def durable(self) -> bool:
        """Write and sync everything that was appended before, now; whether all of it is on the disk."""
        with self.disk:
            self._look()
            self._flush()
            return self.trouble is None and not self.waiting

    def close(self) -> None:
        """Write everything and let go of the folder. What no disk takes may be lost then, and that is said."""
        if self.ended.is_set():
            return
        self.ended.set()
        self.writing.finish(AGAIN)
        safe = self.durable()
        with self.disk, self.gate:
            self.tail.leave()
            self.tail.sync()
            if self.front is not None:
                self.front.close(safe=safe)
        atexit.unregister(self.close)
        if not safe:
            self.loud.say(
                f"{self._what_waits()} records ARE LOST but for those in memory that outlasts the process: {self._what_is_wrong()}"
            )

    # The thread

    def write_on(self) -> None:
        """What the thread does."""
        while not self.ended.is_set():
            self.writing.told = False  # from here on we are told of work
            if not self.waiting:
                self.writing.wait(AGAIN if self.behind else None)
            self.writing.told = True  # from here on we need not be: we look once more before we wait
            if self.trouble is not None:
                self.ended.wait(AGAIN)
            elif self.waiting:
                time.sleep(SYNC if self.front is not None else AT_ONCE)
            with self.disk:
                self._look()
                self._flush()

    # Writing, with the lock `disk`

    def _look(self) -> None:
        """See how full the folder is, if that is due."""
        now = time.monotonic()
        if now - self.looked < (AGAIN if self.used < self.limits.size * NEARLY else AGAIN / 8):
            return
        self.looked = now
        try:
            found = segments.listed(self.tail.folder)
        except OSError:
            return
        kept = segments.positions(self.tail.folder)
        self.used = sum(one.size for one in found)
        self.behind = sum(max(0, one.size - kept.get(one.path.name, 0)) for one in found)

    def _flush(self) -> None:
        """Write everything there is, as far as the disk takes it."""
        while self.waiting and self._write():
            pass

    def _write(self) -> bool:
        """Write and sync some of what waits, as far as the folder's size allows; whether the disk took it."""
        run = self._run()
        return self._write_items(self._fitting()) if run is None else self._write_run(run)

    def _run(self) -> Run | None:
        """The next run that can be written as it is; one that there is not so much room for becomes single records."""
        with self.gate:
            run = self.waiting[0] if self.waiting else None
            if not isinstance(run, Run):
                return None
            self.waiting.popleft()
        self.went += run.size
        if self.used + run.end - run.start <= self.limits.size * NEARLY:
            return run
        self._take_back(self._items(run.text()))
        return None

    def _items(self, text: bytes) -> list[Item]:
        """The records of some frames."""
        return [Item(one.payload(text), head=text[one.start : one.start + HEAD.size]) for one in framing.leading(text, self.seed)]

    def _write_run(self, run: Run) -> bool:
        with memoryview(run.sheet.view) as view, view[run.start : run.end] as text:
            whole, trouble = self._put(text)
        rest = self._items(run.text()[whole:]) if trouble is not None else []
        return self._wrote(whole, run.count - len(rest), rest, trouble)

    def _write_items(self, items: list[Item]) -> bool:
        if not items:
            return True
        frames = list(map(self._frame, items))
        whole, trouble = self._put(b"".join(frames))
        count, end = 0, 0
        while count < len(frames) and end + len(frames[count]) <= whole:
            end += len(frames[count])
            count += 1
        return self._wrote(whole, count, items[count:], trouble)

    def _put(self, text: bytes | memoryview) -> tuple[int, OSError | None]:
        """Write and sync frames; how many bytes of whole ones are on the disk, and what kept the others out."""
        whole, trouble = self.tail.append(text)
        failed = self.tail.sync() if whole else None
        if failed is None:
            return whole, trouble
        self.tail.leave()  # nobody knows what the disk has kept: all of it is written again, to a new file
        return 0, failed

    def _wrote(self, size: int, count: int, rest: list[Item], trouble: OSError | None) -> bool:
        """Note what is on the disk and what waits on; whether the disk took all."""
        self.used += size
        self.behind += size
        self.done += count
        self._take_back(rest)
        self._judge(trouble)
        return trouble is None

    def _take_back(self, items: Sequence[Item]) -> None:
        """Have records wait on, before all others."""
        with self.gate:
            self.waiting.extendleft(reversed(items))
        self.went -= sum(len(one.payload) for one in items)

    def _fitting(self) -> list[Item]:
        """The next records to write: without bodies where the folder is nearly full, none where it is full."""
        room = self.limits.size - self.used
        found: list[Item] = []
        size, dropped = 0, 0
        while size < min(BATCH, self.tail.most) and self.waiting and not isinstance(self.waiting[0], Run):
            item = self._taken()
            if item is not None and item.bodied and size + len(item.payload) > room - self.limits.size * (1 - NEARLY):
                item = self._lighter(item)
            if item is None:
                continue
            if size + len(item.payload) + HEAD.size > room:
                dropped += 1
                continue
            found.append(item)
            size += len(item.payload) + HEAD.size
        if dropped:
            self.done += dropped
            self._dropped(dropped)
        return found

    def _taken(self) -> Item | None:
        """The next record, as bytes; None where there are none of it."""
        with self.gate:  # the event loop may be looking at the last one
            record = cast("Item | Entry", self.waiting.popleft())
        self.went += _weight(record)
        if isinstance(record, Item):
            return record
        try:
            found = Item(self.encode(record), bodied=True)
        except (*UNFIT, MemoryError) as error:
            self.unfit(record.id, error)
            self.done += 1
            return None
        found.head = framing.head(found.payload, self.seed)
        if self.front is not None:
            with self.gate:
                self.front.put(found.head, found.payload, self.count, self.done)
        return found

    def _judge(self, trouble: OSError | None) -> None:
        """Note whether the disk works, and say when that has changed or goes on."""
        now = time.monotonic()
        if trouble is not None:
            self.began = self.began if self.trouble is not None else now
            self.trouble = trouble
            if self.held >= self.limits.held // 2:
                self._lighten()
            self.loud.tell("disk", now, lambda: f"{self._what_is_wrong()}; {self._what_waits()} records wait in memory")
        elif self.trouble is not None:
            self.trouble = None
            self.loud.over("disk", f"{self.tail.folder} can be written to again after {now - self.began:.0f} s")

    def _what_is_wrong(self) -> str:
        because = "" if self.trouble is None else self.trouble.strerror or str(self.trouble)
        return f"{self.tail.folder} cannot be written to ({because})"

    def _what_waits(self) -> str:
        return f"{self.count - self.done:,} ({self.held / MB:.1f} of {self.limits.held / MB:.0f} MB)"

    # Giving up what cannot be kept

    def unfit(self, name: str, error: Exception) -> None:
        """A record cannot be made into bytes: that is said, and counted as lost."""
        self.shed.records += 1
        self.loud.say(f"record {name} CANNOT BE KEPT: {error!r}")

    def _light(self, record: Item | Entry) -> Item | None:
        """A record without its bodies; None where it cannot be made into bytes."""
        if isinstance(record, Item):
            return self._lighter(record) if record.bodied else record
        self._bodies_dropped()
        try:
            return Item(encoded(bare(record)))
        except (*UNFIT, MemoryError) as error:
            self.unfit(record.id, error)
            return None

    def _lighter(self, item: Item) -> Item:
        self._bodies_dropped()
        return Item(lighter(item.payload))

    def _lighten(self) -> None:
        """Give up the bodies of all that waits in memory."""
        with self.gate:
            some = [self.waiting.popleft() for _ in range(len(self.waiting))]
        before = sum(map(_weight, some))
        light = [one if isinstance(one, Run) else self._light(one) for one in some]
        kept = [one for one in light if one is not None]
        self.done += len(some) - len(kept)
        with self.gate:
            self.waiting.extendleft(reversed(kept))
        self.went += before - sum(map(_weight, kept))

    def _bodies_dropped(self) -> None:
        self.shed.bodies += 1
        self.loud.tell("bodies", time.monotonic(), lambda: f"{self._full()}: bodies are not kept, {self.shed.bodies:,} so far")

    def _dropped(self, count: int) -> None:
        self.shed.records += count
        self.loud.tell("records", time.monotonic(), lambda: f"{self._full()}: RECORDS ARE LOST, {self.shed.records:,} so far")

    def _full(self) -> str:
        if self.ended.is_set():
            return f"{self.tail.folder} is closed"
        if self.held >= self.limits.held // 2:
            wrong = self._what_is_wrong() if self.trouble is not None else f"{self.tail.folder} is too slow"
            return f"{wrong} and memory is full"
        return f"{self.tail.folder} has {self.used / MB:.1f} of {self.limits.size / MB:.1f} MB (ledger.spool_size)"


def _weight(record: Item | Run | Entry) -> int:
    """Bytes that records take in memory."""
    if isinstance(record, Item):
        return len(record.payload)
    if isinstance(record, Run):
        return record.size
    return GUESS + (len(record.bodies.prompt) + len(record.bodies.answer) if record.bodies is not None else 0)


def opened(folder: Path, holder: str, limits: Limits, encode: Encode, say: Say = to_stderr) -> Spool:
    """A process's end of a spool, in a folder that is there."""
    tail = Tail(folder, holder, min(SEGMENT, limits.size // FEWEST))
    writing = Task("ledger-writing", lambda: made.write_on())  # noqa: PLW0108  # it is made below
    locks = threading.Lock(), threading.RLock(), threading.Event()
    made = Spool(tail, segments.seed(holder), limits, encode, Loud(say), front.opened(folder, holder), writing, *locks, deque())
    atexit.register(made.close)
    return made
