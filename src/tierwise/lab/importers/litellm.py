"""LiteLLM spend logs: the export as JSON (an array, an object with one in it, or one record a line) or as CSV.

`prompt_tokens` include what was cached; the cached part is in the metadata, itself JSON text in a CSV. Versions that counted cached
tokens apart are told by their being more than the prompt. Requests that LiteLLM answered from its own cache, and those that asked no
language model (embeddings, images, speech), are no calls.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct

from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.lab.call import Call, Importer, Note, Unreadable
from tierwise.lab.lines import LONGEST, BadRecord, beginning, decoded, naming, opened, records, rows
from tierwise.lab.table import BadRow, empty, number, stamp

SELLERS: Final = MappingProxyType({"azure_ai": "azure", "fireworks_ai": "fireworks"})
"""LiteLLM's names of providers that the price data would not know them by."""

COLUMNS: Final = (b"request_id", b"startTime", b"prompt_tokens")
CHUNK: Final = 1 << 20
WRAPPED: Final = re.compile(rb'\s*\{[^\[\]]*?"(data|logs|results|spend_logs)"\s*:\s*\[')
"""The beginning of an object that holds the records in an array."""

TOKEN: Final = re.compile(rb'(?:[^{}"]+|"[^"\\]*(?:\\.[^"\\]*)*")*+([{}"])', re.DOTALL)
"""The next brace outside of strings, or the quote of a string that does not end."""

KINDS: Final = re.compile("completion|responses|messages|generate_content|pass_through|chat")
"""Types of calls that ask a language model."""

OBJECT: Final = msgspec.json.Decoder(dict[str, Any])


def claims(_path: Path, start: bytes) -> bool:
    """Whether a file's beginning names a spend log's columns."""
    return all(name in start for name in COLUMNS)


def calls(path: Path, note: Note) -> Iterator[Call]:
    """The calls of a spend log, in its order."""
    for line, record in _records(path, note):
        try:
            found = _call(record, line)
        except ValueError as error:
            note(line, f"not a spend log: {error}")
            continue
        if found is not None:
            yield found


def _records(path: Path, note: Note) -> Iterator[tuple[int, dict[str, Any]]]:
    start = beginning(path)
    wrapped, first = WRAPPED.match(start), start.lstrip().split(b"\n", 1)[0].rstrip()
    if wrapped or first.startswith(b"[") or first == b"{":
        return _elements(path, wrapped.end() if wrapped else 0, note)
    return records(path, dict[str, Any], note) if first.startswith(b"{") else iter(rows(path, note))


def _elements(path: Path, skip: int, note: Note) -> Iterator[tuple[int, dict[str, Any]]]:
    """The elements of one large array, a piece of the file at a time."""
    for line, raw in elements(path, skip):
        try:
            yield line, decoded(OBJECT, raw)
        except BadRecord as error:
            note(line, str(error))


class Scan(Struct):
    """A piece of a file in which records are looked for: how far it is read, and in which line the part before `counted` ends.

    `depth` counts the braces that are open, `begun` is where the outermost one stands. `ended` is set behind the end of the array.
    """

    line: int = 1
    kept: bytes = b""
    counted: int = 0
    place: int = 0
    begun: int = 0
    depth: int = 0
    ended: bool = False

    def line_of(self, place: int) -> int:
        """The line of a place at or after the last one asked for."""
        self.line += self.kept.count(b"\n", self.counted, place)
        self.counted = place
        return self.line


def elements(path: Path, skip: int = 0) -> Iterator[tuple[int, bytes]]:
    """The raw objects of a JSON array and the lines they begin in, found by their braces outside of strings."""
    scan = Scan()
    with naming(path), opened(path) as file:
        scan.line += file.read(skip).count(b"\n")
        while piece := file.read(max(CHUNK, len(scan.kept))):
            scan.kept += piece
            yield from _completed(scan)
            if scan.ended:
                return
            _drop(scan)
            if len(scan.kept) > LONGEST:
                raise Unreadable(f"{path}: the record in line {scan.line} is longer than {LONGEST >> 20} MB")
    if scan.depth:
        raise Unreadable(f"{path}: ends in the middle of the record that begins in line {scan.line}")


