"""Codex rollouts: one call per usage event, repeats and copied histories passed over."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tierwise.core.usage import Usage
from tierwise.lab import sessions
from tierwise.lab.call import Call
from tierwise.lab.importers.codex import IMPORTER
from tierwise.lab.sessions import Reading

Lines = Callable[..., Path]
Read = Callable[..., Any]

AT = 1_780_315_200_000


def line(kind: str, payload: Any, second: float = 0) -> dict[str, Any]:
    when = datetime.fromtimestamp(AT / 1000 + second, tz=UTC)
    return {"timestamp": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "type": kind, "payload": payload}


def meta(one: str = "r1", second: float = 0, **more: Any) -> dict[str, Any]:
    about = {"id": one, "cwd": "/work/shop", "cli_version": "0.142.1", "model_provider": "openai", "source": "cli"}
    return line("session_meta", about | more, second)


def turn(model: str = "gpt-5.5", second: float = 0) -> dict[str, Any]:
    return line("turn_context", {"model": model, "cwd": "/work/shop"}, second)


def said(words: str, second: float = 0) -> dict[str, Any]:
    return line("event_msg", {"type": "user_message", "message": words}, second)


def item(kind: str, second: float = 0, **more: Any) -> dict[str, Any]:
    return line("response_item", {"type": kind} | more, second)


def counts(prompt: int, cached: int, output: int, reasoning: int = 0) -> dict[str, int]:
    return {
        "input_tokens": prompt,
        "cached_input_tokens": cached,
        "output_tokens": output,
        "reasoning_output_tokens": reasoning,
        "total_tokens": prompt + output,
    }


def used(last: Any, total: Any, second: float = 0) -> dict[str, Any]:
    info = None if last is None else {"last_token_usage": last, "total_token_usage": total, "model_context_window": 272_000}
    return line("event_msg", {"type": "token_count", "info": info, "rate_limits": {}}, second)


def call(number: int, second: float, model_words: str = "") -> list[dict[str, Any]]:
    """A call of 100 tokens more each time, all but the last 100 of its prompt cached; `number` counts from 1."""
    total = counts(sum(range(100, 100 * number + 1, 100)), 0, 10 * number)
    return [
        item("reasoning", second),
        used(counts(100 * number, 100 * (number - 1), 10), total, second + 2),
        *([said(model_words)] if model_words else []),
    ]


def test_a_usage_event_is_a_call(lines: Lines, read: Read) -> None:
    path = lines(
        meta(),
        turn(),
        said("mend the build", 1),
        item("message", 2, role="user", content=[]),
        item("reasoning", 3, summary=[]),
        item("message", 4, role="assistant", content=[]),
        item("function_call", 5, name="shell", call_id="c"),
        item("web_search_call", 6),
        used(counts(1000, 600, 50, 20), counts(1000, 600, 50, 20), 7),
        item("function_call_output", 8, output="ok"),
    )
    (found,), notes = read(IMPORTER, path)
    assert notes == []
    assert found == Call(
        session="r1",
        id="r1#1000/50",
        at=AT + 3000,
        model="gpt-5.5",
        usage=Usage(fresh=400, read=600, output=50, reasoning=20),
        ended=AT + 7000,
        provider="openai",
        client="codex",
        version="0.142.1",
        workspace="/work/shop",
        words="mend the build",
        tools=("shell", "web_search_call"),
        thought=True,
        blocks=4,
        line=9,
    )


def test_what_came_before_a_call_is_used_up_by_it(lines: Lines, read: Read) -> None:
    path = lines(
        meta(),
        turn(),
        said("go"),
        line("compacted", {"message": "so far"}),
        call(1, 1),
        call(2, 5),
        line("event_msg", {"type": "context_compacted"}),
        call(3, 9),
    )
    calls, notes = read(IMPORTER, path)
    assert notes == []
    assert [(one.words, one.upset, one.blocks) for one in calls] == [("go", ("compaction",), 1), ("", (), 1), ("", ("compaction",), 1)]


def test_events_that_report_no_call_are_passed_over(lines: Lines, read: Read) -> None:
    first = counts(100, 0, 10)
    path = lines(
        meta(),
        turn(),
        used(None, None, 1),
        used(first, first, 2),
        used(first, first, 3),
        used({"total_tokens": 9000}, first, 4),
        used({"total_tokens": 9000}, {"total_tokens": 272_000}, 5),
        line("event_msg", {"type": "token_count", "rate_limits": {}}, 6),
        used(counts(50, 0, 5), counts(50, 0, 5), 7),
    )
    calls, notes = read(IMPORTER, path)
    assert notes == []
    assert [one.usage.prompt for one in calls] == [100, 50]


def test_calls_are_told_apart_without_totals_too(lines: Lines, read: Read) -> None:
    same = counts(100, 0, 10)
    calls = read(IMPORTER, lines(meta(), turn(), used(same, None, 1), used(same, None, 2))).calls
    assert [one.id for one in calls] == ["r1#1", "r1#2"]


def test_a_rollout_may_change_its_model(lines: Lines, read: Read) -> None:
    path = lines(meta(), call(1, 1), turn("gpt-5.5"), call(2, 5), turn("gpt-5.4-mini"), line("turn_context", {}), call(3, 9))
    assert [one.model for one in read(IMPORTER, path).calls] == ["unknown", "gpt-5.5", "gpt-5.4-mini"]


SPAWNED = {"subagent": {"thread_spawn": {"parent_thread_id": "r1", "depth": 1}}}
PARENTS: dict[str, dict[str, Any]] = {
    "a fork": {"forked_from_id": "r1"},
    "a subagent": {"source": SPAWNED},
    "a subagent with its session": {"session_id": "r1", "parent_thread_id": "r1", "forked_from_id": "r1"},
}


@pytest.mark.parametrize("how", PARENTS)
def test_the_history_a_fork_copies_is_its_parent_s(how: str, lines: Lines, read: Read) -> None:
    copied = [meta("r1"), turn(), said("old words"), *call(1, 0), *call(2, 0), *call(3, 0)]
    hasty = [{**one, "timestamp": f"2026-06-01T13:00:00.{number:03}Z"} for number, one in enumerate(copied, 10)]
    path = lines(meta("r2", 3600, **PARENTS[how]), hasty, said("new words", 3605), call(4, 3607))
    calls, notes = read(IMPORTER, path)
    assert notes == []
    assert [(one.words, one.usage.prompt, one.at, one.line) for one in calls] == [("new words", 400, AT + 3_607_000, 13)]
    assert (calls[0].session, calls[0].thread) == (("r2", "") if how == "a fork" else ("r1", "r2"))


def test_a_copy_that_kept_its_times_is_known_by_them(lines: Lines, read: Read) -> None:
    path = lines(meta("r2", 600), meta("r1", 0), turn(), call(1, 1), call(2, 50), turn(second=700), call(3, 702))
    assert [one.usage.prompt for one in read(IMPORTER, path).calls] == [300]


def test_a_subagent_with_a_history_of_its_own_loses_nothing(lines: Lines, read: Read) -> None:
    path = lines(meta("r2", source=SPAWNED), turn(), said("scout ahead", 0.02), call(1, 3), call(2, 6))
    calls = read(IMPORTER, path).calls
    assert [(one.session, one.thread, one.words, one.usage.prompt) for one in calls] == [
        ("r1", "r2", "scout ahead", 100),
        ("r1", "r2", "", 200),
    ]


def test_a_rollout_that_goes_on_after_a_resume_is_one_session(lines: Lines, read: Read) -> None:
    path = lines(meta(), turn(), call(1, 1), meta(second=100), turn(second=100), call(2, 101))
    assert [(one.session, one.thread, one.usage.prompt) for one in read(IMPORTER, path).calls] == [("r1", "", 100), ("r1", "", 200)]


def test_a_rollout_without_its_first_line_is_named_by_its_file(lines: Lines, read: Read) -> None:
    (found,), _ = read(IMPORTER, lines(turn(), call(1, 1), name="rollout-x.jsonl"))
    assert (found.session, found.id, found.thread) == ("rollout-x.jsonl", "rollout-x.jsonl#100/10", "")


def test_an_archived_copy_is_all_repeats(lines: Lines) -> None:
    log = [meta(), turn(), *call(1, 1), *call(2, 5)]
    path = lines(log, name="sessions/a.jsonl")
    lines(log, name="archived/a.jsonl.gz")
    reading = Reading()
    found = list(sessions.read(sessions.found([path.parent.parent], [IMPORTER]), reading, AT))
    assert [len(one.calls) for one in found] == [2]
    assert (reading.calls, reading.repeats) == (4, 2)


WRONG: dict[str, Any] = {
    "not JSON": b'{"type": "event_msg", ',
    "more cached than there is": used(counts(100, 101, 1), counts(1, 1, 1), 3),
    "a count below zero": used(counts(-1, 0, 1), counts(1, 1, 1), 3),
    "a count that is none": used({"input_tokens": "many"}, counts(1, 1, 1), 3),
    "no time": used(counts(1, 0, 1), counts(1, 1, 1), 3) | {"timestamp": None},
    "not a time": item("reasoning") | {"timestamp": "noon"},
}


@pytest.mark.parametrize("why", WRONG)
def test_a_damaged_line_is_noted_and_the_others_are_read(why: str, lines: Lines, read: Read) -> None:
    calls, notes = read(IMPORTER, lines(meta(), turn(), call(1, 1), WRONG[why], call(2, 5)))
    assert [one.usage.prompt for one in calls] == [100, 200]
    assert [number for number, _ in notes] == [5]


@pytest.mark.parametrize("payload", [None, [], "text", 5, {"type": ["message"]}, {"type": None}, {"type": "token_count", "info": "none"}])
def test_payloads_of_other_forms_say_nothing(payload: Any, lines: Lines, read: Read) -> None:
    calls, notes = read(IMPORTER, lines(meta(), turn(), line("event_msg", payload), line("tomorrow", payload), call(1, 1)))
    assert ([one.usage.prompt for one in calls], notes) == ([100], [])


def test_rollouts_are_known_by_their_beginning() -> None:
    assert IMPORTER.claims(Path("rollout.jsonl"), json.dumps(meta()).encode())
    assert not IMPORTER.claims(Path("rollout.jsonl"), b'{"id":"x","timestamp":"2025-01-01"}')
    assert not IMPORTER.claims(Path("rollout.csv"), b'"session_meta","payload"\n')
