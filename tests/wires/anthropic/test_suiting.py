"""A client's own body for another model: as it is wherever the model takes it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tierwise.core.wire import Dialect
from tierwise.wires.anthropic.suiting import asks, suited

Captured = tuple[str, dict[str, str], dict[str, Any]]

HI = {"role": "user", "content": "hi"}
ASIDE = {"role": "system", "content": "be brief"}
OPUS, OLD, HAIKU, DEEPSEEK = "claude-opus-5-5", "claude-opus-4-1", "claude-haiku-4-5", "deepseek-v4-pro"


def body(*messages: Any, **more: Any) -> bytes:
    return json.dumps({"model": "m", "max_tokens": 9000, "messages": list(messages or [HI]), **more}).encode()


SCHEMA = {"type": "json_schema", "schema": {"type": "object"}}


@pytest.mark.parametrize(
    ("model", "whole", "taken"),
    [
        (HAIKU, body(), True),
        (OPUS, body(HI, ASIDE, thinking={"type": "adaptive"}, output_config={"effort": "max", "format": SCHEMA}), True),
        (HAIKU, body(HI, ASIDE), False),
        (DEEPSEEK, body(HI, ASIDE), False),
        (HAIKU, body(thinking={"type": "adaptive"}), False),
        (OPUS, body(thinking={"type": "enabled", "budget_tokens": 2000}), False),
        (HAIKU, body(thinking={"type": "enabled", "budget_tokens": 2000}), True),
        (HAIKU, body(output_config={"effort": "low"}), False),
        (DEEPSEEK, body(output_config={"effort": "max"}), True),
        (HAIKU, body(output_config={"format": SCHEMA}), True),
        (OLD, body(output_config={"format": SCHEMA}), False),
        (OLD, body(output_format=SCHEMA), False),
        (OLD, body(output_config={}), True),
        (HAIKU, body(temperature=0.5), True),
        (HAIKU, body(temperature=0.5, top_p=0.5), False),
        (DEEPSEEK, body(temperature=0.5, top_p=0.5), True),
        (OPUS, body(temperature=0.5), False),
        (OPUS, body(top_k=5), False),
        (OLD, body(max_tokens=64000), False),
        (DEEPSEEK, body(max_tokens=10**6), True),
    ],
)
def test_a_body_keeps_its_bytes_where_the_model_takes_it(model: str, whole: bytes, *, taken: bool) -> None:
    found = suited(whole, Dialect(model))
    assert (found is whole) is taken
    assert json.loads(found)["messages"][0]["role"] == "user"


def test_a_model_that_does_not_reason_is_not_told_how() -> None:
    whole = body(thinking={"type": "enabled", "budget_tokens": 2000}, output_config={"effort": "low"})
    found = json.loads(suited(whole, Dialect(DEEPSEEK, reasons=False)))
    assert not {"thinking", "output_config"} & set(found)


def test_reasoning_of_another_wire_is_taken_out() -> None:
    thought = {"type": "thinking", "thinking": "hm", "signature": "tierwise.w.aQ.cw"}
    whole = body(HI, {"role": "assistant", "content": [thought, {"type": "text", "text": "yes"}]}, HI)
    assert json.loads(suited(whole, Dialect(OPUS)))["messages"][1]["content"] == [{"type": "text", "text": "yes"}]


@pytest.mark.parametrize(
    "wrong", [body(temperature="hot"), body(HI, ASIDE, {"role": "tool", "content": "x"}), b'{"messages":[{"role":"system"}]}']
)
def test_what_is_wrong_is_left_for_the_provider_to_say(wrong: bytes) -> None:
    assert suited(wrong, Dialect(HAIKU)) is wrong


def test_what_is_said_anew_brings_no_marks_that_the_client_did_not_set() -> None:
    assert b"cache_control" not in suited(body(HI, ASIDE), Dialect(HAIKU))


def test_every_captured_request_keeps_its_bytes_for_the_model_it_was_made_for(captured: Callable[[str], list[Captured]]) -> None:
    for name, _, sent in captured("messages"):
        whole = json.dumps(sent).encode()
        model = sent["model"] if sent["model"].startswith("claude") else OPUS
        assert suited(whole, Dialect(model)) is whole, name


@pytest.mark.parametrize(
    ("model", "effort", "expected"),
    [
        ("claude-opus-4-8", "xhigh", b'{"a": 1, "output_config": {"format": null,"effort":"xhigh"}}'),
        ("claude-opus-4-6", "xhigh", b'{"a": 1, "output_config": {"format": null,"effort":"high"}}'),
        ("claude-haiku-4-5", "low", b'{"a": 1, "output_config": {"format": null}}'),
    ],
)
def test_a_body_asks_for_an_effort_as_far_as_the_model_knows_any(model: str, effort: str, expected: bytes) -> None:
    assert asks(b'{"a": 1, "output_config": {"format": null}}', effort, Dialect(model)) == expected
