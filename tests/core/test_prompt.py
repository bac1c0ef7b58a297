"""The neutral request: pieces are told apart in JSON, and two prompts never share what one may change."""

import msgspec
import pytest
from msgspec import Raw

from tierwise.core.codec import decoded, encoded
from tierwise.core.prompt import Call, Choice, Format, Knobs, Media, Opaque, Piece, Prompt, Result, Text, Thought, Tool, Turn

SCHEMA = Raw(b'{"type":"object"}')
TOOL = Tool("ls", schema=SCHEMA, grammar=Raw(b"null"), raw=Raw(b"null"))
PIECES: list[Piece] = [
    Text("a", 300),
    Media("image", "image/png", "AAAA"),
    Thought("hm", "w", "seal"),
    Call("1", "ls", "{}"),
    Result("1", (Text("a"), Media("image", url="x")), tools=(TOOL,)),
    Opaque("w", Raw(b'{"a":1}'), "unknown blocks"),
]


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_is_known_by_its_tag(piece: Piece) -> None:
    assert decoded(encoded(piece), type(piece)) == piece
    assert decoded(encoded(Turn("user", (piece,))), Turn) == Turn("user", (piece,))


def test_a_whole_prompt_survives_json() -> None:
    prompt = Prompt(
        "w",
        "m",
        (Text("be brief"),),
        (Turn("user", tuple(PIECES)),),
        (TOOL,),
        Choice("named", "ls"),
        Format("schema", SCHEMA),
        7,
        Knobs(0.5),
    )
    assert decoded(encoded(prompt), Prompt) == prompt


def test_what_a_client_does_not_say_is_not_said() -> None:
    assert msgspec.to_builtins(Knobs()) == {}
    assert Prompt("w", "m").extras is not Prompt("w", "m").extras
