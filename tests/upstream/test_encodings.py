"""Content encodings undone: whatever the pieces, nothing held back, and no bombs."""

import gzip
import zlib
from collections.abc import Callable, Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.faults import Fault
from tierwise.upstream.door import Broken
from tierwise.upstream.encodings import RATIO, SPARE, inflating

PACKED: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda text: gzip.compress(text, mtime=0),
    "x-gzip": lambda text: gzip.compress(text, mtime=0),
    "deflate": zlib.compress,
    "Deflate ": lambda text: zlib.compress(text, wbits=-15),
}


def undone(coding: str, pieces: list[bytes]) -> tuple[bytes, Fault | None]:
    coder = inflating(coding)
    assert coder is not None
    return b"".join([coder.feed(piece) for piece in pieces]), coder.end()


def cut(text: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(text) + 1) for place in places} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(ends)]


@pytest.mark.parametrize("coding", list(PACKED))
@given(st.binary(max_size=2000), st.lists(st.integers(0, 3000), max_size=8))
def test_a_body_comes_out_as_it_went_in_however_it_is_cut(coding: str, text: bytes, places: list[int]) -> None:
    assert undone(coding, cut(PACKED[coding](text), places)) == (text, None)


@pytest.mark.parametrize("coding", list(PACKED))
def test_a_body_comes_out_byte_by_byte(coding: str) -> None:
    packed = PACKED[coding](b"some text, some more text")
    assert undone(coding, [packed[at : at + 1] for at in range(len(packed))]) == (b"some text, some more text", None)


@pytest.mark.parametrize("window", [31, 15, -15])
def test_each_piece_comes_out_with_its_own_bytes(window: int) -> None:
    squeeze, coder = zlib.compressobj(wbits=window), inflating("gzip" if window == 31 else "deflate")
    assert coder is not None
    for text in (b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n"):
        assert coder.feed(squeeze.compress(text) + squeeze.flush(zlib.Z_SYNC_FLUSH)) == text


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0)], b"ab"),
        ([gzip.compress(b"a", mtime=0), gzip.compress(b"b", mtime=0)], b"ab"),
        ([gzip.compress(b"a", mtime=0) + b"\0\0", b"\0", gzip.compress(b"b", mtime=0)], b"ab"),
        ([gzip.compress(b"a", mtime=0) + bytes(9)], b"a"),
    ],
)
def test_gzip_bodies_may_follow_each_other(pieces: list[bytes], expected: bytes) -> None:
    assert undone("gzip", pieces) == (expected, None)


def test_what_follows_a_deflated_body_counts_for_nothing() -> None:
    assert undone("deflate", [zlib.compress(b"a") + b"x", b"y"]) == (b"a", None)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_without_its_end_is_cut_short(coding: str) -> None:
    for kept in (1, 2, 5, -4, -1):
        found = undone(coding, [PACKED[coding](b"abc")[:kept]])[1]
        assert found is not None
        assert found.kind == "dropped"


@pytest.mark.parametrize("coding", ["", "identity", " Identity "])
def test_there_may_be_nothing_to_undo(coding: str) -> None:
    assert inflating(coding) is None


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "compress", "é"])
def test_what_is_not_known_is_refused(coding: str) -> None:
    with pytest.raises(Broken) as raised:
        inflating(coding)
    assert raised.value.fault.kind == "strange"


@pytest.mark.parametrize(
    ("coding", "text"), [("gzip", b"plain"), ("gzip", gzip.compress(b"a", mtime=0) + b"plain"), ("deflate", b"\xff\xff\xff")]
)
def test_what_is_not_compressed_as_it_says_is_refused(coding: str, text: bytes) -> None:
    with pytest.raises(Broken) as raised:
        undone(coding, [text])
    assert raised.value.fault.kind == "strange"


def test_a_body_that_expands_beyond_measure_is_refused_before_it_fills_the_memory() -> None:
    bomb = zlib.compress(bytes(10 * SPARE), 9, wbits=31)
    with pytest.raises(Broken) as raised:
        undone("gzip", [bomb])
    assert raised.value.fault.kind == "too_long"
    squeezed = zlib.compress(b"[" + b"{}, " * 400_000 + b"{}]", wbits=31)
    assert len(undone("gzip", [squeezed])[0]) == 1_600_004
    assert len(bomb) * RATIO < 10 * SPARE


def test_a_bomb_in_small_pieces_is_one_too() -> None:
    bomb = zlib.compress(bytes(4 * SPARE), 9, wbits=31)
    with pytest.raises(Broken):
        undone("gzip", [bomb[at : at + 64] for at in range(0, len(bomb), 64)])
