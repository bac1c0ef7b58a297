"""The wire as a whole: where it is served, and which pieces of a stream are more than content."""

import pytest

from tests.wires.openai_chat.kit import calls, chunk, part, sent
from tierwise.wires.openai_chat import WIRE


def test_it_is_served_with_and_without_a_version() -> None:
    assert WIRE.paths == ("/v1/chat/completions", "/chat/completions")
    assert WIRE.paths[0].endswith(WIRE.path)


@pytest.mark.parametrize(
    ("data", "telling"),
    [
        (sent(chunk({"content": "Hi"})), False),
        (sent(chunk({"reasoning_content": "so"}, usage=None)), False),
        (sent(chunk({"content": "Hi"}, "stop")), True),
        (b'{"choices":[{"delta":{},"finish_reason":"stop"}]}', True),
        (sent(chunk(usage={"prompt_tokens": 1})), True),
        (b'{"usage":{"prompt_tokens":1}}', True),
        (sent(calls(part(0, "a", "ls", "{}"))), True),
        (sent(chunk({"refusal": "no"})), True),
        (sent({"error": "busy"}), True),
        (b"[DONE]", True),
    ],
)
def test_pieces_with_more_than_content_are_known(data: bytes, telling: bool) -> None:  # noqa: FBT001  # a column
    assert any(one.search(data) for one in WIRE.telling) is telling
