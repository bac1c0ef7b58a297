"""From the spool into the store: every record once, whatever happens to this process, the gateway's or the store.

Theory of operation. Files are read from where the last reading ended, and what has come is added to the store in batches. The store takes
an id once, so that after a crash everything that still lies here is simply added again: there is no place to remember that could be
wrong. A file is removed when all of it is in the store and its lock is free, which says that nothing more will come (segments.py).

What cannot be kept is set aside in a file beside its own, and named, so that it holds up nothing behind it: bytes that are no frame, and
records that the store refuses, found by halving their batch. A store that fails in a way nobody has foreseen is believed to refuse a record
only where it takes others: else it is the store that is not right, and everything waits.
"""

import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.core.entry import Record
from tierwise.ledger import Laid, StoreAway, StoreRefuses, StoreWrong, framing, front, segments
from tierwise.ledger.framing import Damage, Frame
from tierwise.ledger.loud import Loud
from tierwise.ledger.records import Unreadable, decoded, lighter
from tierwise.ledger.segments import Segment

RECORDS: Final = 500
BYTES: Final = 5 << 20
"""The most that is added in one transaction: records, and bytes of them."""

MANY: Final = 100
"""Records in a batch from which on it is worth a thread to make the next one ready meanwhile."""

NEARLY: Final = 0.85
"""Share of the configured size from which on bodies are taken out of what waits: before the gateways stop writing them."""

STALE: Final = 60.0
"""Seconds after which a file that never got its name belongs to nobody."""


class Kept(Struct, frozen=True, gc=False):
    """A record, made ready for the store or not, and the frame it lies in."""

    frame: Frame
    record: Record | Laid


class Place(Struct):
    """How much of a file is in the store. `inode` tells whether it is still the same file."""

    inode: int
    end: int = 0
    light: bool = False


class Text(Struct, frozen=True):
    """What was read of a file from `start` on, and whether it is all that will ever be there."""

    path: Path
    place: Place
    start: int
    text: bytes
    closed: bool


class Batch(Struct, frozen=True):
    """What goes into the store in one transaction, ready for it.

    It lies at `start` in the file, `end` is where it ends in the text; `odd` are pieces that no store takes, and why; `last` says that
    nothing of the text comes behind it.
    """

    text: Text
    start: int
    end: int
    kept: Sequence[Kept]
    odd: Sequence[tuple[Frame | Damage, tuple[str, str]]]
    last: bool


