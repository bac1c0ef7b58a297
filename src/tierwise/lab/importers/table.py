"""The plain table: CSV, JSON lines, or Parquet (with the parquet extra), one call in a row."""

import csv
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec

from tierwise.lab.call import Call, Importer, Note, Unreadable
from tierwise.lab.lines import BadRecord, beginning, decoded, naming, records, rows
from tierwise.lab.table import COLUMNS, FIELDS, BadRow, call, columns, row

BATCH: Final = 4096
FIRST: Final = 5
"""Lines among which one has to show what a file is: the first may be damaged."""

PARQUET: Final = b"PAR1"
TAIL: Final = 8
"""Bytes at the end of a Parquet file: how long its description is, and the mark once more."""

NAME: Final = re.compile(rb'"(\w+)"\s*:')
RECORD: Final = msgspec.json.Decoder(dict[str, Any])


def claims(path: Path, start: bytes) -> bool:
    """Whether a file's columns, or its first records' names, hold a session, a time, a model and an output."""
    if start.startswith(PARQUET):
        return _parquet_claims(path)
    lines = start.lstrip().split(b"\n")[:FIRST]
    known = _record_names if lines[0].startswith(b"{") else _header
    return any(_complete(known(line)) for line in lines)


def _record_names(line: bytes) -> list[str]:
    """The names in a record; of one that is cut or damaged, whatever looks like one."""
    try:
        return [*decoded(RECORD, line)]
    except BadRecord:
        return [name.decode() for name in NAME.findall(line)]


def _header(line: bytes) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line.decode(errors="replace")]), [])]
    except csv.Error:
        return []


def _complete(names: list[str]) -> bool:
    try:
        return bool(columns(names))
    except BadRow:
        return False


def _parquet_claims(path: Path) -> bool:
    """Whether a Parquet file's description names the columns; one that has been cut short is claimed, so that it is named."""
    with naming(path), path.open("rb") as file:
        size = path.stat().st_size
        file.seek(max(size - TAIL, 0))
        tail = file.read()
        length = int.from_bytes(tail[:4], "little")
        if not tail.endswith(PARQUET) or length > size - TAIL:
            return True
        file.seek(size - TAIL - length)
        described = file.read(length)
    return all(any(bytes([len(name)]) + name.encode() in described for name in FIELDS[field].names) for field in COLUMNS)


def calls(path: Path, note: Note) -> Iterator[Call]:
    """The calls of a table, in the order of its rows."""
    for number, record in _rows(path, note):
        try:
            found = call(row(record), number)
        except BadRow as error:
            note(number, str(error))
            continue
        yield found


def _rows(path: Path, note: Note) -> Iterator[tuple[int, dict[str, Any]]]:
    start = beginning(path, 256).lstrip()
    if start.startswith(PARQUET):
        return _parquet(path)
    return records(path, dict[str, Any], note) if start.startswith(b"{") else iter(rows(path, note))


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a Parquet file; times as milliseconds, since those of some writers are finer than Python's."""
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ModuleNotFoundError:
        raise Unreadable(f"{path}: reading Parquet needs pip install 'tierwise[parquet]'") from None
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            used = list(columns(file.schema_arrow.names))
            for batch in file.iter_batches(BATCH, columns=used):
                for record in _plain(arrow, batch).to_pylist():
                    number += 1
                    yield number, record
    except (OSError, BadRow, arrow.ArrowException) as error:
        raise Unreadable(f"{path}: {' '.join(str(error).split())}") from None


def _plain(arrow: Any, batch: Any) -> Any:
    """A batch with its times as milliseconds since 1970."""
    for index, field in enumerate(batch.schema):
        if arrow.types.is_timestamp(field.type):
            times = batch.column(index).cast(arrow.timestamp("ms", field.type.tz), safe=False).cast(arrow.int64())
            batch = batch.set_column(index, field.name, times)
    return batch


IMPORTER: Final = Importer("table", "plain table (CSV, JSON lines, Parquet)", claims, calls, whole=False)
