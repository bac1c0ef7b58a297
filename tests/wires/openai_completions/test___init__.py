"""The wire as a whole: where it is served, and which pieces of a stream are more than content."""

import pytest

from tests.wires.openai_completions.kit import chunk, sent
from tierwise.wires.openai_completions import WIRE


def test_it_is_served_with_and_without_a_version() -> None:
    assert WIRE.paths == ("/v1/completions", "/completions")
    assert WIRE.path == "/completions"


@pytest.mark.parametrize(
    ("data", "telling"),
    [
        (sent(chunk("a")), False),
        (sent(chunk("a", usage=None)), False),
        (sent(chunk("", "stop")), True),
        (sent(chunk("", usage={"prompt_tokens": 1})), True),
        (sent({"error": "busy"}), True),
        (b"[DONE]", True),
    ],
)
def test_pieces_with_more_than_content_are_known(data: bytes, telling: bool) -> None:  # noqa: FBT001  # a column
    assert any(one.search(data) for one in WIRE.telling) is telling
