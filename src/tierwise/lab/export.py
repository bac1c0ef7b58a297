"""One line of a provider's usage or cost export, whatever the format, and what a format is.

A format says as a table which column (sheet.py) or key (located.py) means what. What is wrong with an export is said with its file, line
and column.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.core.money import PER_DOLLAR
from tierwise.lab.lines import MARK, naming, opened

DAY: Final = 86_400
LARGEST: Final = 256 << 20
"""Bytes of the largest export that is read."""

FIRST: Final = 10_957
LAST: Final = 2_932_896
"""Days from 2000 to 9999, as days since 1970."""

MOST: Final = 10**15
"""More tokens or requests than any line can have."""

RICHEST: Final = Decimal(10**12)
"""More dollars than any line can have."""


class BadExport(ValueError):
    """An export that cannot be read; the message names the file, the line, the column, and what is wrong."""


class Line(Struct, frozen=True):
    """What an export says of a model on a day (UTC, days since 1970); None and missing keys are what it does not say.

    `model` is '' where the line is of all models together. `tokens` by kind: prompt (all input), fresh, read, write_5m, write_1h, write
    (both lifetimes), uncached (fresh and written), output. `cost` is in pico-dollars, of the kind of token `term` ('' of everything).
    `what` names a charge that is not for a model's tokens, `remark` what sets the line's prices apart ('batch').
    """

    day: int
    model: str
    line: int = 0
    requests: int | None = None
    tokens: dict[str, int] = {}
    cost: int | None = None
    term: str = ""
    what: str = ""
    remark: str = ""


class Export(Struct, frozen=True):
    """A format: whose it is, whether a text is of it, and the lines of one. `incomplete` says why a text is not all there is."""

    name: str
    title: str
    provider: str
    claims: Callable[[str], bool]
    lines: Callable[[Path, str], Iterator[Line]]
    incomplete: Callable[[str], str] = lambda _: ""


def text_of(path: Path) -> str:
    """A file's text."""
    with naming(path), opened(path) as file:
        content = file.read(LARGEST + 1).removeprefix(MARK)
    if len(content) > LARGEST:
        raise BadExport(f"{path}: is larger than {LARGEST >> 20} MB")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise BadExport(f"{path}:{line}:{column}: not UTF-8 text") from None
    if not text.strip():
        raise BadExport(f"{path}: the file is empty")
    return text


def pico(dollars: Decimal) -> int:
    """Pico-dollars of an amount, what is finer than one rounded; ValueError for what is none."""
    if not dollars.is_finite() or abs(dollars) > RICHEST:
        raise ValueError("not an amount")
    return round(dollars * PER_DOLLAR)


def day_of(said: str) -> int | None:
    """The day of a date or time as text; None where it is none."""
    try:
        seconds = float(said) if said.replace(".", "", 1).isdecimal() else _seconds(said.replace("/", "-"))
    except ValueError:
        return None
    found = int(seconds // DAY)
    return found if FIRST <= found <= LAST else None


def _seconds(said: str) -> float:
    when = datetime.fromisoformat(said)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
