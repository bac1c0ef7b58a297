"""The stores that tests run on: SQLite, memory, and a real Postgres, one for the whole session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.server import Server, running
from tierwise import plugins
from tierwise.ledger import Store, addresses, front

KINDS = ("sqlite", "memory", "postgres")


@pytest.fixture(autouse=True)
def memory(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What gateways keep in the machine's memory lies in a folder that goes with the test."""
    monkeypatch.setattr(front, "MEMORY", tmp_path_factory.mktemp("memory"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server that whoever stops it starts again."""
    with running() as server:
        yield server


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store, of each kind in turn."""
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres")
        return server.cleared()
    return {"sqlite": str(tmp_path / "kept" / "ledger.db"), "memory": "memory:"}[request.param]


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """An empty store, of each kind in turn."""
    one = addresses.opened(address, plugins.found(plugins.STORES))
    yield one
    one.close()
