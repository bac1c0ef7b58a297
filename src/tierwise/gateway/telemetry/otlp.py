"""Spans and measurements sent by OTLP over HTTP, by OpenTelemetry's own SDK. Imported only where that is installed and wanted.

Theory of operation. `record` puts a record into a queue and returns. A thread takes records out, makes spans and measurements of them and
gives those to the SDK, which batches and sends them in threads of its own, to where its environment variables say. When the queue is full,
records are dropped and counted: a collector that is away costs nobody an answer. The SDK's own complaints become notices, each at most once
a minute; nothing of it is global but for the logger that it complains to, while this runs.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Counter, Histogram, Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from tierwise import __version__
from tierwise.core.entry import Entry, Record
from tierwise.core.notices import Notice, Teller
from tierwise.core.tracing import parent
from tierwise.gateway.telemetry import METRICS, TRACES
from tierwise.gateway.telemetry.spans import INSTRUMENTS, Instrument, Told
from tierwise.gateway.telemetry.spans import Teller as Telling

MOST: Final = 2000
"""Records that may wait."""
SOME: Final = 16
"""Records that are told in one go, before others may run."""
PAUSE: Final = 0.1
PATIENCE: Final = 5.0
"""Seconds that the end waits for the collector."""
AGAIN: Final = 60.0
"""Seconds after which the same complaint is told again."""
SCOPE: Final = "tierwise"
NAME: Final = "service.name"


class Complaints(logging.Handler):
    """What the SDK complains of, as notices."""

    def __init__(self, notices: Teller) -> None:
        """Nothing has been heard yet."""
        super().__init__(logging.WARNING)
        self.notices = notices
        self.heard: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one on, unless the same was told just now."""
        now = time.monotonic()
        if now - self.heard.get(record.name, -AGAIN) >= AGAIN:
            self.heard[record.name] = now
            self.notices.tell(Notice("telemetry_sheds", " ".join(record.getMessage().split())[:300]))


class Sending(Struct):
    """Telemetry on its way; see the theory of operation."""

    telling: Telling
    notices: Teller
    tracing: TracerProvider | None
    metering: MeterProvider | None
    instruments: Mapping[str, Counter | Histogram]
    complaints: Complaints
    waiting: deque[Entry]
    ended: threading.Event
    shed: int = 0
    told: int = 0
    thread: threading.Thread | None = None

    def record(self, record: Record) -> None:
        """Have a request told of."""
        if type(record) is Entry:
            if len(self.waiting) < MOST:
                self.waiting.append(record)
            else:
                self.shed += 1

    def dropped(self) -> int:
        """How many records were never told."""
        return self.shed

    def start(self) -> None:
        """Begin to send."""
        logger = logging.getLogger("opentelemetry")
        logger.addHandler(self.complaints)
        logger.propagate = False
        self.thread = threading.Thread(target=self._run, name="tierwise-telemetry", daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Send what is left, and stop."""
        self.ended.set()
        if self.thread is not None:
            self.thread.join(PATIENCE)
            self.thread = None
        ends = [threading.Thread(target=one.shutdown, daemon=True) for one in (self.tracing, self.metering) if one is not None]
        for one in ends:
            one.start()
        for one in ends:
            one.join(PATIENCE)
        logger = logging.getLogger("opentelemetry")
        logger.removeHandler(self.complaints)
        logger.propagate = True

    def _run(self) -> None:
        while not self.ended.wait(PAUSE):
            self._drain()
        self._drain()

    def _drain(self) -> None:
        while self.waiting:
            for _ in range(min(SOME, len(self.waiting))):
                self._tell(self.waiting.popleft())
            time.sleep(0)
        if self.shed > self.told:
            dropped, self.told = self.shed - self.told, self.shed
            self.notices.tell(Notice("telemetry_sheds", f"{dropped} requests", {"requests": dropped}))

    def _tell(self, entry: Entry) -> None:
        if self.tracing is not None:
            self._trace(self.tracing.get_tracer(SCOPE, __version__), entry)
        if self.metering is not None:
            for one in self.telling.measured(entry):
                instrument = self.instruments[one.instrument.name]
                if isinstance(instrument, Histogram):
                    instrument.record(one.value, one.attributes)
                else:
                    instrument.add(one.value, one.attributes)

    def _trace(self, tracer: trace.Tracer, entry: Entry) -> None:
        """The spans of a request, in the trace of whoever asked."""
        request = self.telling.request(entry)
        server = _span(tracer, request, SpanKind.SERVER, _within(entry.asker.trace))
        for one in self.telling.attempts(entry):
            _span(tracer, one, SpanKind.CLIENT, trace.set_span_in_context(server, Context())).end(max(one.end, one.start))
        server.end(max(request.end, request.start))


def _span(tracer: trace.Tracer, told: Told, kind: SpanKind, context: Context) -> Span:
    span = tracer.start_span(told.name, context=context, kind=kind, attributes=told.attributes, start_time=told.start)
    if told.error:
        span.set_status(Status(StatusCode.ERROR, told.error))
    return span


def _within(traceparent: str) -> Context:
    """The context of whoever asked; empty where they have no trace."""
    found = parent(traceparent)
    if found is None:
        return Context()
    flags = TraceFlags(TraceFlags.SAMPLED if found.sampled else TraceFlags.DEFAULT)
    return trace.set_span_in_context(NonRecordingSpan(SpanContext(found.trace, found.span, is_remote=True, trace_flags=flags)), Context())


def sending(env: Mapping[str, str], signals: frozenset[str], telling: Telling, notices: Teller) -> Sending:
    """What sends these signals to where the environment says; not begun yet."""
    named = env.get("OTEL_SERVICE_NAME", "") or f"{NAME}=" in env.get("OTEL_RESOURCE_ATTRIBUTES", "")
    resource = Resource.create({"service.version": __version__, **({} if named else {NAME: SCOPE})})
    tracing = metering = None
    instruments: dict[str, Counter | Histogram] = {}
    if TRACES in signals:
        tracing = TracerProvider(resource=resource, shutdown_on_exit=False)
        tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    if METRICS in signals:
        metering = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())], resource=resource, shutdown_on_exit=False)
        meter = metering.get_meter(SCOPE, __version__)
        instruments = {one.name: _instrument(meter, one) for one in INSTRUMENTS}
    return Sending(telling, notices, tracing, metering, instruments, Complaints(notices), deque(), threading.Event())


def _instrument(meter: Meter, one: Instrument) -> Counter | Histogram:
    if one.kind == "sum":
        return meter.create_counter(one.name, one.unit, one.says)
    return meter.create_histogram(one.name, one.unit, one.says, explicit_bucket_boundaries_advisory=one.bounds)
