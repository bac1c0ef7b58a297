"""Outcome tables from files: CSV, JSON lines or Parquet (with the parquet extra), long or wide.

Long: a row has a query, a model, a score and a cost. Wide: a row has a query and, for each model, a column of its score and one of its
cost (`NAME` and `NAME|cost`). Prompts, tools and labels of the queries stand in the same rows or in a table of their own.
"""

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from tierwise.lab.call import Unreadable
from tierwise.lab.lines import LONGEST, beginning, naming, numbered, opened
from tierwise.lab.outcomes import BadOutcomes, Outcome, Outcomes, Query, assembled

NAMES: Final = MappingProxyType(
    {
        "query": ("query", "query_id", "qid", "id", "prompt_id", "question_id", "sample_id", "pid", "instance_id"),
        "model": ("model", "model_id", "model_name"),
        "score": ("score", "correct", "quality", "resolved", "solved", "pass", "outcome"),
        "cost": ("cost", "cost_usd", "usd", "price", "total_cost", "cost_usd_clean"),
        "text": ("prompt", "text", "question", "words", "input"),
        "tools": ("tools", "tools_json", "functions"),
        "task": ("task", "category", "kind", "subject", "benchmark"),
    }
)
"""What a column can be called, by what it is, the first that is there counts."""

LONG: Final = ("query", "model", "score")
COST_ENDS: Final = ("|cost", "|total_cost", ":cost", "_cost")
SCORE_ENDS: Final = ("|score", ":score", "_score", "")
PARQUET: Final = b"PAR1"
BATCH: Final = 8192
PAIR: Final = ("_outcomes", "_prompts")
"""A file NAME_outcomes goes with a file NAME_prompts beside it."""

