"""JSON in and out for every core value, and the digest that names one.

Keys are sorted and floats are written in their shortest exact form, so equal values have equal text
and equal digests on every machine.
"""

import hashlib
from typing import Any, Final, TypeVar

import msgspec

T = TypeVar("T")

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def encoded(value: Any) -> bytes:
    """The JSON text of a core value."""
    return _ENCODER.encode(value)


def decoded(text: bytes, kind: type[T]) -> T:
    """A core value of its JSON text; ValueError names the path of what does not fit."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not a {kind.__name__}: {error}") from None


def digest(value: Any) -> str:
    """Sixteen hex digits that name a value by its content."""
    return hashlib.sha256(encoded(value)).hexdigest()[:16]
