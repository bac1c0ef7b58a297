"""One line for each request and each notice on standard error, for people or as JSON.

Theory of operation. `record` and `tell` put what they are given into a queue and return: that is all a request waits for. A thread looks
into the queue a few times a second, makes the lines and writes them, some at a time, so that it never keeps the interpreter to itself for
long. When nobody takes the lines (a full pipe, a slow terminal), the queue fills up; then lines are dropped, counted, and the next one
that is written says how many; so it is with what cannot be written (a full disk, a closed pipe). Nothing waits for standard error, and
nothing fails because of it.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from msgspec import Struct

from tierwise.core.entry import Entry, Record
from tierwise.core.notices import Notice

MOST: Final = 2000
"""What may wait: entries hold their receipts, so that this is some forty megabytes."""
SOME: Final = 16
"""Lines that are made and written in one go."""
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
    waiting: deque[Entry | Notice]
    ended: threading.Event
    shed: int = 0
    lost: int = 0
    told: int = 0
    thread: threading.Thread | None = None

    def record(self, record: Record) -> None:
        """Have a request's line written; what was told of one afterwards has none."""
        if type(record) is Entry:
            self._wait(record)

    def tell(self, notice: Notice) -> None:
        """Have a notice written."""
        self._wait(notice if notice.at else Notice(notice.kind, notice.message, notice.about, self.now()))

    def _wait(self, one: Entry | Notice) -> None:
        if len(self.waiting) < MOST:
            self.waiting.append(one)
        else:
            self.shed += 1

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
            text = "".join(f"{line}\n" for line in self._worded(dropped - self.told, some))
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

    def _worded(self, dropped: int, some: Sequence[Entry | Notice]) -> Iterator[str]:
        """Lines, and before them how many there were that nobody took."""
        if dropped:
            yield self.form.notice(Notice("lines_shed", str(dropped), {"lines": dropped}, self.now()))
        for one in some:
            yield self.form.entry(one) if isinstance(one, Entry) else self.form.notice(one)


def lines(form: Form, write: Write, now: Callable[[], int]) -> Lines:
    """Lines of a form, not begun yet."""
    return Lines(form, write, now, deque(), threading.Event())
