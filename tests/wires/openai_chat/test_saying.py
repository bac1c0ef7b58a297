"""Turns as messages: what stands where, and what each piece becomes."""

from typing import Any

import pytest
from msgspec import Raw

from tierwise.core.prompt import Call, Media, Opaque, Piece, Prompt, Result, Text, Thought, Tool, Turn
from tierwise.wires.openai_chat.saying import messages

OWN = "openai_chat"
MARKS = frozenset({"cache_control"})
PNG = Media("image", "image/png", "AA")
PNG_PART = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
USER = Turn("user", (Text("fix it"),))


def said(*turns: Turn, head: tuple[Text, ...] = (), quirks: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    return messages(Prompt("anthropic", "m", head=head, turns=turns), quirks)


def parts(*pieces: Piece, quirks: frozenset[str] = frozenset()) -> Any:
    """The content that pieces of the user become."""
    return said(Turn("user", pieces), quirks=quirks)[0]["content"]


def test_the_head_is_one_system_message() -> None:
    assert said(USER, head=(Text("a"),)) == [{"role": "system", "content": "a"}, {"role": "user", "content": "fix it"}]
    two = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert said(USER, head=(Text("a"), Text("b")))[0] == {"role": "system", "content": two}
    assert said(Turn("system", (Text("late"),)), USER)[0] == {"role": "system", "content": "late"}


@pytest.mark.parametrize(
    ("pieces", "content"),
    [
        ((Text("a"),), "a"),
        ((Text(""),), ""),
        ((Text("a"), Text(""), Text("b")), [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
        ((PNG,), [PNG_PART]),
        (
            (Media("image", url="https://x/y.png", detail="low"),),
            [{"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "low"}}],
        ),
        ((Text("a"), Media("image", file="f1")), [{"type": "text", "text": "a"}]),
        ((Media("audio", "audio/wav", "AA"),), [{"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}]),
        (
            (Media("document", "application/pdf", "AA", name="a.pdf"),),
            [{"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AA"}}],
        ),
        (
            (Media("document", data="AA"),),
            [{"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,AA"}}],
        ),
        ((Media("document", file="f1"),), [{"type": "file", "file": {"file_id": "f1"}}]),
        ((Media("document", text="words", name="a.txt"),), [{"type": "text", "text": "a.txt\n\nwords"}]),
        ((Media("document", url="https://x/a.pdf"),), [{"type": "text", "text": "https://x/a.pdf"}]),
        ((Text("a"), Opaque("anthropic", Raw(b'{"x":1}'), "citations")), [{"type": "text", "text": "a"}]),
        ((Text("a"), Opaque(OWN, Raw(b'{"x":1}'), "unknown blocks")), [{"type": "text", "text": "a"}, Raw(b'{"x":1}')]),
        ((Text("a"), Thought("so")), [{"type": "text", "text": "a"}]),
    ],
)
def test_every_piece_has_its_part(pieces: tuple[Piece, ...], content: Any) -> None:
    assert parts(*pieces) == content


def test_documents_are_fetched_where_the_server_does_that() -> None:
    found = parts(Media("document", url="https://x/a.pdf", name="a.pdf"), quirks=frozenset({"file_urls"}))
    assert found == [{"type": "file", "file": {"filename": "a.pdf", "file_data": "https://x/a.pdf"}}]


def test_marks_are_sent_to_servers_that_read_them() -> None:
    usual, hour = {"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}
    assert parts(Text("a", 300)) == "a"
    assert parts(Text("a", 300), quirks=MARKS) == [{"type": "text", "text": "a", "cache_control": usual}]
    assert parts(Text("a"), quirks=MARKS) == "a"
    assert parts(Media("image", "image/png", "AA", keep=3600), quirks=MARKS) == [PNG_PART | {"cache_control": hour}]


def test_an_answer_is_its_words_and_its_calls() -> None:
    pieces = (Thought("so"), Text("a"), Call("1", "ls", '{"x":1}', "fs"), Text("b"), Call("2", "p", "free", form="custom"))
    assert said(USER, Turn("assistant", pieces))[1:] == [
        {
            "role": "assistant",
            "content": "ab",
            "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "fs__ls", "arguments": '{"x":1}'}},
                {"id": "2", "type": "function", "function": {"name": "p", "arguments": '{"input":"free"}'}},
            ],
        }
    ]
    call = said(Turn("assistant", pieces), quirks=frozenset({"custom_tools"}))[0]["tool_calls"][1]
    assert call == {"id": "2", "type": "custom", "custom": {"name": "p", "input": "free"}}


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ((), []),
        ((Thought("so"),), []),
        ((Text(""),), []),
        (
            (Call("1", "ls", "{}"),),
            [
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"id": "1", "type": "function", "function": {"name": "ls", "arguments": "{}"}}],
                }
            ],
        ),
    ],
)
def test_an_answer_that_says_nothing_is_left_out(pieces: tuple[Piece, ...], expected: Any) -> None:
    assert said(Turn("assistant", pieces)) == expected


def test_reasoning_goes_back_where_it_is_wanted() -> None:
    echo = frozenset({"echo_reasoning"})
    answer = Turn("assistant", (Thought("so"), Thought("then"), Text("a")))
    assert said(answer, quirks=echo) == [{"role": "assistant", "content": "a", "reasoning_content": "so\n\nthen"}]
    assert said(Turn("assistant", (Thought("", redacted=True), Text("a"))), quirks=echo) == [{"role": "assistant", "content": "a"}]


def test_answers_in_a_row_are_one_message() -> None:
    one, two = Turn("assistant", (Text("a"), Call("1", "ls", "{}"))), Turn("assistant", (Text("b"), Call("2", "rm", "{}")))
    found = said(one, two)
    assert len(found) == 1
    assert (found[0]["content"], [call["id"] for call in found[0]["tool_calls"]]) == ("ab", ["1", "2"])


def test_results_come_first_and_what_they_show_before_the_users_words() -> None:
    results = Turn("user", (Text("look"), Result("1", (Text("a"), PNG, Text("b"))), Result("2", (Text("c"),))))
    late = Turn("system", (Text("note"),))
    assert said(late, results, USER) == [
        {"role": "tool", "tool_call_id": "1", "content": "a\nb"},
        {"role": "tool", "tool_call_id": "2", "content": "c"},
        {"role": "system", "content": "note"},
        {"role": "user", "content": [PNG_PART, {"type": "text", "text": "look"}]},
        {"role": "user", "content": "fix it"},
    ]


def test_what_results_show_is_a_message_where_the_user_says_nothing() -> None:
    assert said(Turn("user", (Result("1", (PNG,)),))) == [
        {"role": "tool", "tool_call_id": "1", "content": ""},
        {"role": "user", "content": [PNG_PART]},
    ]
    assert said(Turn("user", (Result("1", (Text("a"),)),)), Turn("user", ())) == [{"role": "tool", "tool_call_id": "1", "content": "a"}]


@pytest.mark.parametrize(
    ("result", "content"),
    [
        (Result("1"), ""),
        (Result("1", failed=True), "The tool failed."),
        (Result("1", (Text("no such file"),), failed=True), "no such file"),
        (Result("1", tools=(Tool("ls", namespace="fs"), Tool("rm"))), "fs__ls, rm"),
    ],
)
def test_a_result_is_what_the_tool_said(result: Result, content: str) -> None:
    assert said(Turn("user", (result,)))[0]["content"] == content
