"""Completions: what a decision needs of a request."""

from typing import Any

import pytest

from tests.wires.openai_completions.kit import body, sent
from tierwise.core.request import Hints, Request
from tierwise.core.wire import Malformed
from tierwise.wires.openai_completions import WIRE
from tierwise.wires.openai_completions.parsing import texts_of


def parsed(prompt: Any = "def f(", **more: Any) -> Request:
    return WIRE.parse(body(prompt, **more))


def test_the_task_is_known() -> None:
    found = parsed(max_tokens=64)
    assert (found.wire, found.model, found.limit) == ("openai_completions", "m", 64)
    assert found.hints == Hints(task="completion", source="wire")
    assert (found.said, found.needs, found.turn, found.session) == ((), (), "person", "")


@pytest.mark.parametrize(
    ("more", "slices"),
    [
        ({}, [b'"def f("']),
        ({"suffix": None}, [b'"def f("']),
        ({"suffix": ""}, [b'"def f("']),
        ({"suffix": "return x"}, [b'"def f("', b'"return x"']),
    ],
)
def test_the_text_before_and_after_are_its_parts(more: dict[str, Any], slices: list[bytes]) -> None:
    assert [bytes(one.raw) for one in parsed(**more).segments] == slices


@pytest.mark.parametrize(
    ("more", "stream", "usage"),
    [
        ({}, False, True),
        ({"stream": True}, True, False),
        ({"stream": True, "stream_options": None}, True, False),
        ({"stream": True, "stream_options": {"include_usage": True}}, True, True),
    ],
)
def test_a_stream_ends_with_usage_where_that_is_asked_for(more: dict[str, Any], stream: bool, usage: bool) -> None:  # noqa: FBT001  # columns
    assert (parsed(**more).stream, parsed(**more).usage) == (stream, usage)


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        (None, ("",)),
        ("", ("",)),
        ("a", ("a",)),
        ([], ()),
        (["a", "b"], ("a", "b")),
        ([1, 2], None),
        ([[1, 2], [3]], None),
        (["a", 1], None),
    ],
)
def test_a_prompt_is_a_text_or_several_or_tokens(prompt: Any, texts: Any) -> None:
    assert texts_of(parsed(prompt).segments[0].raw) == texts


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"{", "openai_completions request: Input data was truncated"),
        (sent({"prompt": "x"}), "openai_completions request: Object missing required field `model`"),
        (sent({"model": "m"}), "openai_completions request, prompt: a text to continue is needed"),
        (body({"a": 1}), "openai_completions request, prompt: Expected `str | array | null`, got `object`"),
        (body(max_tokens=-1), "openai_completions request: Expected `int` >= 0 - at `$.max_tokens`"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(raw: bytes, said: str) -> None:
    for of in (WIRE.parse, WIRE.read):
        with pytest.raises(Malformed) as refused:
            of(raw)
        assert str(refused.value) == said
