"""Claude Code transcripts: parts merged, repeats dropped, subagents apart, whatever the version."""

import gzip
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.lab import sessions
from tierwise.lab.call import Call, Unreadable
from tierwise.lab.importers import claude_code
from tierwise.lab.importers.claude_code import IMPORTER
from tierwise.lab.sessions import Reading

Lines = Callable[..., Path]
Read = Callable[..., Any]

AT = 1_780_315_200_000


def stamp(second: float) -> str:
    return f"2026-06-01T12:{int(second) // 60:02}:{int(second) % 60:02}.{round(second % 1 * 1000):03}Z"


def usage(output: int = 5, fresh: int = 2, read: int = 100, hour: int = 0, minutes: int = 0) -> dict[str, Any]:
    return {
        "input_tokens": fresh,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": hour + minutes,
        "cache_creation": {"ephemeral_1h_input_tokens": hour, "ephemeral_5m_input_tokens": minutes},
        "output_tokens": output,
    }


def answer(one: str, second: float = 0, **more: Any) -> dict[str, Any]:
    """A line of an answer; parts of one answer have one `one`."""
    said = {"id": one, "role": "assistant", "model": "claude-opus-4-8", "content": [], "usage": usage()} | more.pop("message", {})
    return {
        "parentUuid": None,
        "isSidechain": False,
        "cwd": "/work/shop",
        "sessionId": "s1",
        "version": "2.1.200",
        "type": "assistant",
        "message": said,
        "requestId": f"req-{one}",
        "uuid": f"{one}-{second}",
        "timestamp": stamp(second),
    } | more


def person(text: Any, second: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "sessionId": "s1",
        "type": "user",
        "message": {"role": "user", "content": text},
        "uuid": f"p-{second}",
        "timestamp": stamp(second),
    } | more


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def tool(name: str = "Read", **given_: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": "t", "name": name, "input": given_}


def test_the_parts_of_an_answer_are_one_call(lines: Lines, read: Read) -> None:
    path = lines(
        person("find the bug", 1),
        answer("m1", 2, message={"content": [{"type": "thinking", "thinking": "hm"}], "usage": usage(1, hour=50)}),
        answer("m1", 3, message={"content": [text("here")], "usage": usage(1, hour=50)}),
        answer("m1", 4, message={"content": [tool("Grep", q="x"), tool("Read")], "usage": usage(40, hour=50)}),
    )
    (call,), notes = read(IMPORTER, path)
    assert notes == []
    assert call == Call(
        session="s1",
        id="m1",
        at=AT + 2000,
        model="claude-opus-4-8",
        usage=Usage(fresh=2, read=100, write_1h=50, output=40),
        ended=AT + 4000,
        provider="anthropic",
        client="claude_code",
        version="2.1.200",
        workspace="/work/shop",
        words="find the bug",
        tools=("Grep", "Read"),
        thought=True,
        blocks=4,
        ttl=3600,
        line=2,
    )


def test_words_belong_to_the_next_call_only(lines: Lines, read: Read) -> None:
    path = lines(
        person("one"),
        person([text("two"), {"type": "image", "source": {}}], 1),
        answer("m1", 2),
        person([{"type": "tool_result", "content": "output"}], 3),
        person("<system-reminder>not a person</system-reminder>", 4),
        person("nobody", 5, isMeta=True),
        answer("m2", 6),
    )
    assert [call.words for call in read(IMPORTER, path).calls] == ["one\ntwo", ""]


SUMMARY = "This session is being continued from a previous conversation that ran out of context."
UPSETS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "a summary": (person(SUMMARY), ("compaction",)),
    "a summary in parts": (person([text(SUMMARY)]), ("compaction",)),
    "a marked summary": (person("so far", isCompactSummary=True), ("compaction",)),
    "tools gone": (
        {"type": "attachment", "sessionId": "s1", "attachment": {"type": "deferred_tools_delta", "removedNames": ["a"]}},
        ("tools",),
    ),
    "tools come": ({"type": "attachment", "sessionId": "s1", "attachment": {"type": "deferred_tools_delta", "addedNames": ["a"]}}, ()),
    "a command's end": ({"type": "system", "subtype": "turn_duration", "message": "text here"}, ()),
}


