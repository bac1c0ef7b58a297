"""Messages of every role as turns."""

from typing import Any

import pytest
from msgspec import Raw

from tests.wires.openai_chat.kit import USER, sent
from tierwise.core.prompt import Call, Media, Opaque, Piece, Result, Text, Thought, Turn
from tierwise.core.wire import Malformed
from tierwise.wires.openai_chat.talk import strange, turns

MARK = {"type": "ephemeral"}


def talk(*messages: Any) -> tuple[tuple[Text, ...], tuple[Turn, ...]]:
    return turns([Raw(sent(one)) for one in messages], "m")


def assistant(**more: Any) -> tuple[Piece, ...]:
    return talk({"role": "assistant", **more})[1][0].pieces


def call(id_: str = "1", name: str = "ls", arguments: Any = "{}") -> dict[str, Any]:
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_system_text_before_the_first_other_message_is_the_head() -> None:
    system, late = {"role": "system", "content": "a"}, {"role": "developer", "content": [{"type": "text", "text": "b"}]}
    assert talk(system, late, USER, system) == (
        (Text("a"), Text("b")),
        (Turn("user", (Text("fix it"),)), Turn("system", (Text("a"),))),
    )
    assert talk(system) == ((Text("a"),), ())


@pytest.mark.parametrize(
    ("message", "pieces"),
    [
        ({}, ()),
        ({"content": None}, ()),
        ({"content": "", "tool_calls": []}, ()),
        ({"content": "a", "refusal": "no", "function_call": None, "audio": None}, (Text("a"), Text("no"))),
        ({"content": None, "tool_calls": [call()]}, (Call("1", "ls", "{}"),)),
        ({"tool_calls": [call(arguments=""), call("2", arguments={"a": 1})]}, (Call("1", "ls", "{}"), Call("2", "ls", '{"a":1}'))),
        ({"tool_calls": [call() | {"function": {"name": "ls"}}]}, (Call("1", "ls", "{}"),)),
        ({"tool_calls": [{"id": "1", "type": "custom", "custom": {"name": "p", "input": "x"}}]}, (Call("1", "p", "x", form="custom"),)),
        ({"function_call": {"name": "ls", "arguments": "{}"}}, (Call("call_1", "ls", "{}"),)),
        ({"content": "a", "reasoning_content": "so"}, (Thought("so"), Text("a"))),
        ({"content": "a", "reasoning": "so"}, (Thought("so"), Text("a"))),
        ({"content": "a", "reasoning": {"effort": "low"}}, (Text("a"),)),
        (
            {"reasoning": "so", "reasoning_details": [{"type": "reasoning.text"}]},
            (Thought("so", "openai_chat", '[{"type": "reasoning.text"}]'),),
        ),
        ({"audio": {"id": "a1"}}, (Opaque("openai_chat", Raw(b'{"id": "a1"}'), "audio"),)),
        ({"content": "a", "cache_control": MARK}, (Text("a", 300),)),
        ({"content": "", "cache_control": MARK}, ()),
        (
            {"content": [{"type": "video_url"}], "cache_control": MARK},
            (Opaque("openai_chat", Raw(b'{"type": "video_url"}'), "unknown blocks"),),
        ),
    ],
)
def test_an_answer_is_reasoning_words_and_calls(message: dict[str, Any], pieces: tuple[Piece, ...]) -> None:
    assert assistant(**message) == pieces


def test_results_that_follow_each_other_are_one_turn() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
    results = [
        {"role": "tool", "tool_call_id": "1", "content": "a"},
        {"role": "tool", "tool_call_id": "2", "content": [{"type": "text", "text": "b"}, image]},
        {
            "role": "tool",
            "tool_call_id": "3",
            "content": [{"type": "video_url"}, {"type": "thinking", "thinking": "so"}],
            "cache_control": MARK,
        },
    ]
    assert talk(*results, USER, USER)[1] == (
        Turn(
            "user",
            (
                Result("1", (Text("a"),)),
                Result("2", (Text("b"), Media("image", "image/png", "AA"))),
                Result("3", (Text('{"type": "video_url"}'), Text("so")), keep=300),
            ),
        ),
        Turn("user", (Text("fix it"),)),
        Turn("user", (Text("fix it"),)),
    )


def test_calls_without_ids_are_answered_in_order() -> None:
    made, result = (
        {"role": "assistant", "function_call": {"name": "ls", "arguments": "{}"}},
        {"role": "function", "name": "ls", "content": "a"},
    )
    ids = [piece.id for turn in talk(USER, made, result, made, result)[1] for piece in turn.pieces if isinstance(piece, Call | Result)]
    assert ids == ["call_1", "call_1", "call_2", "call_2"]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"role": "robot"}, "m[0]: unknown role 'robot', known are system, developer, user, assistant, tool, function"),
        ({"content": "x"}, "m[0]: Object missing required field `role`"),
        ({"role": "tool", "content": "x"}, "m[0]: a message of role 'tool' needs the 'tool_call_id' of the call it answers"),
        ({"role": "assistant", "tool_calls": [{"function": {"name": "x"}}]}, "m[0].tool_calls[0]: a call needs an 'id'"),
        ({"role": "assistant", "tool_calls": [{"id": "1"}]}, "m[0].tool_calls[0]: a call needs 'function' with a 'name'"),
        ({"role": "assistant", "tool_calls": [{"id": "1", "function": {}}]}, "m[0].tool_calls[0]: a call needs 'function' with a 'name'"),
        ({"role": "system", "content": [{"type": "video_url"}]}, "m: system messages hold only text"),
        ({"role": "user", "content": 5}, "m[0].content: Expected `str | array`, got `int`"),
    ],
)
def test_the_wrong_message_is_named(message: dict[str, Any], said: str) -> None:
    with pytest.raises(Malformed) as refused:
        talk(message)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("message", "odd"),
    [
        (USER, False),
        (USER | {"name": "Ann"}, True),
        (USER | {"extra": {"cost": 1}}, True),
        (USER | {"extra": {}, "annotations": [], "refusal": None, "prefix": False}, False),
        ({"role": "tool", "tool_call_id": "1", "name": "ls", "content": "x"}, False),
    ],
)
def test_keys_that_nobody_knows_are_seen(message: dict[str, Any], odd: bool) -> None:  # noqa: FBT001  # a column
    assert strange([Raw(sent(message))]) is odd
