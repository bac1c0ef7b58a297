"""Responses over a WebSocket: conversations that go on, and what is told of messages that cannot be followed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.wires.openai_responses.kit import CALL, FUNCTION, RESULT, SEALED, USER, completed, created, event
from tierwise.core.faults import Fault
from tierwise.core.sse import Frame
from tierwise.core.wire import Ask, Say, Voice
from tierwise.wires.openai_responses.sockets import KEPT, Socket

VOICE = Voice("w1", 7, "")
ANSWER = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "ok"}]}


def create(*items: Any, **more: Any) -> str:
    return json.dumps({"type": "response.create", "model": "m", "input": list(items), **more})


def asked(socket: Socket, message: str | bytes) -> dict[str, Any]:
    found = socket.heard(message, VOICE)
    assert isinstance(found, Ask), found
    body: dict[str, Any] = json.loads(found.body)
    return body


def refused(socket: Socket, message: str | bytes) -> dict[str, Any]:
    found = socket.heard(message, VOICE)
    assert isinstance(found, Say)
    (one,) = found.messages
    told: dict[str, Any] = json.loads(one)
    assert told["type"] == "error"
    return told


def answered(socket: Socket, *output: Any, known: str = "resp_1", items: Any = ()) -> list[str | None]:
    done = [event("output_item.done", index, item=item) for index, item in enumerate(items)]
    last = {"type": "response.completed", "response": {"id": known, "output": list(output)}}
    said = [socket.told(Frame(one["type"], json.dumps(one).encode())) for one in (created(known), *done, last)]
    socket.ended()
    return said


def test_a_message_is_a_whole_request() -> None:
    body = asked(Socket(), create(USER, tools=[FUNCTION], store=False, stream=True, background=False, stream_id=None))
    assert body == {"model": "m", "input": [USER], "tools": [FUNCTION], "store": False, "stream": True}
    assert asked(Socket(), '{"type":"response.create","model":"m","input":"hi"}')["input"] == [
        {"type": "message", "role": "user", "content": "hi"}
    ]
    assert asked(Socket(), b'{"type":"response.create","model":"m"}')["input"] == []


def test_a_conversation_goes_on_from_a_response_with_new_items_alone() -> None:
    socket = Socket()
    asked(socket, create(USER))
    answered(socket, SEALED, CALL)
    assert asked(socket, create(RESULT, previous_response_id="resp_1"))["input"] == [USER, SEALED, CALL, RESULT]
    answered(socket, ANSWER, known="resp_2")
    assert asked(socket, create(USER, previous_response_id="resp_2"))["input"] == [USER, SEALED, CALL, RESULT, ANSWER, USER]
    socket.ended()
    assert asked(socket, create(USER, previous_response_id=None))["input"] == [USER]


def test_an_earlier_response_may_be_gone_on_from_too() -> None:
    socket = Socket()
    asked(socket, create(USER))
    answered(socket, ANSWER)
    asked(socket, create(RESULT, previous_response_id="resp_1"))
    answered(socket, ANSWER, known="resp_2")
    assert asked(socket, create(previous_response_id="resp_1"))["input"] == [USER, ANSWER]


def test_items_are_known_from_the_stream_where_the_last_event_has_none() -> None:
    socket = Socket()
    asked(socket, create(USER))
    answered(socket, items=[SEALED, CALL])
    assert asked(socket, create(previous_response_id="resp_1"))["input"] == [USER, SEALED, CALL]


def test_reasoning_that_is_not_in_its_item_is_not_sent_on() -> None:
    socket = Socket()
    asked(socket, create(USER))
    answered(socket, {"type": "reasoning", "id": "rs_1", "summary": []}, CALL)
    assert asked(socket, create(previous_response_id="resp_1"))["input"] == [
        USER,
        {key: value for key, value in CALL.items() if key != "id"},
    ]


def test_a_warm_up_asks_nobody_and_can_be_gone_on_from() -> None:
    socket = Socket()
    found = socket.heard(create(USER, generate=False, instructions="You are."), VOICE)
    assert isinstance(found, Say)
    first, last = map(json.loads, found.messages)
    assert (first["type"], last["type"]) == ("response.created", "response.completed")
    assert (first["sequence_number"], last["sequence_number"]) == (0, 1)
    assert last["response"]["id"] == first["response"]["id"] == "resp_w1"
    assert (last["response"]["model"], last["response"]["output"], last["response"]["instructions"]) == ("m", [], "You are.")
    assert last["response"]["usage"]["total_tokens"] == 0
    assert asked(socket, create(RESULT, previous_response_id="resp_w1"))["input"] == [USER, RESULT]


def test_a_warm_up_with_a_request_that_is_none_is_refused() -> None:
    assert "tools[0]" in refused(Socket(), create(USER, generate=False, tools=[{"type": "function"}]))["error"]["message"]


def test_events_are_messages_and_what_is_none_is_not() -> None:
    socket = Socket()
    asked(socket, create(USER))
    data = json.dumps(event("output_text.delta", delta="é")).encode()
    assert socket.told(Frame("response.output_text.delta", data)) == data.decode()
    assert socket.told(Frame("", None)) is socket.told(Frame("", b"")) is socket.told(Frame("", b"[DONE]")) is None
    assert socket.told(Frame("", b"odd")) == "odd"
    assert socket.told(Frame("", json.dumps({"type": "response.completed"}).encode())) is not None
    assert socket.told(Frame("", json.dumps(event("output_item.done")).encode())) is not None


def test_a_stream_has_its_name_in_every_event() -> None:
    socket = Socket()
    asked(socket, create(USER, stream_id='ma"in'))
    told = [json.loads(one) for one in answered(socket, ANSWER) if one]
    assert {one["stream_id"] for one in told} == {'ma"in'}
    missing = refused(socket, create(stream_id="b", previous_response_id="resp_9"))
    assert missing["stream_id"] == "b"
    warm = socket.heard(create(generate=False, stream_id="c"), VOICE)
    assert isinstance(warm, Say)
    assert {json.loads(one)["stream_id"] for one in warm.messages} == {"c"}


def test_an_answer_that_did_not_begin_is_told_and_the_socket_goes_on() -> None:
    socket = Socket()
    asked(socket, create(USER))
    told = json.loads(socket.failed(Fault("rate_limit", "slow", after=1500)))
    assert (told["type"], told["status"], told["error"]["code"]) == ("error", 429, "rate_limit_exceeded")
    assert told["headers"] == {"retry-after": "2"}
    asked(socket, create(USER))
    assert "headers" not in json.loads(socket.failed(Fault("malformed", "what is this")))


@pytest.mark.parametrize(
    ("message", "param", "code", "says"),
    [
        ("", None, None, "message: Input data was truncated"),
        ("{", None, None, "message: "),
        (b"\xff", None, None, "message: not UTF-8 at byte 0"),
        ("\ud83d", None, None, "message: not UTF-8 at byte 0"),
        ("[]", None, None, "message: Expected `object`, got `array`"),
        ("{}", None, None, "message: Object missing required field `type`"),
        ('{"type":"response.cancel"}', "type", None, "messages of type 'response.cancel' are not known here"),
        (
            create(previous_response_id="resp_9"),
            "previous_response_id",
            "previous_response_not_found",
            "Previous response with id 'resp_9' not found.",
        ),
        ('{"type":"response.create","input":7}', None, None, "input: Expected `str | array`, got `int`"),
    ],
)
def test_a_message_that_cannot_be_followed_is_told_so(message: str | bytes, param: str | None, code: str | None, says: str) -> None:
    socket = Socket()
    told = refused(socket, message)
    assert (told["status"], told["error"]["type"]) == (400, "invalid_request_error")
    assert (told["error"]["param"], told["error"]["code"]) == (param, code)
    assert says in told["error"]["message"]
    assert "stream_id" not in told
    asked(socket, create(USER))


def test_a_second_request_waits_its_turn() -> None:
    socket = Socket()
    asked(socket, create(USER, stream_id="a"))
    told = refused(socket, create(USER))
    assert (told["error"]["code"], "stream_id" in told) == ("response_already_in_progress", False)
    answered(socket, ANSWER)
    asked(socket, create(USER))


def test_only_the_latest_responses_are_known() -> None:
    socket = Socket()
    for number in range(KEPT + 1):
        asked(socket, create(USER))
        answered(socket, ANSWER, known=f"resp_{number}")
    assert refused(socket, create(previous_response_id="resp_0"))["error"]["code"] == "previous_response_not_found"
    assert asked(socket, create(previous_response_id="resp_1"))["input"] == [USER, ANSWER]


def test_half_characters_are_no_hindrance() -> None:
    assert asked(Socket(), '{"type":"response.create","model":"m","input":"a\\ud83d"}')["input"][0]["content"] == "a\ufffd"


@pytest.mark.parametrize("name", ["websocket", "builtin-ws-gpt-5.5"])
def test_a_recorded_session_is_followed(shared: Path, name: str) -> None:
    socket, items = Socket(), 0
    for path in sorted((shared / "captures" / "codex" / name).glob("*_ws*.req.json")):
        sent = json.loads(path.read_text())["body"]
        told = json.loads(Path(str(path).replace(".req.", ".resp.")).read_text())
        found = socket.heard(json.dumps(sent | {"generate": True}), VOICE)
        assert isinstance(found, Ask)
        items += len(sent["input"])
        assert len(json.loads(found.body)["input"]) == items
        for one in told:
            assert json.loads(socket.told(Frame(one["type"], json.dumps(one).encode())) or "") == one
        items += len(told[-1]["response"]["output"])
        socket.ended()
    assert items > 3


def test_a_recorded_warm_up_is_answered_at_once(shared: Path) -> None:
    path = next((shared / "captures" / "codex" / "websocket").glob("*_ws01.req.json"))
    sent = json.loads(path.read_text())["body"]
    assert sent["generate"] is False
    assert isinstance(Socket().heard(json.dumps(sent), VOICE), Say)
    assert completed()["type"] == "response.completed"
