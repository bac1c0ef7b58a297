"""Claude Code: the person's words among its noise, its background calls, the line that changes on every call."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise.clients.claude_code import CLIENT
from tierwise.core.client import cleaned
from tierwise.core.request import Request, Segment

BILLING = b'{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1.330.440; cc_entrypoint=cli;"}'

noise = st.sampled_from(
    [
        "<system-reminder>\nAs you answer, keep this in mind: fix the bug in <b>a</b>.\n</system-reminder>",
        "<local-command-caveat>Caveat: made by local commands.</local-command-caveat>",
        "<local-command-stdout>Bye!</local-command-stdout>",
        "<bash-stdout>1 failed</bash-stdout><bash-stderr></bash-stderr>",
        "<task-notification>\n<task-id>a5</task-id>\n<status>done</status>\n</task-notification>",
        "<user-prompt-submit-hook>refactor all</user-prompt-submit-hook>",
        '<ide_selection path="a.py">review()</ide_selection>',
        "<new-diagnostics>error</new-diagnostics>",
        "[Request interrupted by user]",
        "[Request interrupted by user for tool use]",
        "This session is being continued from a previous conversation that ran out of context. Fix the bug.",
        "Base directory for this skill: /skills/review\n\n# Review",
        "Operation stopped by hook: run the tests first",
        "Tool loaded.",
        "",
    ]
)


@given(st.lists(noise, max_size=4), st.sampled_from(["", "fix it", 'why is "a" < b?', "see [1] and <b>"]), st.lists(noise, max_size=4))
def test_of_noise_and_words_the_words_are_left(before: list[str], words: str, after: list[str]) -> None:
    assert CLIENT.words([*before, words, *after]) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<command-message>gsd:check</command-message>\n<command-name>/gsd:check</command-name>", "/gsd:check"),
        (
            "<command-name>/fix</command-name>\n<command-message>fix</command-message>\n<command-args>the test</command-args>",
            "/fix \n\n the test",
        ),
        ("<bash-input>git push</bash-input>", "git push"),
        ("<system-reminder>cut off in the middle", ""),
        ("why is there a <system-reminder> in the prompt?", "why is there a <system-reminder> in the prompt?"),
        ("[Request interrupted by user", "[Request interrupted by user"),
        ("  fix it <system-reminder>now</system-reminder>\n", "fix it"),
    ],
)
def test_words_are_left_as_they_were_typed(text: str, words: str) -> None:
    assert CLIENT.words([text]) == words


def test_texts_of_one_message_are_joined() -> None:
    assert CLIENT.words(["fix a", "<bash-stdout>x</bash-stdout>", "and b"]) == "fix a\nand b"


@pytest.mark.parametrize(
    "piece", ["<system-reminder>", "[Request interrupted by user", "</command-name>", "<bash-stdout><bash-stderr>", "<ide_selection "]
)
def test_hostile_texts_as_long_as_a_window_are_read_in_one_pass(piece: str) -> None:
    text = "fix it" + piece * (400_000 // len(piece))
    assert CLIENT.words([text]).startswith("fix it")


@pytest.mark.parametrize(
    ("request_", "side"),
    [
        (Request("anthropic", "m", said=(("fix it",),), needs=("tools",)), False),
        (Request("anthropic", "m", said=(("fix it",),)), False),
        (Request("anthropic", "m"), False),
        (Request("anthropic", "m", said=(("<session>fix it",),), needs=("json_schema", "reasoning")), True),
        (Request("anthropic", "m", said=(("fix it",),), needs=("tools", "json_schema")), False),
        (Request("anthropic", "m", said=(("quota",),), limit=1), True),
        (Request("anthropic", "m", said=(("Your task is to create a detailed summary of the conversation",),), needs=("tools",)), True),
        (
            Request(
                "anthropic", "m", said=(("CRITICAL: no tools.\n\nYour task is to create a detailed summary of it",),), needs=("tools",)
            ),
            True,
        ),
        (Request("anthropic", "m", aside=("Your task is to create a detailed summary of the talk",), turn="tool"), True),
        (Request("anthropic", "m", said=(("go on",), ("Your task is to create a detailed summary of the talk",)), needs=("tools",)), False),
        (Request("anthropic", "m", said=(("x" * 3000 + "Your task is to create a detailed summary of it",),)), False),
    ],
)
def test_titles_summaries_and_probes_are_the_harness_asking_for_itself(request_: Request, side: bool) -> None:  # noqa: FBT001  # a column of the table
    assert (cleaned(CLIENT, request_, {}).turn == "side") == side


@pytest.mark.parametrize(
    ("segment", "volatile"),
    [
        (Segment("system", "system", Raw(BILLING)), True),
        (Segment("system", "system", Raw(b'{ "type": "text",\n  "text": "x-anthropic-billing-header: cc_version=2" }')), True),
        (Segment("system", "system", Raw(b'{"type":"text","text":"You are Claude Code."}')), False),
        (Segment("message", "user", Raw(BILLING)), False),
        (Segment("system", "system", Raw(b'{"text":"' + b"x" * 200 + BILLING + b'"}')), False),
    ],
)
def test_the_billing_line_does_not_count_for_caching(segment: Segment, volatile: bool) -> None:  # noqa: FBT001  # a column of the table
    assert CLIENT.volatile(segment) is volatile


def test_what_was_captured_is_read_as_it_was_meant(sent: Callable[[str], dict[str, Request]]) -> None:
    found = sent("claude-code-2.1.330") | sent("errors-claude-code")
    asked = {name: one for name, one in found.items() if "count-tokens" not in name}
    assert len(asked) > 30
    assert {one.client for one in asked.values()} == {"claude_code"}
    assert all([part.kind for part in one.segments].count("volatile") == 1 for one in asked.values())
    words = {one.words for one in asked.values() if one.turn != "side" and "lorem" not in one.words}
    assert words == {"say hi", "say hi again", "list the files here", "list the files here please", "1"}
    assert {name for name, one in asked.items() if one.turn == "side"} == {
        "claude-code-2.1.330/interactive/002_POST_v1-messages.req.json",
        "claude-code-2.1.330/interactive-models/002_POST_v1-messages.req.json",
    }
    assert asked["claude-code-2.1.330/multi-turn/002_POST_v1-messages.req.json"].previous == "say hi"
    assert asked["claude-code-2.1.330/tool/002_POST_v1-messages.req.json"].turn == "tool"


def test_calls_of_one_session_share_all_but_the_volatile_slice(sent: Callable[[str], dict[str, Request]]) -> None:
    """What changes on every call would break the chain of digests at its very start."""
    first, second = (one for name, one in sorted(sent("claude-code-2.1.330/tool").items()))
    kept = [[part.raw for part in one.segments if part.kind in {"tools", "system"}] for one in (first, second)]
    assert kept[0] == kept[1]


def test_nothing_that_a_person_typed_is_taken_for_noise(shared: Path) -> None:
    with gzip.open(shared / "data" / "developer_prompts.jsonl.gz", "rt", encoding="utf-8") as lines:
        typed = [json.loads(line)["text"] for line in lines]
    assert len(typed) > 1000
    noise = ("Operation stopped by hook", "Read the output file to retrieve the result: ", "Full transcript available at: ")
    lost = [text for text in typed if CLIENT.words([text]) != text.strip() and not text.startswith(noise)]
    assert lost == []


def asked(*said: str, system: str = "You are Claude Code.", tools: int = 0, billing: bytes = BILLING) -> Request:
    slices = [Segment("tools", "", Raw(b'{"name":"Bash"}'))] * tools
    slices += [Segment("system", "system", Raw(text)) for text in (billing, json.dumps({"type": "text", "text": system}).encode())]
    return Request("anthropic", "m", segments=tuple(slices), said=(said,), needs=("tools",) if tools else ())


CHILD = BILLING.replace(b"cli;", b"cli; cc_is_subagent=true;")


@pytest.mark.parametrize(
    ("request_", "headers", "errand"),
    [
        (asked("fix it", tools=2), {}, ""),
        (asked("fix it"), {}, ""),
        (asked("Warmup", tools=2), {}, "probe"),
        (asked("Warmup, then fix it", tools=2), {}, ""),
        (asked("[SUGGESTION MODE: Suggest what the user might naturally type next into Claude Code.]", tools=2), {}, "suggestion"),
        (asked("IMPORTANT: This message and these instructions are NOT part of the actual user conversation.", tools=2), {}, "memory"),
        (asked("# Dream: Memory Consolidation\n\nYou are performing a dream", tools=2), {}, "memory"),
        (asked("Perform a web search for the query: rust", tools=1), {}, "search"),
        (asked("Perform a web search for the query: rust", tools=2), {}, ""),
        (asked("Web page content:\n---\nx\n---\n\nWhat does it say?"), {}, "page"),
        (asked("<policy_spec>\n# Claude Code Code Bash command prefix detection"), {}, "command"),
        (asked("Command: ls", system="Your task is to process Bash commands that an AI coding agent wants to run."), {}, "command"),
        (asked("hello", system="Analyze if this message indicates a new conversation topic. If it does, extract a title."), {}, "topic"),
        (asked("hello", system="Summarize this coding conversation in under 50 characters."), {}, "title"),
        (asked("Please write a 5-10 word title for the following conversation:"), {}, "title"),
        (asked("x", system="A user kicked off a Claude Code agent to do a coding task and walked away."), {}, "status"),
        (asked("fix it", system="Analyze if this message indicates a new conversation topic.", tools=2), {}, ""),
        (asked("look for it", tools=2), {"x-claude-code-agent-id": "a5"}, "subagent"),
        (asked("look for it", tools=2), {"x-claude-code-agent-id": " "}, ""),
        (asked("look for it", tools=2), {"x-claude-code-parent-agent-id": "a1"}, "subagent"),
        (asked("look for it", tools=2, billing=CHILD), {}, "subagent"),
        (asked("say cc_is_subagent=true", tools=2), {}, ""),
        (asked("Your task is to create a detailed summary of the talk", tools=2), {"x-claude-code-agent-id": "a5"}, "compaction"),
    ],
)
def test_what_the_harness_asks_for_itself_has_a_name(request_: Request, headers: dict[str, str], errand: str) -> None:
    assert cleaned(CLIENT, request_, headers).errand == errand


def test_a_subagents_work_is_the_persons() -> None:
    assert cleaned(CLIENT, asked("look for it", tools=2, billing=CHILD), {}).turn == "person"


def test_a_guess_at_what_the_person_says_is_not_what_the_person_said() -> None:
    assert CLIENT.words(["[SUGGESTION MODE: Suggest what the user might naturally type next into Claude Code.]"]) == ""


def settled(raw: bytes) -> bytes:
    assert CLIENT.settled is not None
    return CLIENT.settled(raw)


@pytest.mark.parametrize(
    "raw",
    [
        BILLING,
        CHILD,
        BILLING.replace(b"440", b"f6c"),
        BILLING.replace(b"cc_entrypoint", b"cch=00000; cc_prev_req=req_1; cc_entrypoint"),
        b'{"type":"text","text":"x-anthropic-billing-header: cc_version=2;","cache_control":{"type":"ephemeral"}}',
        b'{ "text" : "x-anthropic-billing-header: a", "type": "text" }',
    ],
)
def test_the_billing_line_is_settled_and_its_block_stays_as_it_was(raw: bytes) -> None:
    before, after = json.loads(raw), json.loads(settled(raw))
    assert after == before | {"text": after["text"]}
    assert after["text"] == json.loads(settled(BILLING))["text"]
    assert list(before) == list(after)
    assert CLIENT.volatile(Segment("system", "system", Raw(settled(raw))))


@pytest.mark.parametrize("raw", [b"", b'"x"', b'{"type":"text","text":"You are Claude Code."}', b'"x-anthropic-billing-header: a"'])
def test_what_holds_no_billing_line_is_left_alone(raw: bytes) -> None:
    assert settled(raw) == raw


def test_a_system_text_that_goes_on_after_the_line_is_no_line() -> None:
    """Other harnesses put all of the system text into one block: taking that for volatile would hide all of it from the cache."""
    raw = b'{"type":"text","text":"x-anthropic-billing-header: cc_version=2;\\nYou are a Claude agent."}'
    assert not CLIENT.volatile(Segment("system", "system", Raw(raw)))
    assert settled(raw) == raw


def test_captured_lines_are_all_settled_to_the_same(sent: Callable[[str], dict[str, Request]]) -> None:
    found = (sent("claude-code-2.1.330") | sent("errors-claude-code")).values()
    lines = {bytes(part.raw) for one in found for part in one.segments if part.kind == "volatile"}
    assert len(lines) > 3
    assert len({settled(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ("Exit code 1\nFAIL", 1),
        ("Exit code 127\nzsh: no such file", 127),
        ('error: script "lint" exited with code 1', None),
        ("done\nExit code 1", None),
        ("(Bash completed with no output)", None),
    ],
)
def test_results_say_how_commands_ended(result: str, code: int | None) -> None:
    assert CLIENT.tools.exit(result) == code


def test_a_command_that_went_well_only_shows_what_it_printed() -> None:
    assert CLIENT.tools.silent
    assert [CLIENT.tools.kind(name) for name in ("Bash", "Edit", "Write", "Read", "Grep", "Task", "TodoWrite", "BashOutput")] == [
        *("shell", "edit", "write", "read", "search", "agent", "todo", "wait"),
    ]


def test_what_the_person_refused_and_what_never_ran_is_told_by_its_beginning() -> None:
    refused = "The user doesn't want to proceed with this tool use. The tool use was rejected"
    assert refused.startswith(CLIENT.tools.refused)
    assert "<tool_use_error>Sibling tool call errored</tool_use_error>".startswith(CLIENT.tools.unrun)
    assert not "<tool_use_error>File does not exist.</tool_use_error>".startswith((*CLIENT.tools.refused, *CLIENT.tools.unrun))


def test_where_the_news_of_a_background_task_is_kept_is_no_word_of_the_persons() -> None:
    news = "<task-notification>done</task-notification>\nRead the output file to retrieve the result: /tmp/x/tasks/a1.output"
    assert CLIENT.words([news]) == ""
    assert CLIENT.words([f"{news}\nnow go on"]) == "now go on"
