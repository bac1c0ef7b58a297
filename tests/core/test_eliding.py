"""Long texts that stand aside: every byte comes back, whatever was done to the rest meanwhile."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, Struct

from tierwise.core.eliding import SHORT, elided, framed, restored, unframed
from tierwise.core.request import Segment

NAME = "5f3a9c"
LONG = 'word \n"quoted" \u00e4 ' * 40


class Body(Struct):
    messages: list[Raw] = []
    tools: list[Raw] = []


BODY = msgspec.json.Decoder(Body)

texts = st.sampled_from(["", "short", LONG, LONG + "!", "x" * (SHORT + 1), '{"role":"user","content":"' * 20])
messages = st.one_of(
    st.builds(lambda role, text: {"role": role, "content": text}, st.sampled_from(["user", "assistant", "system"]), texts),
    st.builds(lambda text: {"role": "user", "content": [{"type": "text", "text": text}]}, texts),
    st.builds(lambda text: {"content": text, "role": "user"}, texts),
    st.builds(lambda text: {"role": "assistant", "content": text, "tool_calls": []}, texts),
    st.builds(lambda text: {"role": "assistant", "content": [{"type": "tool_use", "input": {"role": "user", "content": text}}]}, texts),
)
layouts: list[dict[str, Any]] = [{}, {"separators": (",", ":")}, {"indent": 2}, {"ensure_ascii": False}]


def segments_of(body: bytes) -> list[Segment]:
    found = BODY.decode(body)
    return [*(Segment("tools", "", raw) for raw in found.tools), *(Segment("message", "user", raw) for raw in found.messages)]


@given(st.lists(messages, max_size=6), st.sampled_from(layouts))
def test_every_byte_comes_back_and_the_short_body_has_the_same_shape(said: list[Any], layout: dict[str, Any]) -> None:
    body = json.dumps({"model": "m", "messages": said, "tools": [{"role": "user", "content": LONG}]}, **layout).encode()
    away = elided(body, segments_of(body), NAME)
    assert restored(away.body, away) == body
    short = json.loads(away.body)
    assert [one.keys() for one in short["messages"]] == [one.keys() for one in said]
    assert short["tools"] == [{"role": "user", "content": LONG}]


def test_long_texts_are_gone_and_short_ones_stay() -> None:
    body = json.dumps(
        {"messages": [{"role": "user", "content": LONG}, {"role": "assistant", "content": "ok"}]}, separators=(",", ":")
    ).encode()
    away = elided(body, segments_of(body), NAME)
    assert away.body == b'{"messages":[{"role":"user","content":"<5f3a9c:0>"},{"role":"assistant","content":"ok"}]}'
    assert [json.loads(b'"%b"' % bytes(one)) for one in away.texts] == [LONG]


def test_what_is_done_to_the_rest_stays_done() -> None:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": LONG}] * 2}).encode()
    away = elided(body, segments_of(body), NAME)
    changed = json.dumps(json.loads(away.body) | {"model": "n"}).encode()
    found = restored(changed, away)
    assert found is not None
    assert json.loads(found) == json.loads(body) | {"model": "n"}


def test_a_slice_that_is_not_where_it_should_be_is_left_alone() -> None:
    body = json.dumps({"messages": [{"role": "user", "content": LONG}]}, separators=(",", ":")).encode()
    slices = segments_of(body)
    for other in (body.replace(b'"}]', b'" }]'), body.replace(b"word", b"wort", 1), b"{}"):
        away = elided(other, slices, NAME)
        assert (away.body, away.texts) == (other, ())
        assert restored(other, away) == other


@pytest.mark.parametrize(
    ("token", "put"),
    [
        (b"<5f3a9c:0>", b""),
        (b"<5f3a9c:0>", b"<5f3a9c:0><5f3a9c:0>"),
        (b"<5f3a9c:0>", b"<5f3a9c:1>"),
        (b"<5f3a9c:0>", b"<5f3a9c:7>"),
        (b"<5f3a9c:0>", b"<5f3a9c:"),
        (b"<5f3a9c:0>", b"<5f3a9c:x>"),
    ],
)
def test_a_token_that_is_lost_broken_or_doubled_is_noticed(token: bytes, put: bytes) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": LONG}] * 2}).encode()
    away = elided(body, segments_of(body), NAME)
    assert restored(away.body.replace(token, put), away) is None


@given(st.lists(messages, max_size=6), st.sampled_from(layouts))
def test_all_messages_stand_aside_in_one_piece_and_every_byte_comes_back(said: list[Any], layout: dict[str, Any]) -> None:
    body = json.dumps({"model": "m", "messages": said, "tools": [{"role": "user", "content": LONG}]}, **layout).encode()
    away = framed(body, segments_of(body), NAME)
    if len(said) < 2:
        assert away is None
        return
    assert away is not None
    assert unframed(away.body, away) == body
    assert json.loads(away.body) == {"model": "m", "messages": [f"<{NAME}>"], "tools": [{"role": "user", "content": LONG}]}


@pytest.mark.parametrize(
    "between",
    [
        '{"role":"user","content":"a"},  {"role":"user","content":"b"} ,{"role":"user","content":"c"}',
        '{"role":"user","content":"a"},{"role":"user","content":"b"}, {"role":"user","content":"c"}',
    ],
)
def test_messages_unevenly_apart_stay(between: str) -> None:
    body = f'{{"model":"m","messages":[{between}]}}'.encode()
    assert framed(body, segments_of(body), NAME) is None


def test_messages_that_are_not_those_of_the_body_stay() -> None:
    body = b'{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}'
    others = segments_of(body.replace(b'"b"', b'"z"'))
    assert framed(body, others, NAME) is None
    strange = segments_of(b'{"messages":[["strange"],["more"]]}')
    assert framed(body, strange, NAME) is None
    assert framed(body, [segments_of(body)[0], strange[0]], NAME) is None


def test_one_token_that_was_lost_or_came_twice_is_noticed() -> None:
    body = b'{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}'
    away = framed(body, segments_of(body), NAME)
    assert away is not None
    assert unframed(b"{}", away) is None
    assert unframed(away.body * 2, away) is None