@pytest.mark.parametrize("case", UPSETS)
def test_what_upset_the_prompt_is_noted_with_the_next_call(case: str, lines: Lines, read: Read) -> None:
    line, upset = UPSETS[case]
    calls, notes = read(IMPORTER, lines(answer("m1", 1), line, answer("m2", 2), answer("m3", 3)))
    assert [call.upset for call in calls] == [(), upset, ()]
    assert [call.words for call in calls] == ["", "", ""]
    assert notes == []


OTHERS: list[Any] = [
    {"type": "summary", "summary": "a title", "leafUuid": "u"},
    {"type": "file-history-snapshot", "messageId": "m", "snapshot": {"trackedFileBackups": {}}, "isSnapshotUpdate": False},
    {"type": "queue-operation", "operation": "enqueue", "sessionId": "s1", "timestamp": stamp(0)},
    {"type": "custom-title", "customTitle": "x", "sessionId": "s1"},
    {"type": "progress", "data": {"type": "hook_progress", "command": "x"}, "sessionId": "s1", "uuid": "h"},
    {"type": "system", "subtype": "compact_boundary", "content": "compacted", "sessionId": "s1", "uuid": "b", "parentUuid": None},
    {"type": "a kind of tomorrow", "message": 5, "data": "x", "attachment": [1], "sessionId": "s1"},
]


@pytest.mark.parametrize("first", OTHERS, ids=[one["type"] for one in OTHERS])
def test_a_transcript_is_known_whatever_it_begins_with(first: Any, lines: Lines, read: Read) -> None:
    path = lines(first, OTHERS, answer("m1"))
    assert IMPORTER.claims(path, json.dumps(OTHERS[0] if "sessionId" not in first else first).encode())
    calls, notes = read(IMPORTER, path)
    assert ([call.id for call in calls], notes) == (["m1"], [])


def test_a_transcript_that_begins_with_a_picture_is_known(lines: Lines) -> None:
    path = lines({"parentUuid": None, **person([{"type": "image", "source": {"data": "A" * 100_000}}])})
    assert IMPORTER.claims(path, path.read_bytes()[:65536])


@pytest.mark.parametrize("start", [b"", b"[1]", b'{"type":"x"}', b'{"session_id":"s","parentUuid":1', b"sessionId,type\n"])
def test_other_files_are_not_transcripts(start: bytes) -> None:
    assert not IMPORTER.claims(Path("a.jsonl"), start)


def test_old_versions_log_only_the_beginning_of_the_count(lines: Lines, read: Read) -> None:
    long = answer("m1", 1, message={"content": [text("x" * 900)], "usage": usage(3)})
    exact = answer("m2", 2, message={"content": [text("x" * 900)], "usage": usage(250)})
    first, second = read(IMPORTER, lines(long, exact)).calls
    assert (first.usage, first.estimated) == (Usage(fresh=2, read=100, output=300), True)
    assert (second.usage, second.estimated) == (Usage(fresh=2, read=100, output=250), False)


def test_the_most_complete_usage_counts_whatever_the_order(lines: Lines, read: Read) -> None:
    begun, done = ({"usage": usage(output, hour=hour)} for output, hour in ((1, 0), (70, 30)))
    parts = [answer("m1", 1, message=begun), answer("m1", 2, message=done), answer("m1", 3, message=begun)]
    for order in (parts, parts[::-1]):
        (call,) = read(IMPORTER, lines(order)).calls
        assert call.usage == Usage(fresh=2, read=100, write_1h=30, output=70)
        assert (call.at, call.ended) == (AT + 1000, AT + 3000)


def test_what_no_model_said_is_no_call(lines: Lines, read: Read) -> None:
    path = lines(
        answer("m1", 1, message={"model": "<synthetic>", "content": [text("Prompt is too long")]}),
        answer("m2", 2, isApiErrorMessage=True, message={"content": [text("API Error")]}),
        answer("m3", 3),
    )
    assert [call.id for call in read(IMPORTER, path).calls] == ["m3"]


