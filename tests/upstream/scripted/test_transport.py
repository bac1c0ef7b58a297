import json
from pathlib import Path
from typing import Any

import pytest

from tests.upstream.scripted.asking import (
    CHAT,
    MESSAGES,
    RESPONSES,
    SCHEMA,
    WIRES,
    asked,
    body,
    calls,
    events,
    over_the_door,
    raw,
    refusal,
    sent,
    streamed_text,
    text,
    told,
    tool,
)
from tierwise.upstream.scripted import Scripted

each_wire = pytest.mark.parametrize("path", WIRES)


@each_wire
def test_a_person_is_answered_with_their_own_words(path: str) -> None:
    status, answer = over_the_door(path, body(path, "say it loud"), Scripted(pace=0))
    assert status == 200
    assert "say it loud" in text(path, json.loads(answer))
    assert "some-model" in text(path, json.loads(answer))


@each_wire
def test_a_stream_says_what_a_whole_answer_says(path: str) -> None:
    whole = text(path, told(asked(path, body(path, "one two three four"))))
    stream = asked(path, body(path, "one two three four", stream=True))
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert streamed_text(path, events(stream)) == whole
    assert len(stream.pieces) > 10


@each_wire
def test_a_wish_that_a_shell_can_fulfil_calls_it_and_its_result_is_quoted(path: str) -> None:
    provider = Scripted(pace=0)
    first = told(asked(path, body(path, "list the files here", tools=[tool(path, "get_weather"), tool(path)]), provider))
    assert calls(path, first) == [("bash", {"command": "ls"})]
    second = told(asked(path, {**body(path, tools=[tool(path)]), **continued(path, first)}, provider))
    assert calls(path, second) == []
    assert "README.md" in text(path, second)


def continued(path: str, first: dict[str, Any]) -> dict[str, Any]:
    """The conversation with the call and its result."""
    person: dict[str, Any] = {"role": "user", "content": "list the files here"}
    if path == CHAT:
        message = first["choices"][0]["message"]
        return {
            "messages": [person, message, {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "README.md\nmain.py"}]
        }
    if path == MESSAGES:
        result = {
            "type": "tool_result",
            "tool_use_id": first["content"][0]["id"],
            "content": [{"type": "text", "text": "README.md\nmain.py"}],
        }
        return {"messages": [person, {"role": "assistant", "content": first["content"]}, {"role": "user", "content": [result]}]}
    output = {"type": "function_call_output", "call_id": first["output"][0]["call_id"], "output": "README.md\nmain.py"}
    return {"input": [person, *first["output"], output]}


def test_a_program_in_free_text_is_what_newer_coding_tools_are_called_with() -> None:
    exec_tool = {"type": "namespace", "name": "functions", "description": "", "tools": [{"type": "custom", "name": "exec"}]}
    items = [{"type": "additional_tools", "role": "developer", "tools": [exec_tool]}, {"role": "user", "content": "list the files"}]
    script = asked(RESPONSES, {**body(RESPONSES), "input": items, "stream": True})
    done = next(one["item"] for one in events(script) if one["type"] == "response.output_item.done")
    assert (done["type"], done["name"], "namespace" in done) == ("custom_tool_call", "exec", False)
    assert 'cmd: "ls"' in done["input"]


def test_the_other_namespaces_are_named() -> None:
    tools = [{"type": "namespace", "name": "agents", "description": "", "tools": [tool(RESPONSES, "spawn_agent")]}]
    answer = told(asked(RESPONSES, body(RESPONSES, "[[tool: agents.spawn_agent {}]]", tools=tools)))
    assert [(one["namespace"], one["name"]) for one in answer["output"]] == [("agents", "spawn_agent")]


@each_wire
def test_a_limit_cuts_the_answer_and_says_so(path: str) -> None:
    limit = {CHAT: {"max_tokens": 20}, MESSAGES: {"max_tokens": 20}, RESPONSES: {"max_output_tokens": 20}}[path]
    answer = told(asked(path, {**body(path, "[[long: 500]] word"), **limit}))
    reason = {
        CHAT: lambda: answer["choices"][0]["finish_reason"],
        MESSAGES: lambda: answer["stop_reason"],
        RESPONSES: lambda: answer["incomplete_details"]["reason"],
    }
    assert reason[path]() == {CHAT: "length", MESSAGES: "max_tokens", RESPONSES: "max_output_tokens"}[path]
    assert len(text(path, answer)) == 80


