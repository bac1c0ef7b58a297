"""Server-sent events: bytes in whatever pieces they come, whole frames out.

Theory of operation. A frame ends with an empty line; lines end with LF, CR LF or CR. `feed` gives back the bytes up to the last frame
that is complete (to be passed on as they are) and the frames in them. A CR at the end of a piece ends its line at once; the LF that may
follow it then is an empty line before the next frame, which says nothing. Comments are frames without data. However the bytes are cut,
the same frames come out, and the bytes that come out are those that went in, but for a byte order mark.
"""

import re
from typing import Final

from msgspec import Struct, field

LONGEST: Final = 16 << 20
"""Bytes that one frame may have: images come in frames too."""

END: Final = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
LINES: Final = re.compile(rb"\r\n|\n|\r")
BLANK: Final = re.compile(rb"[\r\n]*")
MARK: Final = b"\xef\xbb\xbf"


class Frame(Struct, frozen=True, gc=False):
    """One event: its name ('' where none is given) and its data (None for comments and other frames without any)."""

    event: str
    data: bytes | None


class TooLong(ValueError):
    """A frame that is longer than any should be."""


class Frames(Struct):
    """A stream being read: the bytes of a frame that is not complete yet."""

    rest: bytearray = field(default_factory=bytearray)
    begun: bool = False

    def feed(self, chunk: bytes) -> tuple[bytes, list[Frame]]:
        """Bytes of the frames that are complete now, and these frames; TooLong when one never ends."""
        whole = self.whole(chunk)
        return whole, split(whole)

    def whole(self, chunk: bytes) -> bytes:
        """Bytes of the frames that are complete now, which nobody has to look at yet; TooLong when one never ends."""
        if self.begun and not self.rest:
            return self._cut(chunk)
        known = max(0, len(self.rest) - len(b"\r\n"))
        self.rest += chunk
        if not self.begun and not self._begin():
            return b""
        if END.search(self.rest, known):
            return self._cut(bytes(self.rest))
        if len(self.rest) > LONGEST:
            raise TooLong(f"more than {LONGEST >> 20} MB without an end")
        return b""

    def _begin(self) -> bool:
        """Whether enough has come to tell a byte order mark, which then is left out."""
        self.begun = len(self.rest) >= len(MARK) or not MARK.startswith(bytes(self.rest))
        self.rest = self.rest.removeprefix(MARK)
        return self.begun

    def _cut(self, came: bytes) -> bytes:
        at = came.rfind(b"\n\n") + len(b"\n\n") if b"\r" not in came else _ends(came)[-1]
        if at == 1:
            at = BLANK.match(came).end()  # type: ignore[union-attr]  # it matches anything
        self.rest = bytearray(came[at:])
        return came[:at]

    def end(self) -> tuple[bytes, list[Frame]]:
        """What the end of the bytes completes: a frame whose lines are whole and only its empty line is missing."""
        return self.feed(b"\n\n") if self.rest.endswith((b"\n", b"\r")) else (b"", [])


def _ends(came: bytes) -> list[int]:
    """Where frames end, with the empty lines after them; where the first one begins comes first."""
    ends = [BLANK.match(came).end()]  # type: ignore[union-attr]  # it matches anything
    while end := END.search(came, ends[-1]):
        ends.append(BLANK.match(came, end.end()).end())  # type: ignore[union-attr]  # the same
    return ends


def split(whole: bytes) -> list[Frame]:
    """The frames in bytes that hold no half of one."""
    if b"\r" not in whole:
        return [_frame(one.strip(b"\n")) for one in whole.strip(b"\n").split(b"\n\n") if one.strip(b"\n")]
    ends = _ends(whole)
    cut = [END.search(whole, begin) for begin in ends[:-1]]
    return [_frame(whole[begin : end.start()]) for begin, end in zip(ends, cut, strict=False) if end is not None]


def first(whole: bytes) -> int:
    """How many of some bytes are their first frame, for those in which lines end with LF alone."""
    begin = len(whole) - len(whole.lstrip(b"\n"))
    end = whole.find(b"\n\n", begin)
    return len(whole) if end < 0 else end + len(b"\n\n")


def _frame(text: bytes) -> Frame:
    if text.startswith(b"data: ") and b"\n" not in text and b"\r" not in text:
        return Frame("", text[6:])
    event, data = b"", []
    for line in LINES.split(text):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            data.append(value)
        elif name == b"event":
            event = value
    return Frame(event.decode("utf-8", "replace"), b"\n".join(data) if data else None)


def frame(data: bytes, event: str = "") -> bytes:
    """The bytes of one frame."""
    return b"event: %b\ndata: %b\n\n" % (event.encode(), data) if event else b"data: %b\n\n" % data


COMMENT: Final = b": keepalive\n\n"
"""What keeps a connection open while there is nothing to say."""
