"""opencode: quotes around what came from the command line, and title calls."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.clients.opencode import CLIENT
from tierwise.core.client import cleaned
from tierwise.core.request import Request


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([], ""),
        (["fix it"], "fix it"),
        (['"list the files here"'], "list the files here"),
        (['"rename \\"a\\" to \\"b\\""'], 'rename "a" to "b"'),
        (['rename "a" to "b"'], 'rename "a" to "b"'),
        (['"a" or "b"'], '"a" or "b"'),
        (['say "hi"'], 'say "hi"'),
        (['"'], '"'),
        (['""'], '""'),
        (["fix it", "and that"], "fix it\nand that"),
    ],
)
def test_only_the_quotes_the_tool_added_are_taken_off(said: list[str], words: str) -> None:
    assert CLIENT.words(said) == words


@given(st.text(st.characters(exclude_characters="\\", exclude_categories=["Cs"]), min_size=1))
def test_a_quoted_argument_is_read_back_as_it_was_typed(typed: str) -> None:
    quoted = '"' + typed.replace('"', '\\"') + '"'
    assert CLIENT.words([quoted]) == typed.strip()


@pytest.mark.parametrize("piece", ['"', '\\"', '" "'])
def test_hostile_texts_as_long_as_a_window_are_read_in_one_pass(piece: str) -> None:
    text = '"fix it' + piece * (400_000 // len(piece))
    assert "fix it" in CLIENT.words([text])


@pytest.mark.parametrize(
    ("said", "needs", "side"),
    [
        ((("fix it",),), (), False),
        ((('"fix it"',), ("Generate a title for this conversation:\n",)), (), True),
        ((("Generate a title for this conversation:\n", '"fix it"'),), (), True),
        ((('"fix it"',), ("Generate a title for this conversation:\n",)), ("tools",), False),
        ((("fix it",), ("no",), ("Generate a title for this conversation:\n",)), (), False),
        ((("add 'Generate a title for this conversation' to the menu",),), (), False),
        ((), (), False),
    ],
)
def test_title_calls_are_the_harness_asking_for_itself(said: tuple[tuple[str, ...], ...], needs: tuple[str, ...], side: bool) -> None:  # noqa: FBT001  # a column of the table
    found = cleaned(CLIENT, Request("openai_chat", "m", said=said, needs=needs), {})
    assert (found.turn == "side") == side


def test_what_was_captured_is_read_as_it_was_meant(sent: Callable[[str], dict[str, Request]]) -> None:
    found = sent("opencode")
    assert len(found) == 11
    assert {one.client for one in found.values()} == {"opencode"}
    assert {name.split("/")[2][:3] for name, one in found.items() if one.turn == "side"} == {"001"}
    assert {name.split("/")[2][:3] for name, one in found.items() if one.turn == "tool"} == {"003"}
    assert {one.words for one in found.values() if one.turn != "side"} == {"say hi", "list the files here"}
    assert all(one.session.startswith("ses_") for one in found.values())


def test_a_summary_and_a_subagents_work_have_a_name() -> None:
    summing = Request(
        "anthropic", "m", said=(("Provide a detailed prompt for continuing our conversation above. Focus on",),), needs=("tools",)
    )
    assert cleaned(CLIENT, summing, {"x-parent-session-id": "ses_a"}).errand == "compaction"
    work = Request("anthropic", "m", said=(("look for it",),), needs=("tools",))
    found = cleaned(CLIENT, work, {"x-session-id": "ses_b", "x-parent-session-id": "ses_a"})
    assert (found.errand, found.turn, found.session) == ("subagent", "person", "ses_b")


def test_results_say_nothing_of_codes_and_tell_what_was_refused() -> None:
    assert CLIENT.tools.exit("README.md\nmain.py\n") is None
    assert not CLIENT.tools.silent
    assert "The user rejected permission to use this specific tool call.".startswith(CLIENT.tools.refused)
    assert [CLIENT.tools.kind(name) for name in ("bash", "edit", "apply_patch", "write", "task")] == [
        "shell",
        "edit",
        "edit",
        "write",
        "agent",
    ]