def test_a_call_that_the_limit_cuts_has_no_input_where_input_is_an_object() -> None:
    words = '[[tool: bash {"command": "a long command line that is cut"}]]'
    answer = told(asked(MESSAGES, body(MESSAGES, words, tools=[tool(MESSAGES)], max_tokens=5)))
    assert (calls(MESSAGES, answer), answer["stop_reason"]) == ([("bash", {})], "max_tokens")


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_tools_with_free_text_are_called_with_text(path: str) -> None:
    free = {"type": "custom", "name": "apply_patch"} if path == RESPONSES else {"type": "custom", "custom": {"name": "apply_patch"}}
    request = body(path, "[[tool: apply_patch *** Begin Patch]]", tools=[free])
    assert calls(path, told(asked(path, request))) == [("apply_patch", "*** Begin Patch")]
    assert '"*** Beg' in raw(asked(path, {**request, "stream": True})).decode()


def test_stop_sequences_end_an_answer_and_one_wire_names_the_one() -> None:
    chat = told(asked(CHAT, body(CHAT, "[[say: one END two]]", stop=["END"])))
    messages = told(asked(MESSAGES, body(MESSAGES, "[[say: one END two]]", stop_sequences=["nothing", "END"])))
    assert (text(CHAT, chat), chat["choices"][0]["finish_reason"]) == ("one ", "stop")
    assert (text(MESSAGES, messages), messages["stop_reason"], messages["stop_sequence"]) == ("one ", "stop_sequence", "END")


def test_several_choices_come_side_by_side() -> None:
    answer = told(asked(CHAT, body(CHAT, n=3)))
    assert [one["index"] for one in answer["choices"]] == [0, 1, 2]
    frames = events(asked(CHAT, body(CHAT, n=2, stream=True)))
    assert {one["choices"][0]["index"] for one in frames} == {0, 1}


def test_a_schema_is_kept_to_on_every_wire() -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"], "additionalProperties": False}
    forms: dict[str, dict[str, Any]] = {
        CHAT: {"response_format": {"type": "json_schema", "json_schema": {"name": "t", "schema": schema, "strict": True}}},
        MESSAGES: {"output_config": {"format": {"type": "json_schema", "schema": schema}}, "tools": []},
        RESPONSES: {"text": {"format": {"type": "json_schema", "name": "t", "schema": schema}}},
    }
    for path, form in forms.items():
        assert json.loads(text(path, told(asked(path, body(path, "list the files", **form))))) == {"title": "list the files"}


def test_a_title_is_short() -> None:
    request = body(CHAT)
    request["messages"] = [
        {"role": "user", "content": "Generate a title for this conversation:\n"},
        {"role": "user", "content": '"list the files"'},
    ]
    assert text(CHAT, told(asked(CHAT, request))) == "List the files"


@each_wire
def test_thinking_comes_back_accepted_and_edited_thinking_does_not(path: str) -> None:
    if path == CHAT:
        assert told(asked(path, body(path, thinking={"type": "enabled"})))["choices"][0]["message"]["reasoning_content"]
        return
    wish: dict[str, Any] = {"thinking": {"type": "adaptive"}} if path == MESSAGES else {"reasoning": {"effort": "high", "summary": "auto"}}
    wish |= {"include": ["reasoning.encrypted_content"]} if path == RESPONSES else {}
    first = told(asked(path, body(path, **wish)))
    said = first["content"] if path == MESSAGES else first["output"]
    seal = "signature" if path == MESSAGES else "encrypted_content"
    assert said[0][seal]
    assert asked(path, again(path, said, wish)).status == 200
    foreign = asked(path, again(path, [{**said[0], seal: "c29tZWJvZHkgZWxzZQ=="}, *said[1:]], wish))
    assert foreign.status == 400
    assert {MESSAGES: "Invalid `signature`", RESPONSES: "could not be verified"}[path] in refusal(foreign)


