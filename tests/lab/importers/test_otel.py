"""OpenTelemetry spans of model calls, as exporters write them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.lab import sessions
from tierwise.lab.call import Call
from tierwise.lab.importers.otel import IMPORTER
from tierwise.lab.sessions import Reading

Lines = Callable[..., Path]
Read = Callable[..., Any]
AT = 1_780_315_200_000


def attributes(**more: Any) -> dict[str, Any]:
    found = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.response.model": "claude-opus-4-8",
        "gen_ai.request.model": "claude-opus",
        "gen_ai.conversation.id": "s1",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.cache_read.input_tokens": 600,
        "gen_ai.usage.cache_creation.input_tokens": 100,
    }
    return found | {f"gen_ai.{name}": value for name, value in more.items()}


def span(one: str = "b1", said: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A span on a line of its own."""
    return {
        "name": "chat claude-opus-4-8",
        "context": {"trace_id": "t1", "span_id": one},
        "start_time": "2026-06-01T12:00:00.000000Z",
        "end_time": "2026-06-01T12:00:04.500000Z",
        "status": {"status_code": "UNSET"},
        "attributes": attributes() if said is None else said,
        "resource": {"attributes": {"service.name": "shop-bot"}},
    } | more


def typed(value: Any) -> dict[str, Any]:
    return {"stringValue": value} if isinstance(value, str) else {"intValue": str(value)}


def listed(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": typed(value)} for key, value in found.items()]


def export(*spans: dict[str, Any]) -> dict[str, Any]:
    """An OTLP export of spans."""
    written = [
        {
            "traceId": one["context"]["trace_id"],
            "spanId": one["context"]["span_id"],
            "name": one["name"],
            "startTimeUnixNano": str(AT * 1_000_000),
            "endTimeUnixNano": str((AT + 4500) * 1_000_000),
            "attributes": listed(one["attributes"]),
            "status": {"code": 2} if one["status"]["status_code"] == "ERROR" else {},
        }
        for one in spans
    ]
    resource = {"attributes": listed({"service.name": "shop-bot"})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {}, "spans": written}]}]}


FORMS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"a span a line": lambda one: one, "OTLP": export}


@pytest.mark.parametrize("form", FORMS)
def test_a_span_of_a_model_s_answer_is_a_call(form: str, lines: Lines, read: Read) -> None:
    path = lines("", FORMS[form](span()), FORMS[form](span("b2", status={"status_code": "ERROR"})))
    assert IMPORTER.claims(path, path.read_bytes())
    (first, second), notes = read(IMPORTER, path)
    assert notes == []
    assert first == Call(
        session="s1",
        id="t1/b1",
        at=AT,
        model="claude-opus-4-8",
        usage=Usage(fresh=300, read=600, write_5m=100, output=50),
        ended=AT + 4500,
        provider="anthropic",
        client="shop-bot",
        line=2,
    )
    assert (first.failed, second.failed, second.id) == (False, True, "t1/b2")


