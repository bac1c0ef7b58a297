"""Codex CLI: the person's words among environment, instruction files and skills."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise.clients.codex import CLIENT
from tierwise.core.client import cleaned
from tierwise.core.request import Request, Segment

noise = st.sampled_from(
    [
        "<environment_context>\n  <cwd>/home/dev</cwd>\n  <shell>zsh</shell>\n</environment_context>",
        "# AGENTS.md instructions for /home/dev\n\n<INSTRUCTIONS>\nfix all bugs\n</INSTRUCTIONS>",
        "<user_instructions>\n\nreview\n\n</user_instructions>",
        "<permissions instructions>\nFilesystem sandboxing\n</permissions instructions>",
        "<skills_instructions>\n## Skills\n</skills_instructions>",
        "<skill>\n<name>worktree</name>\n<path>/SKILL.md</path>\n---\nname: worktree\n\n</skill>",
        "<user_action>\n  <context>User initiated a review task.</context>\n</user_action>",
        "You are performing a CONTEXT CHECKPOINT COMPACTION. Create a handoff summary for another LLM.",
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


def asked(said: str = "fix it", system: str = "You are Codex.", last: object = None) -> Request:
    items = [{"role": "developer", "content": system}, {"role": "user", "content": said}, *([last] if last else [])]
    slices = [Segment("message" if number else "system", "", Raw(json.dumps(item).encode())) for number, item in enumerate(items)]
    return Request("openai_responses", "m", segments=tuple(slices), said=((said,),), needs=("tools",))


TURN = '{"session_id":"s","request_kind":"turn","thread_source":"user"}'


@pytest.mark.parametrize(
    ("request_", "headers", "errand"),
    [
        (asked(), {}, ""),
        (asked(), {"x-codex-turn-metadata": TURN}, ""),
        (asked(), {"x-codex-turn-metadata": TURN.replace("turn", "compaction", 1)}, "compaction"),
        (asked(), {"x-codex-turn-metadata": '{"request_kind": "memory"}'}, "memory"),
        (asked(), {"x-codex-turn-metadata": '{"request_kind":"prewarm"}'}, "probe"),
        (asked(), {"x-codex-turn-metadata": '{"request_kind":"turn","thread_source":"subagent"}'}, "subagent"),
        (asked(), {"x-codex-turn-metadata": '{"request_kind":"turn","parent_thread_id":"t"}'}, "subagent"),
        (asked(), {"x-codex-turn-metadata": '{"request_kind":"turn","parent_thread_id":""}'}, ""),
        (asked(), {"x-codex-turn-metadata": "no JSON"}, ""),
        (asked(), {"x-openai-subagent": "compact"}, "compaction"),
        (asked(), {"x-openai-subagent": "memory_consolidation"}, "memory"),
        (asked(), {"x-openai-subagent": "review"}, "subagent"),
        (asked(), {"x-openai-subagent": "collab_spawn", "x-codex-turn-metadata": TURN}, "subagent"),
        (asked(), {"x-codex-parent-thread-id": "t"}, "subagent"),
        (asked(), {"x-openai-memgen-request": "true"}, "memory"),
        (asked(), {"x-openai-memgen-request": "false"}, ""),
        (asked(last={"type": "compaction_trigger"}), {}, "compaction"),
        (asked("You are performing a CONTEXT CHECKPOINT COMPACTION. Create a handoff summary."), {}, "compaction"),
        (asked(system="You are performing a CONTEXT CHECKPOINT COMPACTION."), {}, "compaction"),
        (asked(system="## Memory Writing Agent: Phase 1 (Single Rollout)"), {}, "memory"),
        (Request("openai_responses", "m"), {}, ""),
    ],
)
def test_what_the_harness_asks_for_itself_has_a_name(request_: Request, headers: dict[str, str], errand: str) -> None:
    assert cleaned(CLIENT, request_, headers).errand == errand


@pytest.mark.parametrize("headers", [{"session-id": "s", "thread-id": "t"}, {"session_id": "s"}, {"thread-id": "s"}])
def test_the_session_is_named_in_a_header(headers: dict[str, str]) -> None:
    assert cleaned(CLIENT, Request("openai_responses", "m", session="of the body"), headers).session == "s"


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ("Chunk ID: a1\nWall time: 0.6 seconds\nProcess exited with code 0\nOutput:\nx", 0),
        ("Exit code: 1\nWall time: 0 seconds\nOutput:\nx", 1),
        ('{"output":"x","metadata":{"exit_code":2,"duration_seconds":0.1}}', 2),
        ("Script completed\nWall time 0.2 seconds\nOutput:\n", None),
        ("error: script exited with code 1", None),
    ],
)
def test_results_say_how_commands_ended(result: str, code: int | None) -> None:
    assert CLIENT.tools.exit(result) == code


def test_what_was_refused_stopped_or_went_wrong_is_told_by_its_beginning() -> None:
    tools = CLIENT.tools
    assert "exec command rejected by user".startswith(tools.refused)
    assert "aborted by user after 3.1s".startswith(tools.unrun)
    assert "Script failed\nWall time 0.0 seconds\nOutput:\n".startswith(tools.errors)
    assert [tools.kind(name) for name in ("exec_command", "shell", "local_shell", "exec", "apply_patch", "write_stdin", "update_plan")] == [
        *("shell", "shell", "shell", "shell", "edit", "wait", "todo"),
    ]
