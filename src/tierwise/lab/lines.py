"""Lines of text files, plain or gzipped, one at a time, and moments as logs write them.

JSON is read by the fast decoder first. What that refuses but other readers take (half of a surrogate pair where a tool cut an emoji,
bytes that are no UTF-8, NaN, a control character) is mended and tried again, so that only a line nobody can read is lost.
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, TypeVar, cast

import msgspec

from tierwise.lab.call import Note, Unreadable

T = TypeVar("T")

MAGIC: Final = b"\x1f\x8b"
MARK: Final = b"\xef\xbb\xbf"
"""What some editors put before the first line (the byte order mark)."""

LONGEST: Final = 256 << 20
"""Bytes of the longest line: the bound of what one file keeps in memory. The longest tool output seen was a tenth of it."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """What goes wrong with a file in the block becomes an Unreadable that names it."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"{path}: {reason(error)}") from None


def reason(error: Exception) -> str:
    """What an operating-system error says, without its number."""
    return str(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def opened(path: Path) -> IO[bytes]:
    """A file open for reading bytes, unpacked if it is gzipped."""
    with path.open("rb") as file:
        packed = file.read(2) == MAGIC
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def beginning(path: Path, size: int = 65536) -> bytes:
    """The first bytes of a file, unpacked; Unreadable if there are none to be had."""
    with naming(path), opened(path) as file:
        return file.read(size).removeprefix(MARK)


def numbered(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers, empty ones left out; Unreadable if reading fails midway."""
    number = 0
    with naming(path), opened(path) as file:
        while line := file.readline(LONGEST):
            number += 1
            if len(line) == LONGEST:
                raise Unreadable(f"{path}: line {number} is longer than {LONGEST >> 20} MB")
            text = line.removeprefix(MARK) if number == 1 else line
            if not text.isspace() and text:
                yield number, text


def records(path: Path, kind: type[T], note: Note) -> Iterator[tuple[int, T]]:
    """The JSON records of a file that fit a shape; those that do not are noted and skipped. Unreadable if no line is one."""
    decoder, good, bad = msgspec.json.Decoder(kind), 0, ""
    for number, line in numbered(path):
        try:
            record = decoded(decoder, line)
        except BadRecord as error:
            note(number, str(error))
            bad = bad or f"line {number}: {error}"
            continue
        good += 1
        yield number, record
    if bad and not good:
        raise Unreadable(f"{path}: no line of it can be read; the first problem is {bad}")


class BadRecord(ValueError):
    """Text that is no JSON record of the expected shape."""


def decoded(decoder: msgspec.json.Decoder[T], text: bytes) -> T:
    """A record of its JSON text, mended where that helps; BadRecord says what is wrong with it."""
    whole = text if text.isascii() else text.decode(errors="replace").encode()
    try:
        try:
            return decoder.decode(whole)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            return decoder.decode(_mended(whole))
    except json.JSONDecodeError as error:
        raise BadRecord(f"not a record: {error.msg} (character {error.pos + 1})") from None
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"not a record: {error}") from None


def _mended(text: bytes) -> bytes:
    """JSON text as the strict decoder takes it, if any reader can make sense of it; ValueError if none can."""
    found = json.loads(text.decode(), strict=False, parse_constant=_nothing)
    return json.dumps(found, ensure_ascii=False).encode(errors="replace")


def _nothing(_constant: str) -> None:
    """What NaN and Infinity say, which are no JSON."""


def rows(path: Path, note: Note) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file by column, with the line each begins in; rows with too many or too few values are noted and skipped."""
    csv.field_size_limit(LONGEST)
    with naming(path), opened(path) as file, io.TextIOWrapper(file, "utf-8-sig", errors="replace", newline="") as text:
        reader = csv.reader(text, strict=True)
        names: list[str] = []
        while True:
            line = reader.line_num + 1
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                note(line, f"not a row: {error}")
                continue
            if not names:
                names = [name.strip() for name in values]
            elif len(values) == len(names):
                yield line, dict(zip(names, values, strict=True))
            elif values:
                note(line, f"has {len(values)} of {len(names)} columns")


def moment(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 text (UTC where it names no zone); ValueError if it is none or out of reach."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:60]!r} is not a time") from None
    return counted((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)


FIRST: Final = 946_684_800_000
LAST: Final = 253_402_300_800_000
"""The years a log can speak of: 2000 to 9999. Before them lie unset clocks, and days written as one number."""


def counted(milliseconds: float) -> int:
    """Whole milliseconds since 1970; ValueError for a moment no log can speak of."""
    if not FIRST <= milliseconds < LAST:
        raise ValueError(f"{milliseconds:g} ms after 1970 is out of reach")
    return round(milliseconds)
