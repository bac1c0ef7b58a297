"""When telemetry is sent, and what is said where it cannot be."""

import subprocess
import sys
from typing import Any

import pytest
from msgspec import Struct

from tests.gateway.within import Sold, gateway
from tierwise.core.entry import Outcome
from tierwise.core.notices import Notice, told
from tierwise.gateway import telemetry
from tierwise.gateway.observing import telling
from tierwise.gateway.telemetry import Off, opened, strange, wanted
from tierwise.upstream.scripted import Scripted

HERE = "http://127.0.0.1:4318"
BASE = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"


class Heard(Struct):
    notices: list[Notice] = []

    def tell(self, notice: Notice) -> None:
        self.notices.append(notice)


@pytest.mark.parametrize(
    ("env", "signals"),
    [
        ({}, set()),
        ({BASE: ""}, set()),
        ({BASE: " "}, set()),
        ({BASE: HERE}, {"traces", "metrics"}),
        ({TRACES: HERE}, {"traces"}),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": HERE}, {"metrics"}),
        ({BASE: HERE, "OTEL_TRACES_EXPORTER": "none"}, {"metrics"}),
        ({BASE: HERE, "OTEL_METRICS_EXPORTER": "none"}, {"traces"}),
        ({BASE: HERE, "OTEL_TRACES_EXPORTER": "otlp"}, {"traces", "metrics"}),
        ({BASE: HERE, "OTEL_SDK_DISABLED": "true"}, set()),
        ({BASE: HERE, "OTEL_SDK_DISABLED": "false"}, {"traces", "metrics"}),
    ],
)
def test_the_usual_variables_turn_it_on(env: dict[str, str], signals: set[str]) -> None:
    assert wanted(env) == signals


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({BASE: HERE}, ""),
        ({BASE: "HTTPS://collector"}, ""),
        ({BASE: HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, ""),
        ({BASE: HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'"),
        ({BASE: HERE, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is 'http/json'"),
        ({BASE: "127.0.0.1:4317"}, "the address for metrics does not begin with http://"),
        ({BASE: HERE, TRACES: "collector"}, "the address for traces does not begin with http://"),
    ],
)
def test_what_cannot_be_sent_is_said_with_why(env: dict[str, str], says: str) -> None:
    assert strange(env, wanted(env)).startswith(says)
    assert bool(strange(env, wanted(env))) == bool(says)


def made_with(env: dict[str, str], importing: Any = None) -> tuple[telemetry.Telemetry, Heard]:
    made, heard = gateway(Sold("one/alpha", Scripted(pace=0))), Heard()
    more = {} if importing is None else {"importing": importing}
    return opened(env, telling(made.sites, made.wires, []), heard, **more), heard


def test_without_the_variables_nothing_is_sent_and_nothing_said() -> None:
    found, heard = made_with({})
    assert found == Off()
    assert heard.notices == []
    found.start()
    found.record(Outcome("o", 0, "e", "", "success"))
    found.close()


def test_where_it_is_not_installed_one_line_names_the_extra() -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError(name)

    found, heard = made_with({BASE: HERE}, missing)
    assert found == Off()
    assert [(one.kind, "pip install 'tierwise[otel]'" in told(one)) for one in heard.notices] == [("telemetry_off", True)]


def test_what_cannot_be_sent_is_off_and_said_once() -> None:
    found, heard = made_with({BASE: HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
    assert found == Off()
    assert len(heard.notices) == 1


def test_the_sdk_is_not_imported_unless_it_is_wanted() -> None:
    code = "import sys, tierwise.cli, tierwise.gateway.observing; sys.exit(any(one.startswith('opentelemetry') for one in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603  # our own interpreter
