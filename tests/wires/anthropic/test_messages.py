"""Turns of any wire as messages: each piece, how they are put together, and what the interface demands of the whole."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise.core.prompt import Call, Media, Opaque, Piece, Result, Text, Thought, Tool, Turn
from tierwise.wires.anthropic.messages import BEFORE, Manner, begun, messages

OTHER, OWN = Manner(), Manner(own=True, asides=True)
HI = Turn("user", (Text("hi"),))
THOUGHT = Thought("hm", "anthropic", "s")
CALL = Call("a", "ls", "{}")
SAID = {"role": "user", "content": [{"type": "text", "text": "hi"}]}


def user(*pieces: Piece) -> Turn:
    return Turn("user", pieces)


def model(*pieces: Piece) -> Turn:
    return Turn("assistant", pieces)


def system(*pieces: Piece) -> Turn:
    return Turn("system", pieces)


def told(*turns: Turn, manner: Manner = OTHER) -> list[dict[str, Any]]:
    found = [{"role": one.role, "content": one.blocks, **one.fields} for one in messages(turns, manner)]
    return list(json.loads(msgspec.json.encode(found)))


def block(piece: Piece, manner: Manner = OTHER) -> list[Any]:
    """The blocks of one piece that a user says after something else."""
    return list(told(user(Text("hi"), piece), manner=manner)[0]["content"][1:])


def spoken(piece: Piece, manner: Manner = OTHER) -> list[Any]:
    """The blocks of one piece in an earlier answer."""
    return [
        one
        for message in told(HI, model(piece, Text("x")), HI, manner=manner)
        for one in message["content"]
        if message["role"] == "assistant"
    ][:-1]


@pytest.mark.parametrize(
    ("piece", "blocks"),
    [
        (Text("x"), [{"type": "text", "text": "x"}]),
        (Text("x", 300), [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]),
        (Text(" \n"), []),
        (
            Media("image", "image/jpeg", "AAAA"),
            [{"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "AAAA"}}],
        ),
        (Media("image", data="AAAA"), [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]),
        (Media("image", url="https://x", name="n"), [{"type": "image", "source": {"type": "url", "url": "https://x"}}]),
        (
            Media("document", text="x", name="n"),
            [{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}, "title": "n"}],
        ),
        (
            Media("document", data="AAAA"),
            [{"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}}],
        ),
        (Media("image", file="f"), [{"type": "text", "text": "(image that cannot be shown here)"}]),
        (Media("audio", data="AAAA"), [{"type": "text", "text": "(audio that cannot be shown here)"}]),
        (Opaque("openai_responses", Raw(b'{"type":"x"}'), "unknown blocks"), []),
    ],
)
def test_a_piece_of_the_users_is_said(piece: Piece, blocks: list[Any]) -> None:
    assert block(piece) == blocks


def test_own_files_and_blocks_are_said_as_they_were() -> None:
    assert block(Media("image", file="f"), OWN) == [{"type": "image", "source": {"type": "file", "file_id": "f"}}]
    assert block(Opaque("anthropic", Raw(b'{"type":"search_result","x":1}'), "unknown blocks"), OWN) == [{"type": "search_result", "x": 1}]


def test_what_stands_beside_a_block_comes_back_to_it() -> None:
    beside = Opaque("anthropic", Raw(b'{"citations":[1]}'), "citations")
    assert told(user(beside, Text("hi"), beside), manner=OWN) == [
        {"role": "user", "content": [{"type": "text", "text": "hi", "citations": [1]}]}
    ]


@pytest.mark.parametrize(
    ("piece", "manner", "blocks"),
    [
        (Thought("hm", "anthropic", "s"), OTHER, [{"type": "thinking", "thinking": "hm", "signature": "s"}]),
        (Thought("hm", "anthropic"), OTHER, []),
        (Thought("hm", "anthropic"), Manner(echo=True), [{"type": "thinking", "thinking": "hm", "signature": ""}]),
        (Thought("hm", "w", "s"), OTHER, []),
        (Thought("hm", "w", "s"), Manner(echo=True), [{"type": "thinking", "thinking": "hm", "signature": ""}]),
        (Thought(wire="anthropic", seal="x", redacted=True), OTHER, [{"type": "redacted_thinking", "data": "x"}]),
        (Thought(wire="w", seal="x", redacted=True), Manner(echo=True), []),
        (Media("image", data="AAAA"), OTHER, []),
    ],
)
def test_reasoning_is_said_where_it_is_understood_and_pictures_are_not_the_models(piece: Piece, manner: Manner, blocks: list[Any]) -> None:
    assert spoken(piece, manner) == blocks


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (Call("a", "ls", '{"x": 1}'), {"id": "a", "name": "ls", "input": {"x": 1}}),
        (Call("f:0", "read", "", "fs"), {"id": "toolu_tw_Zjow", "name": "fs__read", "input": {}}),
        (Call("a", "patch", "free", form="custom"), {"id": "a", "name": "patch", "input": {"input": "free"}}),
        (Call("a", "ls", "[1]"), {"id": "a", "name": "ls", "input": {"input": "[1]"}}),
        (Call("a", "ls", "{}", keep=300), {"id": "a", "name": "ls", "input": {}, "cache_control": {"type": "ephemeral"}}),
    ],
)
def test_a_call_is_said(call: Call, said: Any) -> None:
    assert told(HI, model(call), user(Result(call.id)))[1]["content"] == [{"type": "tool_use"} | said]


@pytest.mark.parametrize(
    ("result", "manner", "said"),
    [
        (Result("a", (Text("x"),)), OTHER, {"content": "x"}),
        (Result("a", (Text("x", 300),)), OTHER, {"content": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]}),
        (
            Result("a", (Text("x"), Text("y")), keep=300),
            OTHER,
            {"content": [{"type": "text", "text": "x"}, {"type": "text", "text": "y"}], "cache_control": {"type": "ephemeral"}},
        ),
        (Result("a", (Text(""),)), OTHER, {}),
        (Result("a", failed=True), OTHER, {"content": "(failed without a message)", "is_error": True}),
        (Result("a", tools=(Tool("ls"),)), OWN, {"content": [{"type": "tool_reference", "tool_name": "ls"}]}),
        (Result("a", tools=(Tool("ls"),)), OTHER, {}),
    ],
)
def test_what_a_tool_answered_is_said(result: Result, manner: Manner, said: dict[str, Any]) -> None:
    found = told(HI, model(Call("a", "ls", "{}")), user(result), manner=manner)[2]
    assert found["content"] == [{"type": "tool_result", "tool_use_id": "a"} | said]


def test_neighbours_of_one_role_are_one_message_and_results_come_first_in_it() -> None:
    found = told(HI, HI, model(Call("a", "ls", "{}")), model(Call("b", "ls", "{}")), HI, user(Result("b")), user(Result("a")))
    assert [one["role"] for one in found] == ["user", "assistant", "user"]
    assert [one.get("tool_use_id", one["type"]) for one in found[2]["content"]] == ["b", "a", "text"]


def test_the_user_speaks_first() -> None:
    first = {"role": "user", "content": [{"type": "text", "text": BEFORE}]}
    assert told(model(Text("yes")), HI)[0] == first
    assert told(model(), user(Text(" "))) == [first]


def test_an_answer_to_be_continued_does_not_end_with_white_space() -> None:
    assert told(HI, model(Text("It is ")))[-1]["content"] == [{"type": "text", "text": "It is"}]
    assert told(HI, model(Text("It is "), Thought("x", "anthropic", "s")))[-1]["content"][0]["text"] == "It is "


def test_a_call_without_an_answer_gets_one_and_an_answer_without_a_call_is_told() -> None:
    found = told(
        user(Text("hi"), Result("z", (Text("lost"),))),
        model(Call("a", "ls", "{}")),
        user(Result("b", (Text("1"), Media("image", url="u"))), Text("go on")),
    )
    assert [one["text"] for one in found[0]["content"]] == ["hi", "(the result of a call that is not shown)\nlost"]
    assert found[2]["content"] == [
        {"type": "tool_result", "tool_use_id": "a", "content": "(no result)", "is_error": True},
        {"type": "text", "text": "(the result of a call that is not shown)"},
        {"type": "text", "text": "1"},
        {"type": "image", "source": {"type": "url", "url": "u"}},
        {"type": "text", "text": "go on"},
    ]


def test_a_conversation_does_not_end_with_a_call() -> None:
    last = {"type": "tool_result", "tool_use_id": "a", "content": "(no result)", "is_error": True}
    assert told(HI, model(CALL))[2] == {"role": "user", "content": [last]}


def test_of_an_own_result_without_a_call_only_what_has_a_neutral_form_is_told() -> None:
    beside = Opaque("anthropic", Raw(b'{"content":[{"type":"search_result"}]}'), "citations")
    assert [one["text"] for one in told(user(Result("z"), beside), manner=OWN)[0]["content"]] == [
        "(the result of a call that is not shown)"
    ]


def test_ids_that_come_again_are_made_unique() -> None:
    found = told(
        HI,
        model(Call("0", "ls", "{}"), Call("0", "ls", "{}")),
        user(Result("0"), Result("0")),
        model(Call("0", "ls", "{}")),
        user(Result("0")),
    )
    ids = [[one.get("tool_use_id", one.get("id")) for one in message["content"]] for message in found[1:]]
    assert ids == [["0", "0_2"], ["0", "0_2"], ["0_3"], ["0_3"]]
    named = told(HI, model(Call("0_2", "ls", "{}"), Call("0", "ls", "{}"), Call("0", "ls", "{}")))
    assert [one["id"] for one in named[1]["content"]] == ["0_2", "0", "0_3"]


LATE = system(Text("late", 300))
EFFORT = system(Opaque("anthropic", Raw(b'{"output_config":{"effort":"low"}}'), "unknown fields"))
TAGGED = {"type": "text", "text": "<system>\nlate\n</system>", "cache_control": {"type": "ephemeral"}}
ASIDE = {"role": "system", "content": [{"type": "text", "text": "late", "cache_control": {"type": "ephemeral"}}]}
ANSWER = {"role": "assistant", "content": [{"type": "text", "text": "yes"}]}
YES = model(Text("yes"))


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        ((HI, LATE), [SAID, ASIDE]),
        ((HI, LATE, EFFORT, YES), [SAID, ASIDE, {"role": "system", "content": [], "output_config": {"effort": "low"}}, ANSWER]),
        ((HI, LATE, HI), [{"role": "user", "content": [*SAID["content"], TAGGED, *SAID["content"]]}]),
        ((HI, YES, LATE), [SAID, ANSWER, {"role": "user", "content": [TAGGED]}]),
        ((LATE, YES), [{"role": "user", "content": [TAGGED]}, ANSWER]),
        ((HI, YES, EFFORT, HI), [SAID, ANSWER, SAID]),
    ],
)
def test_system_text_keeps_its_role_where_it_stands_right(turns: tuple[Turn, ...], said: list[Any]) -> None:
    assert told(*turns, manner=OWN) == said


def test_the_user_says_system_text_to_models_that_take_it_only_at_the_top() -> None:
    assert told(HI, LATE, EFFORT, YES) == [{"role": "user", "content": [*SAID["content"], TAGGED]}, ANSWER]


def test_system_blocks_that_are_no_text_are_not_the_users_to_say() -> None:
    assert told(HI, system(Opaque("anthropic", Raw(b'{"type":"tool_addition","x":1e999}'), "context management"))) == [SAID]


@pytest.mark.parametrize(
    ("turns", "going"),
    [
        ((HI,), False),
        ((HI, model(CALL), user(Result("a"))), True),
        ((HI, model(THOUGHT, CALL), user(Result("a"))), False),
        ((HI, model(CALL), user(Result("a")), YES, HI), False),
    ],
)
def test_work_that_began_without_thinking_is_known(turns: tuple[Turn, ...], *, going: bool) -> None:
    assert begun(messages(turns, OTHER)) is going


TEXTS = st.text(max_size=5)
IDS = st.sampled_from(["a", "b", "f:0", ""])
PIECES = st.one_of(
    st.builds(Text, TEXTS, st.sampled_from([0, 300])),
    st.builds(Thought, TEXTS, st.sampled_from(["anthropic", "w"]), TEXTS),
    st.builds(Call, IDS, st.just("ls"), TEXTS),
    st.builds(Result, IDS, st.lists(st.builds(Text, TEXTS), max_size=2).map(tuple), failed=st.booleans()),
    st.builds(Media, st.sampled_from(["image", "audio"]), data=TEXTS),
)
TURNS = st.lists(st.builds(Turn, st.sampled_from(["user", "assistant", "system"]), st.lists(PIECES, max_size=3).map(tuple)), max_size=6)


def proper(turns: list[Turn]) -> list[Turn]:
    """Turns in which only models call and only users answer."""
    foreign = {"user": Call | Thought, "assistant": Result, "system": Call | Thought | Result | Media}
    return [Turn(one.role, tuple(piece for piece in one.pieces if not isinstance(piece, foreign[one.role]))) for one in turns]


@given(TURNS.map(proper), st.sampled_from([OTHER, OWN, Manner(echo=True)]))
def test_whatever_was_said_the_messages_are_ones_the_interface_takes(turns: list[Turn], manner: Manner) -> None:
    found = told(*turns, manner=manner)
    assert found[0]["role"] == "user"
    calls = [one["id"] for message in found for one in message["content"] if one["type"] == "tool_use"]
    assert len(set(calls)) == len(calls)
    pending: set[str] = set()
    for before, message in zip([{"role": "", "content": []}, *found], found, strict=False):
        assert message["content"]
        assert message["role"] != before["role"] or message["role"] == "system"
        kinds = [one["type"] for one in message["content"]]
        assert all(one["text"].strip() for one in message["content"] if one["type"] == "text")
        answered = {one["tool_use_id"] for one in message["content"] if one["type"] == "tool_result"}
        assert answered == pending
        assert kinds[: len(answered)] == ["tool_result"] * len(answered)
        pending = {one["id"] for one in message["content"] if one["type"] == "tool_use"}
    assert not pending
