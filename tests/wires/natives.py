"""Streams as providers send them, not as we would: each wire's answer written by hand, with the liberties that servers take."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from hypothesis import strategies as st
from msgspec import Struct

from tests.wires.worlds import cut, inputs, names, texts

Fields = dict[str, Any]

places = st.lists(st.integers(0, 30), max_size=3)


class Wanted(Struct, frozen=True):
    """What an answer says: its reasoning, its words, its calls (name, input), and whether it tells its tokens."""

    thought: str
    words: str
    calls: tuple[tuple[str, str], ...]
    usage: bool


wanted = st.builds(
    lambda thought, words, calls, usage: Wanted(thought, words, tuple((name, json.dumps(given)) for name, given in calls), usage),
    st.just("") | texts,
    st.just("") | texts,
    st.lists(st.tuples(names, inputs), max_size=3),
    st.booleans(),
)


class Native(Struct, frozen=True):
    """An answer, and a stream that says it."""

    wanted: Wanted
    stream: bytes


def _stream(draw: st.DrawFn, said: list[tuple[str, str]]) -> bytes:
    """Frames as bytes, with a line end and comments as some servers have them; of names and data."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    named = draw(st.booleans()) or all(name for name, _ in said)
    out = []
    for name, data in said:
        out += [f": processing{end}{end}"] if draw(st.integers(0, 5)) == 0 else []
        out.append(f"event: {name}{end}data: {data}{end}{end}" if name and named else f"data: {data}{end}{end}")
    return "".join(out).encode()


def _mixed(draw: st.DrawFn, lanes: list[list[Any]]) -> Iterator[Any]:
    """The members of some lists, each list in its order."""
    left = [list(one) for one in lanes if one]
    while left:
        lane = draw(st.sampled_from(left))
        yield lane.pop(0)
        left = [one for one in left if one]


def _side_by_side(draw: st.DrawFn, calls: list[list[Fields]]) -> Iterator[Fields]:
    """The pieces of calls: all begin in order, and then grow in turns, or one after another."""
    if draw(st.booleans()):
        yield from (call[0] for call in calls)
        yield from _mixed(draw, [call[1:] for call in calls])
    else:
        yield from (piece for call in calls for piece in call)


@st.composite
def chat(draw: st.DrawFn) -> Native:
    """Chat Completions, as its many servers speak it."""
    said = draw(wanted)
    deltas: list[Fields] = [{"role": "assistant", "content": draw(st.sampled_from(["", None]))}] if draw(st.booleans()) else []
    field = draw(st.sampled_from(["reasoning_content", "reasoning"]))
    deltas += [{field: piece} for piece in cut(said.thought, draw(places))]
    deltas += [
        {"content": piece} | draw(st.sampled_from([{}, {"tool_calls": None, "refusal": None}])) for piece in cut(said.words, draw(places))
    ]
    deltas += _side_by_side(draw, [_chat_call(draw, index, name, given) for index, (name, given) in enumerate(said.calls)])
    finish = draw(st.sampled_from(["stop", "tool_calls"])) if said.calls else "stop"
    usage: Fields | None = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13} if said.usage else None
    at_finish = draw(st.booleans())
    chunks = [_chunk({"index": 0, "delta": delta, "finish_reason": None}) for delta in deltas]
    last = _chunk({"index": 0, "delta": {}, "finish_reason": finish})
    chunks.append(last | {"usage": usage} if usage and at_finish else last)
    chunks += [_chunk(None) | {"usage": usage}] if usage and not at_finish else []
    if draw(st.booleans()):
        chunks.insert(0, {"choices": [], "prompt_filter_results": []})
    frames = [("", json.dumps(one, ensure_ascii=False)) for one in chunks]
    return Native(said, _stream(draw, [*frames, *([("", "[DONE]")] if draw(st.booleans()) else [])]))


def _chunk(choice: Fields | None) -> Fields:
    return {"id": "chatcmpl-9", "object": "chat.completion.chunk", "created": 1, "model": "nova", "choices": [choice] if choice else []}


def _chat_call(draw: st.DrawFn, index: int, name: str, given: str) -> list[Fields]:
    """The pieces of a call, the first with its name; some servers send it whole."""
    pieces = cut(given, draw(places))
    first = [] if draw(st.booleans()) else [pieces.pop(0)]
    begun = {"index": index, "id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": "".join(first)}}
    return [{"tool_calls": [one]} for one in (begun, *({"index": index, "function": {"arguments": piece}} for piece in pieces))]


