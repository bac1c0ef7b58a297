"""Content: a text, or parts of every type."""

from typing import Any

import pytest
from msgspec import Raw

from tests.wires.openai_chat.kit import sent
from tierwise.core.prompt import Media, Opaque, Piece, Text, Thought
from tierwise.core.wire import Malformed
from tierwise.wires.openai_chat.parts import pieces

MARK = {"type": "ephemeral"}


def found(content: Any) -> tuple[Piece, ...]:
    return pieces(Raw(sent(content)), "here")


def of(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        ("a", (Text("a"),)),
        (
            [of("text", text="a"), of("input_text", text="b"), of("output_text", text=""), {"text": "c"}],
            (Text("a"), Text("b"), Text(""), Text("c")),
        ),
        ([of("text", text="a", cache_control=MARK)], (Text("a", 300),)),
        ([of("text", text="a", cache_control=MARK | {"ttl": "1h"})], (Text("a", 3600),)),
        ([of("text", text="a", prompt_cache_breakpoint={"mode": "explicit"})], (Text("a", 300),)),
        ([of("refusal", refusal="no")], (Text("no"),)),
        ([of("thinking", thinking="so")], (Thought("so"),)),
        ([of("thinking", thinking=[of("text", text="s"), of("text", text="o"), of("text")])], (Thought("so"),)),
        ([of("image_url", image_url="data:image/PNG;base64,AA==")], (Media("image", "image/png", "AA=="),)),
        (
            [of("image_url", image_url={"url": "data:image/png;x=y;base64,AA", "detail": "low"})],
            (Media("image", "image/png", "AA", detail="low"),),
        ),
        ([of("image_url", image_url={"url": "https://x/y.png"})], (Media("image", url="https://x/y.png"),)),
        ([of("image_url", image_url={"url": "data:,"})], (Media("image", url="data:,"),)),
        ([of("input_audio", input_audio={"data": "AA", "format": "wav"})], (Media("audio", "audio/wav", "AA"),)),
        (
            [of("file", file={"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA"}, cache_control=MARK)],
            (Media("document", "application/pdf", "AA", name="a.pdf", keep=300),),
        ),
        ([of("file", file={"file_data": "https://x/a.pdf"})], (Media("document", url="https://x/a.pdf"),)),
        ([of("file", file={"file_id": "f1"})], (Media("document", file="f1"),)),
        ([of("video_url", x=1)], (Opaque("openai_chat", Raw(b'{"type": "video_url", "x": 1}'), "unknown blocks"),)),
    ],
)
def test_content_is_read_piece_by_piece(content: Any, expected: tuple[Piece, ...]) -> None:
    assert found(content) == expected


def test_no_content_is_no_piece() -> None:
    assert pieces(Raw(), "here") == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (5, "here: Expected `str | array`, got `int`"),
        ([5], "here[0]: Expected `object`, got `int`"),
        ([of("text", text="a"), of("text")], "here[1]: a part of type 'text' needs 'text'"),
        ([of("refusal")], "here[0]: a part of type 'refusal' needs 'refusal'"),
        ([of("thinking")], "here[0]: a part of type 'thinking' needs 'thinking'"),
        ([of("image_url")], "here[0]: a part of type 'image_url' needs 'image_url'"),
        ([of("input_audio")], "here[0]: a part of type 'input_audio' needs 'input_audio'"),
        ([of("file")], "here[0]: a part of type 'file' needs 'file' with 'file_data' or 'file_id'"),
        ([of("file", file={})], "here[0]: a part of type 'file' needs 'file' with 'file_data' or 'file_id'"),
        ([of("image_url", image_url={})], "here[0]: Object missing required field `url` - at `$.image_url`"),
    ],
)
def test_the_wrong_part_is_named(content: Any, said: str) -> None:
    with pytest.raises(Malformed) as refused:
        found(content)
    assert str(refused.value) == said