def test_a_call_without_counts_has_unknown_usage(lines: Lines, read: Read) -> None:
    calls = read(IMPORTER, lines(answer("m1", 1, message={"usage": None}), answer("m2", 2, message={"usage": usage(0, 0, 0)}))).calls
    assert [call.usage for call in calls] == [Unknown("the transcript has no token counts")] * 2


def test_ids_that_are_missing_are_made_up_for(lines: Lines, read: Read) -> None:
    bare = {"message": {"id": None}, "uuid": None, "requestId": None}
    path = lines(
        answer("a", 1, message={"id": None}),
        answer("b", 2, message={"id": ""}, requestId=None),
        answer("c", 3, **bare),
        answer("d", 4, **bare),
    )
    assert [call.id for call in read(IMPORTER, path).calls] == ["req-a", "b-2", "s1:3", "s1:4"]


def test_a_model_that_is_not_named_is_unknown(lines: Lines, read: Read) -> None:
    (call,) = read(IMPORTER, lines(answer("m1", message={"model": None}))).calls
    assert (call.model, call.provider) == ("unknown", "")


def test_a_session_may_change_its_model(lines: Lines, read: Read) -> None:
    calls = read(IMPORTER, lines(answer("m1", 1), answer("m2", 2, message={"model": "glm-5"}))).calls
    assert [(call.model, call.provider) for call in calls] == [("claude-opus-4-8", "anthropic"), ("glm-5", "")]


def test_the_lifetime_asked_for_holds_until_another_is_seen(lines: Lines, read: Read) -> None:
    counts = [usage(), usage(hour=5), usage(), usage(minutes=5), usage()]
    calls = read(IMPORTER, lines(*(answer(f"m{second}", second, message={"usage": one}) for second, one in enumerate(counts)))).calls
    assert [call.ttl for call in calls] == [0, 3600, 3600, 300, 300]


def test_subagents_are_threads_of_their_own(lines: Lines, read: Read) -> None:
    path = lines(
        person("look around", 1),
        answer("m1", 2),
        person("you are a scout", 3, isSidechain=True, agentId="a7", uuid="u3"),
        answer("m2", 4, isSidechain=True, agentId="a7"),
        person("you are another", 5, isSidechain=True, uuid="root", parentUuid=None),
        answer("m3", 6, isSidechain=True, uuid="next", parentUuid="root"),
        answer("m4", 7, isSidechain=True, uuid="last", parentUuid="next"),
        answer("m5", 8, isSidechain=True, uuid=None, parentUuid=None),
        answer("m6", 9),
    )
    calls = read(IMPORTER, path).calls
    assert [(call.id, call.thread, call.words) for call in calls] == [
        ("m1", "", "look around"),
        ("m2", "a7", "you are a scout"),
        ("m3", "root", "you are another"),
        ("m4", "root", ""),
        ("m5", "side", ""),
        ("m6", "", ""),
    ]


def overheard(line: dict[str, Any], agent: str | None = "a7", outer: str = "x") -> dict[str, Any]:
    return {
        "type": "progress",
        "sessionId": "s1",
        "version": "2.1.49",
        "cwd": "/work/shop",
        "uuid": f"{outer}-{line['uuid']}",
        "timestamp": line["timestamp"],
        "isSidechain": False,
        "data": {
            "type": "agent_progress",
            "agentId": agent,
            "message": {key: line[key] for key in ("type", "uuid", "timestamp", "message")},
        },
    }


def test_what_the_main_file_overheard_of_a_subagent_counts(lines: Lines, read: Read) -> None:
    inner = [person("scout ahead", 2), answer("m2", 3), answer("m2", 4, message={"usage": usage(30)}), answer("m3", 5)]
    path = lines(answer("m1", 1), [overheard(one) for one in inner], [overheard(one, outer="y") for one in inner], answer("m4", 9))
    calls, notes = read(IMPORTER, path)
    assert notes == []
    assert [(call.id, call.thread, call.words, call.usage.output) for call in calls] == [
        ("m1", "", "", 5),
        ("m2", "a7", "scout ahead", 30),
        ("m3", "a7", "", 5),
        ("m4", "", "", 5),
    ]
    assert {(call.session, call.version, call.workspace) for call in calls if call.thread} == {("s1", "2.1.49", "/work/shop")}


