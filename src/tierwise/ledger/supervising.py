"""Whoever serves starts a writer, starts it again when it dies, and lets it finish in the end.

Theory of operation. The writer's standard input is a pipe whose other end only this process has: when this process is gone, however it
went, the writer reads the end of it and knows. It runs in a session of its own, so that Ctrl-C reaches it that way too. What it says goes
to this process's standard error.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from msgspec import Struct

from tierwise.ledger.loud import Loud, Say, to_stderr
from tierwise.ledger.writer import Plan

MODULE: Final = "tierwise.cli.writer"
ADDRESS: Final = "TIERWISE_WRITER_STORE"
"""The environment variable that tells the writer the store's address: it may have a password, which no list of processes shows there."""

FIRST, LONGEST = 0.2, 5.0
"""Seconds before a writer that died is started again: at first, and at most when it goes on dying."""

STEADY: Final = 2.0
"""Seconds after which a writer that dies has worked until then: what is wrong from the start shows sooner."""

PATIENCE: Final = 10.0
"""Seconds that a writer has to finish when this process ends. It goes on afterwards if it needs more."""


def command(plan: Plan) -> list[str]:
    """How a writer is started. `-P` keeps the folder it runs in from being searched for modules."""
    said = ["--spool", str(plan.folder.absolute()), "--size", str(plan.size), "--keep-days", str(plan.days)]
    return [sys.executable, "-P", "-m", MODULE, *said]


class Supervisor(Struct, eq=False):
    """Keeps a writer running. `address` is the store's."""

    command: Sequence[str]
    address: str
    loud: Loud
    ended: threading.Event
    starting: threading.Lock
    process: "subprocess.Popen[bytes] | None" = None
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the writer and watch over it."""
        self._run()
        self.thread = threading.Thread(target=self._watch, name="ledger-supervisor", daemon=True)
        self.thread.start()

    def close(self, seconds: float = PATIENCE) -> bool:
        """Have the writer move what is left and end; whether it did. It is waited for so long, and goes on if it has to."""
        if self.thread is None:
            self.ended.set()
            return True
        if not self.ended.is_set():
            self._run()  # if it has just died it is needed once more
            with self.starting:
                self.ended.set()
                _let_go(self.process)
        self.thread.join(seconds)
        return self.process is None or self.process.poll() is not None

    def _run(self) -> None:
        with self.starting:
            if self.ended.is_set() or (self.process is not None and self.process.poll() is None):
                return
            _let_go(self.process)
            known = {**os.environ, ADDRESS: self.address}
            try:
                self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, env=known, start_new_session=True)  # noqa: S603  # our own program
            except OSError as error:
                self.process = None
                self.loud.say(f"the ledger's writer cannot be started: {error.strerror or error}")

    def _watch(self) -> None:
        pause = FIRST
        while self._lives():
            lived = self._lived()
            pause = FIRST if lived >= STEADY else min(LONGEST, pause * 2)
            self.ended.wait(pause)
            self._run()

    def _lives(self) -> bool:
        """Whether there is, or should be, a writer."""
        return not self.ended.is_set() or (self.process is not None and self.process.poll() is None)

    def _lived(self) -> float:
        """Wait until the writer ends; for how many seconds it was there."""
        process, began = self.process, time.monotonic()
        if process is None:
            return 0.0
        code = process.wait()
        lived = time.monotonic() - began
        if not self.ended.is_set():
            self.loud.say(f"the ledger's writer ended after {lived:.0f} s ({_ending(code)}); it is started again, and nothing is lost")
        return lived


def _let_go(process: "subprocess.Popen[bytes] | None") -> None:
    """Close our end of a writer's pipe."""
    if process is not None and process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


def started(plan: Plan, address: str, say: Say = to_stderr) -> Supervisor:
    """A writer, started and watched over."""
    made = Supervisor(command(plan), address, Loud(say), threading.Event(), threading.Lock())
    made.start()
    return made
