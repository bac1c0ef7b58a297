"""Records, and what tests of the spool have in common."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from tierwise.core.entry import Asker, Attempt, Bodies, Entry, Latency, Outcome, Record
from tierwise.core.faults import Fault
from tierwise.ledger import Laid, framing, journal, redaction, segments
from tierwise.ledger.journal import Journal
from tierwise.ledger.records import decoded, encoded
from tierwise.ledger.segments import Segment
from tierwise.ledger.spool import Limits

ASKER = Asker("team", "plain", "a session", "openai_chat", "auto")


def entry(name: str, bodies: Bodies | None = None, fault: Fault | None = None) -> Entry:
    attempts = () if fault is None else (Attempt("one/alpha", "openai_chat", 1, 2.0, 500, fault),)
    return Entry(name, 1, ASKER, None, attempts, Latency(), 200, fault=fault, cost=5, bodies=bodies)


def outcome(name: str, note: str = "") -> Outcome:
    return Outcome(name, 1, "a", "", "success", note=note)


class Said(Struct):
    """What was said."""

    lines: list[str] = []

    def __call__(self, line: str) -> None:
        self.lines.append(line)

    def any(self, *words: str) -> bool:
        return any(all(word in line for word in words) for line in self.lines)


def opened(folder: Path, limits: Limits | None = None, say: Callable[[str], None] | None = None, **more: str) -> Journal:
    return journal.opened(folder, redaction.rules(), limits or Limits(), more.get("name", ""), say or Said())


def records(folder: Path) -> list[Record]:
    """Every record that lies whole in a folder's files."""
    return [record for one in segments.listed(folder) for record in read(one)]


def read(one: Segment) -> list[Record]:
    """Every record that lies whole in a file."""
    text = one.path.read_bytes()
    pieces = framing.scanned(text, segments.seed(one.holder), closed=True).pieces
    return [decoded(piece.payload(text)) for piece in pieces if isinstance(piece, framing.Frame)]


def ids(folder: Path) -> list[str]:
    return [one.id for one in records(folder)]


def written(folder: Path, some: Sequence[Record], holder: str = "dead-1", number: int = 1) -> Path:
    """A file that a process has left."""
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / f"{holder}-{number:08}{segments.SUFFIX}"
    with path.open("ab") as file:
        for one in some:
            payload = encoded(one)
            file.write(framing.head(payload, segments.seed(holder)) + payload)
    return path


def until(true: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something is true."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it never came true"
        time.sleep(0.005)


class Fake(Struct):
    """A store that only adds, and does whatever is to be tried: fails, refuses some ids, or takes nothing."""

    kept: dict[str, Record | Laid] = {}
    troubles: list[Exception] = []
    refused: dict[str, Exception] = {}
    added: list[int] = []

    def add(self, some: Sequence[Record | Laid]) -> int:
        if self.troubles:
            raise self.troubles.pop(0)
        for one in some:
            if one.id in self.refused:
                raise self.refused[one.id]
        new = {one.id: one for one in some if one.id not in self.kept}
        self.kept.update(new)
        self.added.append(len(some))
        return len(new)
