"""What reads the ledger reads the same from every store: the report, the backtest, a request's receipt."""

import json

import pytest

from tests.assembly.demoing import entries, house
from tierwise.cli import main
from tierwise.cli.report import Charges
from tierwise.lab.importers.ledger import told
from tierwise.lab.logged import Logged
from tierwise.lab.proof import proof
from tierwise.ledger import Query, Store
from tierwise.ledger.rows import row_of

SOME = 300


def test_a_report_is_the_same_from_every_store(store: Store) -> None:
    some = entries()[:SOME]
    store.add(some)
    rows = sorted(map(row_of, some), key=lambda one: (one.at, one.id))
    charge = Charges(Logged(house().sources))
    assert proof(store.each(Query()), "team", charge) == proof(rows, "team", charge)


def test_calls_and_entries_are_the_same_from_every_store(store: Store) -> None:
    some = entries()[:SOME]
    store.add(some)
    rows = sorted(map(row_of, some), key=lambda one: (one.at, one.id))
    assert list(told(store.each(Query()))) == list(told(rows))
    assert [store.find(one.id) for one in some[::60]] == some[::60]


def test_the_commands_take_the_address_of_every_store(address: str, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    if address == "memory:":
        pytest.skip("what is kept in memory is gone with the process that kept it")
    some = entries()[:SOME]
    store.add(some)
    assert main(["report", "--store", address, "--since", "2026-01-01", "--until", "2027-01-01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["whole"]["requests"] == SOME
    name = next(one.id for one in some if one.decision is not None)
    assert main(["explain", name, "--store", address]) == 0
    assert "the same choice" in capsys.readouterr().out
    where = address if "://" in address else f"sqlite:///{address}"
    assert main(["backtest", where, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["calls"] > SOME / 2
