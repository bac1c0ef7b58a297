"""Codex CLI: the person's words among environment, instruction files and skills."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.clients.codex import CLIENT
from tierwise.core.client import cleaned
from tierwise.core.request import Request

noise = st.sampled_from(
    [
        "<environment_context>\n  <cwd>/home/dev</cwd>\n  <shell>zsh</shell>\n</environment_context>",
        "# AGENTS.md instructions for /home/dev\n\n<INSTRUCTIONS>\nfix all bugs\n</INSTRUCTIONS>",
        "<user_instructions>\n\nreview\n\n</user_instructions>",
        "<permissions instructions>\nFilesystem sandboxing\n</permissions instructions>",
        "<skills_instructions>\n## Skills\n</skills_instructions>",
        "<skill>\n<name>worktree</name>\n<path>/SKILL.md</path>\n---\nname: worktree\n\n</skill>",
        "<turn_aborted>\nThe user interrupted\n</turn_aborted>",
        "<user_shell_command>\n<command>ls</command>\n</user_shell_command>",
        "",
    ]
)


@given(st.lists(noise, max_size=4), st.sampled_from(["", "fix it", "➜  git push\nerror: <x>\n\nplease fix"]), st.lists(noise, max_size=4))
def test_of_noise_and_words_the_words_are_left(before: list[str], words: str, after: list[str]) -> None:
    assert CLIENT.words([*before, words, *after]) == words


def test_a_skill_that_follows_the_persons_message_does_not_hide_it() -> None:
    said = (("<skill>\n<name>a</name>\n</skill>",), ("use $a",), ("<environment_context>x</environment_context>",), ("fix it",))
    found = cleaned(CLIENT, Request("openai_responses", "m", said=said), {})
    assert (found.words, found.previous) == ("use $a", "fix it")


@pytest.mark.parametrize("piece", ["<skill>", "<environment_context", "<permissions instructions>", "<turn_aborted></skill>"])
def test_hostile_texts_as_long_as_a_window_are_read_in_one_pass(piece: str) -> None:
    text = "fix it" + piece * (400_000 // len(piece))
    assert CLIENT.words([text]).startswith("fix it")


def test_what_was_captured_is_read_as_it_was_meant(sent: Callable[[str], dict[str, Request]]) -> None:
    found = {name: one for name, one in (sent("codex") | sent("errors-codex")).items() if "_ws0" not in name}
    assert len(found) > 18
    assert {one.client for one in found.values()} == {"codex"}
    assert {one.words for one in found.values()} == {"say hi", "say hi again", "list the files here"}
    assert {name for name, one in found.items() if one.previous} == {"codex/resume/002_POST_v1-responses.req.json"}
    assert {name.split("/")[1] for name, one in found.items() if one.turn == "tool"} == {"tool", "model-gpt-5.5", "model-gpt-6-sol"}
    assert all(one.session.startswith("01a20a") for one in found.values())


def test_a_resumed_session_keeps_its_name(sent: Callable[[str], dict[str, Request]]) -> None:
    first, second = sent("codex/resume").values()
    assert first.session == second.session


def test_words_in_real_transcripts_are_found_among_the_noise(shared: Path) -> None:
    said: list[str] = []
    for path in sorted((shared / "data" / "transcripts" / "codex").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                item = record.get("payload") or {}
                if item.get("type") == "message" and item.get("role") == "user":
                    said += [part["text"] for part in item["content"] if part.get("type") == "input_text"]
    assert len(said) > 30
    noisy = [text for text in said if text.startswith(("<", "# AGENTS.md"))]
    assert len(noisy) > 10
    assert {CLIENT.words([text]) for text in noisy} == {""}
    assert all(CLIENT.words([text]) == text.strip() for text in said if text not in noisy)
