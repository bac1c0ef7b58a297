"""Captured requests read back."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise import plugins
from tierwise.lab.captured import Captured, NotCaptured, captured, request

WIRES = plugins.found(plugins.WIRES)
CLIENTS = plugins.found(plugins.CLIENTS)
CHAT = {"model": "auto", "messages": [{"role": "user", "content": "fix the parser"}]}


def test_a_capture_keeps_path_headers_and_body() -> None:
    held = {"path": "/v1/chat/completions", "headers": [["User-Agent", "aider/1"]], "body": CHAT}
    found = captured(msgspec.json.encode(held))
    assert found == Captured("/v1/chat/completions", {"user-agent": "aider/1"}, CHAT)
    assert request(found, WIRES, CLIENTS).client == "aider"


@pytest.mark.parametrize(
    ("body", "wire"),
    [
        (CHAT, "openai_chat"),
        ({"model": "m", "max_tokens": 5, "system": "be brief", "messages": CHAT["messages"]}, "anthropic"),
        ({"model": "m", "input": "fix the parser"}, "openai_responses"),
    ],
)
def test_a_body_alone_is_known_by_its_keys(body: dict[str, object], wire: str) -> None:
    found = captured(msgspec.json.encode(body))
    assert found is not None
    read = request(found, WIRES, CLIENTS)
    assert (read.wire, read.words) == (wire, "fix the parser")


def test_headers_may_be_an_object() -> None:
    found = captured(msgspec.json.encode({"headers": {"X-Session-Id": "s1"}, "body": CHAT}))
    assert found is not None
    assert request(found, WIRES, CLIENTS).session == "s1"


@pytest.mark.parametrize("content", [b"", b"[]", b"3", b'{"body": 3}', b'{"a": 1}', b"\xff", b'{"session": "s"}\n{"session": "s"}'])
def test_what_is_no_request_is_none(content: bytes) -> None:
    assert captured(content) is None


def test_a_path_nobody_serves_is_named() -> None:
    with pytest.raises(NotCaptured, match="/v1/nothing"):
        request(Captured("/v1/nothing", {}, CHAT), WIRES, CLIENTS)


def test_a_broken_body_is_named_by_its_wire() -> None:
    with pytest.raises(NotCaptured, match="openai_chat request"):
        request(Captured("", {}, {"messages": 3}), WIRES, CLIENTS)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_none(content: bytes) -> None:
    assert captured(content) is None or b"{" in content


def test_every_shared_capture_of_a_model_call_is_read(shared: Path) -> None:
    files = sorted((shared / "captures").rglob("*POST_v1-*.req.json"))
    calls = [file for file in files if file.name.split("POST_")[1].startswith(("v1-messages.", "v1-chat", "v1-responses."))]
    assert len(calls) > 50
    for file in calls:
        found = captured(file.read_bytes())
        assert found is not None, file
        assert request(found, WIRES, CLIENTS).model, file
