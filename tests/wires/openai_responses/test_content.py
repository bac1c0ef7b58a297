"""Parts of messages and of results, of every type."""

import json
from typing import Any

import pytest
from msgspec import Raw

from tierwise.core.prompt import Media, Opaque, Piece, Text
from tierwise.core.wire import Malformed
from tierwise.wires.openai_responses.content import pieces_of, plain


def pieces(value: Any) -> tuple[Piece, ...]:
    return pieces_of(Raw(json.dumps(value).encode()), "content")


MARK = {"prompt_cache_breakpoint": {"mode": "explicit"}}


@pytest.mark.parametrize(
    ("part", "piece"),
    [
        ({"type": "input_text", "text": "a"}, Text("a")),
        ({"text": "a"}, Text("a")),
        ({"type": "output_text", "text": "a", "annotations": [], "logprobs": []}, Text("a")),
        ({"type": "text", "text": ""}, Text("")),
        ({"type": "input_text", "text": "a", **MARK}, Text("a", 300)),
        ({"type": "refusal", "refusal": "no"}, Text("no")),
        ({"type": "refusal"}, Text("")),
        ({"type": "input_image", "image_url": "https://x/y.png", "detail": "low"}, Media("image", url="https://x/y.png", detail="low")),
        ({"type": "input_image", "image_url": {"url": "https://x"}}, Media("image", url="https://x")),
        ({"type": "input_image", "image_url": "data:image/png;base64,AA=="}, Media("image", "image/png", "AA==")),
        ({"type": "input_image", "image_url": "data:image/svg+xml,<svg>"}, Media("image", url="data:image/svg+xml,<svg>")),
        ({"type": "input_image", "file_id": "file_1", **MARK}, Media("image", file="file_1", keep=300)),
        ({"type": "computer_screenshot", "image_url": "https://x"}, Media("image", url="https://x")),
        (
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="},
            Media("document", "application/pdf", "AA==", name="a.pdf"),
        ),
        ({"type": "input_file", "file_data": "AA==", **MARK}, Media("document", "application/pdf", "AA==", keep=300)),
        ({"type": "input_file", "file_url": "https://x/a.pdf"}, Media("document", url="https://x/a.pdf")),
        ({"type": "input_file", "file_id": "file_1"}, Media("document", file="file_1")),
        ({"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}}, Media("audio", "audio/mp3", "AA==")),
        ({"type": "input_audio", "audio_url": "data:audio/wav;base64,AA=="}, Media("audio", "audio/wav", "AA==")),
    ],
)
def test_each_part_is_a_piece(part: dict[str, Any], piece: Piece) -> None:
    assert pieces([part]) == (piece,)


def test_a_bare_text_is_a_piece_and_nothing_is_none() -> None:
    assert pieces("a") == (Text("a"),)
    assert pieces(None) == pieces([]) == ()


def test_a_part_of_an_unknown_type_is_kept_whole_and_is_no_part_of_a_result() -> None:
    found = pieces([{"type": "encrypted_content", "encrypted_content": "x"}, {"text": "a"}])
    assert found[0] == Opaque("openai_responses", Raw(b'{"type": "encrypted_content", "encrypted_content": "x"}'), "unknown blocks")
    assert plain(found) == (Text("a"),)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([{"type": "input_text"}], r"^content\[0\]: a part of type 'input_text' needs a `text`$"),
        ([{"text": "a"}, {"type": "input_image"}], r"^content\[1\]: an image needs an `image_url` or a `file_id`$"),
        ([{"type": "input_file"}], r"^content\[0\]: a file needs"),
        ([{"type": "input_audio"}], r"^content\[0\]: audio needs"),
        ([{"type": "input_audio", "input_audio": {}}], r"^content\[0\]: audio needs"),
        (["a"], r"^content\[0\]: Expected `object`, got `str`$"),
        ({"a": 1}, r"^content: Expected `str \| array`, got `object`$"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(value: Any, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        pieces(value)