@pytest.mark.parametrize("place", ["log/subagents/agent-a7.jsonl", "agent-a7.jsonl"])
def test_a_subagent_s_own_file_tells_more_than_what_was_overheard(place: str, lines: Lines, read: Read) -> None:
    lines(answer("m2", 3, isSidechain=True, agentId="a7"), name=place)
    path = lines(
        answer("m1", 1), overheard(answer("m2", 3)), overheard(answer("m9", 4), agent="b8"), overheard(answer("m8", 5), agent=None)
    )
    assert [(call.id, call.thread) for call in read(IMPORTER, path).calls] == [("m1", ""), ("m9", "b8"), ("m8", "side")]


def test_a_name_that_is_no_file_s_name_is_not_looked_for(lines: Lines, read: Read) -> None:
    path = lines(
        *(overheard(answer(f"m{number}", number), agent=agent) for number, agent in enumerate(("../../etc/passwd", "\0", "x" * 5000)))
    )
    calls, notes = read(IMPORTER, path)
    assert (len(calls), notes) == (3, [])


def test_progress_about_progress_ends(lines: Lines, read: Read) -> None:
    once = overheard(answer("m1"))
    twice = {**once, "data": {"type": "agent_progress", "agentId": "a7", "message": once}}
    assert read(IMPORTER, lines(twice)) == ([], [])


def together(folder: Path) -> tuple[list[tuple[str, str, list[str]]], Reading]:
    reading = Reading()
    found = sessions.read(sessions.found([folder], [IMPORTER]), reading, AT)
    return sorted((one.id, one.thread, [call.id for call in one.calls]) for one in found), reading


def test_a_resumed_session_repeats_what_was_counted(lines: Lines) -> None:
    first = lines(person("go", 0), answer("m1", 1), answer("m2", 2), name="a.jsonl")
    lines([{**one, "sessionId": "s2"} for one in (answer("m1", 1), answer("m2", 2), answer("m3", 3))], name="b.jsonl")
    found, reading = together(first.parent)
    assert found == [("s1", "", ["m1", "m2"]), ("s2", "", ["m3"])]
    assert reading.repeats == 2


def test_a_subagent_that_was_forked_repeats_its_parent(lines: Lines) -> None:
    fork = {"isSidechain": True, "agentId": "acompact-1"}
    lines(answer("m1", 1, **fork, uuid="c1"), answer("m2", 2, **fork, uuid="c2"), name="s1/subagents/agent-acompact-1.jsonl")
    path = lines(answer("m1", 1), name="s1.jsonl")
    assert together(path.parent)[0] == [("s1", "", ["m1"]), ("s1", "acompact-1", ["m2"])]


def test_the_same_file_twice_is_all_repeats(lines: Lines) -> None:
    log = [answer("m1", 1), answer("m2", 2), overheard(answer("m3", 3))]
    path = lines(log, name="a.jsonl")
    lines(log, name="b.jsonl.gz")
    found, reading = together(path.parent)
    assert found == [("s1", "", ["m1", "m2"]), ("s1", "a7", ["m3"])]
    assert (reading.calls, reading.repeats) == (6, 3)


WRONG: dict[str, Any] = {
    "not JSON": b'{"type": "assistant"',
    "a count below zero": answer("x", message={"usage": {"input_tokens": -1}}),
    "a count beyond reason": answer("x", message={"usage": {"output_tokens": 10**12}}),
    "no time": answer("x", timestamp=None),
    "not a time": answer("x", timestamp="yesterday"),
    "a message of another form": answer("x") | {"message": "hello"},
    "zeros after a crash": b"\0" * 100,
    "an id that is a number": answer("x", uuid=7),
    "overheard and damaged": overheard(answer("x", message={"usage": {"input_tokens": -1}})),
    "a list": [[]],
}


@pytest.mark.parametrize("why", WRONG)
def test_a_damaged_line_is_noted_and_the_others_are_read(why: str, lines: Lines, read: Read) -> None:
    wrong = json.dumps(WRONG[why]) if why == "a list" else WRONG[why]
    calls, notes = read(IMPORTER, lines(answer("m1", 1), "", wrong, answer("m2", 2)))
    assert [call.id for call in calls] == ["m1", "m2"]
    assert [line for line, _ in notes] == [3]
    assert len(notes[0][1]) < 200