USAGES: dict[str, tuple[dict[str, Any], Usage | Unknown]] = {
    "older names": (
        {"gen_ai.usage.prompt_tokens": 9, "gen_ai.usage.completion_tokens": 2, "gen_ai.usage.cache_read_input_tokens": 4},
        Usage(fresh=5, read=4, output=2),
    ),
    "as text": ({"gen_ai.usage.input_tokens": "9", "gen_ai.usage.output_tokens": "2.0"}, Usage(fresh=9, output=2)),
    "cached tokens counted apart": (
        {"gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 2, "gen_ai.usage.cache_read.input_tokens": 40},
        Usage(fresh=9, read=40, output=2),
    ),
    "reasoning": (
        {"gen_ai.usage.input_tokens": 9, "gen_ai.usage.output_tokens": 2, "gen_ai.usage.reasoning.output_tokens": 1},
        Usage(fresh=9, output=2, reasoning=1),
    ),
    "nulls": ({"gen_ai.usage.input_tokens": None, "gen_ai.usage.output_tokens": 2}, Unknown("the span has no token counts")),
    "no answer": ({"gen_ai.usage.input_tokens": 9}, Unknown("the span has no token counts")),
    "a prompt of nothing": ({"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0}, Unknown("the span counts no input tokens")),
}


@pytest.mark.parametrize("case", USAGES)
def test_usage_is_found_under_the_names_of_every_version(case: str, lines: Lines, read: Read) -> None:
    said, meant = USAGES[case]
    (call,) = read(IMPORTER, lines(span(said={"gen_ai.request.model": "m", **said}))).calls
    assert call.usage == meant
    assert call.model == "m"


NO_CALLS = {
    "a tool": attributes(**{"operation.name": "execute_tool"}),
    "an agent": attributes(**{"operation.name": "invoke_agent"}),
    "an embedding": attributes(**{"operation.name": "embeddings"}),
    "no model": {"gen_ai.operation.name": "chat"},
    "something else": {"http.method": "GET"},
    "nothing": {},
}


@pytest.mark.parametrize("case", NO_CALLS)
def test_other_spans_are_no_calls(case: str, lines: Lines, read: Read) -> None:
    calls, notes = read(IMPORTER, lines(span(), export(span("b2", NO_CALLS[case])), span("b3", NO_CALLS[case])))
    assert ([call.id for call in calls], notes) == (["t1/b1"], [])


def test_sessions_and_threads_are_those_the_span_names(lines: Lines, read: Read) -> None:
    unnamed = {key: value for key, value in attributes().items() if key != "gen_ai.conversation.id"}
    path = lines(
        span("b1", unnamed),
        span("b2", {**unnamed, "session.id": "s2"}),
        span("b3", attributes(**{"agent.id": "scout"})),
        span("b4", attributes(), context={}, traceId="t9", spanId="b9"),
        span("b5", attributes(), context={}),
    )
    assert [(call.session, call.thread, call.id) for call in read(IMPORTER, path).calls] == [
        ("t1", "", "t1/b1"),
        ("s2", "", "t1/b2"),
        ("s1", "scout", "t1/b3"),
        ("s1", "", "t9/b9"),
        ("s1", "", ""),
    ]


@pytest.mark.parametrize(
    ("said", "meant"),
    [("aws.bedrock", "aws"), ("gcp.vertex_ai", "google"), ("az.ai.other", "az.ai.other"), ("azure.ai.openai", "azure"), (None, "")],
)
def test_providers_go_by_the_names_of_the_price_data(said: str | None, meant: str, lines: Lines, read: Read) -> None:
    (call,) = read(IMPORTER, lines(span(said=attributes(**{"provider.name": said})))).calls
    assert call.provider == meant


def test_a_span_that_is_exported_again_is_a_repeat(lines: Lines) -> None:
    path, reading = lines(export(span(), span("b2")), span(), span("b2")), Reading()
    found = list(sessions.read(sessions.found([path], [IMPORTER]), reading, AT))
    assert [len(one.calls) for one in found] == [2]
    assert reading.repeats == 2


WRONG: dict[str, dict[str, Any]] = {
    "below zero": span("x", attributes(**{"usage.input_tokens": -1})),
    "no number": span("x", attributes(**{"usage.output_tokens": "many"})),
    "a list": span("x", attributes(**{"usage.input_tokens": [1]})),
    "no time": span("x", start_time=None),
    "not a time": span("x", start_time="noon"),
    "no end of numbers": span("x", startTimeUnixNano="9" * 400),
    "no session": span("x", {key: value for key, value in attributes().items() if "conversation" not in key}, context={}),
}


@pytest.mark.parametrize("why", WRONG)
def test_a_damaged_span_is_noted_and_the_others_are_read(why: str, lines: Lines, read: Read) -> None:
    calls, notes = read(IMPORTER, lines(span(), WRONG[why], b"{half", span("b2")))
    assert [call.id for call in calls] == ["t1/b1", "t1/b2"]
    assert [line for line, _ in notes] == [2, 3]
    assert notes[0][1].startswith("not a span: ")


def test_one_damaged_span_does_not_take_its_whole_export_along(lines: Lines, read: Read) -> None:
    calls, notes = read(IMPORTER, lines(export(span("b1"), span("b2", attributes(**{"usage.input_tokens": -1})), span("b3"))))
    assert [call.id for call in calls] == ["t1/b1", "t1/b3"]
    assert len(notes) == 1


FOREIGN: list[Any] = [
    {"resourceSpans": None},
    {"resourceSpans": "x"},
    {
        "resourceSpans": [
            "x",
            {"resource": 5, "scopeSpans": {"spans": 1}},
            {"scopeSpans": [None, {"spans": ["x", {"attributes": [1, {"key": 1}]}]}]},
        ]
    },
    {"attributes": "x", "resource": []},
    {"attributes": [{"value": {"stringValue": "x"}}, {"key": "gen_ai.request.model", "value": "x"}]},
    {"other": 1},
]


@pytest.mark.parametrize("record", FOREIGN, ids=json.dumps)
def test_records_of_other_forms_say_nothing(record: Any, lines: Lines, read: Read) -> None:
    calls, notes = read(IMPORTER, lines(record, span()))
    assert ([call.id for call in calls], notes) == (["t1/b1"], [])


def test_spans_are_known_by_their_attributes() -> None:
    assert not IMPORTER.claims(Path("a.jsonl"), b'{"attributes": {"http.method": "GET"}}')
    assert not IMPORTER.claims(Path("a.csv"), b'gen_ai.request.model,"gen_ai.x"')
