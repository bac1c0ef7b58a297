"""Addresses of stores: which kind, where, and never a password."""

import os
from pathlib import Path

import pytest

from tierwise import plugins
from tierwise.ledger import StoreWrong, addresses

KINDS = plugins.found(plugins.STORES)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("ledger.db", "sqlite"),
        ("./a:b/ledger.db", "sqlite"),
        ("/var/lib/ledger.db", "sqlite"),
        ("C:\\ledger.db", "sqlite"),
        ("sqlite:///ledger.db", "sqlite"),
        ("SQLite:///ledger.db", "sqlite"),
        ("postgresql://me@host/db", "postgres"),
        ("postgres://me@host/db", "postgres"),
        ("memory:", "memory"),
    ],
)
def test_the_beginning_says_which_kind(address: str, kind: str) -> None:
    assert addresses.kind(address, KINDS).name == kind


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("postgre://me:secret@host/db", "cannot begin with postgre: (did you mean postgres:?)"),
        ("sqlite3:///x.db", "cannot begin with sqlite3: (did you mean sqlite:?)"),
        ("mysql://me:secret@host/db", "cannot begin with mysql: (did you mean sqlite:?)"),
        ("https://me:secret@host/db", "known are memory:, postgres:, postgresql:, sqlite:, or the path of a file)"),
        ("host=localhost password=secret dbname=x", "write it as postgresql://user@host:5432/database"),
    ],
)
def test_an_unknown_beginning_is_an_error_with_the_nearest_and_without_the_rest(address: str, says: str) -> None:
    with pytest.raises(StoreWrong) as error:
        addresses.opened(address, KINDS)
    assert says in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("ledger.db", "ledger.db"),
        ("sqlite:///data/ledger.db", "data/ledger.db"),
        ("sqlite:////var/ledger.db", "/var/ledger.db"),
        ("sqlite:ledger.db", "ledger.db"),
        ("sqlite:///a%20b.db", "a b.db"),
        ("~/ledger.db", str(Path.home() / "ledger.db")),
    ],
)
def test_a_file_is_where_its_address_says(address: str, path: str) -> None:
    assert addresses.file(address) == Path(path)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("data/ledger.db", "data/ledger.db"),
        ("memory:", "memory:"),
        ("postgresql://host/db", "postgresql://host/db"),
        ("postgresql://me@host/db", "postgresql://me@host/db"),
        ("postgresql://me:S3cret@host:5432/db", "postgresql://me@host:5432/db"),
        ("postgresql://me:S3:c@r/et@host/db", "postgresql://me@host/db"),
        ("postgresql://:S3cret@/db?host=/run", "postgresql://@/db?host=/run"),
        ("postgresql://host/db?user=me&password=S3cret&sslmode=require", "postgresql://host/db?user=me&password=***&sslmode=require"),
        ("postgresql://host/db?pasword=S3cret", "postgresql://host/db?pasword=***"),
        ("postgresql://host/db?sslpassword=S3cret@x", "postgresql://host/db?sslpassword=***"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, shown: str) -> None:
    assert addresses.shown(address) == shown


def test_other_peoples_messages_lose_the_password_too() -> None:
    address = "postgresql://me:p%40ss@host/db?sslpassword=other"
    said = addresses.veiled('bad "p@ss"\n or p%40ss, or other', address)
    assert said == 'bad "***" or ***, or ***'


def test_without_an_address_a_file_in_the_users_own_folder_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if os.name == "posix" and addresses.default().is_relative_to(tmp_path):
        addresses.opened("", KINDS).migrate()
        assert (tmp_path / "tierwise" / "ledger.db").exists()
    assert addresses.default().name == "ledger.db"
