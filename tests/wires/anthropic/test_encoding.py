"""Events as streams and bodies: exact frames, the order that strict clients want, and what comes back of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise.core.events import Answer, Block, Close, Delta, Event, Failure, Opaque, Open, Ping, Seal, Spent, Start, Stop, folded, unfolded
from tierwise.core.faults import Fault
from tierwise.core.sse import Frames
from tierwise.core.usage import Usage
from tierwise.core.wire import Voice
from tierwise.wires.anthropic.blocks import Context, pieces
from tierwise.wires.anthropic.decoding import Decoder, whole
from tierwise.wires.anthropic.encoding import Encoder, answer
from tierwise.wires.anthropic.errors import error

VOICE = Voice("7", 0, "shown")
BEGIN = Start("msg_1", "m")
OURS = "tierwise..."
USED = {
    "input_tokens": 5,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
    "output_tokens": 9,
}


def told(*events: Event) -> bytes:
    encoder = Encoder(VOICE)
    return b"".join(encoder.feed(one) for one in events)


def frames(*events: Event) -> list[dict[str, Any]]:
    """The data of the frames; each names its type twice, as clients demand."""
    _, found = Frames().feed(told(*events))
    data = [json.loads(one.data or b"null") for one in found]
    assert [one.event for one in found] == [one["type"] for one in data]
    return data


def blocks(*events: Event) -> list[dict[str, Any]]:
    """The frames of blocks, without their numbers where there is but one."""
    return [one for one in frames(BEGIN, *events, Stop("end")) if one["type"].startswith("content_block")]


def begins(number: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": number, "content_block": block}


def grows(number: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": number, "delta": {"type": kind, **more}}


def ends(number: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": number}


def test_a_text_is_told_to_the_byte() -> None:
    assert told(BEGIN, Spent(Usage(5)), Open(3, "text"), Delta(3, 'é"'), Close(3), Spent(Usage(5, output=9)), Stop("end")).decode() == (
        'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",'
        '"model":"shown","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,'
        '"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":0}}}\n\n'
        'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"é\\""}}\n\n'
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
        'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},'
        '"usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,'
        '"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":9}}\n\n'
        'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    )


def test_an_answer_without_anything_is_still_announced_and_ended() -> None:
    found = frames(Start(), Stop("limit"))
    assert [one["type"] for one in found] == ["message_start", "message_delta", "message_stop"]
    assert (found[0]["message"]["id"], found[1]["delta"]["stop_reason"]) == ("msg_7", "max_tokens")


def test_another_providers_id_is_not_shown() -> None:
    assert frames(Start("chatcmpl-1"), Stop("end"))[0]["message"]["id"] == "msg_7"


def opaque(kind: str, wire: str = "anthropic") -> Open:
    return Open(0, "opaque", wire=wire, raw=Raw(b'{"type":"%b",\n"id":1}' % kind.encode()))


THINKING = begins(0, type="thinking", thinking="", signature="")
FREE = Open(0, "call", "a", "patch", form="custom")


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([Open(0, "refusal"), Delta(0, "no"), Close(0)], [begins(0, type="text", text=""), grows(0, "text_delta", text="no"), ends(0)]),
        (
            [Open(0, "thought"), Delta(0, "hm"), Seal(0, "anthropic", "a"), Seal(0, "anthropic", "b"), Close(0)],
            [THINKING, grows(0, "thinking_delta", thinking="hm"), grows(0, "signature_delta", signature="ab"), ends(0)],
        ),
        ([Open(0, "thought"), Close(0)], [THINKING, grows(0, "signature_delta", signature=OURS), ends(0)]),
        (
            [Open(0, "thought", item="i"), Seal(0, "w", "s"), Close(0)],
            [THINKING, grows(0, "signature_delta", signature="tierwise.w.aQ.cw"), ends(0)],
        ),
        (
            [Open(0, "call", "a", "ls"), Delta(0, '{"x'), Delta(0, '":1}'), Close(0)],
            [
                begins(0, type="tool_use", id="a", name="ls", input={}),
                grows(0, "input_json_delta", partial_json='{"x'),
                grows(0, "input_json_delta", partial_json='":1}'),
                ends(0),
            ],
        ),
        (
            [Open(0, "call", "f:0", "read", "fs"), Close(0)],
            [
                begins(0, type="tool_use", id="toolu_tw_Zjow", name="fs__read", input={}),
                grows(0, "input_json_delta", partial_json="{}"),
                ends(0),
            ],
        ),
        (
            [Open(0, "call", "", "ls"), Delta(0, "{}"), Close(0)],
            [begins(0, type="tool_use", id="toolu_7_0", name="ls", input={}), grows(0, "input_json_delta", partial_json="{}"), ends(0)],
        ),
        (
            [FREE, Delta(0, "a\n"), Delta(0, '"b"'), Close(0)],
            [
                begins(0, type="tool_use", id="a", name="patch", input={}),
                grows(0, "input_json_delta", partial_json='{"input":"a\\n\\"b\\""}'),
                ends(0),
            ],
        ),
        (
            [opaque("server_tool_use"), Opaque(0, "anthropic", Raw(b'{"type":"input_json_delta",\r\n"partial_json":""}')), Close(0)],
            [begins(0, type="server_tool_use", id=1), grows(0, "input_json_delta", partial_json=""), ends(0)],
        ),
        ([opaque("x", "w"), Delta(0, "a"), Seal(0, "w", "s"), Opaque(0, "w", Raw(b"{}")), Close(0)], []),
        (
            [
                Open(0, "text"),
                Opaque(0, "w", Raw(b"{}")),
                Opaque(0, "anthropic", Raw(b'{"type":"citations_delta","citation":1}')),
                Close(0),
            ],
            [begins(0, type="text", text=""), grows(0, "citations_delta", citation=1), ends(0)],
        ),
        (
            [opaque("x", "w"), Close(0), Open(4, "text"), Close(4), Open(9, "text"), Close(9)],
            [begins(0, type="text", text=""), ends(0), begins(1, type="text", text=""), ends(1)],
        ),
    ],
)
def test_a_block_is_told(events: list[Event], said: list[Any]) -> None:
    assert blocks(*events) == said


REASONS = [
    ("end", "end_turn"),
    ("calls", "tool_use"),
    ("limit", "max_tokens"),
    ("filtered", "refusal"),
    ("refusal", "refusal"),
    ("pause", "pause_turn"),
    ("context", "model_context_window_exceeded"),
]


@pytest.mark.parametrize(("reason", "said"), REASONS)
def test_an_end_has_a_reason(reason: str, said: str) -> None:
    assert frames(BEGIN, Stop(reason))[-2]["delta"] == {"stop_reason": said, "stop_sequence": None}
    assert json.loads(answer(Answer(stop=Stop(reason)), VOICE))["stop_reason"] == said


def test_a_stop_sequence_is_told() -> None:
    assert frames(BEGIN, Stop("sequence", "END"))[-2]["delta"] == {"stop_reason": "stop_sequence", "stop_sequence": "END"}


def test_calls_are_there_to_be_answered_whatever_the_provider_says() -> None:
    call: list[Event] = [Open(0, "call", "a", "ls"), Close(0)]
    assert frames(BEGIN, *call, Stop("end"))[-2]["delta"]["stop_reason"] == "tool_use"
    assert frames(BEGIN, *call, Stop("limit"))[-2]["delta"]["stop_reason"] == "max_tokens"


def test_a_sign_of_life_is_a_comment_until_there_is_an_answer() -> None:
    encoder = Encoder(VOICE)
    assert encoder.feed(Ping()).startswith(b":")
    assert encoder.feed(BEGIN) == b""
    assert encoder.feed(Ping()).startswith(b":")
    encoder.feed(Open(0, "text"))
    assert encoder.feed(Ping()) == b'event: ping\ndata: {"type":"ping"}\n\n'


def test_a_failure_is_an_error_event() -> None:
    assert frames(BEGIN, Open(0, "text"), Failure(Fault("overloaded")))[-1] == json.loads(error(Fault("overloaded")))


WHOLE = Answer(
    "x",
    "m",
    (
        Block(Open(0, "thought", item="i"), "hm", "s", "w"),
        Block(Open(1, "thought"), "hm", "t", "anthropic"),
        Block(
            Open(2, "text"),
            "Hi",
            opaque=(Opaque(2, "anthropic", Raw(b'{"type":"citations_delta","citation":{"x":1}}')), Opaque(2, "w", Raw(b"{}"))),
        ),
        Block(Open(3, "refusal"), "no"),
        Block(Open(4, "opaque", wire="w", raw=Raw(b"{}"))),
        Block(Open(5, "call", "f:0", "read", "fs"), '{"x": 1.0}'),
        Block(Open(6, "call", "", "ls"), ""),
        Block(Open(7, "call", "b", "ls"), "not json"),
        Block(Open(8, "call", "c", "patch", form="custom"), "free"),
        Block(
            Open(9, "opaque", wire="anthropic", raw=Raw(b'{"type":"server_tool_use","input":{}}')),
            opaque=(
                Opaque(9, "anthropic", Raw(b'{"type":"input_json_delta","partial_json":"{\\"q\\""}')),
                Opaque(9, "anthropic", Raw(b'{"type":"input_json_delta","partial_json":":2}"}')),
            ),
        ),
        Block(
            Open(10, "opaque", wire="anthropic", raw=Raw(b'{"type":"compaction","content":null}')),
            opaque=(Opaque(10, "anthropic", Raw(b'{"type":"compaction_delta","content":"sum"}')),),
        ),
    ),
    Usage(5, output=9),
    Stop("end"),
)


def test_a_whole_answer_is_told() -> None:
    assert json.loads(answer(WHOLE, VOICE)) == {
        "id": "msg_7",
        "type": "message",
        "role": "assistant",
        "model": "shown",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "tierwise.w.aQ.cw"},
            {"type": "thinking", "thinking": "hm", "signature": "t"},
            {"type": "text", "text": "Hi", "citations": [{"x": 1}]},
            {"type": "text", "text": "no"},
            {"type": "tool_use", "id": "toolu_tw_Zjow", "name": "fs__read", "input": {"x": 1.0}},
            {"type": "tool_use", "id": "toolu_7_5", "name": "ls", "input": {}},
            {"type": "tool_use", "id": "b", "name": "ls", "input": {"input": "not json"}},
            {"type": "tool_use", "id": "c", "name": "patch", "input": {"input": "free"}},
            {"type": "server_tool_use", "input": {"q": 2}},
            {"type": "compaction", "content": "sum"},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": USED,
    }


def test_an_answer_of_which_little_is_known_has_all_that_clients_add_up() -> None:
    said = json.loads(answer(Answer(), VOICE))
    assert (said["content"], said["stop_reason"], said["usage"]["input_tokens"], said["usage"]["output_tokens"]) == ([], "end_turn", 0, 0)


def test_an_answer_that_failed_is_an_error() -> None:
    assert answer(Answer(fault=Fault("overloaded")), VOICE) == error(Fault("overloaded"))


TEXTS = st.text(max_size=6)
OPENS = st.one_of(
    st.builds(Open, st.just(0), st.sampled_from(["text", "thought", "refusal"])),
    st.builds(Open, st.just(0), st.just("call"), id=TEXTS, name=st.sampled_from(["ls", "read"])),
    st.builds(Open, st.just(0), st.just("opaque"), wire=st.sampled_from(["anthropic", "w"]), raw=st.just(Raw(b'{"type":"new"}'))),
)
OBJECTS = st.dictionaries(TEXTS, st.integers(0, 9), max_size=2).map(json.dumps)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Answers as models give them."""
    made = []
    for number, opened in enumerate(draw(st.lists(OPENS, max_size=4))):
        kind = opened.kind
        said = draw(OBJECTS) if kind == "call" else "" if kind == "opaque" else draw(TEXTS)
        seal = draw(TEXTS) if kind == "thought" else ""
        one = Open(number, kind, opened.id, opened.name, wire=opened.wire, raw=opened.raw)
        made.append(Block(one, said, seal, "anthropic" if seal else ""))
    count = st.integers(0, 99)
    usage = draw(st.builds(Usage, count, count, count, count, count))
    return Answer("msg_1", "shown", tuple(made), usage, draw(st.builds(Stop, st.sampled_from(["end", "limit", "pause"]))))


