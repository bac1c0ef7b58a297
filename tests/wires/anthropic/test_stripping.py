"""Reasoning taken out of bodies, and every other byte left as it was."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tierwise.wires.anthropic.stripping import own, stripped

Captured = tuple[str, dict[str, str], dict[str, Any]]

THINK = '{"type": "thinking", "thinking": "hm", "signature": "s"}'
OURS = '{"type":"thinking","thinking":"hm","signature":"tierwise.w.aQ.cw"}'
TEXT = '{"type" : "text", "text":"a\\u00e9 thinking"}'
CALL = '{"type":"tool_use","id":"1","name":"ls","input":{"thinking": 1.0}}'
RESULT = '{"role": "user", "content": [{"type":"tool_result","tool_use_id":"1"}]}'
HI = '{"role":"user","content":"thinking"}'


def body(*messages: str, more: str = "") -> bytes:
    return ('{"model": "m","messages":[' + ",".join(messages) + "]" + more + "}").encode()


def said(*blocks: str) -> str:
    return '{"role":"assistant","content":[' + ",".join(blocks) + "]}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (body(HI, said(THINK, TEXT), HI), body(HI, said(TEXT), HI)),
        (body(HI, said(THINK, '{"type":"redacted_thinking","data":"x"}', CALL), RESULT), body(HI, said(CALL), RESULT)),
        (body(HI, said(THINK), HI), body(HI, said('{"type":"text","text":"(no text)"}'), HI)),
        (body(HI, said(OURS, TEXT), more=',"stream": true'), body(HI, said(TEXT), more=',"stream": true')),
    ],
)
def test_reasoning_is_taken_out_and_nothing_else(before: bytes, after: bytes) -> None:
    assert stripped(before) == after.replace(b'"model": "m"', b'"model":"m"').replace(b'"stream": true', b'"stream":true')


@pytest.mark.parametrize(
    "whole",
    [
        body(),
        body(HI, said(TEXT)),
        body(HI, '{"role":"assistant","content":"thinking"}'),
        body('{"role":"user","content":[' + THINK + "]}"),
    ],
)
def test_a_body_without_any_keeps_every_byte(whole: bytes) -> None:
    assert stripped(whole) is whole
    assert own(whole) is whole


@pytest.mark.parametrize(
    "wrong",
    [
        b"7",
        body(HI, more=',"thinking":7'),
        body(HI, '{"role":"assistant","content":{"thinking":1}}'),
        body(HI, said('{"type":7,"thinking":1}')),
        body(HI, said('7,"thinking"')),
    ],
)
def test_what_is_wrong_is_left_for_the_provider_to_say(wrong: bytes) -> None:
    assert stripped(wrong) is wrong


BUDGET = ',"thinking":{"type":"enabled","budget_tokens":2000},"context_management":{}'


def test_a_budget_goes_where_the_work_can_only_go_on_without() -> None:
    assert stripped(body(HI, said(THINK, CALL), RESULT, more=BUDGET)) == body(HI, said(CALL), RESULT).replace(b'"model": ', b'"model":')
    assert BUDGET.encode() in stripped(body(HI, said(THINK, TEXT), HI, more=BUDGET))
    adaptive = ',"thinking":{"type":"adaptive"}'
    assert adaptive.encode() in stripped(body(HI, said(THINK, CALL), RESULT, more=adaptive))


def test_only_what_other_wires_sealed_is_taken_out_of_an_own_body() -> None:
    assert own(body(HI, said(THINK, OURS, TEXT))) == body(HI, said(THINK, TEXT)).replace(b'"model": ', b'"model":')
    quoted = body(HI, said('{"type":"text","text":"tierwise. thinking"}'))
    assert own(quoted) is quoted


def test_no_captured_request_has_any(captured: Callable[[str], list[Captured]]) -> None:
    for name, _, sent in captured("messages"):
        whole = json.dumps(sent).encode()
        assert stripped(whole) is whole, name