def again(path: str, said: list[dict[str, Any]], wish: dict[str, Any]) -> dict[str, Any]:
    """A second turn after an answer."""
    first, second = {"role": "user", "content": "hello there"}, {"role": "user", "content": "and now?"}
    turns = [first, {"role": "assistant", "content": said}, second] if path == MESSAGES else [first, *said, second]
    return {**body(path, **wish), "messages" if path == MESSAGES else "input": turns}


def test_thinking_that_is_not_shown_is_still_sealed() -> None:
    answer = told(asked(MESSAGES, body(MESSAGES, thinking={"type": "adaptive", "display": "omitted"})))
    assert (answer["content"][0]["thinking"], bool(answer["content"][0]["signature"])) == ("", True)


@each_wire
def test_a_prefix_that_was_sent_before_is_read_from_the_cache(path: str) -> None:
    provider = Scripted(pace=0)
    long = "words " * 2000
    content: Any = [{"type": "text", "text": long, "cache_control": {"type": "ephemeral"}}] if path == MESSAGES else long
    usages = [told(asked(path, body(path, content), provider))["usage"] for _ in range(2)]
    read = {
        CHAT: lambda one: one["prompt_tokens_details"]["cached_tokens"],
        MESSAGES: lambda one: one["cache_read_input_tokens"],
        RESPONSES: lambda one: one["input_tokens_details"]["cached_tokens"],
    }
    assert read[path](usages[0]) == 0
    assert read[path](usages[1]) > 2000


def test_what_a_stream_used_is_told_where_it_is_asked_for() -> None:
    plain = events(asked(CHAT, body(CHAT, stream=True)))
    asked_for = events(asked(CHAT, body(CHAT, stream=True, stream_options={"include_usage": True})))
    assert all("usage" not in one for one in plain)
    assert [one["choices"] for one in asked_for if one["usage"]] == [[]]
    assert events(asked(MESSAGES, body(MESSAGES, stream=True)))[-2]["usage"]["output_tokens"] > 1


def test_an_answer_can_be_continued_by_its_id_unless_it_was_not_to_be_stored() -> None:
    provider = Scripted(pace=0)
    first = told(asked(RESPONSES, body(RESPONSES, "list the files", tools=[tool(RESPONSES)]), provider))
    output = [{"type": "function_call_output", "call_id": first["output"][0]["call_id"], "output": "sunny"}]
    second = {"model": "m", "previous_response_id": first["id"], "input": output}
    assert "sunny" in text(RESPONSES, told(asked(RESPONSES, second, provider)))
    lost = told(asked(RESPONSES, body(RESPONSES, store=False), provider))
    missing = asked(RESPONSES, {"model": "m", "previous_response_id": lost["id"], "input": "go on"}, provider)
    assert (missing.status, told(missing)["error"]["code"]) == (400, "previous_response_not_found")


def test_only_so_many_answers_can_be_continued() -> None:
    provider = Scripted(pace=0)
    for _ in range(300):
        asked(RESPONSES, body(RESPONSES), provider)
    assert len(provider.answers) == 256


# What a person can steer


@each_wire
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 429, 500, 503, 529])
def test_it_fails_with_a_status_when_told_to(path: str, status: int) -> None:
    script = asked(path, body(path, f"[[fail: {status}]]", stream=True))
    assert script.status == status
    error = told(script)["error"]
    assert str(status) in error["message"]
    assert set(error) == ({"type", "message"} if path == MESSAGES else {"type", "message", "param", "code"})


def test_it_fails_as_often_as_it_is_told_to() -> None:
    provider = Scripted(pace=0)
    assert [asked(CHAT, body(CHAT, "[[fail: 529 2]] hi"), provider).status for _ in range(4)] == [529, 529, 200, 200]


@pytest.mark.parametrize("place", ["words", "model", "header"])
def test_directives_may_stand_in_words_the_models_name_or_a_header(place: str) -> None:
    request = body(CHAT, "hi [[say: told so]]" if place == "words" else "hi")
    request["model"] = "m[[say: told so]]" if place == "model" else "m"
    headers = {"x-scripted": "[[say: told so]]"} if place == "header" else {}
    assert text(CHAT, told(asked(CHAT, request, headers=headers))) == "told so"


