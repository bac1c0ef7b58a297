"""The gateway's ledger: the latest entries in memory, and every record on its way through the spool to the store."""

import asyncio
import errno
import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.core.entry import Entry, Record
from tierwise.ledger import memory, redaction, spool
from tierwise.ledger.loud import Say, to_stderr
from tierwise.ledger.memory import Memory
from tierwise.ledger.records import UNFIT, bare, encoded
from tierwise.ledger.redaction import Rules
from tierwise.ledger.spool import Item, Limits, Shed, Spool

PASSING: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
"""What a disk gets over, or is got over by whoever looks after it: the gateway starts all the same."""

PRIVATE: Final = 0o700
SMALL: Final = 8 << 10
"""Bytes of bodies that are redacted here and now; larger ones would hold up the event loop, so the spool's thread does it."""


class SpoolWrong(ValueError):
    """The folder can never be a spool; the message says why and which setting names it."""


class Journal(Struct, eq=False):
    """A Ledger. `latest` has entries without what was asked and answered."""

    latest: Memory
    spool: Spool
    rules: Rules

    def record(self, record: Record) -> None:
        """Keep a record: it outlasts this process from now on (large bodies: from a moment later), and a power cut within 50 ms."""
        try:
            self._record(record)
        except (*UNFIT, MemoryError) as error:
            self.spool.unfit(record.id, error)

    def _record(self, record: Record) -> None:
        if not isinstance(record, Entry):
            self.spool.append(Item(encoded(redaction.redacted(record, self.rules))))
            return
        if record.fault is not None or len(record.attempts) > 1:
            record = redaction.said(record, self.rules)
        if record.bodies is None:
            payload = encoded(record)
            self.latest.keep(record.id, payload)
            self.spool.append(Item(payload))
            return
        self.latest.record(record)
        small = len(record.bodies.prompt) + len(record.bodies.answer) <= SMALL
        self.spool.append(Item(self.spool.encode(record), bodied=True) if small else record)

    def find(self, name: str) -> Entry | None:
        """The entry of a request's id among the latest."""
        return self.latest.find(name)

    def recent(self, count: int) -> Sequence[Entry]:
        """The latest entries, the latest first."""
        return self.latest.recent(count)

    def depth(self) -> int:
        """Bytes of records that are not in the store yet, as far as was seen within the last second."""
        return self.spool.depth

    @property
    def shed(self) -> Shed:
        """What had to be given up since the process began."""
        return self.spool.shed

    def durable(self) -> bool:
        """Have everything on the disk now; whether it is. Waits for the disk, so call it in a thread."""
        return self.spool.durable()

    async def close(self) -> None:
        """Write down whatever is not written yet."""
        await asyncio.to_thread(self.spool.close)


def holder() -> str:
    """A name for this process that no other has had or will guess."""
    return f"{time.time_ns() // 1_000_000:x}-{os.getpid()}-{secrets.token_hex(8)}"


def opened(folder: Path, said: Rules, limits: Limits, name: str = "", say: Say = to_stderr) -> Journal:
    """A journal with its spool in a folder, which is made where it is not there; SpoolWrong where it cannot be one."""
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        trial = folder / f".{secrets.token_hex(8)}.new"
        trial.touch()
        trial.unlink()
    except OSError as error:
        if error.errno not in PASSING:
            raise SpoolWrong(f"ledger.spool: {folder} cannot be used ({error.strerror}); name another folder") from None
        say(f"{folder} cannot be written to ({error.strerror}): records wait in memory until it can")

    def encode(entry: Entry) -> bytes:
        try:
            return encoded(redaction.redacted(entry, said))
        except (*UNFIT, MemoryError) as error:
            say(f"what was asked and answered in {entry.id} CANNOT BE KEPT: {error!r}")
            return encoded(bare(entry))

    return Journal(memory.opened(), spool.opened(folder, name or holder(), limits, encode, say), said)
