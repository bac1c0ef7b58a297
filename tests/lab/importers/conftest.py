"""Logs written down for a test, and what an importer makes of them."""

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tierwise.lab.call import Call, Importer


class Read(NamedTuple):
    """The calls of a file, and the lines that were skipped, with the reason."""

    calls: list[Call]
    notes: list[tuple[int, str]]


def gathered(importer: Importer, path: Path) -> Read:
    notes: list[tuple[int, str]] = []
    calls = list(importer.calls(path, lambda line, what: notes.append((line, what))))
    return Read(calls, notes)


@pytest.fixture
def read() -> Callable[[Importer, Path], Read]:
    return gathered


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """Write records down, one a line; what is text or bytes already stands as it is."""

    def written(*records: Any, name: str = "log.jsonl") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = b"".join(_line(one) + b"\n" for one in _flat(records))
        path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return path

    return written


def _flat(records: Iterable[Any]) -> Iterable[Any]:
    for one in records:
        yield from one if isinstance(one, list) else [one]


def _line(record: Any) -> bytes:
    if isinstance(record, bytes):
        return record
    return (record if isinstance(record, str) else json.dumps(record)).encode()
