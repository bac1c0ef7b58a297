"""Everything that watches requests beside the ledger, put together."""

import asyncio
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.gateway.within import Sold, gateway, last, posted, request, run
from tierwise import plugins
from tierwise.core.notices import Notice
from tierwise.gateway.lines import MOST
from tierwise.gateway.observing import Place, Watched, observing, operations, sellers, standard_error, telling
from tierwise.gateway.telemetry import Off
from tierwise.gateway.telemetry.spans import Seller
from tierwise.lab.importers.otel import NAMES
from tierwise.ledger import memory
from tierwise.recovery.saying import HIDDEN
from tierwise.upstream.scripted import Scripted

FINE = Scripted(pace=0)
PROVIDERS = [one for one in plugins.found(plugins.PROVIDERS) if one.observed]


def watched(log: str, **env: str) -> tuple[Any, list[bytes], Any]:
    made, out = gateway(Sold("one/alpha", FINE)), list[bytes]()
    found = observing(log, env, Place(out.append), lambda: 7, telling(made.sites, made.wires, ["open sesame"]))
    run(posted(made, "openai_chat", request("openai_chat")))
    return found, out, last(made)


@pytest.mark.parametrize("log", ["human", "json"])
def test_a_request_and_a_notice_become_lines(log: str) -> None:
    found, out, entry = watched(log)
    found.start()
    found.seen(entry)
    found.tell(Notice("store_away", "open sesame"))
    found.say("the disk is full")
    found.close()
    lines = b"".join(out).decode().splitlines()
    assert len(lines) == 3
    assert "alpha" in lines[0]
    assert "sesame" not in lines[1]
    assert "the ledger: the disk is full" in lines[2]
    assert log == "human" or [json.loads(line)["event"] for line in lines] == ["request", "store_away", "ledger"]


@pytest.mark.parametrize("log", ["human", "json"])
def test_what_nobody_has_foreseen_is_written_down_without_secrets(log: str) -> None:
    found, out, _ = watched(log)
    with pytest.raises(ValueError, match="sesame") as caught:
        int("open sesame")
    found.crashed(caught.value)
    found.start()
    found.close()
    said = b"".join(out).decode()
    assert "the gateway had an error of its own" in said
    assert "test_observing.py" in said
    assert "open sesame" not in said
    assert len(said.splitlines()) == 1 if log == "json" else len(said.splitlines()) > 3


def test_who_wants_no_lines_has_none() -> None:
    found, out, entry = watched("none")
    found.start()
    found.seen(entry)
    found.tell(Notice("store_away"))
    found.close()
    assert (found.lines, found.telemetry, out) == (None, Off(), [])
    assert {what: count() for what, count in found.shed().items()} == {"lines": 0, "spans": 0}


def test_what_was_dropped_can_be_counted() -> None:
    found, _, entry = watched("human")
    for _ in range(MOST + 3):
        found.seen(entry)
    assert found.shed()["lines"]() == 3


def test_a_watched_ledger_keeps_what_it_is_given_without_secrets() -> None:
    found, _, entry = watched("none")
    ledger = Watched(found, memory.opened())
    ledger.record(replace(entry, asker=replace(entry.asker, session="open sesame")))
    assert ledger.recent(5) == [ledger.find(entry.id)]
    assert ledger.recent(1)[0].asker.session == HIDDEN
    asyncio.run(ledger.close())


def test_why_there_is_no_telemetry_is_a_line() -> None:
    found, out, _ = watched("human", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")
    found.start()
    found.close()
    assert b"no telemetry is sent: OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'" in b"".join(out)


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    assert [standard_error(env).colours for env in ({}, {"NO_COLOR": "1"}, {"TERM": "dumb"})] == [True, False, False]
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert not standard_error({}).colours


def test_everything_reaches_standard_error_however_little_it_takes_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "err"
    with path.open("w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        place, whole = standard_error({}), os.write
        monkeypatch.setattr(os, "write", lambda fd, text: whole(fd, bytes(text[:3])))
        place.write(b"0123456789\n")
    assert path.read_bytes() == b"0123456789\n"


def test_sellers_have_the_names_of_the_conventions_and_an_address() -> None:
    made = gateway(Sold("mistral/alpha", FINE), Sold("one/alpha", FINE), env={"MISTRAL_API_KEY": "a-key"})
    seller = sellers(made.sites)
    assert seller("mistral/alpha") == Seller("mistral_ai", "alpha", "mistral.test", 80)
    assert seller("one/alpha") == Seller("one", "alpha", "one.test", 80)
    assert seller("gone/model/x") == Seller("gone", "model/x")


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.name)
def test_our_own_importer_knows_the_conventions_names(provider: Any) -> None:
    assert NAMES[provider.observed] == provider.name


def test_wires_have_the_operations_of_the_conventions() -> None:
    wires = {one.name: one for one in plugins.found(plugins.WIRES)}
    operation = operations(wires)
    assert {name: operation(name) for name in wires} == {
        name: "text_completion" if name == "openai_completions" else "chat" for name in wires
    }
    assert operation("unheard-of") == "chat"
