"""A client's own body without the reasoning of earlier answers."""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.splice import edited
from tierwise.wires.openai_chat.fitting import REASONING


class Body(Struct):
    messages: list[Raw]


_BODY: Final = msgspec.json.Decoder(Body)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])


def stripped(body: bytes) -> bytes:
    """A body without the reasoning of earlier answers; the same bytes where there is none."""
    if not any(name.encode() in body for name in REASONING):
        return body
    messages = [bytes(one) for one in _BODY.decode(body).messages]
    plain = [_without(one) for one in messages]
    return body if plain == messages else edited(body, {"messages": b"[%b]" % b",".join(plain)})


def _without(message: bytes) -> bytes:
    fields = _FIELDS.decode(message)
    found: dict[str, bytes | None] = {name: None for name in REASONING if name in fields}
    return edited(message, found) if found else message