def known(said: Answer) -> list[tuple[str, str, Any, str]]:
    """What of an answer a client of this wire gets to know."""
    return [_known(one) for one in said.blocks if one.open.wire in {"", "anthropic"}]


def _known(block: Block) -> tuple[str, str, Any, str]:
    kind, text = block.open.kind.replace("refusal", "text"), block.text
    return kind, block.open.name, json.loads(text or "{}") if kind == "call" else text, block.seal or (OURS if kind == "thought" else "")


def heard(stream: bytes) -> Answer:
    decoder = Decoder()
    return folded(event for one in Frames().feed(stream)[1] for event in decoder.feed(one))


@given(answers())
def test_what_is_told_is_heard_again_streamed_and_whole(said: Answer) -> None:
    for one in (heard(told(*unfolded(said))), folded(whole(answer(said, VOICE)))):
        assert (one.id, one.model, one.usage) == (said.id, said.model, said.usage)
        assert known(one) == known(said)


ORDER = {
    "": {"message_start"},
    "message_start": {"content_block_start", "message_delta"},
    "content_block_start": {"content_block_delta", "content_block_stop"},
    "content_block_delta": {"content_block_delta", "content_block_stop"},
    "content_block_stop": {"content_block_start", "message_delta"},
    "message_delta": {"message_stop"},
    "message_stop": set(),
}


@given(answers())
def test_the_frames_come_in_the_order_that_strict_clients_want(said: Answer) -> None:
    found = frames(*unfolded(said))
    kinds = [one["type"] for one in found]
    assert all(after in ORDER[before] for before, after in zip(["", *kinds], kinds, strict=False))
    assert kinds[-1] == "message_stop"
    opened = [one["index"] for one in found if one["type"] == "content_block_start"]
    assert opened == list(range(len(opened)))


@given(TEXTS, TEXTS, st.sampled_from(["openai_chat", "openai_responses"]), TEXTS)
def test_another_wires_reasoning_comes_back_with_its_seal(text: str, item: str, wire: str, seal: str) -> None:
    block = Block(Open(0, "thought", item=item), text, seal, wire)
    content = json.loads(answer(Answer(blocks=(block,)), VOICE))["content"]
    (thought,) = pieces(Raw(json.dumps(content).encode()), Context("here"))
    assert (thought.text, thought.wire, thought.seal, thought.item) == (text, wire, seal, item)  # type: ignore[union-attr]  # it is a thought
