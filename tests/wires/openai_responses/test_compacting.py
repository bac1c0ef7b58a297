"""Compaction where the provider has none of its own."""

import json
from typing import Any

import pytest

from tests.wires.openai_responses.kit import CALL, FUNCTION, RESULT, SEALED, USER, body, read
from tierwise.core.events import Answer, Block, Open, Stop, unfolded
from tierwise.core.faults import Fault
from tierwise.core.prompt import Choice, Text
from tierwise.core.usage import Usage
from tierwise.core.wire import Voice
from tierwise.wires.openai_responses import WIRE
from tierwise.wires.openai_responses.compacting import ASKING, ROOM, asking, compacted, condensed, summary_of, triggered
from tierwise.wires.openai_responses.seals import PREFACE
from tierwise.wires.openai_responses.stripping import native

TRIGGER = {"type": "compaction_trigger"}
VOICE = Voice("abc", 7, "m")
SUMMED = Answer(
    "x",
    "m",
    (Block(Open(0, "thought"), "hm"), Block(Open(1, "text"), " so far "), Block(Open(2, "text"), "and on")),
    Usage(5, output=6),
    Stop("limit"),
)


@pytest.mark.parametrize(
    ("sent", "is_one"),
    [
        (body(USER, TRIGGER), True),
        (body(USER), False),
        (body({"role": "user", "content": "compaction_trigger"}), False),
        (b'{"model":"m","input":"compaction_trigger"}', False),
        (b'{"model":"m","metadata":{"compaction_trigger":"1"}}', False),
    ],
)
def test_a_request_for_compaction_is_known_by_its_last_item(sent: bytes, is_one: bool) -> None:  # noqa: FBT001  # a case
    assert triggered(sent) == is_one


def test_the_question_comes_after_the_conversation_as_it_was() -> None:
    more = {"instructions": "You are.", "tools": [FUNCTION], "text": {"verbosity": "low"}, "stream": True, "max_output_tokens": 9}
    found = json.loads(asking(body(USER, SEALED, CALL, RESULT, TRIGGER, **more)))
    assert found["input"][:-1] == [USER, SEALED, CALL, RESULT]
    assert found["input"][-1] == {"type": "message", "role": "user", "content": [{"type": "input_text", "text": ASKING}]}
    assert (found["tool_choice"], found["stream"], found["instructions"], found["tools"]) == ("none", False, "You are.", [FUNCTION])
    assert not {"text", "max_output_tokens"} & found.keys()


def test_the_question_is_an_ordinary_prompt() -> None:
    found = WIRE.read(asking(b'{"model":"m","input":"hi\\ud83d","parallel_tool_calls":true}'))
    assert [one.pieces for one in found.turns] == [(Text("hi\ufffd"),), (Text(ASKING),)]
    assert found.choice == Choice()


def test_the_summary_is_what_the_model_said_aloud() -> None:
    assert summary_of(SUMMED) == "so far \n\nand on"
    assert summary_of(Answer(fault=Fault("dropped"))) == ""


def test_the_answer_is_a_new_conversation() -> None:
    late = USER | {"content": [{"type": "input_text", "text": "and now"}]}
    plain = {"role": "user", "content": "bare"}
    found = json.loads(compacted(SUMMED, body({"role": "developer", "content": "x"}, USER, CALL, RESULT, plain, late), VOICE))
    assert (found["id"], found["object"], found["created_at"]) == ("resp_abc", "response.compaction", 7)
    assert found["output"][:-1] == [USER, plain, late]
    assert found["output"][-1]["type"] == "compaction"
    assert found["usage"]["total_tokens"] == 11


def test_only_the_latest_messages_of_the_user_stay() -> None:
    long: dict[str, Any] = {"role": "user", "content": "x" * (ROOM - 1000)}
    found = json.loads(compacted(SUMMED, body(long, long, USER), VOICE))
    assert found["output"][:-1] == [long, USER]
    assert json.loads(compacted(SUMMED, b'{"model":"m","input":"hi"}', VOICE))["output"][0]["content"] == "hi"


def test_the_summary_comes_back_as_a_message() -> None:
    output = json.loads(compacted(SUMMED, body(USER), VOICE))["output"]
    assert read(*output).turns[-1].pieces == (Text(PREFACE + "so far \n\nand on"),)
    assert json.loads(native(body(*output)))["input"][-1]["content"][0]["text"] == PREFACE + "so far \n\nand on"


def test_an_answer_within_a_stream_is_the_summary_alone() -> None:
    answer = condensed(SUMMED, VOICE)
    encoder = WIRE.encoder(VOICE)
    stream = b"".join(encoder.feed(event) for event in unfolded(answer))
    assert stream.count(b"event: response.output_item.done") == 1
    (item,) = json.loads(WIRE.answer(answer, VOICE))["output"]
    assert (item["type"], item["id"]) == ("compaction", "cmp_abc")
    assert (answer.usage, answer.stop) == (SUMMED.usage, Stop("end"))
