"""A backtest: sessions read, replayed and counted, in one process or several, and cut short by an interrupt without losing what is done.

With several workers (`crew`), batches of sessions go to them; each keeps a tally of its own and hands it over at the end.
Tallies merge to the same sums whoever counted what.
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from tierwise.lab import crew
from tierwise.lab.interrupts import caught
from tierwise.lab.replay import Rig, replayed
from tierwise.lab.sessions import Reading, Session, Source, read
from tierwise.lab.tally import Tally, counted


class Outcome(Struct):
    """What a backtest counted, what it read for that, and whether it was cut short."""

    tally: Tally
    reading: Reading
    partial: bool


Progress = Callable[[Reading], None]


def backtested(sources: Sequence[Source], make: Callable[[], Rig], progress: Progress, workers: int = 1) -> Outcome:
    """Every session of some files, replayed. An interrupt ends it early; the outcome then says it is partial.

    `make` makes what a replay needs; it is called once in each process.
    """
    reading = Reading()
    sessions = _watched(read(sources, reading), reading, progress)
    tally, partial = crew.shared(sessions, make, workers) if workers > 1 else _alone(sessions, make())
    return Outcome(tally, reading, partial)


def _watched(sessions: Iterator[Session], reading: Reading, progress: Progress) -> Iterator[Session]:
    for session in sessions:
        yield session
        progress(reading)


def _alone(sessions: Iterator[Session], rig: Rig) -> tuple[Tally, bool]:
    """The tally of all sessions, or of those before an interrupt; a session is counted as a whole or not at all."""
    tally = Tally(rig.reference)
    with caught() as interrupts:
        try:
            for session in sessions:
                replay = replayed(session, rig)
                with interrupts.held():
                    counted(tally, replay)
        except KeyboardInterrupt:
            return tally, True
    return tally, False
