"""Conversations as Hypothesis draws them, written as each wire's requests, and what of one every wire can say.

`Talk` is small on purpose: it holds what all three wires have. What only some have is in FEATURES: each a change of one wire's request,
with the names of what is then lost on every wire.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from hypothesis import strategies as st
from msgspec import Struct

from tests.wires.worlds import inputs
from tierwise.core.naming import boxed, flat
from tierwise.core.prompt import Call, Format, Media, Piece, Prompt, Result, Text, Tool, Turn

Fields = dict[str, Any]

words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8)
PICTURE: Final = "iVBORw0KGgo="


class Step(Struct, frozen=True):
    """A call and what the tool answered."""

    id: str
    name: str
    input: Fields
    output: str
    failed: bool = False


class Round(Struct, frozen=True):
    """What the user says (with a picture or without), what the system adds, what the model answers and calls, and what tools answer."""

    said: str
    picture: bool
    aside: str
    answer: str
    steps: tuple[Step, ...]


class Talk(Struct, frozen=True):
    """A request."""

    system: str
    rounds: tuple[Round, ...]
    last: str
    tools: tuple[str, ...]
    choice: str
    schema: bool
    limit: int | None
    stream: bool


TOOLS: Final[Mapping[str, Fields]] = {
    "ls": {"description": "List files", "schema": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}},
    "read_file": {"description": "", "schema": {"type": "object", "properties": {}}},
}
SCHEMA: Final = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}


@st.composite
def talks(draw: st.DrawFn) -> Talk:
    """A conversation that ends with the user."""
    rounds = []
    for number in range(draw(st.integers(0, 3))):
        names = draw(st.lists(st.sampled_from(sorted(TOOLS)), max_size=2))
        steps = tuple(Step(f"call_{number}_{index}", name, draw(inputs), draw(words)) for index, name in enumerate(names))
        aside = draw(words) if draw(st.integers(0, 3)) == 0 else ""
        silent = bool(steps) and draw(st.booleans())
        answer = "" if silent else draw(words)
        rounds.append(Round(draw(words), draw(st.booleans()), aside, answer, steps))
    called = {step.name for one in rounds for step in one.steps}
    tools = tuple(name for name in TOOLS if name in called or draw(st.booleans()))
    choice = draw(st.sampled_from(["auto", "required", "none", *tools])) if tools else "auto"
    system = draw(st.sampled_from(["", "Be brief.", "Be brief.\n\nAlways."]))
    return Talk(
        system,
        tuple(rounds),
        draw(words),
        tools,
        choice,
        draw(st.booleans()),
        draw(st.none() | st.integers(16, 2_000)),
        draw(st.booleans()),
    )


def anthropic_body(talk: Talk) -> Fields:
    """A conversation as a request of Anthropic Messages."""
    turns: list[Fields] = []
    for one in talk.rounds:
        turns.append({"role": "user", "content": [*_shown(one.picture), {"type": "text", "text": one.said}]})
        turns += [{"role": "system", "content": one.aside}] if one.aside else []
        spoken = [{"type": "text", "text": one.answer}] if one.answer else []
        turns.append(
            {
                "role": "assistant",
                "content": [*spoken, *({"type": "tool_use", "id": step.id, "name": step.name, "input": step.input} for step in one.steps)],
            }
        )
        results = [{"type": "tool_result", "tool_use_id": step.id, "content": step.output} for step in one.steps]
        turns += [{"role": "user", "content": results}] if results else []
    tools = [{"name": name, "description": TOOLS[name]["description"], "input_schema": TOOLS[name]["schema"]} for name in talk.tools]
    choice = {"auto": {"type": "auto"}, "required": {"type": "any"}, "none": {"type": "none"}}.get(
        talk.choice, {"type": "tool", "name": talk.choice}
    )
    return {
        "model": "nova",
        "max_tokens": talk.limit or 4_096,
        "stream": talk.stream,
        **({"system": talk.system} if talk.system else {}),
        **({"tools": tools, "tool_choice": choice} if tools else {}),
        **({"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}} if talk.schema else {}),
        "messages": [*turns, {"role": "user", "content": talk.last}],
    }


def _shown(picture: bool) -> list[Fields]:  # noqa: FBT001  # a field of the round
    return [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}}] if picture else []


def chat_body(talk: Talk) -> Fields:
    """A conversation as a request of Chat Completions."""
    url = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}
    turns: list[Fields] = [{"role": "system", "content": talk.system}] if talk.system else []
    for one in talk.rounds:
        turns.append({"role": "user", "content": [*([url] if one.picture else []), {"type": "text", "text": one.said}]})
        turns += [{"role": "system", "content": one.aside}] if one.aside else []
        calls = [
            {"id": step.id, "type": "function", "function": {"name": step.name, "arguments": json.dumps(step.input)}} for step in one.steps
        ]
        turns.append({"role": "assistant", "content": one.answer or None, **({"tool_calls": calls} if calls else {})})
        turns += [{"role": "tool", "tool_call_id": step.id, "content": step.output} for step in one.steps]
    tools = [
        {"type": "function", "function": {"name": name, "description": TOOLS[name]["description"], "parameters": TOOLS[name]["schema"]}}
        for name in talk.tools
    ]
    choice = talk.choice if talk.choice in {"auto", "required", "none"} else {"type": "function", "function": {"name": talk.choice}}
    return {
        "model": "nova",
        "stream": talk.stream,
        **({"max_completion_tokens": talk.limit} if talk.limit else {}),
        **({"tools": tools, "tool_choice": choice} if tools else {}),
        **({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}} if talk.schema else {}),
        "messages": [*turns, {"role": "user", "content": talk.last}],
    }


def responses_body(talk: Talk) -> Fields:
    """A conversation as a request of Responses."""
    shown = {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}"}
    items: list[Fields] = []
    for one in talk.rounds:
        items.append(
            {"type": "message", "role": "user", "content": [*([shown] if one.picture else []), {"type": "input_text", "text": one.said}]}
        )
        items += [{"type": "message", "role": "developer", "content": one.aside}] if one.aside else []
        spoken = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": one.answer, "annotations": []}]}
        items += [spoken] if one.answer else []
        items += [
            {"type": "function_call", "call_id": step.id, "name": step.name, "arguments": json.dumps(step.input)} for step in one.steps
        ]
        items += [{"type": "function_call_output", "call_id": step.id, "output": step.output} for step in one.steps]
    tools = [
        {"type": "function", "name": name, "description": TOOLS[name]["description"], "parameters": TOOLS[name]["schema"]}
        for name in talk.tools
    ]
    choice = talk.choice if talk.choice in {"auto", "required", "none"} else {"type": "function", "name": talk.choice}
    return {
        "model": "nova",
        "stream": talk.stream,
        **({"instructions": talk.system} if talk.system else {}),
        **({"max_output_tokens": talk.limit} if talk.limit else {}),
        **({"tools": tools, "tool_choice": choice} if tools else {}),
        **({"text": {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}}} if talk.schema else {}),
        "input": [*items, {"type": "message", "role": "user", "content": talk.last}],
    }


BODIES: Final[Mapping[str, Callable[[Talk], Fields]]] = {
    "anthropic": anthropic_body,
    "openai_chat": chat_body,
    "openai_responses": responses_body,
}


def essence(prompt: Prompt) -> Fields:
    """What a prompt says, whichever wire it was read from."""
    return {
        "system": "\n\n".join(one.text for one in prompt.head),
        "talk": [(who, said) for who, said in _talk(prompt.turns)],
        "tools": [_tool(one) for one in prompt.tools],
        "choice": (prompt.choice.kind, prompt.choice.name) if prompt.tools else ("auto", ""),
        "format": _format(prompt.format),
        "stream": prompt.stream,
    }


def _talk(turns: Iterable[Turn]) -> Iterator[tuple[str, Any]]:
    """What is said, by whom; neighbouring words of one speaker are one text."""
    pieces = ((turn.role, piece) for turn in turns for piece in turn.pieces)
    said = [one for role, piece in pieces for one in _said(role, piece)]
    for who, run in groupby(said, key=lambda one: one[0]):
        if who in {"user", "assistant", "system"}:
            yield who, "".join(text for _, text in run)
        else:
            yield from run


def _said(role: str, piece: Piece) -> Iterator[tuple[str, Any]]:
    match piece:
        case Text(text=text) if role == "user" and text.startswith("<system>\n"):
            yield "system", text.removeprefix("<system>\n").removesuffix("\n</system>")
        case Text(text=text):
            yield role, text
        case Media(text=text) if text:
            yield role, text
        case Media(kind=kind, data=data, url=url):
            yield "media", (kind, data or url)
        case Call():
            yield "call", (piece.id, flat(piece.namespace, piece.name), json.loads(boxed(piece) or "{}"))
        case Result():
            yield "result", (piece.id, "".join(one.text for one in piece.content if isinstance(one, Text)), piece.failed)
        case _:
            pass


def _tool(tool: Tool) -> tuple[str, str, Any]:
    return flat(tool.namespace, tool.name), tool.description, json.loads(bytes(tool.schema)) if tool.schema else None


def _format(form: Format | None) -> Any:
    return None if form is None else (form.kind, json.loads(bytes(form.schema)) if form.schema else None)