def _completed(scan: Scan) -> Iterator[tuple[int, bytes]]:
    """The records that end in a piece; stops at a string that does not."""
    while (found := TOKEN.match(scan.kept, scan.place)) is not None:
        place, mark = found.start(1), found[1]
        scan.ended = not scan.depth and b"]" in found[0]
        if mark == b'"' or scan.ended:
            scan.place = place
            return
        scan.place = place + 1
        if mark == b"{":
            scan.begun = scan.begun if scan.depth else place
            scan.depth += 1
        elif scan.depth:
            scan.depth -= 1
            if not scan.depth:
                yield scan.line_of(scan.begun), scan.kept[scan.begun : scan.place]


def _drop(scan: Scan) -> None:
    """Forget what has been read."""
    cut = scan.begun if scan.depth else scan.place
    scan.line_of(cut)
    scan.kept, scan.place, scan.begun, scan.counted = scan.kept[cut:], scan.place - cut, 0, 0


def _call(record: dict[str, Any], line: int) -> Call | None:
    """The call of a record, if it is one; ValueError says what is wrong with it."""
    kind = str(record.get("call_type") or "")
    if str(record.get("cache_hit")).lower() == "true" or (kind and not KINDS.search(kind)):
        return None
    one, provider = _text(record, "request_id"), _text(record, "custom_llm_provider")
    model = (_text(record, "model") or _text(record, "model_group")).removeprefix(f"{provider}/")
    if not one or not model:
        raise BadRow(f"{'model' if one else 'request_id'} is empty")
    at, ended = stamp(record.get("startTime")), record.get("endTime")
    return Call(
        session=_text(record, "session_id") or one,
        id=one,
        at=at,
        ended=at if empty(ended) else max(stamp(ended), at),
        model=model,
        provider=SELLERS.get(provider, provider),
        usage=_usage(record),
        client="litellm",
        workspace=_text(record, "team_id"),
        failed=record.get("status") == "failure",
        line=line,
    )


def _text(record: dict[str, Any], name: str) -> str:
    found = record.get(name)
    return "" if empty(found) else str(found)


def _object(record: dict[str, Any], name: str) -> dict[str, Any]:
    """An object in a record, or in the JSON text that stands for it."""
    found = record.get(name)
    if isinstance(found, str) and found.strip():
        return decoded(OBJECT, found.encode())
    return found if isinstance(found, dict) else {}


def _usage(record: dict[str, Any]) -> Usage | Unknown:
    said, output = record.get("prompt_tokens"), record.get("completion_tokens")
    if empty(said) or empty(output):
        return Unknown("the spend log has no token counts")
    prompt = number(said, "prompt_tokens")
    if not prompt:
        return Unknown("the request failed" if record.get("status") == "failure" else "the spend log counts no prompt tokens")
    metadata = _object(record, "metadata")
    extra = _object(metadata, "usage_object") | _object(metadata, "additional_usage_values")
    details = _object(extra, "prompt_tokens_details")
    read = _first(extra.get("cache_read_input_tokens"), details.get("cached_tokens"))
    written = _first(extra.get("cache_creation_input_tokens"), details.get("cache_creation_tokens"))
    hour = min(_first(_object(details, "cache_creation_token_details").get("ephemeral_1h_input_tokens")), written)
    return Usage(
        fresh=prompt - read - written if read + written <= prompt else prompt,
        read=read,
        write_5m=written - hour,
        write_1h=hour,
        output=number(output, "completion_tokens"),
        reasoning=_first(_object(extra, "completion_tokens_details").get("reasoning_tokens")),
    )


def _first(*said: Any) -> int:
    """The first count that is there and not zero."""
    return next((count for one in said if not empty(one) and (count := number(one, "cached tokens"))), 0)


IMPORTER: Final = Importer("litellm", "LiteLLM spend logs", claims, calls, whole=False)
