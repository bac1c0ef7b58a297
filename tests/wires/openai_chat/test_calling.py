"""Which call a piece belongs to, however a server tells them apart."""

from typing import Any

import msgspec
import pytest

from tests.wires.openai_chat.kit import part, sent
from tierwise.wires.openai_chat.calling import Calls
from tierwise.wires.openai_chat.chunks import CallPart


def made(*parts: Any) -> list[tuple[str, str, str]]:
    """Id, name and input of each call that pieces make."""
    calls, blocks = Calls(seed="s"), []
    for one in parts:
        for piece in calls.pieces([msgspec.json.decode(sent(one), type=CallPart)]):
            blocks += [piece.block] if piece.new else []
            piece.block.said.append(piece.text)
    return [(one.id, one.name, "".join(one.said)) for one in blocks]


@pytest.mark.parametrize(
    ("parts", "calls"),
    [
        # as documented: number, id and name first, then the input by number
        ([part(0, "a", "ls", ""), part(0, text='{"x"'), part(0, text=":1}")], [("a", "ls", '{"x":1}')]),
        ([part(0, "a", "ls", "{}"), part(1, "b", "rm", "{}")], [("a", "ls", "{}"), ("b", "rm", "{}")]),
        # interleaved
        (
            [part(0, "a", "ls", "{"), part(1, "b", "rm", "{"), part(0, text="}"), part(1, text='"x":1}')],
            [("a", "ls", "{}"), ("b", "rm", '{"x":1}')],
        ),
        # id and name with every piece
        ([part(0, "a", "ls", "{"), part(0, "a", "ls", "}")], [("a", "ls", "{}")]),
        ([part(0, "a", "ls", "{"), part(0, None, "ls", "}")], [("a", "ls", "{}")]),
        # name in pieces, id in pieces
        ([part(0, "a", "get_"), part(0, name="weather"), part(0, text="{}")], [("a", "get_weather", "{}")]),
        ([part(0, "a", "get_"), part(0, name="get_weather", text="{}")], [("a", "get_weather", "{}")]),
        ([part(0, "call_", "ls"), part(0, "1"), part(0, text="{}")], [("call_1", "ls", "{}")]),
        ([part(0, "a", "ls"), part(0, "a"), part(0, text="{}")], [("a", "ls", "{}")]),
        # the same number for all, or none
        ([part(0, "a", "ls", "{}"), part(0, "b", "ls", "{}")], [("a", "ls", "{}"), ("b", "ls", "{}")]),
        ([part(None, "a", "ls", "{"), part(text="}"), part(None, "b", "rm", "{}")], [("a", "ls", "{}"), ("b", "rm", "{}")]),
        ([part(None, "a", "ls", "{"), part(None, "b", "rm", "{"), part(None, "a", text="}")], [("a", "ls", "{}"), ("b", "rm", "{")]),
        # no ids at all
        ([part(0, None, "ls", "{}"), part(1, None, "rm", "{}")], [("call_s0", "ls", "{}"), ("call_s1", "rm", "{}")]),
        ([part(0, "", "ls", "{}"), part(0, "", "ls", '{"x":1}')], [("call_s0", "ls", "{}"), ("call_s1", "ls", '{"x":1}')]),
        ([part(None, None, "ls", "{}"), part(None, None, "rm", "{}")], [("call_s0", "ls", "{}"), ("call_s1", "rm", "{}")]),
        # the id comes late
        ([part(0, None, "ls"), part(0, "a", "ls", "{}")], [("a", "ls", "{}")]),
        # the whole call again
        ([part(0, "a", "ls", "{"), part(0, text="}"), part(0, "a", "ls", "{}")], [("a", "ls", "{}")]),
        # the input before the name
        ([part(0, "a", text="{"), part(0, name="ls", text="}")], [("a", "ls", "{}")]),
        # nothing at all
        ([{"index": 0}], [("call_s0", "", "")]),
    ],
)
def test_pieces_are_put_together_call_by_call(parts: list[Any], calls: list[tuple[str, str, str]]) -> None:
    assert made(*parts) == calls


def test_free_text_is_told_by_its_field_or_its_type() -> None:
    calls = Calls()
    parts = [{"index": 0, "id": "a", "type": "custom", "custom": {"name": "p", "input": "x"}}, {"index": 1, "id": "b", "type": "custom"}]
    pieces = list(calls.pieces([msgspec.json.decode(sent(one), type=CallPart) for one in parts]))
    assert [(one.block.form, one.block.name, one.text) for one in pieces] == [("custom", "p", "x"), ("custom", "", "")]
    assert next(calls.pieces([CallPart(0)])).block.form == "custom"


def test_a_name_does_not_change_once_its_call_is_told() -> None:
    calls = Calls()
    first = next(calls.pieces([msgspec.json.decode(sent(part(0, "a", "ls", "{")), type=CallPart)])).block
    first.index = 0
    list(calls.pieces([msgspec.json.decode(sent(part(0, "b", text="}")), type=CallPart)]))
    assert (first.id, first.name) == ("a", "ls")
