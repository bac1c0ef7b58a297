"""Tables of comma-, semicolon- or tab-separated values, read strictly: every cell knows where it stands."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from tierwise.lab.export import MOST, BadExport, day_of, pico


class Cell(NamedTuple):
    """A value of a table, and where it stands."""

    path: Path
    line: int
    number: int
    name: str
    text: str

    def wrong(self, what: str) -> BadExport:
        """That it is wrong."""
        shown = self.text if len(self.text) <= 40 else f"{self.text[:40]}..."  # noqa: PLR2004  # what fits a line
        return BadExport(f"{self.path}:{self.line}: column {self.number} ({self.name}): {shown!r} {what}")


class Record(NamedTuple):
    """A row of a table: its cells by column."""

    path: Path
    line: int
    cells: Mapping[str, Cell]

    def cell(self, *names: str) -> Cell:
        """The first of some columns that is there; an empty cell where none is."""
        return next((self.cells[name] for name in names if name in self.cells), Cell(self.path, self.line, 0, names[0], ""))

    def said(self, *names: str) -> str:
        """Its text."""
        return self.cell(*names).text.strip()


def table(path: Path, text: str, needed: Sequence[str]) -> Iterator[Record]:
    """The rows of a table; BadExport where a column is missing or a row has another length."""
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    names: list[str] = []
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadExport(f"{path}:{line}: not a row: {error}") from None
        if not names:
            names = _headed(path, values, needed)
        elif len(values) == len(names):
            yield Record(
                path,
                line,
                {name: Cell(path, line, number, name, value) for number, (name, value) in enumerate(zip(names, values, strict=True), 1)},
            )
        elif any(value.strip() for value in values):
            raise BadExport(f"{path}:{line}: column {min(len(values), len(names)) + 1}: the row has {len(values)} of {len(names)} columns")


def _headed(path: Path, values: Sequence[str], needed: Sequence[str]) -> list[str]:
    names = [value.strip().lower() for value in values]
    missing = [name for name in needed if name not in names]
    if missing:
        raise BadExport(f"{path}:1: no column {missing[0]!r}; there are {', '.join(names)[:200]}")
    return names


def headed(start: str, names: Sequence[str]) -> bool:
    """Whether a text begins with a header that has these columns."""
    head = {name.strip().strip('"').lower() for name in re.split("[,;\t]", start.split("\n", 1)[0])}
    return set(names) <= head


def whole(cell: Cell) -> int:
    """A whole number, 0 where the cell is empty."""
    said = cell.text.strip()
    if not said:
        return 0
    try:
        value = Decimal(said)
    except InvalidOperation:
        raise cell.wrong("is no number") from None
    if not value.is_finite() or value != value.to_integral_value() or not 0 <= value <= MOST:
        raise cell.wrong("is no whole number of tokens or requests")
    return int(value)


def amount(cell: Cell) -> int:
    """An amount of dollars in pico-dollars."""
    said = cell.text.strip().removeprefix("$")
    try:
        return pico(Decimal(said))
    except (InvalidOperation, ValueError):
        raise cell.wrong("is no amount of dollars") from None


def day(cell: Cell) -> int:
    """The day (UTC) of a date, of a time in ISO 8601, or of seconds since 1970."""
    found = day_of(cell.text.strip())
    if found is None:
        raise cell.wrong("is no date")
    return found
