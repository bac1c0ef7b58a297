"""A streamed answer on its way: transcripts of bytes in and bytes out, however the bytes are cut."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from msgspec import Struct

from tierwise import plugins
from tierwise.core.naming import Restorer, flat, named
from tierwise.core.prompt import CUSTOM, Tool
from tierwise.core.sse import LONGEST
from tierwise.core.usage import Usage
from tierwise.core.wire import Voice, Wire
from tierwise.gateway.relaying import Relay

WIRES: dict[str, Wire] = {one.name: one for one in plugins.found(plugins.WIRES)}
CHAT, RESPONSES, ANTHROPIC = "openai_chat", "openai_responses", "anthropic"


def relay(upstream: str, client: str, *, mute: bool = False, usage: bool = True) -> Relay:
    """A relay from one wire to another, as the gateway makes it."""
    wire, own = WIRES[upstream], WIRES[client]

    def anew() -> Any:
        return own.encoder(Voice("tw-1", 1_700_000_000, "shown", usage))

    return Relay(wire, wire.decoder(), anew, None if wire is own else anew(), None, mute)


class Heard(Struct, frozen=True):
    """What reached the client: before the first content, and then."""

    out: bytes
    machine: Relay


def heard(machine: Relay, pieces: Sequence[bytes], *, ends: bool = True) -> Heard:
    """What a relay lets through of some pieces and (mostly) their end."""
    out: list[bytes] = []
    for piece in pieces:
        if machine.fault is not None:
            break
        said = machine.feed(piece)
        assert machine.committed or not said, "something reached the client before the first content"
        out.append(said)
    if ends:
        out.append(machine.end())
    return Heard(b"".join(out), machine)


def whole(frames: Sequence[bytes]) -> list[bytes]:
    return [b"".join(frames)]


def framed(frames: Sequence[bytes]) -> list[bytes]:
    return list(frames)


def bytewise(frames: Sequence[bytes]) -> list[bytes]:
    return [bytes([one]) for one in b"".join(frames)]


def trailing(frames: Sequence[bytes]) -> list[bytes]:
    """Each piece brings the beginning of the next frame."""
    text = b"".join(frames)
    return [text[at : at + 37] for at in range(0, len(text), 37)]


FEEDINGS: list[Callable[[Sequence[bytes]], list[bytes]]] = [whole, framed, bytewise, trailing]
every_feeding = pytest.mark.parametrize("feeding", FEEDINGS)


def sse(data: Any, event: str = "") -> bytes:
    said = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {event}\n" if event else "").encode() + f"data: {said}\n\n".encode()


def chunk(delta: Any = None, finish: str | None = None, **more: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return sse({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, **more})


def said(kind: str, **more: Any) -> bytes:
    return sse({"type": kind, **more}, kind)


SPENT = {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17, "prompt_tokens_details": {"cached_tokens": 4}}
STREAMS: dict[str, list[bytes]] = {
    CHAT: [
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "Hel"}),
        chunk({"content": "lo ü 💥"}),
        chunk({}, "stop"),
        chunk(usage=SPENT),
        sse("[DONE]"),
    ],
    ANTHROPIC: [
        said(
            "message_start",
            message={
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "m",
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": {"input_tokens": 8, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 0, "output_tokens": 1},
            },
        ),
        said("ping"),
        said("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        said("content_block_delta", index=0, delta={"type": "text_delta", "text": "Hel"}),
        said("content_block_delta", index=0, delta={"type": "text_delta", "text": "lo ü 💥"}),
        said("content_block_stop", index=0),
        said("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 5}),
        said("message_stop"),
    ],
}


def response(status: str, output: Sequence[Any] = (), usage: Any = None) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "created_at": 1, "status": status, "model": "m", "output": list(output), "usage": usage}


ITEM = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed"}
DONE = {**ITEM, "content": [{"type": "output_text", "text": "Hello ü 💥", "annotations": []}]}
PLACE = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
STREAMS[RESPONSES] = [
    said("response.created", sequence_number=0, response=response("in_progress")),
    said("response.in_progress", sequence_number=1, response=response("in_progress")),
    said("response.output_item.added", sequence_number=2, output_index=0, item={**ITEM, "status": "in_progress", "content": []}),
    said("response.content_part.added", sequence_number=3, **PLACE, part={"type": "output_text", "text": "", "annotations": []}),
    said("response.output_text.delta", sequence_number=4, **PLACE, delta="Hel", logprobs=[]),
    said("response.output_text.delta", sequence_number=5, **PLACE, delta="lo ü 💥", logprobs=[]),
    said("response.output_text.done", sequence_number=6, **PLACE, text="Hello ü 💥", logprobs=[]),
    said("response.content_part.done", sequence_number=7, **PLACE, part=DONE["content"][0]),
    said("response.output_item.done", sequence_number=8, output_index=0, item=DONE),
    said(
        "response.completed",
        sequence_number=9,
        response=response(
            "completed", [DONE], {"input_tokens": 12, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 5, "total_tokens": 17}
        ),
    ),
]
PAIRS = [(one, two) for one in WIRES if one in STREAMS for two in STREAMS]


def text_of(wire: str, out: bytes) -> str:
    return "".join(PIECES[wire](json.loads(data)) for data in datas(out) if data != "[DONE]")


def datas(out: bytes) -> list[str]:
    """The data of every frame; each has to be whole."""
    text = out.decode()
    assert not text or text.endswith("\n\n"), text[-100:]
    return [line[6:] for frame in text.split("\n\n") for line in frame.split("\n") if line.startswith("data: ")]


PIECES: dict[str, Callable[[Any], str]] = {
    CHAT: lambda one: "".join(choice["delta"].get("content") or "" for choice in one["choices"]),
    ANTHROPIC: lambda one: one.get("delta", {}).get("text", ""),
    RESPONSES: lambda one: one["delta"] if one["type"] == "response.output_text.delta" else "",
}
ENDS = {CHAT: "[DONE]", ANTHROPIC: "message_stop", RESPONSES: "response.completed"}


# Whole answers


@every_feeding
@pytest.mark.parametrize("wire", STREAMS)
def test_the_same_wire_gets_the_providers_own_bytes(wire: str, feeding: Any) -> None:
    found = heard(relay(wire, wire), feeding(STREAMS[wire]))
    assert found.out == b"".join(STREAMS[wire])
    assert found.machine.usage == Usage(fresh=8, read=4, output=5)
    assert found.machine.stop is not None
    assert found.machine.stop.reason == "end"
    assert found.machine.fault is None


@every_feeding
@pytest.mark.parametrize(("upstream", "client"), [pair for pair in PAIRS if pair[0] != pair[1]])
def test_another_wire_gets_the_answer_in_its_own_words(upstream: str, client: str, feeding: Any) -> None:
    found = heard(relay(upstream, client), feeding(STREAMS[upstream]))
    assert text_of(client, found.out) == "Hello ü 💥"
    assert ENDS[client] in datas(found.out)[-1]
    assert found.machine.usage == Usage(fresh=8, read=4, output=5)
    assert found.machine.fault is None
    again = heard(relay(client, upstream), [found.out])
    assert text_of(upstream, again.out) == "Hello ü 💥"
    assert again.machine.usage == found.machine.usage


@pytest.mark.parametrize(("upstream", "client"), PAIRS)
def test_nothing_is_said_before_the_first_content_and_all_of_it_then(upstream: str, client: str) -> None:
    machine = relay(upstream, client)
    before = True
    for frame in STREAMS[upstream]:
        out = machine.feed(frame)
        if b"Hel" in frame and before:
            assert machine.committed
            assert b"Hel" in out
            assert len(datas(out)) > 1, "what came before it was held back and comes now"
            before = False
        elif before:
            assert (machine.committed, out) == (False, b"")
    assert not before


# Beginnings


@pytest.mark.parametrize("client", STREAMS)
def test_a_thought_is_content(client: str) -> None:
    machine = relay(CHAT, client)
    assert machine.feed(chunk({"role": "assistant"})) == b""
    assert b"hm" in machine.feed(chunk({"reasoning_content": "hm"}))


@pytest.mark.parametrize("client", STREAMS)
def test_a_call_is_content_as_soon_as_it_is_named(client: str) -> None:
    machine = relay(ANTHROPIC, client)
    machine.feed(STREAMS[ANTHROPIC][0])
    machine.feed(said("content_block_start", index=0, content_block={"type": "tool_use", "id": "t1", "name": "look", "input": {}}))
    assert machine.committed


@pytest.mark.parametrize("wire", STREAMS)
def test_an_answer_that_ends_well_with_nothing_in_it_is_an_answer(wire: str) -> None:
    empty = {
        CHAT: [chunk({"role": "assistant", "content": ""}), chunk({}, "stop"), sse("[DONE]")],
        ANTHROPIC: [STREAMS[ANTHROPIC][0], *STREAMS[ANTHROPIC][-2:]],
        RESPONSES: [STREAMS[RESPONSES][0], said("response.completed", sequence_number=1, response=response("completed"))],
    }[wire]
    found = heard(relay(wire, wire), empty)
    assert found.machine.fault is None or found.machine.fault.kind == "empty"
    if found.machine.fault is None:
        assert found.out == b"".join(empty)


@every_feeding
@pytest.mark.parametrize("client", STREAMS)
def test_an_answer_without_its_start_is_told_anew(client: str, feeding: Any) -> None:
    headless = STREAMS[ANTHROPIC][2:]
    found = heard(relay(ANTHROPIC, client), feeding(headless))
    assert found.machine.fault is None
    assert text_of(client, found.out) == "Hello ü 💥"
    if client == ANTHROPIC:
        assert json.loads(datas(found.out)[0])["type"] == "message_start"
        assert [json.loads(one)["type"] for one in datas(found.out)].count("message_start") == 1


@every_feeding
@pytest.mark.parametrize("wire", STREAMS)
def test_comments_and_empty_lines_before_it_do_no_harm(wire: str, feeding: Any) -> None:
    frames = [b": waiting\n\n", b"\n\n", b":\n\n", *STREAMS[wire]]
    found = heard(relay(wire, wire), feeding(frames))
    assert found.machine.fault is None
    assert text_of(wire, found.out) == "Hello ü 💥"


@every_feeding
@pytest.mark.parametrize(("upstream", "client"), PAIRS)
def test_comments_within_it_do_no_harm(upstream: str, client: str, feeding: Any) -> None:
    frames = [part for frame in STREAMS[upstream] for part in (frame, b": still there\n\n")]
    found = heard(relay(upstream, client), feeding(frames))
    assert found.machine.fault is None
    assert text_of(client, found.out) == "Hello ü 💥"


@every_feeding
@pytest.mark.parametrize("wire", STREAMS)
@pytest.mark.parametrize("line", [b"\r\n", b"\r"])
def test_lines_may_end_in_any_way(wire: str, feeding: Any, line: bytes) -> None:
    frames = [frame.replace(b"\n", line) for frame in STREAMS[wire]]
    found = heard(relay(wire, wire), feeding(frames))
    assert found.machine.fault is None
    assert found.machine.usage == Usage(fresh=8, read=4, output=5)
    assert b"Hel" in found.out


# Usage that nobody asked for


@every_feeding
def test_usage_that_the_client_did_not_ask_for_is_kept_back(feeding: Any) -> None:
    found = heard(relay(CHAT, CHAT, mute=True), feeding(STREAMS[CHAT]))
    assert found.out == b"".join(frame for frame in STREAMS[CHAT] if b"usage" not in frame)
    assert found.machine.usage == Usage(fresh=8, read=4, output=5)


@every_feeding
def test_usage_beside_content_stays_with_the_content(feeding: Any) -> None:
    frames = [*STREAMS[CHAT][:3], chunk({}, "stop", usage=SPENT), sse("[DONE]")]
    found = heard(relay(CHAT, CHAT, mute=True), feeding(frames))
    assert found.out == b"".join(frames)
    assert found.machine.usage == Usage(fresh=8, read=4, output=5)


def test_another_wire_does_not_tell_usage_that_was_not_asked_for() -> None:
    found = heard(relay(ANTHROPIC, CHAT, usage=False), STREAMS[ANTHROPIC])
    assert not any(json.loads(data).get("usage") for data in datas(found.out) if data != "[DONE]")
    assert found.machine.usage == Usage(fresh=8, read=4, output=5)


# What goes wrong


BROKEN: dict[str, bytes] = {
    CHAT: sse({"error": {"message": "no room", "type": "server_error", "code": 500}}),
    ANTHROPIC: said("error", error={"type": "overloaded_error", "message": "no room"}),
    RESPONSES: said(
        "response.failed", sequence_number=5, response={**response("failed"), "error": {"code": "server_error", "message": "no room"}}
    ),
}


def before(wire: str) -> Iterator[bytes]:
    """The frames before the first content."""
    for frame in STREAMS[wire]:
        if b"Hel" in frame:
            return
        yield frame


def after(wire: str) -> list[bytes]:
    """The frames up to the first content."""
    begun = list(before(wire))
    return [*begun, STREAMS[wire][len(begun)]]


@every_feeding
@pytest.mark.parametrize(("upstream", "client"), PAIRS)
def test_an_error_before_the_first_content_is_never_seen(upstream: str, client: str, feeding: Any) -> None:
    found = heard(relay(upstream, client), feeding([*before(upstream), BROKEN[upstream]]), ends=False)
    assert found.machine.fault is not None
    assert "no room" in found.machine.fault.message
    assert (found.machine.committed, found.out) == (False, b"")


@every_feeding
@pytest.mark.parametrize(("upstream", "client"), PAIRS)
def test_after_an_error_within_it_nothing_more_is_passed_on(upstream: str, client: str, feeding: Any) -> None:
    frames = [*after(upstream), BROKEN[upstream], *STREAMS[upstream][-3:]]
    found = heard(relay(upstream, client), feeding(frames), ends=False)
    assert found.machine.fault is not None
    assert text_of(client, found.out) == "Hel"
    assert b"no room" not in found.out
    assert found.machine.end() == b""


@every_feeding
@pytest.mark.parametrize(("upstream", "client"), PAIRS)
def test_bytes_that_end_within_an_event_are_half_a_frame(upstream: str, client: str, feeding: Any) -> None:
    frames = [*after(upstream), STREAMS[upstream][len(after(upstream))][:-20]]
    found = heard(relay(upstream, client), feeding(frames))
    assert found.machine.fault is not None
    assert found.machine.fault.kind == "half_frame"
    assert text_of(client, found.out) == "Hel"


@pytest.mark.parametrize(("upstream", "client"), PAIRS)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_bytes_that_end_too_soon_are_no_answer(upstream: str, client: str, count: int) -> None:
    found = heard(relay(upstream, client), list(before(upstream))[:count])
    assert found.machine.fault is not None
    assert found.machine.fault.kind in {"unfinished", "empty"}
    assert found.out == b""


@pytest.mark.parametrize(("upstream", "client"), PAIRS)
def test_an_answer_that_stops_coming_is_unfinished(upstream: str, client: str) -> None:
    found = heard(relay(upstream, client), after(upstream))
    assert found.machine.fault is not None
    assert found.machine.fault.kind == "unfinished"
    assert text_of(client, found.out) == "Hel"


@pytest.mark.parametrize("wire", STREAMS)
def test_an_event_without_end_is_too_long(wire: str) -> None:
    machine = relay(wire, wire)
    assert machine.feed(b"data: ") == b""
    assert machine.feed(b"x" * (LONGEST + 1)) == b""
    assert machine.fault is not None
    assert machine.fault.kind == "too_long"


@pytest.mark.parametrize(("upstream", "client"), PAIRS)
@pytest.mark.parametrize("junk", [b"data: <html>\n\n", b"data: {\n\n", b"data: \xff\n\n", b"data: 7\n\n"])
def test_what_is_no_event_before_the_first_content_is_a_fault(upstream: str, client: str, junk: bytes) -> None:
    found = heard(relay(upstream, client), [*before(upstream), junk], ends=False)
    assert found.machine.fault is not None
    assert found.out == b""


@pytest.mark.parametrize(("upstream", "client"), PAIRS)
@pytest.mark.parametrize("junk", [b"data: <html>\n\n", b"data: {\n\n", b"data: \xff\xfe\n\n"])
def test_what_is_no_event_after_it_is_not_passed_on(upstream: str, client: str, junk: bytes) -> None:
    if upstream == client and junk.isascii():
        pytest.skip("the same wire looks only at frames that may say something")
    found = heard(relay(upstream, client), [*after(upstream), junk, *STREAMS[upstream][-2:]], ends=False)
    assert found.machine.fault is not None
    assert text_of(client, found.out) == "Hel"


def test_what_comes_after_the_end_is_passed_on_where_bytes_pass() -> None:
    machine = relay(CHAT, CHAT)
    heard(machine, STREAMS[CHAT], ends=False)
    assert machine.over()
    assert machine.feed(b": bye\n\n") == b": bye\n\n"
    assert machine.end() == b""
    assert machine.fault is None


# Names of tools


@every_feeding
def test_the_clients_tools_have_their_own_names_and_forms_again(feeding: Any) -> None:
    tool = Tool("apply_patch", CUSTOM, namespace="edit")
    call = {"index": 0, "id": "call_1", "type": "function"}
    frames = [
        chunk({"role": "assistant", "tool_calls": [{**call, "function": {"name": flat("edit", "apply_patch"), "arguments": ""}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"input": "*** Beg'}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": 'in\\n"}'}}]}),
        chunk({}, "tool_calls"),
        sse("[DONE]"),
    ]
    machine = relay(CHAT, RESPONSES)
    machine.restorer = Restorer(named([tool]))
    found = heard(machine, feeding(frames))
    assert found.machine.fault is None
    item = json.loads(datas(found.out)[-1])["response"]["output"][0]
    assert (item["type"], item["name"], item["input"]) == ("custom_tool_call", "apply_patch", "*** Begin\n")


# Ways to write JSON


def spaced(frame: bytes) -> bytes:
    """The same frame by a server that writes its JSON with space."""
    lines = []
    for line in frame.decode().split("\n"):
        data = line.removeprefix("data: ")
        lines.append(
            f"data: {json.dumps(json.loads(data), separators=(' ,  ', ' :  '))}" if data.startswith("{") and data != line else line
        )
    return "\n".join(lines).encode()


@every_feeding
@pytest.mark.parametrize(("upstream", "client"), PAIRS)
def test_json_may_be_written_with_any_space(upstream: str, client: str, feeding: Any) -> None:
    frames = [spaced(frame) for frame in STREAMS[upstream]]
    assert frames != STREAMS[upstream]
    found = heard(relay(upstream, client), feeding(frames))
    assert found.machine.fault is None, found.machine.fault
    assert found.machine.usage == Usage(fresh=8, read=4, output=5)
    assert text_of(client, found.out) == "Hello ü 💥"
