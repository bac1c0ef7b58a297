"""A collector on loopback: takes OTLP over HTTP as the real ones do, and keeps what it was sent."""

import gzip
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from msgspec import Struct
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest, ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

Value = Any


class Span(Struct, frozen=True):
    """A span as it came."""

    name: str
    kind: int
    trace: str
    id: str
    parent: str
    start: int
    end: int
    attributes: dict[str, Value]
    status: int
    message: str
    resource: dict[str, Value]
    scope: str


class Point(Struct, frozen=True):
    """The latest state of a series."""

    name: str
    unit: str
    attributes: dict[str, Value]
    sum: float
    count: int
    bounds: tuple[float, ...] = ()


class Collector(Struct):
    """What came: raw bodies, by path, with their headers; `status` is what the collector answers."""

    url: str = ""
    bodies: list[tuple[str, bytes]] = []
    headers: list[dict[str, str]] = []
    status: int = 200

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """One request."""
        self.headers.append(headers)
        if self.status != 200:
            return self.status, b""
        self.bodies.append((path, gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body))
        made = ExportTraceServiceResponse() if path.endswith("traces") else ExportMetricsServiceResponse()
        return 200, made.SerializeToString()

    def spans(self) -> list[Span]:
        """Every span, in the order in which they came."""
        found: list[Span] = []
        for path, body in list(self.bodies):
            if path.endswith("/v1/traces"):
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    shared = attributes(resource.resource.attributes)
                    for scope in resource.scope_spans:
                        found += [_span(one, shared, scope.scope.name) for one in scope.spans]
        return found

    def points(self) -> dict[tuple[str, str], Point]:
        """The latest state of every series, by its name and its attributes' values."""
        found: dict[tuple[str, str], Point] = {}
        for path, body in list(self.bodies):
            if path.endswith("/v1/metrics"):
                for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                    for scope in resource.scope_metrics:
                        for metric in scope.metrics:
                            for one in _points(metric):
                                found[one.name, " ".join(str(value) for _, value in sorted(one.attributes.items()))] = one
        return found


def attributes(pairs: Sequence[Any]) -> dict[str, Value]:
    """Attributes as a plain mapping."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in pairs}


def _span(one: Any, resource: dict[str, Value], scope: str) -> Span:
    return Span(
        one.name,
        one.kind,
        one.trace_id.hex(),
        one.span_id.hex(),
        one.parent_span_id.hex(),
        one.start_time_unix_nano,
        one.end_time_unix_nano,
        attributes(one.attributes),
        one.status.code,
        one.status.message,
        resource,
        scope,
    )


def _points(metric: Any) -> Iterator[Point]:
    for one in metric.histogram.data_points:
        yield Point(metric.name, metric.unit, attributes(one.attributes), one.sum, one.count, tuple(one.explicit_bounds))
    for one in metric.sum.data_points:
        yield Point(metric.name, metric.unit, attributes(one.attributes), one.as_double or one.as_int, 0)


@contextmanager
def collecting(status: int = 200) -> Iterator[Collector]:
    """A collector that listens while this lasts."""
    found = Collector(status=status)

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            code, said = found.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(code)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(2)
