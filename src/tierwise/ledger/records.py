"""Records as bytes, as they lie in the spool."""

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from tierwise.core.entry import Entry, Record

ENCODE: Final = msgspec.msgpack.Encoder().encode
EXACT: Final = msgspec.json.Encoder().encode
DECODER: Final[msgspec.msgpack.Decoder[Record]] = msgspec.msgpack.Decoder(Record)
READER: Final[msgspec.json.Decoder[Record]] = msgspec.json.Decoder(Record)
BRACE: Final = b"{"
"""How JSON begins, and no record in msgpack."""

UNFIT: Final = (OverflowError, ValueError, TypeError, RecursionError, msgspec.MsgspecError)
"""What encoding can raise: a number that is too long, half a surrogate pair, an object of a plugin's."""


class Unreadable(ValueError):
    """Bytes that are no record; the message says why."""


def encoded(record: Record) -> bytes:
    """A record's bytes: msgpack, or JSON where a number has more than 64 bits. What neither has (half a character) is made to fit."""
    try:
        return ENCODE(record)
    except OverflowError:
        return _exact(record)
    except UNFIT:
        return EXACT(_fitting(msgspec.to_builtins(record, enc_hook=str)))


def _exact(record: Record) -> bytes:
    try:
        return EXACT(record)
    except UNFIT:
        return EXACT(_fitting(msgspec.to_builtins(record, enc_hook=str)))


def _fitting(value: Any) -> Any:
    if isinstance(value, dict):
        return {_fitting(key if isinstance(key, str | int) else str(key)): _fitting(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_fitting(one) for one in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def decoded(payload: bytes) -> Record:
    """The record of its bytes; Unreadable where they are none."""
    try:
        return READER.decode(payload) if payload[:1] == BRACE else DECODER.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from None


def bare(record: Record) -> Record:
    """A record without what was asked and answered."""
    return replace(record, bodies=None) if isinstance(record, Entry) and record.bodies is not None else record


def lighter(payload: bytes) -> bytes:
    """A record's bytes without what was asked and answered; bytes that are no record stay as they are."""
    try:
        record = decoded(payload)
    except Unreadable:
        return payload
    return payload if bare(record) is record else encoded(bare(record))
