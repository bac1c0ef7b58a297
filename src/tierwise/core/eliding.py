"""A long body made short: its messages, or their texts, stand aside while everything else is looked at and changed.

Theory of operation. Most of a long request is text that nobody has to read to fit it to an endpoint. Each message that is nothing but a
long text gets a token in the place of the text; what is left is small, and can be decoded, changed or said on another wire for
next to nothing. At the end every token becomes the text again, byte for byte. A token holds a name that no client can guess, so that none
can be forged; one that is lost or came twice is noticed, and the caller does without.

Where not even the messages themselves matter, all of them stand aside in one piece (`framed`), which costs the same for any number of them.
"""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Raw, Struct

from tierwise.core.request import Segment

SHORT: Final = 256
"""Bytes of a text that is left where it is."""

TEXT: Final = re.compile(rb'\{\s*"role"\s*:\s*"\w+"\s*,\s*"content"\s*:\s*"')
"""How a message begins that is nothing but a text."""

END: Final = b'"}'
NEAR: Final = 64
"""Bytes by which a slice is found again."""


class Elided(Struct, frozen=True):
    """The short body, the texts that stand aside, and what a token begins with."""

    body: bytes
    texts: tuple[memoryview, ...]
    token: bytes


class Framed(Struct, frozen=True):
    """A body with one token in the place of all its messages, and what stood there."""

    body: bytes
    token: bytes
    messages: memoryview


def framed(body: bytes, segments: Sequence[Segment], name: str) -> Framed | None:
    """A body without its messages; None where they do not stand in one row, evenly apart. `name` must be one that no client can know."""
    raws = [one.raw for one in segments if one.kind == "message"]
    start = _start(body, raws[0], 0) if len(raws) > 1 else -1
    second = _start(body, raws[1], start + len(raws[0])) if start >= 0 else -1
    if second < 0:
        return None
    apart = second - start - len(raws[0])
    end = start + sum(map(len, raws)) + apart * (len(raws) - 1)
    whole = memoryview(body)
    if not (body.startswith(bytes(raws[0]), start) and body.startswith(bytes(raws[-1]), end - len(raws[-1]))):
        return None
    token = b'"<%b>"' % name.encode()
    return Framed(b"".join((whole[:start], token, whole[end:])), token, whole[start:end])


def unframed(body: bytes, away: Framed) -> bytes | None:
    """A body with its messages in it again; None where the token was lost or came more than once."""
    before, token, after = body.partition(away.token)
    return b"".join((before, away.messages, after)) if token and away.token not in after else None


def elided(body: bytes, segments: Sequence[Segment], name: str) -> Elided:
    """A body without the long texts of its messages. `name` must be one that no client can know."""
    pieces: list[bytes | memoryview] = []
    texts: list[memoryview] = []
    token = b"<%b:" % name.encode()
    whole, at, kept = memoryview(body), 0, 0
    for segment in segments:
        start = _start(body, segment.raw, at) if segment.kind != "tools" else -1
        if start < 0:
            continue
        at = start + len(segment.raw)
        begin = TEXT.match(segment.raw) if len(segment.raw) > SHORT else None
        end = at - len(END)
        if begin is None or body[end:at] != END:
            continue
        pieces += [whole[kept : start + begin.end()], b"%b%d>" % (token, len(texts))]
        texts.append(whole[start + begin.end() : end])
        kept = end
    pieces.append(whole[kept:])
    return Elided(b"".join(pieces), tuple(texts), token)


def _start(body: bytes, raw: Raw, after: int) -> int:
    """Where a slice stands in the body it was taken from, after the one before; -1 where it is not found."""
    return body.find(bytes(memoryview(raw)[:NEAR]), after)


def restored(body: bytes, away: Elided) -> bytes | None:
    """A body with the texts in it again; None where a token was lost or came more than once."""
    first, *others = body.split(away.token)
    places: list[int] = []
    pieces: list[bytes | memoryview] = [first]
    for one in others:
        place, _, rest = one.partition(b">")
        if not place.isdigit() or int(place) >= len(away.texts):
            return None
        places.append(int(place))
        pieces += [away.texts[places[-1]], rest]
    return b"".join(pieces) if sorted(places) == list(range(len(away.texts))) else None
