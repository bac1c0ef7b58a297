"""Items of every type that clients send, as turns."""

import json
from typing import Any

import pytest
from msgspec import Raw

from tests.wires.openai_responses.kit import CALL, FUNCTION, RESULT, SEALED, USER
from tierwise.core.prompt import Call, Opaque, Result, Text, Thought, Tool, Turn
from tierwise.core.wire import Malformed
from tierwise.wires.openai_responses.items import Found, found_in, turns_of
from tierwise.wires.openai_responses.seals import PREFACE, SUMMARY, sealed


def found(*given: Any) -> list[Found]:
    return found_in([Raw(json.dumps(one).encode()) for one in given], "input")


def turns(*given: Any) -> tuple[Turn, ...]:
    return turns_of(found(*given))


ANSWER = {"role": "assistant", "content": [{"type": "output_text", "text": "ok"}]}


@pytest.mark.parametrize(("role", "neutral"), [("user", "user"), ("assistant", "assistant"), ("system", "system"), ("developer", "system")])
def test_messages_are_said_by_somebody(role: str, neutral: str) -> None:
    assert turns({"role": role, "content": "hi"}) == (Turn(neutral, (Text("hi"),)),)


@pytest.mark.parametrize(
    ("item", "piece"),
    [
        (CALL, Call("c1", "ls", '{"a":1}', item="fc_1")),
        ({"type": "function_call", "call_id": "c", "name": "wait", "namespace": "agents"}, Call("c", "wait", "{}", "agents")),
        ({"type": "function_call", "call_id": "c", "name": "ls", "namespace": "functions", "arguments": ""}, Call("c", "ls", "")),
        (
            {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c", "name": "patch", "input": "*** Begin"},
            Call("c", "patch", "*** Begin", form="custom", item="ctc_1"),
        ),
        ({"type": "custom_tool_call", "call_id": "c", "name": "patch"}, Call("c", "patch", "", form="custom")),
        (
            {"type": "tool_search_call", "call_id": "c", "execution": "client", "arguments": {"query": "x"}},
            Call("c", "tool_search", '{"query": "x"}', form="search"),
        ),
        ({"type": "local_shell_call", "call_id": "c", "action": {"type": "exec"}}, Call("c", "local_shell", '{"type": "exec"}')),
        ({"type": "shell_call", "id": "sh_1", "action": None}, Call("sh_1", "shell", "{}")),
        ({"type": "apply_patch_call", "call_id": "c", "operation": {"path": "a"}}, Call("c", "apply_patch", '{"path": "a"}')),
        (
            {"type": "tool_search_call", "call_id": "c", "arguments": '{"query":"x"}'},
            Call("c", "tool_search", '{"query":"x"}', form="search"),
        ),
        (SEALED, Thought("hm", "openai_responses", "gAAA", "rs_1")),
        ({"type": "reasoning", "content": [{"type": "reasoning_text", "text": "raw"}], "summary": []}, Thought("raw", "openai_responses")),
        (
            {"type": "reasoning", "encrypted_content": sealed("anthropic", "whole", "sig"), "id": "rs_2"},
            Thought("whole", "anthropic", "sig", "rs_2"),
        ),
        (
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "seen"}], "encrypted_content": sealed("unsealed", "")},
            Thought("seen", "unsealed"),
        ),
    ],
)
def test_each_item_of_an_answer_is_a_piece(item: dict[str, Any], piece: Any) -> None:
    assert turns(item) == (Turn("assistant", (piece,)),)


