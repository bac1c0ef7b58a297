"""Changing top-level fields of a JSON object and leaving every other byte as it is.

Theory of operation. A body is decoded into its top-level fields as raw slices, the fastest way there is to be sure of where a value stands:
searching for a key takes longer in a long body, and is wrong where the key also occurs deeper, twice, or written with escapes. Then the
body is walked along by the lengths of the slices.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Raw

from tierwise.core.wire import repaired

_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_NAME: Final = msgspec.json.Decoder(str)
FIELD: Final = re.compile(rb'[ \t\r\n{,]*("(?:[^"\\]|\\.)*")[ \t\r\n]*:[ \t\r\n]*', re.DOTALL)
SPACE: Final = b" \t\r\n"
LAST: Final = re.compile(rb"[ \t\r\n]*\}[ \t\r\n]*")


Fields = Mapping[str, Raw]
"""The top-level fields of a body, in their order."""


def outline(body: bytes) -> tuple[bytes, Fields]:
    """A body, halves of surrogate pairs mended, which no JSON may have, and its top-level fields."""
    try:
        return body, _FIELDS.decode(body)
    except msgspec.DecodeError:
        body = repaired(body)
        return body, _FIELDS.decode(body)


def with_model(body: bytes, model: str, known: Fields | None = None) -> bytes:
    """A request's body with another model's name; every other byte stays. `known` are its fields where they were looked up before."""
    body, fields = outline(body) if known is None else (body, known)
    span = _span(body, fields, "model")
    if span is None:
        return edited(body, {"model": _quoted(model)})
    whole = memoryview(body)
    return b"".join((whole[: span[0]], _quoted(model), whole[span[1] :]))


def with_value(body: bytes, path: Sequence[str], value: bytes) -> bytes:
    """A body with another raw value at a path of fields; every other byte stays, and what is missing is added at the end.

    What stands on the way and is no object gives way to one. A field that comes twice makes its object be written anew, as `edited` does.
    """
    name, *rest = path
    body, fields = outline(body)
    if rest:
        inner = bytes(fields.get(name, b""))
        value = with_value(inner if inner.startswith(b"{") else b"{}", rest, value)
    if name not in fields:
        return _added(body, name, value, alone=not fields)
    span = _span(body, fields, name)
    if span is None:
        return edited(body, {name: value})
    whole = memoryview(body)
    return b"".join((whole[: span[0]], value, whole[span[1] :]))


def _added(body: bytes, name: str, value: bytes, *, alone: bool) -> bytes:
    """An object with one field more, the last."""
    end = len(body.rstrip(SPACE)) - 1
    whole = memoryview(body)
    return b"".join((whole[:end], b"" if alone else b",", _quoted(name), b":", value, whole[end:]))


def _span(body: bytes, fields: Fields, name: str) -> tuple[int, int] | None:
    """Where the value of a top-level field stands; None where it is not there or a field came twice."""
    at, found = 0, None
    for key, raw in fields.items():
        field = FIELD.match(body, at)
        if field is None or (field[1][1:-1] != key.encode() and _NAME.decode(field[1]) != key):
            return None
        at = field.end() + len(raw)
        if key == name:
            found = field.end(), at
    return found if LAST.fullmatch(body, at) else None


def _quoted(text: str) -> bytes:
    return msgspec.json.encode(text)


def edited(body: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """A JSON object with some top-level fields set to other raw values, added at its end, or (None) left out.

    Fields that stay keep their bytes and their order; only the white space between fields is not kept. The last of several fields of one
    name is what counts, as for every parser.
    """
    fields = {name: bytes(raw) for name, raw in _FIELDS.decode(body).items()}
    for name, raw in changes.items():
        if raw is None:
            fields.pop(name, None)
        else:
            fields[name] = raw
    return b"{%b}" % b",".join(b"%b:%b" % (_quoted(name), raw) for name, raw in fields.items())
