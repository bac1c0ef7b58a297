"""What all client files share: taking tags out of a text, knowing a client, and cleaning a request."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise.core.client import (
    ERRANDS,
    Client,
    about,
    cleaned,
    fallback_session,
    instructed,
    introduced,
    joined,
    latest,
    never,
    nothing,
    opening,
    outside,
    recognised,
    tool_names,
)
from tierwise.core.request import Request, Segment

TAGS = opening("note", "hook output", "skill")
NAMES = ["note", "hook output", "skill"]
LONG = 400_000

plain = st.text(st.characters(exclude_characters="<>", exclude_categories=["Cs"]), max_size=12)
noise = st.builds(lambda name, text: f"<{name}>{text}</{name}>", st.sampled_from(NAMES), plain)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", ""),
        (" fix it\n", "fix it"),
        ("<note>x</note>", ""),
        ("<note>x</note> fix <skill>y\nz</skill>it", "fix it"),
        ('<note kind="a b">x</note>fix it', "fix it"),
        ("<note\n>x</note>fix it", "fix it"),
        ("<hook output>x</hook output>fix it", "fix it"),
        ("<note>a<note>b</note>c</note>", "c</note>"),
        ("<note>a<skill>b</note>fix it", "fix it"),
        ("<skill>a<note>b</skill>fix</note> it", "fix</note> it"),
        ("<notes>x</notes>", "<notes>x</notes>"),
        ("<Note>x</Note>", "<Note>x</Note>"),
        ("the <note> tag", "the <note> tag"),
        ("the <note> tag, and <note>x</note>this", "the this"),
        ("the <skill> tag <note>x</note>stays", "the <skill> tag stays"),
        ("</note> fix", "</note> fix"),
        ("  <note>cut short", ""),
        ("<note>x</note>\n<skill>cut short", ""),
    ],
)
def test_tags_are_taken_out_with_what_stands_in_them(text: str, left: str) -> None:
    assert outside(text, TAGS) == left


@given(st.lists(noise), plain, st.lists(noise))
def test_words_between_tags_are_all_that_is_left(before: list[str], words: str, after: list[str]) -> None:
    assert outside("".join([*before, words, *after]), TAGS) == words.strip()


@given(plain)
def test_a_text_without_tags_stays_as_it_is(text: str) -> None:
    assert outside(text, TAGS) == text.strip()


@pytest.mark.parametrize(
    "piece", ["<note>", "</note>", "<note>x</skill>", "<note ", "<note><skill>", "<", "<hook output", "a<note>b</note>", "\n"]
)
def test_hostile_texts_as_long_as_a_window_are_read_in_one_pass(piece: str) -> None:
    """A pattern that looks for the end of each tag would take minutes over these."""
    text = "x" + piece * (LONG // len(piece))
    assert len(outside(text, TAGS)) <= len(text)


def test_texts_of_a_message_are_joined() -> None:
    assert joined(["", " a", "b ", ""]) == "a\nb"
    assert joined([]) == ""


def shouted(said: Sequence[str]) -> str:
    return joined([outside(text, TAGS) for text in said]).upper()


def errand(request: Request, headers: Mapping[str, str]) -> str:
    return "title" if request.limit == 1 else "subagent" if "x-child" in headers else ""


ONE = Client("one", ("one-cli/", "one-web"), ("x-one", "x-session"), shouted, errand, lambda one: b"date" in bytes(one.raw))
TWO = Client("two", ("two/",), (), joined, nothing, never, knows=lambda request: request.model == "two-model")
PLAIN = Client("plain", (), (), joined, nothing, never)


@pytest.mark.parametrize(
    ("agent", "known"),
    [("one-cli/2.1 (x)", ONE), ("One-Web", ONE), ("TWO/1", TWO), ("my one-cli/2", None), ("", None), ("two", None)],
)
def test_a_client_is_known_by_how_its_user_agent_begins(agent: str, known: Client | None) -> None:
    assert recognised([PLAIN, ONE, TWO], {"user-agent": agent}) is known


def test_no_user_agent_is_no_client() -> None:
    assert recognised([PLAIN, ONE, TWO], {"accept": "*/*"}) is None


def test_a_client_without_a_name_of_its_own_is_known_by_its_request() -> None:
    clients = [PLAIN, ONE, TWO]
    assert recognised(clients, {}, Request("w", "two-model")) is TWO
    assert recognised(clients, {}, Request("w", "m")) is None
    assert recognised(clients, {}) is None
    assert recognised(clients, {"user-agent": "one-web"}, Request("w", "two-model")) is ONE


def test_the_latest_texts_are_those_beside_the_tools_results_else_the_last_said() -> None:
    assert latest(Request("w", "m", said=(("b", "c"), ("a",)))) == ("b", "c")
    assert latest(Request("w", "m", said=(("b",),), aside=("x",))) == ("x",)
    assert latest(Request("w", "m")) == ()


def test_an_errand_is_known_by_what_the_latest_texts_begin_with() -> None:
    signs = (("sum up", "compaction"), ("entitle", "title"))
    assert about(Request("w", "m", said=(("hm", "please entitle and sum up"),)), signs) == "compaction"
    assert about(Request("w", "m", said=(("hm",), ("sum up",))), signs) == ""
    assert about(Request("w", "m", said=(("x" * 3000 + "sum up",),)), signs) == ""
    assert about(Request("w", "m"), signs) == ""


def system(text: str) -> Segment:
    return Segment("system", "system", Raw(json.dumps({"type": "text", "text": text}).encode()))


def test_an_errand_or_a_client_is_known_by_what_the_system_texts_begin_with() -> None:
    asked = Request("w", "m", segments=(system("I am."), system("Write a title."), Segment("message", "user", Raw(b'"sum up"'))))
    assert instructed(asked, ((b"sum up", "compaction"), (b"a title", "title"))) == "title"
    assert instructed(asked, ((b"sum up", "compaction"),)) == ""
    assert introduced(asked, b"I was", b"I am")
    assert not introduced(asked, b"sum up")
    assert not introduced(Request("w", "m", segments=(system("x" * 3000 + "I am."),)), b"I am")


@pytest.mark.parametrize(
    "tool",
    [
        {"name": "read", "description": "x" * 500},
        {"type": "function", "name": "read"},
        {"type": "function", "function": {"name": "read", "description": '"name": "other"'}},
    ],
)
def test_tools_are_named_as_each_wire_has_them(tool: dict[str, Any]) -> None:
    slices = [Segment("tools", "", Raw(json.dumps(one).encode())) for one in (tool, {"description": "x" * 300, "name": "late"}, tool)]
    assert tool_names(Request("w", "m", segments=(*slices, system('"name":"no"')))) == (b"read", b"read")
    assert tool_names(Request("w", "m", segments=tuple(slices)), 1) == (b"read",)


def test_the_latest_messages_with_words_are_what_the_person_said() -> None:
    asked = Request("w", "m", said=(("<note>x</note>",), ("<skill>y</skill>", "second"), ("<note>z</note>",), ("first",)))
    found = cleaned(ONE, asked, {})
    assert (found.client, found.words, found.previous, found.turn) == ("one", "SECOND", "FIRST", "person")


def test_a_request_without_words_has_none() -> None:
    found = cleaned(ONE, Request("w", "m", said=(("<note>x</note>",),), turn="tool"), {})
    assert (found.words, found.previous, found.turn) == ("", "", "tool")


def test_words_beside_results_of_tools_are_the_persons_turn() -> None:
    asked = Request("w", "m", said=(("first",),), aside=("<note>x</note>", "stop, do that"), turn="tool")
    found = cleaned(ONE, asked, {})
    assert (found.words, found.previous, found.turn) == ("STOP, DO THAT", "FIRST", "person")


def test_noise_beside_results_of_tools_is_nobodys_turn() -> None:
    asked = Request("w", "m", said=(("first",),), aside=("<note>x</note>",), turn="tool")
    found = cleaned(ONE, asked, {})
    assert (found.words, found.previous, found.turn) == ("FIRST", "", "tool")


@pytest.mark.parametrize("turn", ["person", "tool"])
def test_a_harness_that_asks_for_itself_has_the_turn(turn: str) -> None:
    found = cleaned(ONE, Request("w", "m", said=(("title",),), aside=("words",), turn=turn, limit=1), {})
    assert (found.turn, found.errand) == ("side", "title")


def test_a_subagent_is_named_and_keeps_the_turn() -> None:
    found = cleaned(ONE, Request("w", "m", said=(("words",),), turn="tool"), {"x-child": "1"})
    assert (found.turn, found.errand) == ("tool", "subagent")
    assert not ERRANDS["subagent"]


@pytest.mark.parametrize(
    ("headers", "session"),
    [
        ({"x-session": "b", "x-one": "a"}, "a"),
        ({"x-session": "b", "x-one": ""}, "b"),
        ({"x-two": "c"}, "from the body"),
        ({}, "from the body"),
    ],
)
def test_the_first_header_with_a_value_names_the_session(headers: dict[str, str], session: str) -> None:
    assert cleaned(ONE, Request("w", "m", session="from the body"), headers).session == session


def test_volatile_slices_are_marked_and_the_rest_stays() -> None:
    head, message = Segment("system", "system", Raw(b'"date: today"')), Segment("message", "user", Raw(b'"hi"'))
    found = cleaned(ONE, Request("w", "m", segments=(head, message)), {})
    assert found.segments == (Segment("volatile", "system", head.raw), message)


def test_a_client_without_volatile_text_keeps_all_slices() -> None:
    asked = Request("w", "m", segments=(Segment("system", "system", Raw(b'"date: today"')),))
    assert cleaned(PLAIN, asked, {}).segments == asked.segments
    assert not any(PLAIN.volatile(one) for one in asked.segments)


def test_a_client_without_background_calls_never_has_the_turn() -> None:
    assert cleaned(PLAIN, Request("w", "m", said=(("a title",),), limit=1), {}).turn == "person"


def asked(*messages: object, head: object = "You help.", kind: str = "system") -> Request:
    slices = [Segment(kind, "system", Raw(json.dumps(head).encode()))]
    slices += [Segment("message", "user", Raw(json.dumps({"role": "user", "content": one}).encode())) for one in messages]
    return Request("w", "m", segments=tuple(slices))


def test_a_session_without_a_name_is_known_by_key_head_and_first_message() -> None:
    name = fallback_session(asked("hi"), "key")
    assert len(name) == 16
    assert fallback_session(asked("hi", "and now?"), "key") == name
    others = [(asked("ho"), "key"), (asked("hi"), "other"), (asked("hi", head="You sing."), "key"), (Request("w", "m"), "key")]
    assert len({name, *(fallback_session(*one) for one in others)}) == 1 + len(others)


def test_a_cache_mark_that_moves_on_does_not_end_a_session() -> None:
    """Clients write a marked text as a list of one block, and the same text bare when the mark is on a later message."""
    mark = {"type": "ephemeral", "ttl": "1h"}
    marked = asked(
        [{"type": "text", "text": "hi", "cache_control": mark}], head={"type": "text", "text": "You help.", "cache_control": mark}
    )
    assert fallback_session(marked, "key") == fallback_session(asked("hi"), "key")


def test_a_volatile_slice_does_not_name_a_session() -> None:
    first, second = (asked("hi", head=f"billed {number}", kind="volatile") for number in (1, 2))
    assert fallback_session(first, "key") == fallback_session(second, "key")


def test_texts_in_an_odd_shape_name_a_session_too() -> None:
    assert fallback_session(asked(None), "key") == fallback_session(asked([{"type": "image", "source": 5}]), "key")
    deep = Segment("message", "user", Raw(b"[" * 100_000 + b"]" * 100_000))
    assert len(fallback_session(Request("w", "m", segments=(deep,)), "key")) == 16