@each_wire
def test_it_breaks_hangs_and_is_cut_in_the_middle(path: str) -> None:
    good = asked(path, body(path, "hello", stream=True))
    broken = events(asked(path, body(path, "hello [[break]]", stream=True)))
    assert "error" in broken[-1] or broken[-1]["type"] == "error"
    for word, end in (("hang", "hang"), ("cut", "reset")):
        script = asked(path, body(path, f"hello [[{word}]]", stream=True))
        assert script.end == end
        assert 3 < len(script.pieces) < len(good.pieces)


def test_it_is_slow_and_waits_when_told_to() -> None:
    script = asked(CHAT, body(CHAT, "[[slow: 50]] [[wait: 700]] hi", stream=True))
    assert (script.wait, {one.delay for one in script.pieces[1:]}) == (0.7, {0.05})


@each_wire
def test_it_refuses_and_is_filtered_when_told_to(path: str) -> None:
    refused = told(asked(path, body(path, "[[refuse: I will not.]]")))
    assert "I will not." in json.dumps(refused)
    filtered = raw(asked(path, body(path, "[[filter]] hi"))).decode()
    assert {CHAT: '"content_filter"', MESSAGES: '"refusal"', RESPONSES: '"content_filter"'}[path] in filtered
    assert events(asked(path, body(path, "[[refuse: no]]", stream=True)))


@each_wire
def test_several_tools_are_called_at_once_when_told_to(path: str) -> None:
    words = '[[tool: bash {"command": "a[[1]]"}]] [[tool: bash {"command": "b"}]] [[say: first]]'
    answer = told(asked(path, body(path, words, tools=[tool(path)])))
    assert [one["command"] for _, one in calls(path, answer)] == ["a[[1]]", "b"]
    assert text(path, answer) == "first"


# Routes, keys, names


def test_the_smaller_routes_answer() -> None:
    provider = Scripted(pace=0, models=("some-model", "other"))

    def get(path: str, **headers: str) -> Any:
        return told(provider.script(sent(path, b"", {"anthropic-version": "x"} if headers else {}, "GET")))

    assert [one["id"] for one in get("/v1/models")["data"]] == ["some-model", "other"]
    assert (get("/v1/models", marked="yes")["first_id"], get("/v1/models")["object"]) == ("some-model", "list")
    assert get("/v1/models/other")["object"] == "model"
    assert get("/v1/models/other", marked="yes")["type"] == "model"
    assert "does not exist" in get("/v1/models/unknown")["error"]["message"]
    assert "Invalid URL" in get("/v1/nothing")["error"]["message"]
    assert provider.script(sent(CHAT, b"", method="GET")).status == 405
    assert asked(CHAT, {**body(CHAT), "model": "unknown"}, provider).status == 404


def test_tokens_are_counted_before_they_are_used() -> None:
    marked = {"anthropic-version": "2023-06-01"}
    count = told(asked("/v1/messages/count_tokens", {"model": "m", "messages": [{"role": "user", "content": "hello"}]}, headers=marked))
    assert 0 < count["input_tokens"] < 20
    assert told(asked("/v1/responses/input_tokens", body(RESPONSES)))["input_tokens"] > 0


def test_a_conversation_is_compacted_and_goes_on_from_there() -> None:
    items = [{"role": "user", "content": "remember me"}, {"role": "assistant", "content": "I shall"}]
    folded = told(asked("/v1/responses/compact", {"model": "m", "input": items}))
    assert [one["type"] for one in folded["output"]] == ["message", "compaction"]
    going_on = {"model": "m", "input": [*folded["output"], {"role": "user", "content": "still there?"}]}
    assert asked(RESPONSES, going_on).status == 200


