"""Chunks and whole answers of OpenAI's older wires: what is read, what is a fault, and what says that all is told."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw, Struct

from tierwise.core.chunks import complete, streamed
from tierwise.core.faults import Fault
from tierwise.core.sse import Frame


class Piece(Struct, frozen=True):
    object: str | None = None
    choices: list[Any] | None = None
    error: Raw = Raw()


READER = msgspec.json.Decoder(Piece)
ERROR = b'{"error": {"message": "no", "type": "busy"}}'


def test_a_chunk_is_read() -> None:
    found = streamed(READER, Frame("", b'{"choices": [1]}'))
    assert isinstance(found, Piece)
    assert found.choices == [1]
    assert complete(READER, b'{"choices": [1]}') == found


@pytest.mark.parametrize("data", [b"[DONE]", b" [DONE] "])
def test_the_last_frame_says_that_all_is_told(data: bytes) -> None:
    assert streamed(READER, Frame("", data)) is None


@pytest.mark.parametrize(
    ("event", "data", "fault"),
    [
        ("", ERROR, Fault("stream_error", "no", code="busy")),
        ("error", ERROR, Fault("stream_error", "no", code="busy")),
        ("error", b'{"message": "no"}', Fault("stream_error", "no")),
        ("error", b"no", Fault("stream_error", "no")),
        ("", b'{"object": "error", "message": "no"}', Fault("stream_error", "no")),
    ],
)
def test_a_chunk_that_tells_of_an_error_is_that_fault(event: str, data: bytes, fault: Fault) -> None:
    assert streamed(READER, Frame(event, data)) == fault


@pytest.mark.parametrize(("data", "kind"), [(b"{", "not_json"), (b'{"choices": 7}', "strange"), (b'{"object": "\xff"}', "bad_utf8")])
def test_what_cannot_be_read_is_a_fault(data: bytes, kind: str) -> None:
    for found in (streamed(READER, Frame("", data)), complete(READER, data)):
        assert isinstance(found, Fault)
        assert found.kind == kind


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", Fault("empty")),
        (b" ", Fault("empty")),
        (b"{}", Fault("strange", "no choices")),
        (b'{"choices": []}', Fault("empty", "no choices")),
        (ERROR, Fault("stream_error", "no", code="busy")),
        (b'{"object": "error", "message": "no", "choices": []}', Fault("stream_error", "no")),
    ],
)
def test_a_whole_answer_without_an_answer_is_a_fault(body: bytes, fault: Fault) -> None:
    assert complete(READER, body) == fault
