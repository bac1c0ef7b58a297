"""Where the records of a gateway go: which store, which spool, and what can never be one."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from tierwise import plugins
from tierwise.assembly import keeping
from tierwise.config.reader import BadSettings
from tierwise.config.settings import LedgerSettings, Settings
from tierwise.core.entry import Outcome
from tierwise.ledger import Query, addresses
from tierwise.ledger.journal import Journal
from tierwise.ledger.loud import to_stderr

STORES = plugins.found(plugins.STORES)
POSTGRES = "postgresql://ann:secret@127.0.0.1:1/tierwise"


def settings(**said: object) -> Settings:
    return Settings(ledger=LedgerSettings(**said))  # type: ignore[arg-type]  # as a test says


def test_the_address_is_what_the_settings_say_else_a_file_of_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert keeping.address(LedgerSettings(), {}) == str(tmp_path / "tierwise" / "ledger.db")
    assert keeping.address(LedgerSettings(store="x.db"), {}) == "x.db"
    assert keeping.address(LedgerSettings(store_env="STORE"), {"STORE": POSTGRES}) == POSTGRES
    with pytest.raises(BadSettings, match=r"ledger\.store_env: .* STORE is not set"):
        keeping.address(LedgerSettings(store_env="STORE"), {})


def test_each_store_has_a_spool_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    found = [keeping.spool_of(LedgerSettings(), one, addresses.kind(one, STORES)) for one in ("a.db", "b.db", POSTGRES, POSTGRES + "2")]
    assert len(set(found)) == 4
    assert found[0] == Path("a.db.spool")
    assert "secret" not in str(found[2])
    assert keeping.spool_of(LedgerSettings(spool="/elsewhere"), "a.db", addresses.kind("a.db", STORES)) == Path("/elsewhere")


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"store": "mysql://x/y"}, r"ledger\.store: .*mysql"),
        ({"store": "memory:", "redact": ("(",)}, r"ledger\.redact: .*regular expression"),
    ],
)
def test_what_can_never_be_a_ledger_is_said(said: dict[str, object], says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        keeping.kept(settings(**said), {})


def test_another_programs_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE entries (x)")
    other.close()
    with pytest.raises(BadSettings, match=r"ledger\.store: .*other\.db"):
        keeping.kept(settings(store=str(file)), {})


def test_a_store_that_is_away_is_no_reason_not_to_serve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = keeping.kept(settings(store=POSTGRES, spool=str(tmp_path)), {})
    assert kept.address == POSTGRES
    said = capsys.readouterr().err
    assert "cannot be reached" in said
    assert "secret" not in said


def test_in_memory_records_go_straight_to_the_store() -> None:
    kept = keeping.kept(settings(store="memory:"), {})
    assert kept.opened is not None
    assert kept.store is not None
    assert kept.store is kept.archive
    kept.opened(to_stderr, keeping.rules(LedgerSettings())).record(Outcome("o", 1, "tw-1", "", "success"))
    assert [one.id for one in kept.store.outcomes("tw-1")] == ["o"]
    with keeping.moved(kept):
        assert kept.plan is None


def test_what_is_spooled_is_moved_to_the_file_by_a_process_of_its_own(tmp_path: Path) -> None:
    kept = keeping.kept(settings(store=str(tmp_path / "ledger.db")), {})
    assert kept.opened is not None
    assert kept.store is not None
    ledger = kept.opened(to_stderr, keeping.rules(LedgerSettings()))
    assert isinstance(ledger, Journal)
    with keeping.moved(kept):
        ledger.record(Outcome("o", 1, "tw-1", "", "success"))
        asyncio.run(ledger.close())
    assert [one.id for one in kept.store.outcomes("tw-1")] == ["o"]
    assert kept.store.rows(Query()) == []
    kept.store.close()
