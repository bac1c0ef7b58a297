"""Whoever serves keeps a writer running: it is started again when it dies, and ends with whoever started it."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.ledger.spooled import Said, entry, outcome, until, written
from tierwise import plugins
from tierwise.ledger import Store, addresses, supervising
from tierwise.ledger.loud import Loud
from tierwise.ledger.supervising import Supervisor
from tierwise.ledger.writer import Plan

ADDRESS = "postgresql://me:secret@db/ledger"


def supervised(*command: str, say: Said | None = None) -> Supervisor:
    return Supervisor(command, ADDRESS, Loud(say or Said()), threading.Event(), threading.Lock())


def kept(path: Path) -> Store:
    return addresses.opened(str(path), plugins.found(plugins.STORES))


def there(store: Store, *names: str) -> bool:
    return all(store.find(name) is not None for name in names)


def test_the_writer_is_started_again_moves_what_is_left_and_ends(tmp_path: Path) -> None:
    said = Said()
    spool, file = tmp_path / "spool", tmp_path / "ledger.db"
    written(spool, [entry("a"), outcome("o")])
    one = supervising.started(Plan(spool), str(file), said)
    store = kept(file)
    try:
        until(lambda: file.exists() and there(store, "a"))
        assert one.process is not None
        first = one.process.pid
        os.kill(first, signal.SIGKILL)
        written(spool, [entry("b")], "dead-2")
        until(lambda: there(store, "b"))
        assert one.process.pid != first
        assert said.any("writer ended after", "signal 9", "started again")
        written(spool, [entry("c")], "dead-3")
        assert one.close()
        assert there(store, "a", "b", "c")
        assert [each.id for each in store.outcomes()] == ["o"]
        assert len(said.lines) == 1
    finally:
        one.close()
        store.close()


def test_a_writer_that_is_told_to_end_moves_what_is_there_first(tmp_path: Path) -> None:
    spool, file = tmp_path / "spool", tmp_path / "ledger.db"
    one = Supervisor([*supervising.command(Plan(spool)), "--stay"], str(file), Loud(Said()), threading.Event(), threading.Lock())
    written(spool, [entry("a")])
    one.start()
    store = kept(file)
    try:
        until(lambda: file.exists() and there(store, "a"))
        assert not one.close(0.05), "it stays when its parent is gone"
        written(spool, [entry("b")], "dead-2")
        assert one.process is not None
        one.process.terminate()
        assert one.process.wait(5) == 0
        assert there(store, "b")
    finally:
        store.close()


def test_a_writer_that_keeps_dying_is_started_ever_more_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "FIRST", 0.01)
    said = Said()
    one = supervised(sys.executable, "-S", "-c", "raise SystemExit(3)", say=said)
    began = time.monotonic()
    one.start()
    until(lambda: len(said.lines) >= 4)
    assert time.monotonic() - began > 0.02 + 0.04 + 0.08
    assert one.close()
    assert said.any("exit code 3")


def test_a_writer_that_cannot_be_started_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "FIRST", 0.01)
    said = Said()
    one = supervised("/no/such/program", say=said)
    one.start()
    until(lambda: len(said.lines) >= 2)
    assert one.close()
    assert said.any("cannot be started: No such file or directory")


def test_nothing_is_started_after_the_end() -> None:
    one = supervised(sys.executable, "-c", "")
    assert one.close()
    one.start()
    assert one.process is None


def test_the_address_is_in_no_list_of_processes(tmp_path: Path) -> None:
    said = " ".join(supervising.command(Plan(tmp_path, 5, 30)))
    assert f"--spool {tmp_path} --size 5 --keep-days 30" in said
    one = supervised(sys.executable, "-S", "-c", "import os, sys; sys.stdin.read(); assert 'secret' in os.environ['TIERWISE_WRITER_STORE']")
    one.start()
    assert one.close()
    assert one.process is not None
    assert one.process.returncode == 0
    assert ADDRESS not in " ".join(one.command)
