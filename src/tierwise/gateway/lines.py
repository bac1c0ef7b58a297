"""One line for each request and each notice on standard error, for people or as JSON.

Theory of operation. `record` and `tell` make a line, put it into a queue and return: that is all a request waits for. A line is made at
once, while what it says is still in the processor's caches: made later, it takes four times as long, and all that a record holds would have
to be kept until then. A thread looks into the queue a few times a second and writes what is there, some lines at a time. When nobody takes
them (a full pipe, a slow terminal), the queue fills up; then lines are dropped, counted, and the next one that is written says how many; so
it is with what cannot be written (a full disk, a closed pipe). Nothing waits for standard error, and nothing fails because of it.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.entry import Entry, Record
from tierwise.core.notices import Notice

MOST: Final = 2000
"""Lines that may wait."""
SOME: Final = 200
"""Lines that are written in one go."""
PAUSE: Final = 0.05
"""Seconds between two looks into the queue."""
PATIENCE: Final = 2.0
"""Seconds that the end waits for the last lines."""

Write = Callable[[bytes], object]


class Form(Protocol):
    """What a line looks like."""

    def entry(self, entry: Entry) -> str:
        """The line of a request."""

    def notice(self, notice: Notice) -> str:
        """The line of a notice."""


class Lines(Struct):
    """Lines on their way; see the theory of operation. `now` gives the milliseconds since the epoch."""

    form: Form
    write: Write
    now: Callable[[], int]
    waiting: deque[str]
    ended: threading.Event
    shed: int = 0
    lost: int = 0
    told: int = 0
    thread: threading.Thread | None = None

    def record(self, record: Record) -> None:
        """Have a request's line written; what was told of one afterwards has none."""
        if type(record) is Entry and self._room():
            self.waiting.append(self.form.entry(record))

    def tell(self, notice: Notice) -> None:
        """Have a notice written."""
        if self._room():
            self.waiting.append(self.form.notice(notice if notice.at else replace(notice, at=self.now())))

    def _room(self) -> bool:
        """Whether there is room for one more line; where there is none, one is dropped."""
        room = len(self.waiting) < MOST
        self.shed += not room
        return room

    def start(self) -> None:
        """Begin to write."""
        self.thread = threading.Thread(target=self._run, name="tierwise-lines", daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Write what is left, and stop."""
        self.ended.set()
        if self.thread is not None:
            self.thread.join(PATIENCE)
            self.thread = None

    def dropped(self) -> int:
        """How many lines were never written."""
        return self.shed + self.lost

    def flush(self) -> None:
        """Write everything that waits, or as much as can be written now."""
        while self.waiting or self.dropped() > self.told:
            dropped, some = self.dropped(), [self.waiting.popleft() for _ in range(min(SOME, len(self.waiting)))]
            text = "".join(f"{line}\n" for line in (*self._told(dropped - self.told), *some))
            try:
                self.write(text.encode("utf-8", "backslashreplace"))
            except (OSError, ValueError):
                self.lost += len(some)
                return
            self.told = dropped

    def _run(self) -> None:
        while not self.ended.wait(PAUSE):
            self.flush()
        self.flush()

    def _told(self, dropped: int) -> Sequence[str]:
        """A line that says how many there were that nobody took, if there were any."""
        return [self.form.notice(Notice("lines_shed", str(dropped), {"lines": dropped}, self.now()))] if dropped else ()


def lines(form: Form, write: Write, now: Callable[[], int]) -> Lines:
    """Lines of a form, not begun yet."""
    return Lines(form, write, now, deque(), threading.Event())
