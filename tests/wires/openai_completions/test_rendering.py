"""Prompts as requests of this wire, and a client's own bodies."""

import json
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from tests.wires.openai_completions.kit import body, read
from tierwise.core.prompt import Call, Knobs, Media, Opaque, Prompt, Result, Text, Thought, Turn
from tierwise.core.wire import Dialect
from tierwise.wires.openai_completions import WIRE


def said(prompt: Prompt, *quirks: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(WIRE.render(prompt, Dialect("m2", frozenset(quirks))))
    return found


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"suffix": "b", "echo": True, "n": 2, "logprobs": 3, "best_of": 4, "x": {"y": 1}},
        {"max_tokens": 5, "temperature": 0.5, "top_p": 1, "stop": ["a"], "seed": 1, "user": "u"},
    ],
)
def test_a_prompt_of_this_wire_comes_back_as_it_was(more: dict[str, Any]) -> None:
    assert said(read(**more)) == json.loads(body(**more)) | {"model": "m2"}
    assert replace(WIRE.read(WIRE.render(read(**more), Dialect("m"))), usage=False) == read(**more)


def test_streams_are_asked_for_their_usage() -> None:
    assert said(read(stream=True))["stream_options"] == {"include_usage": True}
    assert "stream_options" not in said(read(stream=True), "no_stream_options")


def test_a_conversation_is_its_texts() -> None:
    pieces = (Text("fix it"), Text(""), Media("document", text="words"), Media("image", data="AA"), Result("1", (Text("a"),)))
    answer = (Thought("so"), Call("1", "ls", "{}"), Opaque("anthropic", Raw(b"{}"), "citations"))
    prompt = Prompt("anthropic", "claude", head=(Text("Be brief."),), turns=(Turn("assistant", answer), Turn("user", pieces)))
    assert said(prompt) == {"model": "m2", "prompt": "Be brief.\n\nls({})\n\nfix it\n\nwords\n\na\n\n"}


def test_of_other_wires_it_loses_that_they_are_conversations() -> None:
    prompt = Prompt("anthropic", "claude", knobs=Knobs(stop=("a",)), uses=("cache marks", "stop sequences"))
    assert WIRE.losses(prompt) == ("cache marks", "conversation")
    assert WIRE.losses(read(n=2)) == ()


def test_fields_that_a_server_refuses_are_left_out() -> None:
    assert WIRE.suited is not None
    raw = body(stream=True, stream_options={"include_usage": True}, user="u")
    assert json.loads(WIRE.suited(raw, Dialect("m", frozenset({"no_stream_options", "max_tokens"})))) == json.loads(
        body(stream=True, user="u")
    )
    assert WIRE.suited(raw, Dialect("m", frozenset({"no_store"}))) is raw
    assert WIRE.suited(raw, Dialect("m")) is raw
    assert WIRE.stripped(raw) is raw
