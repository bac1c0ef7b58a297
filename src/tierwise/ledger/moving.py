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
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.core.entry import Record
from tierwise.ledger import StoreAway, StoreRefuses, StoreWrong, framing, front, segments
from tierwise.ledger.framing import Damage, Frame
from tierwise.ledger.loud import Loud
from tierwise.ledger.records import Unreadable, decoded, lighter
from tierwise.ledger.segments import Segment

RECORDS: Final = 500
BYTES: Final = 5 << 20
"""The most that is added in one transaction: records, and bytes of them."""

NEARLY: Final = 0.85
"""Share of the configured size from which on bodies are taken out of what waits: before the gateways stop writing them."""

STALE: Final = 60.0
"""Seconds after which a file that never got its name belongs to nobody."""


class Kept(Struct, frozen=True, gc=False):
    """A record and the frame it lies in."""

    frame: Frame
    payload: bytes
    record: Record


class Place(Struct):
    """How much of a file is in the store. `inode` tells whether it is still the same file."""

    inode: int
    end: int = 0
    light: bool = False


class Mover(Struct, eq=False):
    """Moves what lies in a folder to where `add` puts it. Only one at a time may (segments.LOCK).

    `size` is the most bytes the folder should have, `front` where processes keep in memory what may not be on the disk yet: of that only
    what dead ones left is taken. When there is `enough`, the rest is left for later.
    """

    folder: Path
    add: Callable[[Sequence[Record]], int]
    loud: Loud
    front: Path
    size: int = 1 << 30
    enough: Callable[[], bool] = lambda: False
    places: dict[str, Place] = {}
    told: dict[str, int] = {}

    def moved(self) -> int:
        """Move what is there; how many records that was."""
        found = [*segments.listed(self.folder), *front.listed(self.front)]
        names = {one.path.name for one in found}
        self.places = {name: place for name, place in self.places.items() if name in names}
        try:
            return sum(self._moved_or_told(one) for one in found if not self.enough())
        finally:
            self._tell()

    def _moved_or_told(self, one: Segment) -> int:
        """Move what has come to one file. If that cannot be read, the others can."""
        try:
            return self._moved(one)
        except StoreAway:
            raise
        except OSError as error:
            because = error.strerror or error
            self.loud.tell(one.path.name, time.monotonic(), lambda: f"{one.path}: {because}")
            return 0

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

    def _moved(self, one: Segment) -> int:
        """Move what has come to one file, and remove it when nothing more will."""
        if one.path.parent == self.front:
            return self._recovered(one)
        with segments.opened(one.path) as (descriptor, closed):
            place = self._place(one.path, descriptor)
            text = segments.read(descriptor, place.end)
            pieces = framing.scanned(text, segments.seed(one.holder), closed=closed).pieces
            moved = self._added(one.path, place, text, pieces)
            if closed and place.end >= os.fstat(descriptor).st_size:
                one.path.unlink()
                self.places.pop(one.path.name)
        return moved

    def _recovered(self, one: Segment) -> int:
        """Move what a dead process had in memory, and remove it; a living one will write it to the disk itself."""
        with segments.opened(one.path) as (descriptor, closed):
            if not closed:
                return 0
            text = segments.read(descriptor, 0)
            moved = self._added(one.path, Place(0), text, framing.leading(text, segments.seed(one.holder)))
            one.path.unlink()
        front.tidy(self.front)
        return moved

    def _place(self, path: Path, descriptor: int) -> Place:
        inode, place = os.fstat(descriptor).st_ino, self.places.get(path.name)
        if place is None or place.inode != inode:
            place = self.places[path.name] = Place(inode)
        return place

    def _added(self, path: Path, place: Place, text: bytes, pieces: Sequence[Frame | Damage]) -> int:
        """Add what lies in a text that begins at a place of a file; how many records that was."""
        start, moved = place.end, 0
        for batch in batches(pieces):
            moved += self._batch(path, start, text, batch)
            place.end = start + batch[-1].end
        return moved

    def _batch(self, path: Path, start: int, text: bytes, batch: Sequence[Frame | Damage]) -> int:
        kept = []
        for piece in batch:
            if isinstance(piece, Damage):
                self._aside(path, start + piece.start, text[piece.start : piece.end], ("damaged", piece.because))
                continue
            payload = piece.payload(text)
            try:
                kept.append(Kept(piece, payload, decoded(payload)))
            except Unreadable as error:
                self._aside(path, start + piece.start, text[piece.start : piece.end], ("refused", f"it is no record: {error}"))
        refused = list[tuple[Kept, str, bool]]()
        self._add(kept, refused)
        if refused and len(refused) == len(kept) and not any(sure for _, _, sure in refused):
            raise StoreWrong(f"the store takes no record: {refused[0][1]}")
        for one, because, _ in refused:
            self._aside(path, start + one.frame.start, text[one.frame.start : one.frame.end], ("refused", f"{one.record.id}: {because}"))
        return len(kept) - len(refused)

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

    def _why_not(self, records: Sequence[Record]) -> tuple[str, bool] | None:
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

    def _aside(self, path: Path, at: int, text: bytes, why: tuple[str, str]) -> None:
        """Set bytes aside in a file of their own. Its name is always the same, so that to do it again changes nothing."""
        kind, because = why
        aside = self.folder / f"{path.stem}.at-{at}.{kind}"
        if not aside.exists():
            segments.replace(aside, text)
        self.loud.say(f"{path.name}: {len(text):,} bytes at {at:,} are {kind} ({because}); they are set aside in {aside.name}")

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
