"""Content encodings undone, piece by piece: we ask for none, but some servers and proxies compress all the same.

Nothing is held back: what a piece holds comes out with it. An answer that grows out of all proportion is cut off before it fills the
memory.
"""

import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tierwise.core.faults import Fault
from tierwise.upstream.door import Broken

GZIP: Final = 16 + zlib.MAX_WBITS
ZLIB: Final = zlib.MAX_WBITS
RAW: Final = -zlib.MAX_WBITS
WINDOWS: Final[Mapping[str, int]] = MappingProxyType({"gzip": GZIP, "x-gzip": GZIP, "deflate": ZLIB})
PLAIN: Final = frozenset({"", "identity"})

SPARE: Final = 8 << 20
RATIO: Final = 100
"""An answer may expand to so many bytes for each one that came, and by the spare bytes beside."""


class Inflating:
    """One compressed body on its way."""

    __slots__ = ("_came", "_inflate", "_made", "_start", "_window")

    def __init__(self, window: int) -> None:
        """Begin a body in one of the windows above."""
        self._window = window
        self._start = b""
        self._inflate = None if window == ZLIB else zlib.decompressobj(window)
        self._came = 0
        self._made = 0

    def feed(self, piece: bytes) -> bytes:
        """What a piece holds; Broken when it is not what it says, or much too much."""
        self._came += len(piece)
        if self._inflate is not None and self._inflate.eof:
            piece = piece.lstrip(b"\0") if self._window == GZIP else b""
        if self._inflate is None:
            piece = self._start = self._start + piece
            if len(piece) < 2:  # noqa: PLR2004  # the two bytes that tell a zlib stream from a bare one
                return b""
            self._inflate = zlib.decompressobj(ZLIB if _is_zlib(piece) else RAW)
        try:
            return self._inflated(piece, self._inflate)
        except zlib.error:
            raise Broken(Fault("strange", "the body is not compressed as it says")) from None

    def end(self) -> Fault | None:
        """What is wrong when the body ends here: None when nothing is."""
        complete = not self._came or (self._inflate is not None and self._inflate.eof)
        return None if complete else Fault("dropped", "the compressed body has no end")

    def _inflated(self, piece: bytes, inflate: "zlib._Decompress") -> bytes:
        """What a piece holds: gzip streams may follow each other and be padded with zeros; after a zlib stream nothing counts."""
        out = b""
        while piece:
            if inflate.eof:
                self._inflate = inflate = zlib.decompressobj(GZIP)
            out += self._step(piece, inflate)
            piece = inflate.unused_data.lstrip(b"\0") if self._window == GZIP else b""
        return out

    def _step(self, piece: bytes, inflate: "zlib._Decompress") -> bytes:
        room = SPARE + RATIO * self._came - self._made
        out = inflate.decompress(piece, room)
        self._made += len(out)
        if len(out) >= room:
            raise Broken(Fault("too_long", "the body expands beyond measure"))
        return out


def inflating(coding: str) -> Inflating | None:
    """What undoes a content encoding, None where there is nothing to undo. Broken for one that is not known."""
    coding = coding.strip().lower()
    if coding in PLAIN:
        return None
    if coding not in WINDOWS:
        raise Broken(Fault("strange", "the body is encoded in a way that was not asked for and is not known"))
    return Inflating(WINDOWS[coding])


def _is_zlib(start: bytes) -> bool:
    return start[0] & 15 == zlib.DEFLATED and (start[0] << 8 | start[1]) % 31 == 0
