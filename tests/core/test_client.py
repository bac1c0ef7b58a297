"""What all client files share: taking tags out of a text, knowing a client, and cleaning a request."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise.core.client import Client, cleaned, joined, never, opening, outside, recognised
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


ONE = Client(
    "one",
    ("one-cli/", "one-web"),
    ("x-one", "x-session"),
    shouted,
    lambda request: request.limit == 1,
    lambda one: b"date" in bytes(one.raw),
)
TWO = Client("two", ("two/",), (), joined, never, never)
PLAIN = Client("plain", (), (), joined, never, never)


@pytest.mark.parametrize(
    ("agent", "known"),
    [("one-cli/2.1 (x)", ONE), ("One-Web", ONE), ("TWO/1", TWO), ("my one-cli/2", None), ("", None), ("two", None)],
)
def test_a_client_is_known_by_how_its_user_agent_begins(agent: str, known: Client | None) -> None:
    assert recognised([PLAIN, ONE, TWO], {"user-agent": agent}) is known


def test_no_user_agent_is_no_client() -> None:
    assert recognised([PLAIN, ONE, TWO], {"accept": "*/*"}) is None


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
    assert cleaned(ONE, Request("w", "m", said=(("title",),), aside=("words",), turn=turn, limit=1), {}).turn == "side"


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


def test_a_client_without_background_calls_never_has_the_turn() -> None:
    assert cleaned(PLAIN, Request("w", "m", said=(("a title",),), limit=1), {}).turn == "person"
