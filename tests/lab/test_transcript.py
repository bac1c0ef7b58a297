"""The shapes of a transcript's lines: what is read of them, and how much may be missing."""

import json
from typing import Any

import msgspec
import pytest

from tierwise.core.usage import Usage
from tierwise.lab import transcript
from tierwise.lab.call import MOST
from tierwise.lab.lines import BadRecord
from tierwise.lab.transcript import Line, Message, Part


def line(**said: Any) -> Line:
    return transcript.LINE.decode(json.dumps(said).encode())


def said(usage: Any = None, content: Any = None) -> Message:
    return transcript.message(line(message={"id": "m", "usage": usage, "content": content}))


def test_whatever_may_be_null_may_be_null() -> None:
    names = [field.encode_name for field in msgspec.structs.fields(Line)]
    assert transcript.message(line(**dict.fromkeys(names))) == Message()
    nothing = said()
    assert transcript.usage(nothing) == Usage()
    assert transcript.parts(nothing) == []


USAGES = {
    "five minutes": ({"cache_creation_input_tokens": 9, "cache_creation": {"ephemeral_5m_input_tokens": 9}}, Usage(write_5m=9)),
    "an hour": ({"cache_creation_input_tokens": 9, "cache_creation": {"ephemeral_1h_input_tokens": 9}}, Usage(write_1h=9)),
    "both": (
        {"cache_creation_input_tokens": 9, "cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 5}},
        Usage(write_5m=4, write_1h=5),
    ),
    "no lifetime told": ({"cache_creation_input_tokens": 9}, Usage(write_5m=9)),
    "lifetimes alone": (
        {"cache_creation": {"ephemeral_5m_input_tokens": 4, "ephemeral_1h_input_tokens": 5}},
        Usage(write_5m=4, write_1h=5),
    ),
    "lifetimes null": ({"cache_creation_input_tokens": 9, "cache_creation": {"ephemeral_1h_input_tokens": None}}, Usage(write_5m=9)),
    "everything": (
        {
            "input_tokens": 1,
            "cache_read_input_tokens": 2,
            "output_tokens": 3,
            "server_tool_use": {"web_search_requests": 4},
            "iterations": [],
        },
        Usage(fresh=1, read=2, output=3, searches=4),
    ),
    "nulls": ({"input_tokens": None, "cache_read_input_tokens": None, "output_tokens": None, "server_tool_use": None}, Usage()),
    "searches of no kind": ({"input_tokens": 1, "server_tool_use": {"web_search_requests": "many"}}, Usage(fresh=1)),
    "searches below zero": ({"input_tokens": 1, "server_tool_use": {"web_search_requests": -1}}, Usage(fresh=1)),
}


@pytest.mark.parametrize("case", USAGES)
def test_usage_is_taken_apart(case: str) -> None:
    counts, meant = USAGES[case]
    assert transcript.usage(said(counts)) == meant


@pytest.mark.parametrize("count", [-1, MOST + 1, "12", 1.5, [1]])
def test_a_count_that_is_none_is_an_error(count: Any) -> None:
    with pytest.raises(BadRecord, match="Expected"):
        said({"input_tokens": count})


def test_a_message_of_another_shape_is_an_error() -> None:
    with pytest.raises(BadRecord, match="Expected"):
        transcript.message(line(message="hello"))


CONTENTS = {
    "text": ("hello", ["hello"]),
    "parts": ([{"type": "text", "text": "a"}, {"type": "tool_result", "content": [1]}, {"type": "text", "text": None}], ["a", ""]),
    "no parts": ([], []),
    "nothing": (None, []),
    "a form nobody knows": ([1, 2], []),
    "another one": ({"text": "a"}, []),
}


@pytest.mark.parametrize("case", CONTENTS)
def test_texts_are_found_in_every_form_of_content(case: str) -> None:
    content, texts = CONTENTS[case]
    assert transcript.texts(said(content=content)) == texts


def test_parts_are_as_long_as_their_text() -> None:
    assert transcript.characters(Part("text", text="four")) == 4
    assert transcript.characters(Part("thinking", text="no", thinking="hmm")) == 3
    assert transcript.characters(Part("tool_use", name="Read", input=msgspec.Raw(b'{"a":1}'))) == 11
    assert transcript.characters(Part("redacted_thinking", text=None)) == 0
    assert transcript.characters(Part()) == 0


def progress(**data: Any) -> Line:
    return line(type="progress", sessionId="s", version="2", cwd="/w", timestamp="now", uuid="outer", data=data)


def test_what_a_subagent_said_is_overheard_as_its_own_line() -> None:
    inner = {"type": "assistant", "uuid": "inner", "timestamp": "then", "requestId": "r", "message": {"id": "m"}}
    heard = transcript.overheard(progress(type="agent_progress", agentId="a7", message=inner))
    assert heard is not None
    assert (heard.uuid, heard.agent_id, heard.is_sidechain, heard.timestamp) == ("inner", "a7", True, "then")
    assert (heard.session_id, heard.version, heard.cwd, heard.request_id) == ("s", "2", "/w", "r")
    undated = transcript.overheard(progress(type="agent_progress", message={"type": "user"}))
    assert undated is not None
    assert undated.timestamp == "now"


def test_other_progress_says_nothing() -> None:
    assert transcript.overheard(progress(type="bash_progress", output="agent_progress")) is None
    assert transcript.overheard(progress(type="hook_progress")) is None
    assert transcript.overheard(line(type="progress")) is None


def test_progress_that_is_damaged_is_an_error() -> None:
    with pytest.raises(BadRecord):
        transcript.overheard(progress(type="agent_progress", message="hello"))


ATTACHMENTS = {
    "tools taken away": ({"type": "deferred_tools_delta", "removedNames": ["x"]}, True),
    "instructions added": ({"type": "mcp_instructions_delta", "addedBlocks": ["x"]}, True),
    "tools added": ({"type": "deferred_tools_delta", "addedNames": ["x"], "removedNames": []}, False),
    "a file": ({"type": "file", "removedNames": ["x"]}, False),
}


@pytest.mark.parametrize("case", ATTACHMENTS)
def test_what_changes_the_tools_is_told_from_what_does_not(case: str) -> None:
    attachment, changed = ATTACHMENTS[case]
    assert transcript.changes_tools(line(type="attachment", attachment=attachment)) is changed
    assert not transcript.changes_tools(line(type="system", attachment=attachment))