@pytest.mark.parametrize(
    ("item", "piece"),
    [
        (RESULT, Result("c1", (Text("done"),))),
        ({"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "a"}]}, Result("c", (Text("a"),))),
        ({"type": "custom_tool_call_output", "call_id": "c", "output": ""}, Result("c", (Text(""),), form="custom")),
        ({"type": "local_shell_call_output", "id": "c", "output": "x"}, Result("c", (Text("x"),))),
        ({"type": "apply_patch_call_output", "call_id": "c", "status": "completed"}, Result("c")),
        (
            {
                "type": "shell_call_output",
                "call_id": "c",
                "output": [{"stdout": "a", "stderr": "b", "outcome": {"type": "exit"}}, {"stdout": "c"}],
            },
            Result("c", (Text("a\nb"), Text("c"))),
        ),
        ({"type": "shell_call_output", "call_id": "c"}, Result("c")),
    ],
)
def test_each_result_is_the_users(item: dict[str, Any], piece: Any) -> None:
    assert turns(item) == (Turn("user", (piece,)),)


def test_an_answer_is_a_run_of_items_and_so_are_results() -> None:
    made = turns(USER, USER, SEALED, ANSWER, CALL, CALL, RESULT, RESULT, USER, ANSWER)
    assert [(one.role, len(one.pieces)) for one in made] == [
        ("user", 1),
        ("user", 1),
        ("assistant", 4),
        ("user", 2),
        ("user", 1),
        ("assistant", 1),
    ]


def test_tools_that_a_search_found_are_told() -> None:
    (one,) = found({"type": "tool_search_output", "call_id": "c", "execution": "client", "tools": [FUNCTION]})
    tool = Tool("ls", "function", "List", Raw(b'{"type": "object"}'), strict=False)
    assert one.pieces == (Result("c", form="search", tools=(tool,)),)
    assert one.tools == (tool,)
    assert found({"type": "tool_search_output", "call_id": "c"})[0].tools == ()


def test_additional_tools_are_tools_and_no_turn() -> None:
    items = [{"type": "additional_tools", "role": "developer", "tools": [FUNCTION]}, {"type": "additional_tools"}, USER]
    assert [len(one.tools) for one in found(*items)] == [1, 0, 0]
    assert len(turns(*items)) == 1


def test_a_message_between_agents_names_them() -> None:
    content = [{"type": "input_text", "text": "go"}]
    assert turns({"type": "agent_message", "author": "/root", "recipient": "/root/a", "content": content}) == (
        Turn("user", (Text("Message from /root to /root/a:"), Text("go"))),
    )
    assert turns({"type": "agent_message", "content": []}) == (Turn("user", (Text("Message from an agent to you:"),)),)


def test_a_summary_of_ours_is_a_message_and_one_of_the_providers_is_its_state() -> None:
    ours = {"type": "compaction", "encrypted_content": sealed(SUMMARY, "so far")}
    assert turns(ours) == (Turn("user", (Text(PREFACE + "so far"),)),)
    for kind in ("compaction", "compaction_summary", "context_compaction"):
        (turn,) = turns({"type": kind, "encrypted_content": "gAAA"})
        assert turn.role == "user"
        assert isinstance(turn.pieces[0], Opaque)
        assert turn.pieces[0].loss == "stored state"


@pytest.mark.parametrize(
    ("item", "role", "loss"),
    [
        ({"type": "item_reference", "id": "rs_1"}, "user", "stored state"),
        ({"type": "compaction_trigger"}, "user", "stored state"),
        ({"type": "web_search_call", "id": "ws_1", "action": {"type": "search"}}, "assistant", "server tool history"),
        ({"type": "mcp_call", "id": "m", "arguments": "{}"}, "assistant", "server tool history"),
        ({"type": "mcp_approval_response", "approve": True}, "user", "server tool history"),
        ({"type": "tool_search_call", "execution": "server", "arguments": {}}, "assistant", "server tool history"),
        ({"type": "tool_search_output", "execution": "server", "call_id": None, "tools": []}, "assistant", "server tool history"),
        ({"type": "computer_call", "call_id": "c"}, "assistant", "computer use"),
        ({"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot"}}, "user", "computer use"),
        ({"type": "hologram_call"}, "assistant", "unknown blocks"),
        ({"type": "hologram"}, "user", "unknown blocks"),
    ],
)
def test_what_only_this_wire_understands_is_kept_whole(item: dict[str, Any], role: str, loss: str) -> None:
    assert turns(item) == (Turn(role, (Opaque("openai_responses", Raw(json.dumps(item).encode()), loss),)),)


def test_parts_of_results_that_nobody_knows_are_told_as_lost() -> None:
    (one,) = found({"type": "function_call_output", "call_id": "c", "output": [{"type": "encrypted_content"}, {"text": "a"}]})
    assert one.pieces == (Result("c", (Text("a"),)),)
    assert one.lost == ("unknown blocks",)


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ({"role": "tool", "content": "x"}, r"^input\[0\]\.role: 'tool' is none of user, assistant, system, developer$"),
        ({"content": "x"}, r"^input\[0\]\.role: None is none of"),
        ({"type": "function_call", "name": "ls"}, r"^input\[0\]: an item of type 'function_call' needs a `call_id`$"),
        ({"type": "function_call", "call_id": "c"}, r"^input\[0\]: an item of type 'function_call' needs a `name`$"),
        (
            {"type": "function_call", "call_id": "c", "name": "ls", "arguments": {}},
            r"^input\[0\]\.arguments: Expected `str`, got `object`$",
        ),
        ({"type": "function_call_output", "call_id": "c", "output": {"content": "x"}}, r"^input\[0\]\.output: Expected `str \| array`"),
        ({"type": "shell_call_output", "call_id": "c", "output": "x"}, r"^input\[0\]\.output: Expected `array`"),
        ("hi", r"^input\[0\]: Expected `object`, got `str`$"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(item: Any, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        found(item)
