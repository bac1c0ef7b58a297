"""The logs that a backtest reads: files and folders, and ledgers by their addresses; of all of them the calls of some span of time."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from tierwise import plugins
from tierwise.lab import sessions
from tierwise.lab.call import Call, Importer, Note
from tierwise.lab.importers import ledger
from tierwise.lab.sessions import Source
from tierwise.ledger import Query, addresses

Span = tuple[int, int]
"""From when on, and before when (milliseconds)."""

NEVER: Final = 1 << 53
ADDRESS: Final = "://"


def found(paths: Sequence[str], importers: Sequence[Importer], span: Span) -> list[Source]:
    """Everything to be read."""
    kinds = plugins.found(plugins.STORES)
    stores = [one for one in paths if ADDRESS in one]
    files = [Path(one) for one in paths if ADDRESS not in one]
    remote = [one for one in stores if addresses.kind(one, kinds).name != "sqlite"]
    files += [addresses.file(one) for one in stores if one not in remote]
    sources = [_within(one, span) for one in sessions.found(files, importers)] if files else []
    for one in remote:
        query = Query(since=span[0], until=span[1])
        sources.append(Source(Path(addresses.shown(one)), ledger.importer(partial(addresses.opened, one, kinds), query), remote=True))
    return sources


def _within(source: Source, span: Span) -> Source:
    """A source of which only the calls of a span are read."""
    if span == (0, NEVER):
        return source
    return replace(source, importer=replace(source.importer, calls=partial(_calls, source.importer.calls, span)))


def _calls(read: Callable[[Path, Note], Iterator[Call]], span: Span, path: Path, note: Note) -> Iterator[Call]:
    return (call for call in read(path, note) if span[0] <= call.at < span[1])