def test_texts_become_vectors() -> None:
    listed = told(asked("/v1/embeddings", {"model": "m", "input": ["a", "b"], "dimensions": 8}))
    assert [len(one["embedding"]) for one in listed["data"]] == [8, 8]
    assert sum(number * number for number in listed["data"][0]["embedding"]) == pytest.approx(1)
    packed = told(asked("/v1/embeddings", {"model": "m", "input": "a", "encoding_format": "base64"}))
    assert isinstance(packed["data"][0]["embedding"], str)
    assert told(asked("/v1/embeddings", {"model": "m", "input": [1, 2, 3]}))["usage"]["prompt_tokens"] == 3
    for wrong in (
        {"model": "m"},
        {"input": "a"},
        {"model": "m", "input": ""},
        {"model": "m", "input": 1},
        {"model": "m", "input": "a", "dimensions": 0},
    ):
        assert asked("/v1/embeddings", wrong).status == 400


def test_a_text_is_completed() -> None:
    whole = told(asked("/v1/completions", {"model": "m", "prompt": "[[say: and so on]]"}))
    assert (whole["object"], whole["choices"][0]["text"]) == ("text_completion", "and so on")
    request = {"model": "m", "prompt": ["[[say: and so on]]"], "stream": True, "stream_options": {"include_usage": True}}
    frames = events(asked("/v1/completions", request))
    assert "".join(choice["text"] for one in frames for choice in one["choices"]) == "and so on"
    assert frames[-1]["usage"]["completion_tokens"] > 0
    assert asked("/v1/completions", {"model": "m", "prompt": 3}).status == 400
    assert asked("/v1/completions", {"prompt": "a"}).status == 400


@pytest.mark.parametrize("header", ["authorization", "x-api-key", "api-key"])
def test_only_known_keys_are_served(header: str) -> None:
    provider = Scripted(pace=0, keys=frozenset({"secret"}))
    value = "Bearer {}" if header == "authorization" else "{}"
    assert asked(CHAT, body(CHAT), provider, {header: value.format("secret")}).status == 200
    assert asked(CHAT, body(CHAT), provider, {header: value.format("other")}).status == 401
    assert asked(CHAT, body(CHAT), provider).status == 401


def test_ids_differ_from_answer_to_answer() -> None:
    provider = Scripted(pace=0)
    assert len({told(asked(path, body(path), provider))["id"] for path in WIRES * 2}) == 6


# Recordings


def recorded(shared: Path) -> list[tuple[str, dict[str, Any]]]:
    files = sorted((shared / "captures").rglob("*.req.json"))
    read = [(file.relative_to(shared).as_posix(), json.loads(file.read_text())) for file in files]
    return [(name, one) for name, one in read if isinstance(one.get("body"), dict) and one.get("method") == "POST"]


def test_what_real_clients_send_is_taken_by_the_strictest_judge(shared: Path) -> None:
    provider = Scripted(pace=0)
    refused = []
    for name, one in recorded(shared):
        headers = {key.lower(): value for key, value in one["headers"]}
        request = {key: value for key, value in one["body"].items() if key != "previous_response_id"}
        status = provider.script(sent(one["path"], request, headers)).status
        refused += [name] if status != 200 and "previous_response_id" not in one["body"] else []
    assert refused == []


def test_real_clients_that_ask_for_files_have_their_shell_called(shared: Path) -> None:
    found = {}
    for name, one in recorded(shared):
        tools = one["body"].get("tools") or one["body"].get("input", [{}])[0:1]
        if "/tool" not in name or not tools or "/001_" not in name:
            continue
        script = asked(one["path"], {**one["body"], "stream": True}, headers={key.lower(): value for key, value in one["headers"]})
        found[name.split("/")[1]] = any(word in raw(script).decode() for word in ('"tool_use"', '"tool_calls"', '"function_call"'))
    assert {name for name, called in found.items() if called} >= {"claude-code-2.1.330", "codex", "continue", "pi"}


@pytest.mark.parametrize("strict", [True, False])
def test_a_lenient_provider_takes_what_a_strict_one_does_not(strict: bool) -> None:  # noqa: FBT001  # a column of the table
    request = body(CHAT, min_p=0.1, tools=[tool(CHAT, "a name with spaces", SCHEMA)])
    assert asked(CHAT, request, Scripted(pace=0, strict=strict)).status == (400 if strict else 200)
