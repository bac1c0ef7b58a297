"""Prompts as bodies: settings, marks, the form of the answer, and every capture there and back."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from tierwise.core.prompt import Call, Choice, Format, Knobs, Prompt, Result, Text, Thought, Tool, Turn
from tierwise.core.wire import Dialect
from tierwise.wires.anthropic.reading import prompt_of
from tierwise.wires.anthropic.rendering import render

Captured = tuple[str, dict[str, str], dict[str, Any]]

HI = (Turn("user", (Text("hi"),)),)
LS = Tool("ls")
OPUS = Dialect("claude-opus-5-5", keep=False)
HAIKU = Dialect("claude-haiku-4-5", keep=False)
MARK = {"type": "ephemeral"}
HUGE = float("inf")
"""What no parser of numbers takes; it may stand where nobody looks."""

SCHEMA = Format("schema", Raw(b'{"type":"object"}'))
PLAIN = Prompt("openai_chat", "gpt", turns=HI)


def sent(prompt: Prompt, dialect: Dialect = OPUS) -> dict[str, Any]:
    return dict(json.loads(render(prompt, dialect)))


def own(**more: Any) -> Prompt:
    body = {"model": "m", "max_tokens": 9000, "messages": [{"role": "user", "content": "hi"}], **more}
    return prompt_of(json.dumps(body).replace("Infinity", "1e999").encode())


def other(**more: Any) -> Prompt:
    return replace(PLAIN, **more)


def test_a_plain_prompt_is_said() -> None:
    assert sent(other(head=(Text("Be brief."), Text(" "))), OPUS) == {
        "model": "claude-opus-5-5",
        "max_tokens": 32000,
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
    }


FORCED = own(
    context_management={"edits": ["clear_thinking"]}, thinking={"type": "adaptive"}, tools=[{"name": "ls"}], tool_choice={"type": "any"}
)


@pytest.mark.parametrize(
    ("prompt", "dialect", "fields"),
    [
        (other(limit=500, stream=True, user="u"), OPUS, {"max_tokens": 500, "stream": True, "metadata": {"user_id": "u"}}),
        (other(knobs=Knobs(stop=("x", " ", ""))), OPUS, {"stop_sequences": ["x"]}),
        (other(tools=(LS,), choice=Choice("required")), OPUS, {"tool_choice": {"type": "any"}}),
        (other(knobs=Knobs(effort="high")), OPUS, {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
        (other(knobs=Knobs(effort="high")), HAIKU, {"thinking": {"type": "enabled", "budget_tokens": 24000}, "output_config": None}),
        (other(knobs=Knobs(effort="none")), HAIKU, {"thinking": {"type": "disabled"}}),
        (other(knobs=Knobs(effort="none")), OPUS, {"thinking": None, "output_config": {"effort": "low"}}),
        (other(knobs=Knobs(effort="high", thinking="off")), OPUS, {"thinking": None, "output_config": {"effort": "low"}}),
        (other(knobs=Knobs(effort="high")), replace(OPUS, reasons=False), {"thinking": None, "output_config": None}),
        (other(knobs=Knobs(effort="high"), tools=(LS,), choice=Choice("named", "ls")), HAIKU, {"thinking": {"type": "disabled"}}),
        (other(knobs=Knobs(temperature=0.5)), HAIKU, {"temperature": 0.5}),
        (other(knobs=Knobs(temperature=0.5)), OPUS, {"temperature": None}),
        (other(format=SCHEMA), OPUS, {"system": None, "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}),
        (other(extras={"metadata": Raw(b"{}"), "seed": Raw(b"1")}), OPUS, {"metadata": None, "seed": None}),
        (own(metadata={"user_id": "u", "x": 1}, service_tier="auto"), OPUS, {"metadata": {"user_id": "u", "x": 1}, "service_tier": "auto"}),
        (own(thinking={"type": "adaptive", "display": "omitted"}), OPUS, {"thinking": {"type": "adaptive", "display": "omitted"}}),
        (own(thinking={"type": "adaptive", "display": "omitted"}), HAIKU, {"thinking": {"type": "enabled", "budget_tokens": 4500}}),
        (
            own(thinking={"type": "enabled", "budget_tokens": 2000, "display": "omitted"}),
            HAIKU,
            {"thinking": {"type": "enabled", "budget_tokens": 2000, "display": "omitted"}},
        ),
        (own(thinking={"type": "enabled", "budget_tokens": 9000}), HAIKU, {"thinking": {"type": "enabled", "budget_tokens": 4500}}),
        (own(thinking={"type": "enabled", "budget_tokens": 2000}), OPUS, {"thinking": {"type": "adaptive"}}),
        (
            own(output_config={"effort": "max", "task_budget": 1}),
            OPUS,
            {"output_config": {"effort": "max", "task_budget": 1}, "thinking": None},
        ),
        (own(output_config={"effort": "max"}), Dialect("claude-opus-4-5"), {"output_config": {"effort": "high"}}),
        (
            own(output_config={"format": {"type": "json_schema", "schema": {}}}),
            OPUS,
            {"output_config": {"format": {"type": "json_schema", "schema": {}}}},
        ),
        (
            own(output_format={"type": "json_schema", "schema": {}}),
            OPUS,
            {"output_format": None, "output_config": {"format": {"type": "json_schema", "schema": {}}}},
        ),
        (own(context_management={"edits": [1]}, new=1), OPUS, {"context_management": {"edits": [1]}, "new": 1}),
        (own(context_management={"edits": ["clear_thinking"]}), OPUS, {"context_management": {"edits": ["clear_thinking"]}}),
        (
            own(context_management={"edits": ["clear_thinking"]}, thinking={"type": "adaptive"}),
            OPUS,
            {"context_management": {"edits": ["clear_thinking"]}},
        ),
        (
            own(thinking={"type": "adaptive", "x": HUGE}, output_config={"effort": "max", "x": HUGE}),
            OPUS,
            {"thinking": {"type": "adaptive", "x": HUGE}},
        ),
        (FORCED, HAIKU, {"context_management": None, "thinking": {"type": "disabled"}}),
        (FORCED, OPUS, {"context_management": None, "thinking": None}),
    ],
)
def test_a_setting_is_said_as_the_model_takes_it(prompt: Prompt, dialect: Dialect, fields: dict[str, Any]) -> None:
    found = sent(prompt, dialect)
    assert {name: found.get(name) for name in fields} == fields


def test_thinking_is_left_out_in_the_middle_of_work_that_began_without() -> None:
    turns = (*HI, Turn("assistant", (Call("a", "ls", "{}"),)), Turn("user", (Result("a"),)))
    begun = other(turns=turns, tools=(LS,), knobs=Knobs(effort="high"))
    assert sent(begun, HAIKU)["thinking"] == {"type": "disabled"}
    assert sent(begun, OPUS)["thinking"] == {"type": "adaptive"}


LATE = {"role": "system", "content": [], "output_config": {"effort": "low"}}


@pytest.mark.parametrize(
    ("model", "effort", "roles"), [("claude-opus-5-5", "high", ["user", "system"]), ("claude-opus-4-7", "low", ["user"])]
)
def test_an_effort_among_the_messages_is_told_at_the_top_where_they_cannot_have_one(model: str, effort: str, roles: list[str]) -> None:
    prompt = own(messages=[{"role": "user", "content": "hi"}, LATE], output_config={"effort": "high"})
    found = sent(prompt, Dialect(model))
    assert (found["output_config"]["effort"], [one["role"] for one in found["messages"]]) == (effort, roles)
    assert (
        sent(own(output_config={}, messages=[{"role": "user", "content": "hi"}, LATE]), Dialect(model))["output_config"]["effort"] == "low"
    )


@pytest.mark.parametrize(
    ("form", "asked"),
    [(Format("object"), "one JSON object"), (SCHEMA, 'fit this JSON schema: {"type":"object"}'), (Format("schema"), "one JSON object")],
)
def test_a_form_that_cannot_be_held_to_is_asked_for_in_words(form: Format, asked: str) -> None:
    system = sent(other(format=form, head=(Text("Be brief."),)), Dialect("claude-opus-4-1", keep=False))["system"]
    assert system[0] == {"type": "text", "text": "Be brief."}
    assert asked in system[1]["text"]


def marked(body: dict[str, Any]) -> list[str]:
    """Where the marks are: of tools the names, of texts the words."""
    blocks = [*body.get("tools", []), *body.get("system", []), *(one for message in body["messages"] for one in message["content"])]
    inner = [part for one in blocks for part in (one["content"] if isinstance(one.get("content"), list) else [])]
    return [one.get("name") or one.get("text") or one["type"] for one in (*blocks, *inner) if "cache_control" in one]


LONG = tuple(Turn(role, (Text(str(number)),)) for number, role in enumerate(("user", "assistant") * 3)) + HI


def test_marks_are_placed_where_prefixes_end_that_come_again() -> None:
    prompt = other(tools=(LS, Tool("cat")), head=(Text("a"), Text("b")), turns=LONG)
    assert marked(sent(prompt, replace(OPUS, keep=True))) == ["cat", "b", "4", "hi"]
    assert marked(sent(prompt, OPUS)) == []
    assert marked(sent(PLAIN, replace(OPUS, keep=True))) == ["hi"]


def test_no_mark_is_placed_on_tools_that_are_found_later_or_where_there_are_some() -> None:
    tools = [{"name": "a", "input_schema": {}}, {"name": "b", "input_schema": {}, "defer_loading": True}]
    assert marked(sent(own(tools=tools), replace(OPUS, keep=True))) == ["a", "hi"]
    assert marked(sent(own(tools=tools, cache_control=MARK), replace(OPUS, keep=True))) == []
    assert marked(sent(other(head=(Text("a", 300),)), replace(OPUS, keep=True))) == ["a"]


def test_marks_are_carried_four_at_most_the_last_ones() -> None:
    five = Turn("user", (Result("z"), *(Text(str(number), 300 if number else 3600) for number in range(3))))
    call = Turn("assistant", (Call("z", "ls", "{}"),))
    prompt = other(tools=(Tool("ls", keep=300),), head=(Text("a", 300),), turns=(*HI, call, five))
    assert marked(sent(prompt)) == ["a", "0", "1", "2"]
    within = Turn("user", (Result("z", (Text("x"), Text("y", 300))),))
    assert marked(sent(other(turns=(*HI, call, within)))) == ["ls", "y"][1:]


def test_reasoning_goes_back_to_providers_that_want_it() -> None:
    turns = (*HI, Turn("assistant", (Thought("hm", "w"), Text("yes"))), *HI)
    assert [one["type"] for one in sent(other(turns=turns))["messages"][1]["content"]] == ["text"]
    echo = Dialect("minimax-m3", frozenset({"echo_reasoning"}))
    assert [one["type"] for one in sent(other(turns=turns), echo)["messages"][1]["content"]] == ["thinking", "text"]


def same(value: Any) -> Any:
    """A request in the one of several ways in which it can be said."""
    if isinstance(value, dict):
        value = {name: same(inner) for name, inner in value.items() if inner not in (None, [], False)}
        return value if value.get("type") != "tool_result" else {"content": ""} | value
    return [same(one) for one in value] if isinstance(value, list) else value


def blocks(body: dict[str, Any]) -> dict[str, Any]:
    messages = [one | {"content": texts(one["content"])} for one in body["messages"]]
    choice = {} if body.get("tool_choice") == {"type": "auto"} else {"tool_choice": body.get("tool_choice")}
    return dict(same(body | {"system": texts(body.get("system") or []), "messages": messages, "tool_choice": None} | choice))


def texts(content: Any) -> Any:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def test_every_captured_request_comes_back_as_it_was_and_is_read_as_it_was(captured: Callable[[str], list[Captured]]) -> None:
    sent_to = Dialect("claude-opus-5-5", keep=False)
    for name, _, captured_body in captured("messages"):
        body = {"max_tokens": 1000, **captured_body, "model": "claude-opus-5-5"}
        prompt = prompt_of(json.dumps(body).encode())
        out = render(prompt, sent_to)
        if "temperature" not in body and body.get("thinking", {}).get("type") != "enabled":
            assert blocks(json.loads(out)) == blocks(body), name
            assert prompt_of(out).turns == prompt.turns, name
            assert (prompt_of(out).knobs, prompt_of(out).uses) == (prompt.knobs, prompt.uses), name
