"""Whole requests as prompts that any model can be asked: to continue, or to fill in."""

from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from tests.wires.openai_completions.kit import read
from tierwise.core.losses import LOSSES
from tierwise.core.prompt import Knobs, Prompt, Text, Turn
from tierwise.core.wire import Malformed
from tierwise.wires.openai_completions import WIRE
from tierwise.wires.openai_completions.reading import CONTINUE, FILL, echoed


def test_a_request_is_read_in_full() -> None:
    assert read(
        max_tokens=64, temperature=0.2, top_p=0.9, stop="\n\n", seed=1, user="u", stream=True, stream_options={"include_usage": True}
    ) == Prompt(
        wire="openai_completions",
        model="m",
        head=(Text(CONTINUE),),
        turns=(Turn("user", (Text("def f("),)),),
        limit=64,
        knobs=Knobs(temperature=0.2, top_p=0.9, stop=("\n\n",), seed=1, thinking="off"),
        stream=True,
        usage=True,
        user="u",
        extras={"prompt": Raw(b'"def f("')},
        uses=("sampling", "stop sequences"),
    )


BEGIN, HOLE, END = (f"<\uff5cfim\u2581{word}\uff5c>" for word in ("begin", "hole", "end"))
GAP = "<before>a\n</before><after>\nb</after>"


@pytest.mark.parametrize(
    ("prompt", "more", "head", "said"),
    [
        ("a\n", {}, CONTINUE, "a\n"),
        ("a\n", {"suffix": ""}, CONTINUE, "a\n"),
        ("a\n", {"suffix": "\nb"}, FILL, GAP),
        (["a\n"], {"suffix": "\nb"}, FILL, GAP),
        ("<|fim_prefix|>a\n<|fim_suffix|>\nb<|fim_middle|>", {}, FILL, GAP),
        ("<fim_prefix>a\n<fim_suffix>\nb<fim_middle>", {}, FILL, GAP),
        ("<|fim_begin|>a\n<|fim_hole|>\nb<|fim_end|>", {}, FILL, GAP),
        (f"{BEGIN}a\n{HOLE}\nb{END}", {}, FILL, GAP),
        ("<PRE> a\n <SUF>\nb <MID>", {}, FILL, GAP),
        ("[SUFFIX]\nb[PREFIX]a\n", {}, FILL, GAP),
        ("# x.py\n<fim_prefix>a\n<fim_suffix>\nb<fim_middle>", {}, FILL, "<before># x.py\na\n</before><after>\nb</after>"),
        ("<fim_prefix>", {"suffix": "b"}, FILL, "<before><fim_prefix></before><after>b</after>"),
        (None, {}, CONTINUE, ""),
        ([1, 2], {}, CONTINUE, ""),
    ],
)
def test_a_gap_is_understood_however_it_is_marked(prompt: Any, more: dict[str, Any], head: str, said: str) -> None:
    found = read(prompt, **more)
    assert found.head == (Text(head),)
    assert found.turns == (Turn("user", (Text(said),)),)


@pytest.mark.parametrize(
    ("prompt", "more", "uses"),
    [
        ("a", {"n": 1, "best_of": 1, "logprobs": 0, "presence_penalty": 0.0, "logit_bias": {}, "echo": True, "suffix": "b", "x": None}, ()),
        ("a", {"n": 2}, ("several choices",)),
        ("a", {"best_of": 3}, ("several choices",)),
        ("a", {"logprobs": 5}, ("log probabilities",)),
        ("a", {"frequency_penalty": 1}, ("sampling",)),
        ("a", {"logit_bias": {"5": 1}}, ("sampling",)),
        ("a", {"stop": ["x"]}, ("stop sequences",)),
        ("a", {"guided_regex": "a+"}, ("unknown fields",)),
        (["a", "b"], {}, ("several choices",)),
        ([1, 2], {}, ("fill in the middle",)),
    ],
)
def test_what_not_every_wire_has_is_named(prompt: Any, more: dict[str, Any], uses: tuple[str, ...]) -> None:
    assert read(prompt, **more).uses == uses
    assert set(uses) <= set(LOSSES)


def test_the_text_is_heard_again_only_where_that_is_asked_for() -> None:
    assert echoed(read("a", echo=True)) == "a"
    assert echoed(read([1], echo=True)) == ""
    assert echoed(read("a", echo=False)) == echoed(read("a")) == echoed(None) == ""
    assert echoed(replace(read("a", echo=True), wire="anthropic")) == ""


def test_a_request_needs_a_text() -> None:
    with pytest.raises(Malformed, match=r"^openai_completions request, prompt: a text to continue is needed$"):
        WIRE.read(b'{"model":"m"}')
