"""Where the stages of a cascade lodge: real gateways on this machine, the demo upstream behind them, a ledger in a file."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.ledger.spooled import until
from tierwise import plugins
from tierwise.assembly import lodging, neighbour
from tierwise.assembly.lodging import Lodge
from tierwise.core.keys import VirtualKey
from tierwise.core.money import PER_DOLLAR
from tierwise.core.run import Run, Stage
from tierwise.ledger import Query, addresses
from tierwise.runner import Broken, Lodged, Lodging, Spending

MODEL = "gpt-5.2"
KEYS = ("_KEY", "_TOKEN", "_ENDPOINT", "_BASE_URL")
HOUR = 3_600_000
WORDS = {"messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in, with settings that keep the ledger there and name no port; no key of the machine is seen."""
    for name in [one for one in os.environ if one.upper().endswith(KEYS)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    configured(tmp_path)
    return tmp_path


def configured(folder: Path, port: int = 0, **more: str) -> None:
    """The settings in a folder."""
    lines = [f"ledger: {{store: {folder / 'ledger.db'}}}", f"server: {{port: {port}}}", "log: none"]
    (folder / "tierwise.yaml").write_text("\n".join([*lines, *(f"{name}: {value}" for name, value in more.items())]))


@pytest.fixture
def lodge(here: Path) -> Iterator[Lodge]:
    """Lodging there."""
    one = lodging.opened(None, here / "runs")
    yield one
    one.close()


def run(**more: Any) -> Run:
    """A run that begins now."""
    said = {"id": "a1b2", "at": time.time_ns() // 1_000_000, "repository": "/r", "commit": "c0", "command": ("agent",), "checks": ("make",)}
    return Run(**{**said, **more})


def begun(lodge: Lodge, one: Run, number: int = 1, model: str = MODEL) -> tuple[Lodged, Stage]:
    """A stage that has its key."""
    stage = Stage(number, model)
    had = lodge.key(one, stage)
    return had, replace(stage, key=had.key)


def chat(had: Lodged, model: str = "auto") -> neighbour.Answer:
    """A chat with a stage's key."""
    return neighbour.asked(had.url, "/v1/chat/completions", had.secret, {"model": model, **WORDS})


def test_a_stage_is_served_its_model_only_and_what_it_cost_is_exact(lodge: Lodge) -> None:
    as_said: Lodging = lodge
    one = run()
    had, stage = begun(lodge, one)
    answers = [chat(had, name) for name in ("auto", "claude-opus-4-8", "whatever-the-agent-likes")]
    assert [(answer.status, answer.said()["model"]) for answer in answers] == [(200, MODEL)] * 3
    assert as_said.spent(one, stage).requests in {0, 1, 2, 3}
    spending = as_said.ended(one, replace(stage, result="refuted"))
    rows = lodge.store.rows(Query(tag=lodging.tag(one.id)))
    assert len(rows) == 3
    assert {(row.model, row.key, row.tags) for row in rows} == {(MODEL, "cascade-a1b2-1", ("cascade:a1b2", "stage:1"))}
    assert spending == Spending(sum(row.cost or 0 for row in rows), 3, 0)
    (told,) = lodge.store.outcomes(session="cascade:a1b2:1")
    assert told.kind == "tests_failed"  # type: ignore[union-attr]  # an outcome it is
    until(lambda: chat(had).status == 401, 30)
    assert had.secret not in repr(had)


def test_a_stage_that_is_begun_again_after_a_kill_is_counted_once(lodge: Lodge, here: Path) -> None:
    one = run()
    first, _ = begun(lodge, one)
    assert chat(first).status == 200
    again = lodging.opened(None, here / "runs")
    second, stage = begun(again, one)
    assert second.key != first.key
    assert chat(second).status == 200
    assert again.ended(one, replace(stage, result="verified")).requests == 2
    until(lambda: chat(first).status == 401, 30)
    again.close()


def test_what_a_gateway_that_was_killed_has_left_is_counted_before_the_cost_is_told(lodge: Lodge, here: Path) -> None:
    one = run()
    had, stage = begun(lodge, one)
    assert lodge.own is not None
    assert chat(had).status == 200
    lodge.own.process.kill()
    lodge.own.process.wait()
    again = lodging.opened(None, here / "runs")
    assert again.ended(one, replace(stage, result="stopped")).requests == 1
    assert lodging.moved(again.journal.spool.tail.folder)
    again.close()


def test_a_stage_without_a_key_has_cost_nothing_and_needs_no_gateway(lodge: Lodge) -> None:
    assert lodge.ended(run(), Stage(1, MODEL, result="broken")) == Spending(0, 0)
    assert lodge.address == ""


def test_a_model_that_cannot_be_served_is_said_before_the_agent_runs(lodge: Lodge) -> None:
    with pytest.raises(Broken, match=r"^stage 2: .*did you mean gpt-5\.2\b"):
        begun(lodge, run(), 2, "gpt-5.22")
    with pytest.raises(Broken, match=r"did you mean gpt-5\.2\b"):
        lodge.begin(run(budget=PER_DOLLAR), ["gpt-5.22"])
    assert all(one.revoked for one in lodge.store.keys())  # noqa: SIM118  # a store is no dictionary


def test_a_budget_leaves_room_for_one_request_and_goes_with_the_run(lodge: Lodge) -> None:
    one = run(budget=PER_DOLLAR // 100)
    lodge.begin(one, [MODEL])
    (ceiling,) = lodge.store.budgets()
    assert (ceiling.scope, ceiling.of, ceiling.period) == ("tag", "cascade:a1b2", "total")
    assert PER_DOLLAR < ceiling.limit < 10 * PER_DOLLAR
    had, _ = begun(lodge, one)
    assert chat(had).status == 200
    lodge.end(one)
    assert list(lodge.store.budgets()) == []
    assert all(key.revoked for key in lodge.store.keys())  # noqa: SIM118  # a store is no dictionary


def test_keys_of_cascades_long_over_are_forgotten_and_no_others(lodge: Lodge) -> None:
    now = lodge.now()
    old, new = now - 30 * HOUR, now - HOUR
    for name, pin, revoked, expires in (("a", "x", old, 0), ("b", "x", new, 0), ("c", "", old, 0), ("d", "x", 0, old), ("e", "x", 0, 0)):
        lodge.store.put_key(VirtualKey(name, name * 64, name, pin=pin, revoked=revoked, expires=expires))
    lodge.begin(run(), [MODEL])
    assert [one.id for one in lodge.store.keys()] == ["b", "c", "e"]  # noqa: SIM118  # a store is no dictionary


def test_the_last_record_of_a_run_holds_and_survives_without_a_gateway(lodge: Lodge, here: Path) -> None:
    one = lodge.record(run())
    two = lodge.record(replace(one, status="stopped"))
    assert two.told > one.told
    lodge.journal.spool.close()
    begun(lodge, one)
    until(lambda: lodge.store.run("a1b2") == two, 30)
    assert list(lodge.store.runs(Query())) == [two]
    assert here.joinpath("ledger.db.spool").is_dir()


def test_a_gateway_of_our_own_that_died_is_replaced(lodge: Lodge) -> None:
    one = run()
    first, _ = begun(lodge, one)
    assert lodge.own is not None
    os.kill(lodge.own.process.pid, signal.SIGKILL)
    lodge.own.process.wait()
    second, _ = begun(lodge, one, 2)
    assert second.url != first.url
    assert chat(second).status == 200


def served(folder: Path, *said: str) -> "subprocess.Popen[bytes]":
    """A gateway that runs at the address of the settings in a folder."""
    process = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", "tierwise", "serve", *said], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    assert b"tierwise" in process.stdout.readline()
    return process


def free() -> int:
    """A port that nobody has."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def ended(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.communicate(timeout=30)


def test_the_gateway_that_runs_is_used_and_stays_open_to_all(here: Path) -> None:
    configured(here, free())
    process = served(here)
    one, lodge = run(), lodging.opened(None, here / "runs")
    try:
        had, stage = begun(lodge, one)
        assert lodge.own is None
        assert had.url == neighbour.settled(lodge.house.settings.server)
        assert chat(had).said()["model"] == MODEL
        everybody = neighbour.asked(had.url, "/v1/chat/completions", "any", {"model": "auto", **WORDS})
        assert everybody.status == 200
        assert lodge.ended(one, replace(stage, result="verified")).requests == 1
        lodge.close()
        assert neighbour.here(had.url)
    finally:
        ended(process)


@pytest.mark.parametrize("ledger", ["other.db", "memory:"])
def test_a_gateway_with_another_ledger_is_left_alone(here: Path, ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port, elsewhere = free(), here / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "tierwise.yaml").write_text(f"ledger: {{store: '{ledger}'}}\nserver: {{port: {port}}}\nlog: none\n")
    monkeypatch.setattr(neighbour, "KNOWN", 0.5)
    process = served(elsewhere)
    configured(here, port)
    lodge = lodging.opened(None, here / "runs")
    try:
        had, _ = begun(lodge, run())
        assert lodge.own is not None
        assert had.url == lodge.own.base != f"http://127.0.0.1:{port}"
    finally:
        lodge.close()
        ended(process)


def test_settings_that_no_gateway_can_have_are_told_in_one_line(here: Path) -> None:
    configured(here, keys="[{name: a, key_env: NOT_SET_ANYWHERE}]")
    lodge = lodging.opened(None, here / "runs")
    with pytest.raises(Broken, match=r"^no gateway: a gateway could not be started: keys\[0\]: a has no key"):
        begun(lodge, run())
    lodge.close()


def test_a_ledger_in_memory_cannot_be_shared(here: Path) -> None:
    (here / "tierwise.yaml").write_text("ledger: {store: 'memory:'}")
    with pytest.raises(Broken, match=r"ledger\.store: .*name a file or a database"):
        lodging.opened(None, here / "runs")


def test_the_ledger_of_a_newer_tierwise_is_named(here: Path) -> None:
    store: Any = addresses.opened(str(here / "ledger.db"), plugins.found(plugins.STORES))
    store.migrate()
    store.door.write(lambda session: session.ask("PRAGMA user_version = 99"))
    store.close()
    with pytest.raises(Broken, match=r"ledger\.db: has schema version 99"):
        lodging.opened(None, here / "runs")
