"""Server-sent events: the same frames however the bytes are cut and whatever ends the lines; every byte passes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core import sse
from tierwise.core.sse import COMMENT, MARK, Frame, Frames, TooLong, frame

ENDS = [b"\n", b"\r\n", b"\r"]
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=6).map(str.encode)
ends = st.sampled_from(ENDS)
lines = st.one_of(
    st.builds(b"data: %b".__mod__, words),
    st.builds(b"data:%b".__mod__, words),
    st.builds(b"event: %b".__mod__, words),
    st.builds(b": %b".__mod__, words),
    st.sampled_from([b"data", b"id: 7", b"retry: 1", b"strange", b"data: a: b"]),
)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Frames with one kind of line end in each line, and empty lines between them, at least one."""
    out = [draw(st.sampled_from([b"", MARK]))]
    for many in draw(st.lists(st.lists(lines, min_size=1, max_size=3), max_size=4)):
        for one in many:
            out += [one, draw(ends)]
        out += [draw(ends)] * draw(st.integers(1, 2))
    return joined(out)


def joined(out: list[bytes]) -> bytes:
    """Pieces as bytes, without a CR and an LF of two ends becoming one."""
    whole = b""
    for one in out:
        whole += b"\r\n" if one == b"\n" and whole.endswith(b"\r") else one
    return whole


def read(pieces: list[bytes]) -> tuple[bytes, list[Frame], bytes]:
    """Bytes passed, frames, and what is left, of a stream in pieces."""
    reader, passed, found = Frames(), b"", list[Frame]()
    for piece in pieces:
        whole, frames = reader.feed(piece)
        passed += whole
        found += frames
    return passed, found, bytes(reader.rest)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    at = sorted({place % (len(stream) + 1) for place in places} | {0, len(stream)})
    return [stream[left:right] for left, right in pairwise(at)]


def told(stream: bytes) -> list[Frame]:
    """The frames of a whole stream, read line by line as the standard describes it."""
    text = stream.removeprefix(MARK).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    found, event, data, some = [], b"", list[bytes](), False
    for line in text.split(b"\n")[:-1]:
        if not line:
            found += [Frame(event.decode(), b"\n".join(data) if data else None)] if some else []
            event, data, some = b"", [], False
            continue
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        event = value if name == b"event" else event
        data += [value] if name == b"data" else []
        some = True
    return found


@given(streams())
def test_a_whole_stream_is_read_as_the_standard_says(stream: bytes) -> None:
    assert read([stream])[1] == told(stream)


@given(streams(), st.lists(st.integers(0, 400), max_size=6), words)
def test_however_a_stream_is_cut_the_same_frames_come_out_and_every_byte_passes(stream: bytes, places: list[int], tail: bytes) -> None:
    tail = b":" + tail
    expected = told(stream)
    for pieces in ([stream + tail], [bytes([one]) for one in stream + tail], cut(stream + tail, places), [stream, tail]):
        passed, found, rest = read(pieces)
        assert found == expected
        assert passed + rest == (stream + tail).removeprefix(MARK)
        assert rest == tail


@given(streams(), streams())
def test_frames_come_as_soon_as_they_are_complete(stream: bytes, more: bytes) -> None:
    more = more.removeprefix(MARK)
    reader = Frames()
    first = reader.feed(stream)[1]
    assert first == told(stream)
    assert first + reader.feed(more)[1] == read([stream, more])[1]


@given(st.lists(st.binary(max_size=8), max_size=8))
def test_any_bytes_pass_and_none_is_lost(pieces: list[bytes]) -> None:
    passed, _, rest = read(pieces)
    assert passed + rest == b"".join(pieces).removeprefix(MARK)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("data: a||", [Frame("", b"a")]),
        ("data:a||", [Frame("", b"a")]),
        ("data:  a||", [Frame("", b" a")]),
        ("data: a|data: b||", [Frame("", b"a\nb")]),
        ("event: x|data: a||", [Frame("x", b"a")]),
        ("data: a|event: x||", [Frame("x", b"a")]),
        ("event: x||", [Frame("x", None)]),
        ("data||", [Frame("", b"")]),
        ("data: ||", [Frame("", b"")]),
        (": ping||data: a||", [Frame("", None), Frame("", b"a")]),
        ("||data: a||||data: b|||", [Frame("", b"a"), Frame("", b"b")]),
        ("id: 1|retry: 2|data: a||", [Frame("", b"a")]),
        ("dataset: a||", [Frame("", None)]),
        ("data: a|", []),
        ("data: a", []),
        ("", []),
    ],
)
def test_frames_are_told_apart_whatever_ends_their_lines(end: bytes, text: str, found: list[Frame]) -> None:
    stream = text.encode().replace(b"|", end)
    assert read([stream])[1] == found
    assert read([bytes([one]) for one in stream])[1] == found


def test_a_byte_order_mark_at_the_beginning_is_none_of_it() -> None:
    for pieces in ([MARK + b"data: a\n\n"], [MARK[:1], MARK[1:] + b"data: a\n\n"], [b"", MARK[:2], b"", MARK[2:], b"data: a\n\n"]):
        assert read(pieces)[1] == [Frame("", b"a")]
    assert read([b"data: a\n\n", MARK + b"data: b\n\n"])[1] == [Frame("", b"a"), Frame("", None)]
    assert read([MARK[:2]]) == (b"", [], MARK[:2])


def test_a_name_that_is_not_utf_8_is_no_crash() -> None:
    assert read([b"event: \xff\ndata: a\n\n"])[1] == [Frame("\ufffd", b"a")]


@pytest.mark.parametrize(
    ("left", "found"),
    [
        (b"data: [DONE]\n", [Frame("", b"[DONE]")]),
        (b"event: x\r\ndata: a\r\n", [Frame("x", b"a")]),
        (b"data: a\r", [Frame("", b"a")]),
        (b"data: a", []),
        (b"event: x\ndata: a", []),
        (b"", []),
    ],
)
def test_the_end_completes_a_frame_whose_empty_line_is_missing_and_no_half_line(left: bytes, found: list[Frame]) -> None:
    reader = Frames()
    reader.feed(b"data: before\n\n" + left)
    assert reader.rest == left
    whole, frames = reader.end()
    assert frames == found
    assert whole.startswith(left if found else b"")
    assert reader.rest == (b"" if found else left)
    assert Frames().feed(whole)[1] == found


def test_a_frame_without_an_end_is_too_long_at_some_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "LONGEST", 1 << 20)
    reader = Frames()
    piece = b"data: " + b"x" * 65_530
    for _ in range(16):
        reader.feed(piece)
    with pytest.raises(TooLong, match=r"^more than 1 MB without an end$"):
        reader.feed(b"x")


def test_a_long_frame_in_small_pieces_is_not_read_again_and_again() -> None:
    """Looking through all of it for each piece would take minutes."""
    reader = Frames()
    for _ in range(3_000):
        assert reader.feed(b"x" * 1_000) == (b"", [])
    assert len(reader.feed(b"\r\n\r\n")[0]) == 3_000_004


@given(words.filter(lambda one: not one.startswith(b" ")), st.text("abc._", max_size=4))
def test_a_frame_that_is_written_is_read_back(data: bytes, event: str) -> None:
    assert read([frame(data, event)])[1] == [Frame(event, data)]


def test_the_keepalive_is_a_frame_without_data() -> None:
    assert read([COMMENT]) == (COMMENT, [Frame("", None)], b"")
