"""One logged call to a model, whatever log it comes from, and what an importer is.

Sizes are in the tokens of the model that answered. `usage` is Unknown where the log does not say; `estimated` marks an output
count worked out from the text because the log holds only the beginning of it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.core.money import Unknown
from tierwise.core.usage import Usage

MOST: Final = 10**9
"""More tokens of one kind than any call can have; a log that says more is damaged."""


class Call(Struct, frozen=True, gc=False, array_like=True):
    """A call as logged.

    `id` is the same wherever the log repeats the call, and empty where the log has no name for it. `at` and `ended` are the
    milliseconds when its answer began and ended, `gap` those since the answer before it ended (-1 where the log does not say so
    itself). `words` are what a person wrote before it, empty where it follows results of tools. `tools` are the tools its answer
    called, `thought` whether it showed thinking, `blocks` how many parts it had. `ttl` is the cache lifetime asked for (0: not told).
    `upset` names what the log shows to have changed the head of the prompt before it ('tools', 'compaction'). `line` is where
    in its file it begins.
    """

    session: str
    id: str
    at: int
    model: str
    usage: Usage | Unknown
    thread: str = ""
    ended: int = 0
    gap: int = -1
    provider: str = ""
    client: str = ""
    version: str = ""
    workspace: str = ""
    words: str = ""
    tools: tuple[str, ...] = ()
    thought: bool = False
    blocks: int = 1
    ttl: int = 0
    upset: tuple[str, ...] = ()
    estimated: bool = False
    task: str = ""
    difficulty: int = 0
    failed: bool = False
    line: int = 0


Note = Callable[[int, str], None]
"""Told the line (1 is the first) and what is wrong with it, for every line that is skipped."""


def _together(_path: Path) -> int:
    return 0


class Importer(Struct, frozen=True):
    """A log format. `claims(path, beginning)` says whether a file is of it, given its first bytes.

    `calls(path, note)` yields calls in the order of the file, merging what the log says twice. `whole` is true when one file holds one
    or more whole sessions and nothing of others, and when the ids of calls are unique in the world; then sessions need not be
    gathered from many files. Files of a lower `order` are read first: a call that a later one copies is a repeat.
    """

    name: str
    title: str
    claims: Callable[[Path, bytes], bool]
    calls: Callable[[Path, Note], Iterator[Call]]
    whole: bool
    order: Callable[[Path], int] = _together


class Unreadable(ValueError):
    """A log that cannot be read at all; the message names the file and the reason."""
