"""Cline and its kin: the task in tags, the editor's state, results of tools as text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise import plugins
from tierwise.clients.cline import CLIENT
from tierwise.core.client import cleaned, recognised
from tierwise.core.request import Request, Segment

noise = st.sampled_from(
    [
        "<environment_details>\n# VSCode Visible Files\na.py\n\n# Current Mode\nACT MODE\n</environment_details>",
        "[read_file for 'src/a.py'] Result:\n\ndef fix(): ...",
        "[attempt_completion] Result:\n\ndone",
        "[ERROR] You did not use a tool in your previous response! Please retry with a tool use.",
        "[TASK RESUMPTION] This task was interrupted 2 minutes ago.",
        '<file_content path="a.py">\nreview()\n</file_content>',
        "",
    ]
)


@given(st.lists(noise, max_size=4), st.sampled_from(["", "fix it", "[see] a < b"]), st.lists(noise, max_size=4))
def test_of_noise_and_words_the_words_are_left(before: list[str], words: str, after: list[str]) -> None:
    assert CLIENT.words([*before, words, *after]) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<task>\nfix it\n</task>\n\n<environment_details>\nx\n</environment_details>", "fix it"),
        ("<feedback>\nno, the other one\n</feedback>", "no, the other one"),
        ("[what for this] Result", "[what for this] Result"),
    ],
)
def test_the_task_is_read_without_its_tags(text: str, words: str) -> None:
    assert CLIENT.words([text]) == words


@pytest.mark.parametrize("piece", ["<environment_details>", "[read_file for ", "<task>", "</task>", "[a] Result:"])
def test_hostile_texts_as_long_as_a_window_are_read_in_one_pass(piece: str) -> None:
    text = "fix it" + piece * (400_000 // len(piece))
    assert CLIENT.words([text]).startswith("fix it")


@pytest.mark.parametrize("agent", ["Cline/3.74.0", "RooCode/3.2 ZooCode/3.2 (VSCode; OpenAI-Compatible)", "Kilo-Code/4.1"])
def test_the_kin_is_known_by_its_user_agents(agent: str) -> None:
    assert recognised(plugins.found(plugins.CLIENTS), {"user-agent": agent}) is CLIENT


@pytest.mark.parametrize(
    ("said", "system", "errand"),
    [
        ("fix it", "You are Cline.", ""),
        ("The current conversation is rapidly running out of context. Now, your urgent task is", "You are Cline.", "compaction"),
        ("Summarize the conversation so far", "Your task is to create a detailed summary of the conversation so far", "compaction"),
    ],
)
def test_a_summary_is_the_harness_asking_for_itself(said: str, system: str, errand: str) -> None:
    slices = (Segment("system", "system", Raw(json.dumps(system).encode())),)
    found = cleaned(CLIENT, Request("openai_chat", "m", segments=slices, said=((said,),)), {"x-task-id": "t1"})
    assert (found.errand, found.session) == (errand, "t1")


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (
            "Command executed in terminal within '/x'. Command execution was not successful.\nExit code: 1\nOutput:\nx",
            1,
        ),
        ("Command executed.\nOutput:\nx", None),
    ],
)
def test_results_say_how_commands_ended(result: str, code: int | None) -> None:
    assert CLIENT.tools.exit(result) == code


def test_what_the_person_refused_is_told_by_its_beginning() -> None:
    assert "The user denied this operation and provided the following feedback".startswith(CLIENT.tools.refused)
    assert [CLIENT.tools.kind(name) for name in ("execute_command", "replace_in_file", "write_to_file", "read_file", "new_task")] == [
        *("shell", "edit", "write", "read", "agent"),
    ]
