"""A client's own body on its way to a server that does not know all of this wire."""

import json
from typing import Any

import pytest

from tests.wires.openai_responses.kit import CUSTOM, FUNCTION, SEARCH, SPACE, USER, body
from tierwise.core.wire import Dialect
from tierwise.wires.openai_responses import WIRE
from tierwise.wires.openai_responses.seals import SUMMARY, sealed
from tierwise.wires.openai_responses.suiting import asks, passes, suited

SYSTEM = {"role": "developer", "content": "Be brief."}
PLAIN = Dialect("n", frozenset({"no_namespaces", "no_custom_tools"}))
FULL = Dialect("n")


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        (body(USER, tools=[FUNCTION]), True),
        (body(USER, tools=[FUNCTION, SPACE]), False),
        (body(USER, tools=[SEARCH]), False),
        (body(USER, tools=[CUSTOM]), False),
        (body({"type": "additional_tools", "tools": [SPACE]}, USER), False),
        (body({"type": "custom_tool_call", "call_id": "c", "name": "patch", "input": ""}), False),
        (body({"role": "user", "content": 'what is a "namespace" or "custom"?'}, tools=[FUNCTION]), True),
        (b'{"model":"m","input":"a \\"custom\\" text"}', True),
        (b'{"model":"m","input":"x","custom":"custom"}', True),
        (b'{"model":"m","input":[7,"custom"]}', True),
    ],
)
def test_a_body_passes_unless_the_server_does_not_know_its_tools(sent: bytes, passed: bool) -> None:  # noqa: FBT001  # a case
    assert passes(sent, PLAIN) == passed
    assert passes(sent, FULL)
    assert WIRE.passes is passes


def test_each_quirk_is_about_its_own_tools() -> None:
    assert passes(body(tools=[CUSTOM]), Dialect("n", frozenset({"no_namespaces"})))
    assert passes(body(tools=[SPACE]), Dialect("n", frozenset({"no_custom_tools"})))


def changed(sent: bytes, *quirks: str) -> Any:
    return json.loads(suited(sent, Dialect("n", frozenset(quirks))))


def test_a_body_that_suits_keeps_its_bytes() -> None:
    for sent in (body(USER, SYSTEM, temperature=1), b'{"model":"m","input":"the \\"developer\\""}', b'{"model":"m"}'):
        assert suited(sent, FULL) == sent
        assert suited(sent, Dialect("n", frozenset({"merge_system"}))) == sent


def test_what_says_how_to_sample_is_left_out() -> None:
    assert changed(body(USER, temperature=1, top_p=0.5, stream=True), "fixed_sampling") == {"model": "m", "input": [USER], "stream": True}
    assert changed(body(USER), "fixed_sampling") == {"model": "m", "input": [USER]}


def test_developers_are_the_system_where_nobody_knows_them() -> None:
    talk = {"role": "user", "content": 'a "developer" said'}
    assert changed(body(SYSTEM, talk, USER), "no_developer_role")["input"] == [SYSTEM | {"role": "system"}, talk, USER]
    text = b'{"model":"m","input":"a","user":"developer"}'
    assert suited(text, Dialect("n", frozenset({"no_developer_role"}))) == text


def test_what_the_gateway_sealed_is_put_right_for_every_server() -> None:
    found = changed(body({"type": "compaction", "encrypted_content": sealed(SUMMARY, "so far")}))
    assert found["input"][0]["type"] == "message"


def test_a_body_asks_for_an_effort_that_its_server_knows() -> None:
    sent = b'{"input": "\\"effort\\":\\"high\\"", "reasoning": {"summary": "auto", "effort": "low"}}'
    for effort, quirks, said in (("max", (), b"max"), ("max", ("no_max",), b"xhigh"), ("minimal", ("three_efforts",), b"low")):
        assert asks(sent, effort, Dialect("m", frozenset(quirks))) == sent.replace(b'"low"', b'"%b"' % said)