ODD: dict[str, bytes] = {
    "Windows line ends": b"\r\n".join(json.dumps(answer(f"m{second}", second)).encode() for second in range(3)),
    "a byte order mark": b"\xef\xbb\xbf" + b"\n".join(json.dumps(answer(f"m{second}", second)).encode() for second in range(3)),
    "an emoji cut in half": b"\n".join(
        json.dumps(one).encode() for one in (answer("m0", 0), person("cut \ud83d", 1), answer("m1", 1), answer("m2", 2))
    ),
    "Latin-1": b"\n".join(
        (
            json.dumps(answer("m0", 0)).encode(),
            json.dumps(answer("m1", 1)).encode().replace(b"shop", b"caf\xe9"),
            json.dumps(answer("m2", 2)).encode(),
        )
    ),
    "a line of three megabytes": b"\n".join(
        json.dumps(one).encode()
        for one in (answer("m0", 0), person([{"type": "tool_result", "content": "x" * 3_000_000}]), answer("m1", 1), answer("m2", 2))
    ),
    "no end to the last line": b"\n".join(json.dumps(answer(f"m{second}", second)).encode() for second in range(3)) + b"\n\n   \n",
}


@pytest.mark.parametrize("why", ODD)
def test_an_odd_file_is_read_like_any_other(why: str, tmp_path: Path, read: Read) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(ODD[why])
    calls, notes = read(IMPORTER, path)
    assert ([call.id for call in calls], notes) == (["m0", "m1", "m2"], [])


def test_the_longest_transcript_is_read_with_few_calls_in_memory(lines: Lines, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    log = [part for number in range(40) for part in (answer(f"m{number}", number), answer(f"m{number}", number + 0.5))]
    whole = read(IMPORTER, lines(log)).calls
    monkeypatch.setattr(claude_code, "OPEN", 4)
    monkeypatch.setattr(claude_code, "LATEST", 3)
    assert read(IMPORTER, lines(log)).calls == whole
    assert len(whole) == 40


def test_a_line_that_comes_again_counts_once_even_in_a_long_transcript(lines: Lines, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claude_code, "LATEST", 4)
    log = [answer(f"m{number}", number, message={"content": [tool()]}) for number in range(12)]
    again = [line for number, line in enumerate(log) for line in (line, *log[max(number - 3, 0) : number])]
    assert [call.tools for call in read(IMPORTER, lines(again)).calls] == [("Read",)] * 12


PIECES = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 60), st.integers(0, 500)), min_size=1, max_size=15)


@given(pieces=PIECES, seed=st.integers())
def test_neither_order_nor_repeats_of_lines_change_what_was_used(
    pieces: Sequence[tuple[str, int, int]], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = [answer(one, second, uuid=f"{number}", message={"usage": usage(output)}) for number, (one, second, output) in enumerate(pieces)]
    mixed = [*log, *log[: len(log) // 2]]
    random.Random(seed).shuffle(mixed)  # noqa: S311  # not for secrets
    found = []
    for some in (log, mixed):
        path = tmp_path_factory.getbasetemp() / "mixed.jsonl"
        path.write_text("\n".join(map(json.dumps, some)))
        found.append(
            sorted((call.id, call.usage, call.at, call.ended) for call in IMPORTER.calls(path, lambda _line, what: pytest.fail(what)))
        )
    assert found[0] == found[1]
    assert {one: getattr(counts, "output", 0) for one, counts, *_ in found[0]} == {
        one: max(output for other, _, output in pieces if other == one) for one, _, _ in pieces
    }


def test_a_transcript_that_is_cut_short_is_named(lines: Lines, tmp_path: Path) -> None:
    whole = gzip.compress("".join(json.dumps(answer(f"m{number}", number)) + "\n" for number in range(50)).encode())
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    lines(answer("m1"), name="whole.jsonl")
    with pytest.raises(Unreadable, match=r"cut\.jsonl\.gz: "):
        together(tmp_path)
