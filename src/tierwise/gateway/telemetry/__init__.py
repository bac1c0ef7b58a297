"""OpenTelemetry, where it is installed (tierwise[otel]) and its usual environment variables say where to send.

Nothing is sent and nothing is imported otherwise. What is sent is told from records after the fact, in a thread: no request waits for it.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final, Protocol

from msgspec import Struct

from tierwise.core.entry import Record
from tierwise.core.notices import Notice, Teller
from tierwise.gateway.telemetry import spans

TRACES: Final = "traces"
METRICS: Final = "metrics"
ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
SPOKEN: Final = "http/protobuf"
"""The one protocol that is spoken."""


class Telemetry(Protocol):
    """Where records are told from."""

    def record(self, record: Record) -> None:
        """Tell of a record; never waits and never fails."""

    def start(self) -> None:
        """Begin to send."""

    def close(self) -> None:
        """Send what is left, and stop; waits for a few seconds at most."""

    def dropped(self) -> int:
        """How many records were never told."""


class Off(Struct, frozen=True):
    """Telemetry that nobody wants."""

    def record(self, record: Record) -> None:
        """Nothing."""

    def start(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""

    def dropped(self) -> int:
        """None."""
        return 0


def wanted(env: Mapping[str, str]) -> frozenset[str]:
    """Which signals the environment says to send: each that has an address and is not turned off."""
    if env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return frozenset()
    return frozenset(one for one in (TRACES, METRICS) if _address(env, one) and _value(env, f"OTEL_{one.upper()}_EXPORTER") in {"", "otlp"})


def _address(env: Mapping[str, str], signal: str) -> str:
    return _value(env, f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT") or _value(env, ENDPOINT)


def _value(env: Mapping[str, str], name: str) -> str:
    return env.get(name, "").strip()


def strange(env: Mapping[str, str], signals: frozenset[str]) -> str:
    """Why what the environment asks for cannot be sent, '' where it can."""
    for name in ("OTEL_EXPORTER_OTLP_PROTOCOL", *(f"OTEL_EXPORTER_OTLP_{one.upper()}_PROTOCOL" for one in sorted(signals))):
        said = _value(env, name)
        if said and said != SPOKEN:
            return f"{name} is {said[:40]!r}, and only {SPOKEN} is spoken (collectors take it at port 4318)"
    bad = next((one for one in sorted(signals) if not _address(env, one).lower().startswith(("http://", "https://"))), "")
    return f"the address for {bad} does not begin with http:// or https://" if bad else ""


def opened(env: Mapping[str, str], teller: spans.Teller, notices: Teller, importing: Callable[[str], object] = import_module) -> Telemetry:
    """What sends telemetry as the environment says; off, with one line that says why, where it cannot be sent."""
    signals = wanted(env)
    if not signals:
        return Off()
    why = strange(env, signals)
    if not why:
        try:
            importing("opentelemetry.sdk.trace")
            importing("opentelemetry.exporter.otlp.proto.http")
        except ImportError:
            why = f"{ENDPOINT} is set and OpenTelemetry is not installed: pip install 'tierwise[otel]'"
    if why:
        notices.tell(Notice("telemetry_off", why))
        return Off()
    found: Telemetry = import_module("tierwise.gateway.telemetry.otlp").sending(env, signals, teller, notices)
    return found
