import json
from typing import Any

import pytest

from tierwise.upstream.scripted.asked import CUSTOM, Asked, Offered
from tierwise.upstream.scripted.directives import Directives, directives
from tierwise.upstream.scripted.saying import Said, pieces, said, sliced, words_of

SHELL = {"type": "object", "properties": {"command": {"type": "string"}, "timeout": {"type": "integer"}}, "required": ["command"]}
PLACE = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}


def offered(*names: str) -> tuple[Offered, ...]:
    return tuple(Offered(name, schema=SHELL) for name in names)


def asking(words: str, **more: Any) -> Asked:
    return Asked(shape="Test", model="m", texts=(words,), **more)


def answer(words: str, **more: Any) -> Said:
    return said(asking(words, **more), directives([words]))


@pytest.mark.parametrize(
    ("words", "names", "called"),
    [
        ("list the files here", ("Read", "Bash", "List"), "Bash"),
        ("list the files here", ("Read", "List"), "List"),
        ("what is in this folder?", ("edit", "exec_command"), "exec_command"),
        ("fix the bug", ("Agent", "run_terminal_cmd"), "run_terminal_cmd"),
        ("what is the weather in Paris?", ("get_time", "get_weather"), "get_weather"),
        ("say hi", ("Bash",), None),
        ("hello", ("get_weather", "Bash"), None),
        ("Summarize the conversation and list the files", ("Bash",), None),
        ("list the files, but do not use tools", ("Bash",), None),
        ("list the files", (), None),
    ],
)
def test_a_tool_is_called_where_it_fits_the_wish(words: str, names: tuple[str, ...], called: str | None) -> None:
    found = answer(words, tools=offered(*names))
    assert [one.tool.name for one in found.calls] == ([called] if called else [])
    assert found.stop == ("calls" if called else "end")


@pytest.mark.parametrize(
    ("choice", "called"),
    [("auto", None), ("none", None), ("required", "first"), ("second", "second"), ("unknown", None)],
)
def test_a_forced_tool_is_called_whatever_is_said(choice: str, called: str | None) -> None:
    found = answer("hello", tools=offered("first", "second"), choice=choice)
    assert [one.tool.name for one in found.calls] == ([called] if called else [])


def test_nothing_is_called_again_once_tools_have_answered() -> None:
    found = answer("list the files", tools=offered("bash"), results=("a\nb\n\nc",))
    assert found.calls == ()
    assert all(f"    {line}" in found.text for line in "abc")


def test_long_results_are_quoted_in_part() -> None:
    found = answer("list the files", results=("\n".join(f"line {number}" for number in range(20)),))
    assert "line 5" in found.text
    assert "line 6" not in found.text
    assert "14 lines more" in found.text
    assert "(nothing)" in answer("list", results=("",)).text


def test_free_text_tools_are_left_alone_except_the_one_that_runs_programs() -> None:
    patch, program = Offered("apply_patch", CUSTOM), Offered("exec", CUSTOM)
    assert answer("edit the file", tools=(patch,)).calls == ()
    assert [one.tool.name for one in answer("edit the file", tools=(patch, program)).calls] == ["exec"]
    assert answer("x", tools=(patch,), choice="required").calls[0].input == "ls"


def test_inputs_fit_the_schema() -> None:
    assert json.loads(answer("list the files", tools=(Offered("ls", schema=PLACE),)).calls[0].input) == {"path": "."}
    assert answer("list the files", tools=(Offered("ls"),)).calls[0].input == "{}"


def test_directed_calls_come_before_the_tools_own_sense() -> None:
    found = answer(
        '[[tool: bash {"command": "pwd"}]] [[tool: apply_patch *** x]]', tools=(*offered("bash"), Offered("apply_patch", CUSTOM))
    )
    assert [(one.tool.name, one.input) for one in found.calls] == [("bash", '{"command": "pwd"}'), ("apply_patch", "*** x")]
    assert answer("[[tool: bash]]", tools=offered("bash")).calls[0].input == '{"command":"ls"}'


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ((), ""),
        (("hello",), "hello"),
        (("<system-reminder>x</system-reminder>", "list the files"), "list the files"),
        (("list the files", "<reminder>x</reminder>"), "list the files"),
        (("<session>\nlist the files\n</session>",), "list the files"),
        (("hi [[slow: 3]]",), "hi"),
    ],
)
def test_the_persons_words_are_told_from_the_harnesss(texts: tuple[str, ...], words: str) -> None:
    assert words_of(Asked(shape="Test", model="m", texts=texts)) == words


@pytest.mark.parametrize(
    ("head", "words", "titled"),
    [
        ("", "Generate a title for this conversation: list files", True),
        ("You are a title generator.", "list files", True),
        ("", "What is the title of the book?", False),
    ],
)
def test_titles_are_short_and_only_made_when_asked_for(head: str, words: str, titled: bool) -> None:  # noqa: FBT001  # a column of the table
    assert (len(answer(words, head=head).text.split()) <= 6) is titled


def test_any_object_is_an_object() -> None:
    assert json.loads(answer("hello", schema={}).text) == {"answer": "hello"}


@pytest.mark.parametrize("limit", [1, 3, 5, 8, 12, 20])
def test_an_answer_never_has_more_tokens_than_its_limit(limit: int) -> None:
    for words in (
        "[[think: a b c d e f g]] [[long: 40]] word",
        '[[say: one two]] [[tool: bash {"command": "a long command line that goes on and on and on, and then on, and on, and on again"}]]',
    ):
        found = answer(words, limit=limit, tools=offered("bash"))
        assert found.tokens <= limit + 2
        assert found.stop == "limit"


def test_a_call_is_cut_at_the_limit() -> None:
    found = answer('[[tool: bash {"command": "a long command line that is cut"}]]', limit=5, tools=offered("bash"))
    assert [one.input for one in found.calls] == ['{"command": "a l']


def test_the_first_stop_sequence_ends_the_text_and_drops_calls() -> None:
    found = answer("[[say: a B c D e]] [[tool: bash]]", stops=("D", "B", ""), tools=offered("bash"))
    assert (found.text, found.calls, found.stop, found.sequence) == ("a ", (), "sequence", "B")


def test_pieces_and_slices_make_the_text_again() -> None:
    for text in ("", "one", " one  two\n\nthree ", "a" * 40, "ä ö\tü"):
        assert "".join(pieces(text)) == text
        assert "".join(sliced(text)) == text


def test_a_refusal_has_a_text_of_its_own() -> None:
    assert (answer("[[refuse]]").text, answer("[[refuse: no]]").stop) == ("I cannot do that.", "refusal")
    assert said(asking("hi"), Directives()).stop == "end"
