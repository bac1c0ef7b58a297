"""Connections that are used again: one thread has one at a time, and another process never gets its parent's."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Protocol

from msgspec import Struct, field

MOST: Final = 8
"""Connections that a process has at once."""


class Connections(Protocol):
    """Where a connection is to be had."""

    def one(self) -> AbstractContextManager[Any]:
        """A connection for a while."""

    def clear(self) -> None:
        """Close them."""


class Pool(Struct):
    """Connections that nobody uses just now, the latest last. `opened` makes a new one; whoever would be one too many waits."""

    opened: Callable[[], Any]
    free: list[Any] = []
    room: Any = field(default_factory=lambda: threading.BoundedSemaphore(MOST))
    lock: Any = field(default_factory=threading.Lock)
    owner: int = field(default_factory=os.getpid)
    round: int = 0

    @contextmanager
    def one(self) -> Iterator[Any]:
        """A connection for a while; one on which anything went wrong is not used again."""
        with self.room:
            connection, number = self._taken()
            well = False
            try:
                yield connection
                well = True
            finally:
                self._back(connection, number if well else -1)

    def _taken(self) -> tuple[Any, int]:
        with self.lock:
            if self.owner != os.getpid():
                self.free, self.owner = [], os.getpid()
            found = self.free.pop() if self.free else None
            number = self.round
        return (self.opened() if found is None else found), number

    def _back(self, connection: Any, number: int) -> None:
        with self.lock:
            kept = number == self.round
            if kept:
                self.free.append(connection)
        if not kept:
            connection.close()

    def clear(self) -> None:
        """Close what nobody uses; what is in use is closed when it comes back."""
        with self.lock:
            gone, self.free, self.round = self.free, [], self.round + 1
        for one in gone:
            one.close()


class Single(Struct):
    """The only connection there is: whoever wants it waits for it."""

    connection: Any
    lock: Any = field(default_factory=threading.Lock)

    @contextmanager
    def one(self) -> Iterator[Any]:
        """The connection, for one thread at a time."""
        with self.lock:
            yield self.connection

    def clear(self) -> None:
        """Close it."""
        self.connection.close()
