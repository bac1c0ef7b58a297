"""The replay of sessions by several processes.

Sessions are dealt out by the batch over one queue; each worker tallies what it gets and sends its tally home when told to stop. The parent
never waits for a worker without watching whether it still runs, and whatever ends the reading, no worker is left behind.
"""

import multiprocessing
import queue
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from msgspec import Struct

from tierwise.lab.interrupts import Interrupts, caught, ignored
from tierwise.lab.replay import Rig, replayed
from tierwise.lab.sessions import Session
from tierwise.lab.tally import Tally, counted, merged

if TYPE_CHECKING:
    from multiprocessing.queues import Queue  # takes no type argument when it runs

BATCH = 4000
"""Calls in a batch for a worker: about a second of work."""

WAITING = 4
"""Batches that may wait to be taken, so that reading never runs far ahead."""

LOOK = 0.5
"""Seconds after which a parent that waits looks whether its workers still run."""


class WorkerDied(ChildProcessError):
    """A worker process ended before its work was done."""


class Crew(Struct, frozen=True):
    """Workers, the queue they take batches from, and the pipes their tallies come home by."""

    queue: "Queue[list[Session] | None]"
    processes: list[BaseProcess]
    pipes: list[Connection]


def shared(sessions: Iterator[Session], make: Callable[[], Rig], workers: int) -> tuple[Tally, bool]:
    """The tally of all sessions, or of those read before an interrupt, and whether there was one; WorkerDied if a worker is lost."""
    with _crew(make, workers) as crew, caught() as interrupts:
        partial = _deal(sessions, crew, interrupts)
        interrupts.busy = True
        tallies = _come_home(crew)
    result = tallies[0]
    for tally in tallies[1:]:
        result = merged(result, tally)
    return result, partial


@contextmanager
def _crew(make: Callable[[], Rig], workers: int) -> Iterator[Crew]:
    """Workers that are gone when the block is left, however it is left."""
    context = multiprocessing.get_context("spawn")
    batches: Queue[list[Session] | None] = context.Queue(WAITING)
    pipes = [context.Pipe(duplex=False) for _ in range(workers)]
    processes: list[BaseProcess] = [context.Process(target=_work, args=(batches, ours, make), daemon=True) for _, ours in pipes]
    try:
        with ignored():
            for process, (_, ours) in zip(processes, pipes, strict=True):
                process.start()
                ours.close()
        yield Crew(batches, processes, [theirs for theirs, _ in pipes])
    finally:
        for process in [one for one in processes if one.pid is not None]:
            process.terminate()
            process.join()
        batches.cancel_join_thread()
        batches.close()


def _deal(sessions: Iterator[Session], crew: Crew, interrupts: Interrupts) -> bool:
    """Deal all sessions out by the batch, or those read before an interrupt; whether there was one."""
    waiting: list[Session] = []
    calls, partial = 0, False
    try:
        for session in sessions:
            with interrupts.held():
                waiting.append(session)
                calls += len(session.calls)
                if calls >= BATCH:
                    _give(crew, waiting)
                    waiting, calls = [], 0
    except KeyboardInterrupt:
        partial = True
    if waiting:
        _give(crew, waiting)
    return partial


def _give(crew: Crew, batch: list[Session] | None) -> None:
    """Put a batch (or the word to stop) in the queue, unless a worker is lost."""
    while True:
        lost = next((process for process in crew.processes if process.exitcode), None)
        if lost is not None:
            raise WorkerDied(_dead(lost))
        try:
            crew.queue.put(batch, timeout=LOOK)
        except queue.Full:
            continue
        return


def _come_home(crew: Crew) -> list[Tally]:
    """The tallies of all workers, told to stop."""
    for _ in crew.processes:
        _give(crew, None)
    tallies = []
    for pipe, process in zip(crew.pipes, crew.processes, strict=True):
        try:
            tallies.append(pipe.recv())
        except EOFError:
            process.join()
            raise WorkerDied(_dead(process)) from None
    for process in crew.processes:
        process.join()
    return tallies


def _dead(process: BaseProcess) -> str:
    return f"a worker process ended before its work was done (exit code {process.exitcode})"


def _work(batches: "Queue[list[Session] | None]", home: Connection, make: Callable[[], Rig]) -> None:
    """A worker: replays batches until it is told to stop, then sends its tally home. Interrupts are for the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    rig = make()
    tally = Tally(rig.reference)
    while (batch := batches.get()) is not None:
        for session in batch:
            counted(tally, replayed(session, rig))
    home.send(tally)