TRUTHS: Final = MappingProxyType({"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0})

Record = Mapping[str, Any]
Found = tuple[list[Outcome], dict[str, Query]]


def outcomes(path: Path, prompts: Path | None = None) -> Outcomes:
    """The outcomes of a file, with the prompts and labels of another (or of the one beside it that is named for them)."""
    rows, known = read(path, prompts)
    try:
        return assembled(rows, known)
    except BadOutcomes as error:
        raise BadOutcomes(f"{path}: {error}") from None


def read(path: Path, prompts: Path | None = None) -> Found:
    """The rows of a file, and what is known of each query, from the file itself or from another."""
    columns, rows = _opened(path)
    fields = _fields(columns)
    found, known = _long(path, fields, rows) if all(name in fields for name in LONG) else _wide(path, columns, rows)
    beside = prompts or _beside(path)
    if not found:
        raise BadOutcomes(f"{path}: has no rows")
    return found, known if beside is None else _prompts(beside)


def _beside(path: Path) -> Path | None:
    there = path.with_name(path.name.replace(*PAIR))
    return there if there != path and there.is_file() else None


def _fields(columns: Sequence[str]) -> dict[str, str]:
    """The column of each thing that has one."""
    lower = {column.strip().lower(): column for column in reversed(columns)}
    return {field: lower[name] for field, names in NAMES.items() for name in [next((one for one in names if one in lower), "")] if name}


def _opened(path: Path) -> tuple[list[str], Iterator[tuple[int, Record]]]:
    """A file's columns, and its rows with their numbers."""
    start = beginning(path, 256).lstrip()
    if start.startswith(PARQUET):
        return _parquet(path)
    rows = _lines(path) if start.startswith(b"{") else _csv(path)
    first = next(rows, None)
    if first is None:
        raise BadOutcomes(f"{path}: has no rows")
    return list(first[1]), _again(first, rows)


def _again(first: tuple[int, Record], rows: Iterator[tuple[int, Record]]) -> Iterator[tuple[int, Record]]:
    yield first
    yield from rows


def _lines(path: Path) -> Iterator[tuple[int, Record]]:
    for number, line in numbered(path):
        try:
            found = json.loads(line)
        except ValueError as error:
            raise BadOutcomes(f"{path}: line {number} is not a record: {error}") from None
        if not isinstance(found, dict):
            raise BadOutcomes(f"{path}: line {number} is not a record")
        yield number, found


def _csv(path: Path) -> Iterator[tuple[int, Record]]:
    csv.field_size_limit(LONGEST)
    with naming(path), opened(path) as file:
        reader = csv.DictReader((line.decode("utf-8-sig", errors="replace") for line in file), restkey="", restval=None)
        for row in reader:
            if "" in row or None in row.values():
                raise BadOutcomes(f"{path}: line {reader.line_num} has not {len(reader.fieldnames or ())} columns")
            yield reader.line_num, row


def _parquet(path: Path) -> tuple[list[str], Iterator[tuple[int, Record]]]:
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ModuleNotFoundError:
        raise Unreadable(f"{path}: reading Parquet needs pip install 'tierwise[parquet]'") from None
    try:
        file = parquet.ParquetFile(path)
        return file.schema_arrow.names, _batches(file)
    except (OSError, arrow.ArrowException) as error:
        raise Unreadable(f"{path}: {' '.join(str(error).split())}") from None


def _batches(file: Any) -> Iterator[tuple[int, Record]]:
    number = 0
    with file:
        for batch in file.iter_batches(BATCH):
            for record in batch.to_pylist():
                number += 1
                yield number, record


def _long(path: Path, fields: Mapping[str, str], rows: Iterator[tuple[int, Record]]) -> Found:
    if "cost" not in fields:
        raise BadOutcomes(f"{path}: has no column for the cost (one of {', '.join(NAMES['cost'])}); without it no saving can be worked out")
    found, known, told = [], dict[str, Query](), fields.keys() & {"text", "tools", "task"}
    for number, row in rows:
        query, model = _name(row, fields["query"], path, number), _name(row, fields["model"], path, number)
        score, cost = (_number(row[fields[what]], fields[what], path, number) for what in ("score", "cost"))
        found.append(Outcome(query, model, score, _paid(cost, path, number)))
        if told and query not in known:
            known[query] = _query(row, fields)
    return found, known


def _wide(path: Path, columns: Sequence[str], rows: Iterator[tuple[int, Record]]) -> Found:
    fields = _fields(columns)
    pairs = _pairs(columns)
    if "query" not in fields or not pairs:
        raise BadOutcomes(
            f"{path}: is neither a long table (columns query, model, score, cost) nor a wide one (a query, and for each model NAME and"
            f" NAME|cost); its columns are {', '.join(columns[:8])}{' and others' if len(columns) > 8 else ''}"  # noqa: PLR2004  # shown
        )
    found, known, told = [], dict[str, Query](), fields.keys() & {"text", "tools", "task"}
    for number, row in rows:
        query = _name(row, fields["query"], path, number)
        for model, (score, cost) in pairs.items():
            paid = _paid(_number(row[cost], cost, path, number), path, number)
            found.append(Outcome(query, model, _number(row[score], score, path, number), paid))
        if told:
            known[query] = _query(row, fields)
    return found, known


def _pairs(columns: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The columns of each model's score and cost, by its name."""
    found = {}
    for column in columns:
        end = next((end for end in COST_ENDS if column.endswith(end)), "")
        name = column.removesuffix(end)
        score = next((f"{name}{one}" for one in SCORE_ENDS if f"{name}{one}" in columns), "") if end else ""
        if name and score:
            found[name] = (score, column)
    return found


def _prompts(path: Path) -> dict[str, Query]:
    columns, rows = _opened(path)
    fields = _fields(columns)
    if "query" not in fields:
        raise BadOutcomes(f"{path}: has no column for the query (one of {', '.join(NAMES['query'])})")
    return {_name(row, fields["query"], path, number): _query(row, fields) for number, row in rows}


def _query(row: Record, fields: Mapping[str, str]) -> Query:
    return Query(**{name: str(row[fields[name]] or "") for name in Query._fields if name in fields})


def _name(row: Record, column: str, path: Path, number: int) -> str:
    value = row.get(column)
    if value is None or value == "":
        raise BadOutcomes(f"{path}: row {number} has no {column}")
    return str(value)


def _number(value: Any, column: str, path: Path, number: int) -> float | None:
    """A number, or None where there is none; BadOutcomes for one that is NaN or infinite, which is no answer at all."""
    if value is None or value == "":
        return None
    try:
        found = TRUTHS[value.strip().lower()] if isinstance(value, str) and value.strip().lower() in TRUTHS else float(value)
    except (TypeError, ValueError):
        raise BadOutcomes(f"{path}: row {number}: {column} is {str(value)[:40]!r}, not a number") from None
    if not math.isfinite(found):
        raise BadOutcomes(f"{path}: row {number}: {column} is {found}; leave it empty where it is not known")
    return found


def _paid(cost: float | None, path: Path, number: int) -> float | None:
    if cost is not None and cost < 0:
        raise BadOutcomes(f"{path}: row {number}: the cost is {cost:g}, below zero")
    return cost