@st.composite
def messages(draw: st.DrawFn) -> Native:
    """Anthropic Messages, as its servers speak it."""
    said = draw(wanted)
    lanes: list[list[Fields]] = []
    if said.thought:
        grown = [{"type": "thinking_delta", "thinking": piece} for piece in cut(said.thought, draw(places))]
        lanes.append(
            _block(0, {"type": "thinking", "thinking": "", "signature": ""}, [*grown, {"type": "signature_delta", "signature": "c2ln"}])
        )
    if said.words:
        grown = [{"type": "text_delta", "text": piece} for piece in cut(said.words, draw(places))]
        lanes.append(_block(len(lanes), {"type": "text", "text": ""}, grown))
    for name, given in said.calls:
        whole = draw(st.booleans())
        begun = {"type": "tool_use", "id": f"toolu_{len(lanes)}", "name": name, "input": json.loads(given) if whole else {}}
        pieces = [] if whole else ["", *cut(given, draw(places))]
        lanes.append(_block(len(lanes), begun, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]))
    usage = {"usage": {"input_tokens": 9, "output_tokens": 1}} if said.usage else {}
    start = {
        "type": "message_start",
        "message": {"id": "msg_9", "type": "message", "role": "assistant", "model": "nova", "content": [], **usage},
    }
    frames: list[Fields] = [start] if draw(st.booleans()) else []
    frames += [{"type": "ping"}] if draw(st.booleans()) else []
    frames += [one for lane in lanes for one in lane]
    sums = {"usage": {"input_tokens": 9, "output_tokens": 4}} if said.usage else {}
    frames.append(
        {"type": "message_delta", "delta": {"stop_reason": "tool_use" if said.calls else "end_turn", "stop_sequence": None}, **sums}
    )
    frames.append({"type": "message_stop"})
    return Native(said, _stream(draw, [(one["type"], json.dumps(one)) for one in frames]))


def _block(index: int, begun: Fields, grown: list[Fields]) -> list[Fields]:
    return [
        {"type": "content_block_start", "index": index, "content_block": begun},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in grown),
        {"type": "content_block_stop", "index": index},
    ]


@st.composite
def responses(draw: st.DrawFn) -> Native:
    """Responses, as its servers speak it: items may grow side by side, and some places may not be named."""
    said = draw(wanted)
    items = [_reasoned(draw, said.thought)] if said.thought else []
    items += [_spoken(draw, said.words)] if said.words else []
    items += [_asked(draw, index, name, given) for index, (name, given) in enumerate(said.calls)]
    lanes = [[_placed(event, index, item) for event in events] for index, (item, events) in enumerate(items)]
    begun = [lane.pop(0) for lane in lanes]
    together = draw(st.booleans())
    inner = (
        [*begun, *_mixed(draw, lanes)] if together else [one for first, lane in zip(begun, lanes, strict=True) for one in (first, *lane)]
    )
    usage = {"usage": {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13} if said.usage else None}
    common = {"id": "resp_9", "object": "response", "model": "nova"}
    first = {"type": "response.created", "response": {**common, "status": "in_progress", "output": []}}
    output = [item for item, _ in items] if draw(st.booleans()) else []
    last = {"type": "response.completed", "response": {**common, "status": "completed", "output": output, **usage}}
    frames: list[Fields] = [first, *inner, last]
    if draw(st.booleans()) and not together:
        frames = [
            {key: value for key, value in one.items() if key not in {"content_index", "summary_index", "sequence_number"}} for one in frames
        ]
    return Native(said, _stream(draw, [(one["type"], json.dumps(one)) for one in frames]))


Item = tuple[Fields, list[Fields]]


def _placed(event: Fields, index: int, item: Fields) -> Fields:
    of_item = {"output_index": index} if "item" in event else {"output_index": index, "item_id": item["id"]}
    return event | of_item


def _grown(draw: st.DrawFn, kind: str, text: str, last: Fields, **fields: int) -> list[Fields]:
    """Pieces of a text, or none of them, and the whole."""
    pieces = cut(text, draw(places)) if draw(st.booleans()) else []
    return [*({"type": f"{kind}.delta", "delta": piece, **fields} for piece in pieces), {"type": f"{kind}.done", **last, **fields}]


def _around(item: Fields, empty: Fields, inner: list[Fields]) -> Item:
    return item, [{"type": "response.output_item.added", "item": item | empty}, *inner, {"type": "response.output_item.done", "item": item}]


def _reasoned(draw: st.DrawFn, text: str) -> Item:
    if draw(st.booleans()):
        item: Fields = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": text}]}
        return _around(item, {"summary": []}, _grown(draw, "response.reasoning_summary_text", text, {"text": text}, summary_index=0))
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": text}]}
    return _around(item, {"content": []}, _grown(draw, "response.reasoning_text", text, {"text": text}, content_index=0))


def _spoken(draw: st.DrawFn, text: str) -> Item:
    part = {"type": "output_text", "text": text, "annotations": []}
    item: Fields = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
    inner = _grown(draw, "response.output_text", text, {"text": text}, content_index=0)
    parts = [
        {"type": f"response.content_part.{name}", "content_index": 0, "part": one}
        for name, one in (("added", part | {"text": ""}), ("done", part))
    ]
    return _around(item, {"content": []}, [parts[0], *inner, parts[1]] if draw(st.booleans()) else inner)


def _asked(draw: st.DrawFn, index: int, name: str, given: str) -> Item:
    item: Fields = {
        "type": "function_call",
        "id": f"fc_{index}",
        "call_id": f"call_{index}",
        "name": name,
        "arguments": given,
        "status": "completed",
    }
    return _around(item, {"arguments": ""}, _grown(draw, "response.function_call_arguments", given, {"arguments": given}))


NATIVES: Final[Mapping[str, Callable[[], st.SearchStrategy[Native]]]] = {
    "anthropic": messages,
    "openai_chat": chat,
    "openai_responses": responses,
}