class Mover(Struct, eq=False):
    """Moves what lies in a folder to where `add` puts it. Only one at a time may (segments.LOCK).

    `size` is the most bytes the folder should have, `front` where processes keep in memory what may not be on the disk yet: of that only
    what dead ones left is taken. `lay` makes a record with its bytes ready for the store, which may take as long as
    to add it.
    """

    folder: Path
    add: Callable[[Sequence[Record | Laid]], int]
    loud: Loud
    front: Path
    size: int = 1 << 30
    lay: Callable[[Record, bytes], Record | Laid] = lambda record, _payload: record
    places: dict[str, Place] = {}
    told: dict[str, int] = {}

    def moved(self) -> int:
        """Move what is there; how many records that was."""
        found = [*segments.listed(self.folder), *front.listed(self.front)]
        names = {one.path.name for one in found}
        self.places = {name: place for name, place in self.places.items() if name in names}
        try:
            return self._all_moved(found)
        finally:
            self._tell()

    def _all_moved(self, found: Sequence[Segment]) -> int:
        """Move what has come to some files: while the store takes in a large batch, the next one is made ready."""
        moved = 0
        with closing(self._ready(found)) as batches_, ThreadPoolExecutor(1, "ledger-reading") as beside:
            coming = partial(next, batches_, None)
            one = coming()
            while one is not None:
                following = beside.submit(coming) if len(one.kept) >= MANY else None
                moved += self._moved_or_told(one)
                one = coming() if following is None else following.result()
        return moved

    def _ready(self, found: Sequence[Segment]) -> Generator[Batch]:
        """What has come to some files, ready to be added. If one cannot be read, the others can."""
        for one in found:
            try:
                yield from self._recovered(one) if one.path.parent == self.front else self._come(one)
            except OSError as error:
                gone = isinstance(error, FileNotFoundError) and one.path.parent == self.front
                if not gone:  # a process that ends well removes what it had in memory once it is on the disk
                    self._tell_of(one.path, error)

    def _come(self, one: Segment) -> Iterator[Batch]:
        """What has come to one file."""
        with segments.opened(one.path) as (descriptor, closed):
            place = self._place(one.path, descriptor)
            text = segments.read(descriptor, place.end)
            pieces = framing.scanned(text, segments.seed(one.holder), closed=closed).pieces
            yield from self._batches(Text(one.path, place, place.end, text, closed), pieces)

    def _recovered(self, one: Segment) -> Iterator[Batch]:
        """What a dead process had in memory; a living one will write it to the disk itself."""
        with segments.opened(one.path) as (descriptor, closed):
            if closed:
                text = segments.read(descriptor, 0)
                found = Text(one.path, Place(0), 0, text, closed)
                yield from self._batches(found, framing.leading(text, segments.seed(one.holder)))

    def _batches(self, text: Text, pieces: Sequence[Frame | Damage]) -> Iterator[Batch]:
        """The pieces of a text in batches; the last one says so, and is there also where there are none."""
        start, found = text.start, batches(pieces) or [[]]
        for number, some in enumerate(found, 1):
            yield self._batch(text, start, some, last=number == len(found))
            start = text.start + some[-1].end if some else start

    def _batch(self, text: Text, start: int, pieces: Sequence[Frame | Damage], *, last: bool) -> Batch:
        kept, odd = [], list[tuple[Frame | Damage, tuple[str, str]]]()
        for piece in pieces:
            if isinstance(piece, Damage):
                odd.append((piece, ("damaged", piece.because)))
                continue
            payload = piece.payload(text.text)
            try:
                kept.append(Kept(piece, self._laid(decoded(payload), payload)))
            except Unreadable as error:
                odd.append((piece, ("refused", f"it is no record: {error}")))
        return Batch(text, start, pieces[-1].end if pieces else 0, kept, odd, last)

    def _laid(self, record: Record, payload: bytes) -> Record | Laid:
        """A record as the store takes it soonest; one that cannot be made so is left for the store to refuse."""
        try:
            return self.lay(record, payload)
        except (TypeError, OverflowError, UnicodeEncodeError):
            return record

    def _moved_or_told(self, one: Batch) -> int:
        """Add a batch, and remove its file when nothing more will come to it. What cannot be done now is told and tried later."""
        text = one.text
        if text.place.end != one.start:  # what stands before it could not be moved
            return 0
        try:
            moved = self._added(one)
            text.place.end = max(text.start + one.end, one.start)
            if one.last and text.closed:
                self._remove(text.path)
        except StoreAway:
            raise
        except OSError as error:
            self._tell_of(text.path, error)
            return 0
        return moved

    def _remove(self, path: Path) -> None:
        """Remove a file of which all is in the store."""
        path.unlink()
        if path.parent == self.front:
            front.tidy(self.front)
        else:
            self.places.pop(path.name)

    def _tell_of(self, path: Path, error: OSError) -> None:
        because = error.strerror or error
        self.loud.tell(path.name, time.monotonic(), lambda: f"{path}: {because}")

    def left(self) -> int:
        """Bytes that are not in the store."""
        return sum(max(0, one.size - self._end(one)) for one in segments.listed(self.folder))

    def _end(self, one: Segment) -> int:
        place = self.places.get(one.path.name)
        return 0 if place is None else place.end

    def _tell(self) -> None:
        """Let the gateways know how much is in the store."""
        said = {name: place.end for name, place in self.places.items()}
        if said != self.told:
            with suppress(OSError):  # it only feeds gauges
                segments.tell_positions(self.folder, said)
                self.told = said

    def _place(self, path: Path, descriptor: int) -> Place:
        inode, place = os.fstat(descriptor).st_ino, self.places.get(path.name)
        if place is None or place.inode != inode:
            place = self.places[path.name] = Place(inode)
        return place

    def _added(self, one: Batch) -> int:
        """Add a batch, and set aside what is odd in it; how many records that was."""
        text = one.text
        for piece, why in one.odd:
            self._aside(text, piece, why)
        refused = list[tuple[Kept, str, bool]]()
        self._add(one.kept, refused)
        if refused and len(refused) == len(one.kept) and not any(sure for _, _, sure in refused):
            raise StoreWrong(f"the store takes no record: {refused[0][1]}")
        for kept, because, _ in refused:
            self._aside(text, kept.frame, ("refused", f"{kept.record.id}: {because}"))
        return len(one.kept) - len(refused)

    def _add(self, kept: Sequence[Kept], refused: list[tuple[Kept, str, bool]]) -> None:
        """Add records; those that are refused go to a list, with the reason and whether that is the store's own word."""
        if not kept:
            return
        because = self._why_not([one.record for one in kept])
        if because is None:
            return
        if len(kept) == 1:
            refused.append((kept[0], *because))
            return
        half = len(kept) // 2
        self._add(kept[:half], refused)
        self._add(kept[half:], refused)

    def _why_not(self, records: Sequence[Record | Laid]) -> tuple[str, bool] | None:
        """Add records; None, or why they are refused and whether the store says so itself."""
        try:
            self.add(records)
        except (StoreAway, StoreWrong):
            raise
        except StoreRefuses as error:
            return str(error), True
        except Exception as error:  # noqa: BLE001  # the background supervisor: one record must not hold up all others for ever
            return f"{type(error).__name__}: {error}", False
        return None

    def _aside(self, text: Text, piece: Frame | Damage, why: tuple[str, str]) -> None:
        """Set bytes aside in a file of their own. Its name is always the same, so that to do it again changes nothing."""
        (kind, because), path, at = why, text.path, text.start + piece.start
        aside = self.folder / f"{path.stem}.at-{at}.{kind}"
        if not aside.exists():
            segments.replace(aside, text.text[piece.start : piece.end])
        size = piece.end - piece.start
        self.loud.say(f"{path.name}: {size:,} bytes at {at:,} are {kind} ({because}); they are set aside in {aside.name}")

    # Room

    def lighten(self) -> int:
        """Where the folder is nearly full, take the bodies out of the files that nobody writes to any more; how many files that was."""
        found = segments.listed(self.folder)
        used, count = sum(one.size for one in found), 0
        for one in found:
            if used < self.size * NEARLY:
                break
            place = self.places.get(one.path.name)
            if place is not None and place.light:
                continue
            saved = self._lightened(one)
            used -= saved
            count += saved > 0
        if count:
            self.loud.say(f"{self.folder} is nearly full: bodies were taken out of {count:,} files")
        return count

    def _lightened(self, one: Segment) -> int:
        """Bytes saved in a file; what is damaged stays as it is."""
        with segments.opened(one.path) as (descriptor, closed):
            place = self._place(one.path, descriptor)
            if not closed:
                return 0
            text, seed = segments.read(descriptor, place.end), segments.seed(one.holder)
            pieces = framing.scanned(text, seed, closed=True).pieces
            light = b"".join(part for piece in pieces for part in _light(piece, text, seed))
            if len(light) >= len(text):
                place.light = True
                return 0
            segments.replace(one.path, light)
            self.places[one.path.name] = Place(one.path.stat().st_ino, light=True)
            return max(0, one.size - len(light))

    def tidy(self) -> None:
        """Remove files that never got their name: their process died within a moment."""
        for path in (path for folder in (self.folder, self.front) for path in folder.glob(f"*{segments.NEW}")):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > STALE:
                    path.unlink()


def _light(piece: Frame | Damage, text: bytes, seed: int) -> tuple[bytes, ...]:
    if isinstance(piece, Damage):
        return (text[piece.start : piece.end],)
    payload = lighter(piece.payload(text))
    return framing.head(payload, seed), payload


def batches(pieces: Sequence[Frame | Damage]) -> list[list[Frame | Damage]]:
    """Pieces in batches: so many, and so many bytes, that one transaction takes them; a larger one is alone."""
    found: list[list[Frame | Damage]] = []
    size = BYTES
    for piece in pieces:
        if size + piece.end - piece.start > BYTES or len(found[-1]) >= RECORDS:
            found.append([])
            size = 0
        found[-1].append(piece)
        size += piece.end - piece.start
    return found
