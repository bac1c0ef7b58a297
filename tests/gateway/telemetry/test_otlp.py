"""Telemetry sent to a collector that listens on loopback."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tests.gateway.telemetry.collector import Collector, Span, collecting
from tests.gateway.within import Sold, gateway, last, posted, request, run
from tierwise import __version__
from tierwise.core.entry import Entry, Outcome
from tierwise.core.money import PER_DOLLAR, Unknown
from tierwise.core.notices import Notice, told
from tierwise.core.usage import Usage
from tierwise.gateway import telemetry
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.observing import telling
from tierwise.gateway.telemetry import otlp
from tierwise.gateway.telemetry.otlp import MOST, Sending, sending
from tierwise.gateway.telemetry.spans import INSTRUMENTS
from tierwise.lab.importers import otel
from tierwise.upstream.scripted import Scripted, playing, whole

SERVER, CLIENT = 2, 3
ERROR = 2
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
BOTH = frozenset({"traces", "metrics"})


class Heard(Struct):
    """Notices that were told."""

    notices: list[Notice] = []

    def tell(self, notice: Notice) -> None:
        self.notices.append(notice)


@contextmanager
def observed(made: Gateway, monkeypatch: pytest.MonkeyPatch, **env: str) -> Iterator[tuple[Collector, Sending]]:
    """A collector, and what sends to it."""
    with collecting() as collector:
        said = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "20", **env}
        for name, value in said.items():
            monkeypatch.setenv(name, value)
        found = telemetry.opened(said, telling(made.sites, made.wires, ["open sesame"]), Heard())
        assert isinstance(found, Sending)
        found.start()
        try:
            yield collector, found
        finally:
            found.close()


def fallen_back() -> tuple[Gateway, Entry]:
    """A streamed request whose first provider was overloaded."""
    made = gateway(Sold("one/alpha", playing(whole(b'{"error": {"message": "busy"}}', 529))), Sold("two/beta", Scripted(pace=0), price=2))
    told_headers = {"user-agent": "opencode/1.18", "x-tierwise-session": "s-1"}
    run(posted(made, "openai_chat", request("openai_chat", stream=True), told_headers))
    one = last(made)
    usage = Usage(fresh=10, read=80, write_5m=10, output=30, reasoning=5)
    attempts = (*one.attempts[:-1], replace(one.attempts[-1], usage=usage, cost=PER_DOLLAR // 4))
    asker = replace(one.asker, trace=f"00-{TRACE}-{PARENT}-01")
    return made, replace(one, asker=asker, attempts=attempts, usage=usage, cost=PER_DOLLAR // 4, baseline=PER_DOLLAR)


def settled(true: Callable[[], Any]) -> None:
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends, "it never came true"
        time.sleep(0.01)


def test_a_request_is_a_servers_span_with_a_clients_span_for_each_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    made, one = fallen_back()
    with observed(made, monkeypatch) as (collector, sender):
        sender.record(one)
        settled(lambda: len(collector.spans()) == len(one.attempts) + 1)
    spans = collector.spans()
    (server,) = (span for span in spans if span.kind == SERVER)
    attempts = [span for span in spans if span.kind == CLIENT]
    assert (server.trace, server.parent) == (TRACE, PARENT)
    assert [(span.trace, span.parent) for span in attempts] == [(TRACE, server.id)] * len(attempts)
    assert server.resource["service.name"] == "tierwise"
    assert server.resource["service.version"] == __version__
    assert (server.start, server.status) == (one.at * 1_000_000, 0)
    assert server.end - server.start == pytest.approx(one.latency.total * 1e6, abs=2)
    assert server.attributes["http.response.status_code"] == 200
    assert server.attributes["tierwise.request.id"] == one.id
    assert server.attributes["tierwise.cost"] == 0.25
    assert server.attributes["gen_ai.conversation.id"] == "s-1"
    check_attempts(attempts)


def check_attempts(attempts: list[Span]) -> None:
    failed, served = attempts[0], attempts[-1]
    assert failed.attributes["error.type"] == "overloaded"
    assert failed.attributes["http.response.status_code"] == 529
    assert failed.status == ERROR
    assert failed.message.endswith("overloaded: busy")
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "two",
        "gen_ai.request.model": "beta",
        "gen_ai.response.model": "beta",
        "gen_ai.request.stream": True,
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 30,
        "gen_ai.usage.cache_read.input_tokens": 80,
        "gen_ai.usage.cache_creation.input_tokens": 10,
        "gen_ai.usage.reasoning.output_tokens": 5,
        "server.address": "two.test",
        "server.port": 80,
    }
    assert {name: served.attributes.get(name) for name in expected} == expected
    assert served.name == "chat beta"
    assert served.attributes["gen_ai.response.time_to_first_chunk"] >= 0
    assert "error.type" not in served.attributes


def test_measurements_have_the_names_units_and_bounds_of_the_conventions(monkeypatch: pytest.MonkeyPatch) -> None:
    made, one = fallen_back()
    with observed(made, monkeypatch) as (collector, sender):
        sender.record(one)
        sender.record(one)
    points = collector.points().values()
    assert {point.name for point in points} == {instrument.name for instrument in INSTRUMENTS}
    for instrument in INSTRUMENTS:
        for point in (point for point in points if point.name == instrument.name):
            assert (point.unit, point.bounds) == (instrument.unit, tuple(map(float, instrument.bounds)))
    tokens = {point.attributes["gen_ai.token.type"]: point for point in points if point.name == "gen_ai.client.token.usage"}
    assert (tokens["input"].sum, tokens["input"].count, tokens["output"].sum) == (200, 2, 60)
    assert {point.sum for point in points if point.name == "tierwise.cost"} == {0.5}
    assert {point.sum for point in points if point.name == "tierwise.reference.cost"} == {2}
    durations = [point for point in points if point.name == "gen_ai.client.operation.duration"]
    assert {point.attributes.get("error.type"): point.count for point in durations} == {"overloaded": 2 * (len(one.attempts) - 1), None: 2}


def test_what_a_client_makes_up_is_in_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    made, one = fallen_back()
    asker = replace(one.asker, model="made-up-1", session="made-up-2", key="made-up-3", client="plain")
    with observed(made, monkeypatch, OTEL_TRACES_EXPORTER="none") as (collector, sender):
        sender.record(replace(one, asker=asker))
    assert collector.points()
    assert not any(b"made-up" in body for _, body in collector.bodies)


def test_a_trace_that_its_owner_does_not_record_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    made, one = fallen_back()
    with observed(made, monkeypatch, OTEL_METRICS_EXPORTER="none") as (collector, sender):
        sender.record(replace(one, asker=replace(one.asker, trace=f"00-{TRACE}-{PARENT}-00")))
        sender.record(replace(one, id="other", asker=replace(one.asker, trace="")))
    roots = [span for span in collector.spans() if span.kind == SERVER]
    assert [(span.attributes["tierwise.request.id"], span.parent) for span in roots] == [("other", "")]
    assert roots[0].trace != TRACE
    assert not any(path.endswith("metrics") for path, _ in collector.bodies)


def test_the_operators_own_name_and_headers_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    made, one = fallen_back()
    env = {"OTEL_SERVICE_NAME": "router-west", "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=a", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}
    with observed(made, monkeypatch, **env) as (collector, sender):
        sender.record(one)
    assert {span.resource["service.name"] for span in collector.spans()} == {"router-west"}
    assert {headers["x-tenant"] for headers in collector.headers} == {"a"}
    assert {headers["content-encoding"] for headers in collector.headers} == {"gzip"}


def test_our_own_backtest_reads_each_request_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made, one = fallen_back()
    with observed(made, monkeypatch) as (collector, sender):
        sender.record(one)
    told_spans = [
        {
            "name": span.name,
            "traceId": span.trace,
            "spanId": span.id,
            "startTimeUnixNano": str(span.start),
            "endTimeUnixNano": str(span.end),
            "attributes": span.attributes,
            "status": {"code": span.status},
        }
        for span in collector.spans()
    ]
    path = tmp_path / "spans.jsonl"
    path.write_text("".join(f"{json.dumps(span)}\n" for span in told_spans), encoding="utf-8")
    (call,) = (call for call in otel.calls(path, lambda *_: None) if not call.failed)
    assert (call.session, call.model, call.usage) == ("s-1", "beta", one.usage)


def test_what_was_told_afterwards_is_no_span(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = fallen_back()
    with observed(made, monkeypatch) as (collector, sender):
        sender.record(Outcome("o", 0, "e", "", "success"))
    assert collector.spans() == []


def test_requests_that_failed_are_errors_and_those_of_wrong_clients_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    made = gateway(Sold("one/alpha", playing(whole(b'{"error": {"message": "no"}}', 500))))
    run(posted(made, "openai_chat", request("openai_chat")))
    run(posted(made, "openai_chat", b"{"))
    with observed(made, monkeypatch) as (collector, sender):
        for one in made.ledger.recent(2):
            sender.record(one)
    found = {span.attributes["error.type"]: span for span in collector.spans() if span.kind == SERVER}
    assert (found["server_error"].status, found["malformed"].status) == (ERROR, 0)
    assert found["server_error"].attributes["http.response.status_code"] == 502
    assert "tierwise.task" not in found["malformed"].attributes


def test_what_nobody_knows_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made, one = fallen_back()
    bare = replace(one, cost=Unknown("x"), baseline=Unknown("x"), usage=None, decision=None, attempts=one.attempts[:-1])
    with observed(made, monkeypatch) as (collector, sender):
        sender.record(bare)
    (server,) = (span for span in collector.spans() if span.kind == SERVER)
    assert not {"tierwise.cost", "tierwise.reference.cost", "tierwise.task", "tierwise.cache.predicted_tokens"} & set(server.attributes)
    assert not [point for point in collector.points().values() if point.name == "tierwise.cost"]


@pytest.mark.parametrize("status", [400, 503])
def test_a_collector_that_does_not_take_it_is_told_of_once_and_stops_nobody(
    status: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    made, one = fallen_back()
    heard, began = Heard(), time.monotonic()
    with collecting(status) as collector:
        said = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_TIMEOUT": "1", "OTEL_BSP_SCHEDULE_DELAY": "20"}
        for name, value in said.items():
            monkeypatch.setenv(name, value)
        sender = sending(said, frozenset({"traces"}), telling(made.sites, made.wires, []), heard)
        sender.start()
        for _ in range(3):
            sender.record(one)
            settled(lambda: not sender.waiting)
        sender.close()
    assert time.monotonic() - began < 20
    assert {notice.kind for notice in heard.notices} == {"telemetry_sheds"}
    assert len(heard.notices) == 1
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("opentelemetry").handlers == []


def test_what_is_too_much_is_dropped_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made, one = fallen_back()
    heard = Heard()
    monkeypatch.setattr(otlp, "PAUSE", 60)
    sender = sending({}, frozenset(), telling(made.sites, made.wires, []), heard)
    for _ in range(MOST + 7):
        sender.record(one)
    assert (sender.dropped(), len(sender.waiting)) == (7, MOST)
    sender.start()
    sender.close()
    assert [told(notice) for notice in heard.notices] == ["telemetry was dropped: 7 requests"]


def test_no_span_and_no_measurement_tells_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    made, one = fallen_back()
    secret = "open sesame"  # noqa: S105  # what must not be seen
    asker = replace(one.asker, model=secret, session=secret, key=secret, team=secret, project=secret)
    fault = replace(one.attempts[0].fault, message=f"bad key {secret}") if one.attempts[0].fault else None
    attempts = (replace(one.attempts[0], fault=fault), one.attempts[-1])
    with observed(made, monkeypatch) as (collector, sender):
        sender.record(replace(one, asker=asker, attempts=attempts, fault=fault, status=529))
    assert len(collector.spans()) == 3
    assert not any(b"sesame" in body for _, body in collector.bodies)
