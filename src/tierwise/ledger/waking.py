"""A thread that waits until there is something to do."""

import threading
from collections.abc import Callable

from msgspec import Struct, field


class Task(Struct, eq=False):
    """A thread that waits for work. `told` says that it does not have to be told of any: it will look once more before it waits."""

    name: str
    work: Callable[[], None]
    waking: threading.Event = field(default_factory=threading.Event)
    told: bool = False
    thread: threading.Thread | None = None

    def tell(self) -> None:
        """There is something to do. The thread is started with the first word, and again if a defect of ours has ended it."""
        if self.told:
            return
        self.told = True
        if self.thread is None:
            self.thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self.thread.start()
        self.waking.set()

    def _run(self) -> None:
        try:
            self.work()
        finally:
            self.thread, self.told = None, False

    def wait(self, seconds: float | None) -> None:
        """Wait until there is, or for so long."""
        self.waking.wait(seconds)
        self.waking.clear()

    def finish(self, seconds: float) -> None:
        """Wake the thread so that it can end, and wait for that, but not for longer than this."""
        thread = self.thread
        self.waking.set()
        if thread is not None:
            thread.join(seconds)
