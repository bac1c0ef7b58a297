"""What earlier runs have left on this machine: found by name, and removed."""

from collections.abc import Sequence
from difflib import get_close_matches

from tierwise.runner import Broken, journal, places, processes
from tierwise.runner.attempt import mark
from tierwise.runner.journal import Past


def found(said: str) -> Past:
    """The run of an id, or of the beginning of one; Broken names the nearest."""
    runs = journal.listed()
    exact = [one for one in runs if one.name == said] or [one for one in runs if said and one.name.startswith(said)]
    if len(exact) == 1:
        return exact[0]
    if exact:
        raise Broken(f"{len(exact)} runs begin with {said!r}: {', '.join(one.name for one in exact[:5])}")
    close = get_close_matches(said, [one.name for one in runs], 1, 0.3)
    raise Broken(f"no run {said!r} on this machine" + (f"; did you mean {close[0]}?" if close else f" (looked in {places.root()})"))


def latest() -> Past:
    """The latest run that can go on; Broken where there is none."""
    one = next((one for one in journal.listed() if one.run is not None and not one.running and open_ended(one)), None)
    if one is None:
        raise Broken("no run on this machine can go on")
    return one


def open_ended(one: Past) -> bool:
    """Whether a run could go on: it was interrupted, or stopped by a limit or an error."""
    return one.run is not None and one.run.status not in {"verified", "exhausted"}


def trees(one: Past) -> Sequence[str]:
    """The trees that a run has left."""
    return [str(path) for path in sorted(one.folder.glob(f"stage-*/{places.TREE}")) if path.is_dir()]


def cleaned(one: Past, *, whole: bool) -> list[str]:
    """Remove what a run has left: its trees, or (`whole`) everything; what could not be. Broken where it is running."""
    opened = journal.opened(one.folder)
    try:
        if one.run is not None:
            for stage in one.run.stages:
                processes.end_strays(mark(one.run.id, stage.number))
        if whole:
            return [why for why in [places.removed(one.folder)] if why]
        left = [path for folder in one.folder.glob("stage-*") for path in folder.iterdir() if path.suffix != ".log"]
        return [why for path in left for why in [places.removed(path)] if why]
    finally:
        opened.close()
