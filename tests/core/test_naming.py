"""Names of tools where there are only functions, and back."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise.core.events import Close, Delta, Event, Failure, Open, Ping, Seal, Start, Stop
from tierwise.core.faults import Fault
from tierwise.core.naming import FREE_TEXT, LONGEST, Restorer, boxed, flat, named
from tierwise.core.prompt import Call, Tool

TOOLS = named((Tool("ls"), Tool("wait", namespace="agents"), Tool("patch", "custom"), Tool("tool_search", "search"), Tool("web", "server")))


def restored(*events: Event) -> list[Event]:
    one = Restorer(TOOLS)
    return [said for event in events for said in one.feed(event)]


@pytest.mark.parametrize(
    ("namespace", "name", "made"),
    [("", "ls", "ls"), ("agents", "wait", "agents__wait"), ("", "mcp__git__log", "mcp__git__log"), ("", "a-b_C9", "a-b_C9")],
)
def test_a_plain_name_stays_as_it_is(namespace: str, name: str, made: str) -> None:
    assert flat(namespace, name) == made


@given(st.text(max_size=90), st.text(min_size=1, max_size=90))
def test_every_name_is_one_that_every_wire_takes(namespace: str, name: str) -> None:
    made = flat(namespace, name)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", made)
    assert made == flat(namespace, name)


@pytest.mark.parametrize(("one", "other"), [("a.b", "a_b"), ("x" * 70, "x" * 71), ("a b", "a.b")])
def test_what_is_cut_or_replaced_is_told_apart(one: str, other: str) -> None:
    assert flat("", one) != flat("", other)
    assert len(flat("", one)) <= LONGEST


def test_tools_that_the_provider_runs_have_no_such_name() -> None:
    assert set(TOOLS) == {"ls", "agents__wait", "patch", "tool_search"}


def test_free_text_is_boxed_and_json_is_not() -> None:
    assert json.loads(boxed(Call("c", "patch", 'a "b"', form="custom"))) == {"input": 'a "b"'}
    assert boxed(Call("c", "ls", "{}")) == "{}"
    assert json.loads(bytes(FREE_TEXT))["required"] == ["input"]


@pytest.mark.parametrize(
    ("name", "tool"),
    [("ls", ("ls", "", "function")), ("agents__wait", ("wait", "agents", "function")), ("tool_search", ("tool_search", "", "search"))],
)
def test_calls_get_the_names_that_the_client_knows(name: str, tool: tuple[str, str, str]) -> None:
    opened = Open(0, "call", "c", name)
    found = restored(opened, Delta(0, '{"a"'), Delta(0, ":1}"), Close(0))
    assert found == [replace(opened, name=tool[0], namespace=tool[1], form=tool[2]), Delta(0, '{"a"'), Delta(0, ":1}"), Close(0)]


@pytest.mark.parametrize(
    "opened", [Open(0, "call", "c", "nobody"), Open(0, "call", "c", "wait", "agents"), Open(0, "call", "c", "ls", "other")]
)
def test_calls_that_nobody_knows_or_that_have_a_namespace_stay_as_they_are(opened: Open) -> None:
    assert restored(opened, Delta(0, "{}"), Close(0)) == [opened, Delta(0, "{}"), Close(0)]


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (('{"inp', 'ut":"a\\n', 'b"}'), "a\nb"),
        (('{"patch":"a"}',), "a"),
        (('{"input":"a","more":"b"}',), "a"),
        (('{"one":"a","two":"b"}',), '{"one":"a","two":"b"}'),
        (("just text",), "just text"),
        (('{"input":7}',), '{"input":7}'),
        (('{"input":"cut',), '{"input":"cut'),
        (("{}",), "{}"),
    ],
)
def test_free_text_comes_out_of_its_box_when_the_call_is_whole(pieces: tuple[str, ...], text: str) -> None:
    opened = Open(0, "call", "c", "patch")
    found = restored(opened, *(Delta(0, one) for one in pieces), Close(0))
    assert found == [replace(opened, form="custom"), Delta(0, text), Close(0)]


def test_a_call_without_input_has_none() -> None:
    opened = Open(0, "call", "c", "patch")
    assert restored(opened, Close(0)) == [replace(opened, form="custom"), Close(0)]


def test_free_text_that_came_as_such_is_passed_on_as_it_comes() -> None:
    opened = Open(0, "call", "c", "patch", form="custom")
    assert restored(opened, Delta(0, "a"), Delta(0, "b"), Close(0)) == [opened, Delta(0, "a"), Delta(0, "b"), Close(0)]


def test_all_else_passes() -> None:
    events = (Start("x"), Ping(), Open(0, "text"), Delta(0, "a"), Close(0), Open(1, "thought"), Seal(1, "w", "s"), Close(1), Stop("end"))
    assert restored(*events) == list(events)
    broken = (Open(0, "call", "c", "patch", form="custom"), Failure(Fault("dropped")))
    assert restored(*broken) == list(broken)


def test_one_call_after_another_has_its_own_text() -> None:
    found = restored(*(one for at in (0, 1) for one in (Open(at, "call", "c", "patch"), Delta(at, f'{{"input":"{at}"}}'), Close(at))))
    assert [one.text for one in found if isinstance(one, Delta)] == ["0", "1"]
