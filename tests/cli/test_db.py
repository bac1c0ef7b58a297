"""`tierwise db`: the database brought up to date, and what is in it."""

from pathlib import Path

import pytest

from tests.ledger.samples import NOON, entry
from tierwise import cli, plugins
from tierwise.cli import db
from tierwise.ledger import addresses
from tierwise.ledger.schema import VERSION


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_database_is_made_and_its_version_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["db", "migrate", "--store", "kept/ledger.db"]) == 0
    assert capsys.readouterr().out == f"kept/ledger.db: schema version {VERSION}\n"
    assert (tmp_path / "kept/ledger.db").exists()


def test_what_is_in_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    store = addresses.opened("ledger.db", plugins.found(plugins.STORES))
    store.add([entry("a", NOON), entry("b", NOON + 1000)])
    store.close()
    assert cli.main(["db", "status", "--store", "sqlite:///ledger.db"]) == 0
    said = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert (said["store"], said["schema"]) == ("sqlite:///ledger.db", f"version {VERSION}")
    assert (said["entries"], said["oldest"], said["newest"]) == ("2", "2026-11-01 12:00:00 UTC", "2026-11-01 12:00:01 UTC")
    assert said["size"].endswith("KB")


def test_what_is_not_up_to_date_is_told_and_left_as_it_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    for _ in range(2):
        assert cli.main(["db", "status", "--store", "ledger.db"]) == 0
        assert capsys.readouterr().out == f"store     ledger.db\nschema    version 0, not up to date ({VERSION}): tierwise db migrate\n"


def test_the_settings_name_the_database(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tierwise.yaml").write_text("ledger: {store_env: WHERE}\n")
    monkeypatch.setenv("WHERE", "there.db")
    assert cli.main(["db", "migrate"]) == 0
    assert capsys.readouterr().out.startswith("there.db: ")
    monkeypatch.delenv("WHERE")
    assert cli.main(["db", "migrate"]) == 2
    assert "WHERE" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["db", "status", "--store", "nothing.db"], "nothing.db: no ledger there"),
        (["db", "migrate", "--store", "postgre://me:S3cret@host/db"], "did you mean postgres:?"),
        (["db", "migrate", "--store", "postgresql://me:S3cret@127.0.0.1:1/db"], "postgresql://me@127.0.0.1:1/db: cannot be reached"),
        (["db", "migrate", "--store", "."], "cannot be opened"),
    ],
)
def test_what_cannot_be_opened_is_one_line_without_a_password(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
    assert "S3cret" not in said


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 KB"), (123_456_789, "123.5 MB"), (10**16, "10000.0 TB")]
)
def test_sizes_are_said_as_people_do(count: int, text: str) -> None:
    assert db.size(count) == text
