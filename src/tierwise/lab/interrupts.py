"""Interrupts that wait while something is done that must not be left half-done."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from msgspec import Struct


class Interrupts(Struct):
    """Whether an interrupt has to wait (`busy`) and whether one does (`waiting`)."""

    busy: bool = False
    waiting: bool = False

    def met(self, *_about: object) -> None:
        """An interrupt has come: raised at once, or when what must not be left half-done is done."""
        if not self.busy:
            raise KeyboardInterrupt
        self.waiting = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let interrupts wait until the block is done."""
        self.busy = True
        try:
            yield
        finally:
            self.busy = False
        if self.waiting:
            self.waiting = False
            raise KeyboardInterrupt


@contextmanager
def caught() -> Iterator[Interrupts]:
    """Interrupts that can be held, within the block."""
    interrupts = Interrupts()
    with _handled(interrupts.met):
        yield interrupts


def ignored() -> AbstractContextManager[None]:
    """No interrupts within the block, nor in the processes that are started in it."""
    return _handled(signal.SIG_IGN)


@contextmanager
def _handled(how: Callable[..., None] | signal.Handlers) -> Iterator[None]:
    """Interrupts handled in some way within the block; only a program's main thread gets any, so elsewhere nothing is changed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, how)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
