"""The demo, in one command: a ledger is made, and a gateway serves it."""

import json
import re
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.assembly.demoing import filled, house
from tierwise import plugins
from tierwise.cli import WRONG, demo, main
from tierwise.ledger import Query, addresses


def test_a_ledger_that_holds_something_is_left_as_it_is(tmp_path: Path) -> None:
    path = filled(tmp_path)
    assert demo.filled(house(), str(path)).said == f"the ledger {path} holds entries already; it is left as it is"


def test_the_house_keeps_its_records_where_the_demo_is(tmp_path: Path) -> None:
    said = demo.kept_in(house(), "postgresql://x@y/z", str(tmp_path)).settings.ledger
    assert (said.store, said.store_env, said.spool) == ("postgresql://x@y/z", None, str(tmp_path / "spool"))


def test_a_ledger_can_be_made_and_not_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--only-fill", "--store", str(filled(tmp_path))]) == 0
    assert "it is left as it is" in capsys.readouterr().out
    assert main(["demo", "--only-fill"]) == WRONG
    assert "--only-fill: give --store as well" in capsys.readouterr().err


def test_one_command_fills_a_ledger_and_serves(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    words = [sys.executable, "-m", "tierwise", "demo", "--port", "0", "--store", str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:  # noqa: S603  # our own command
        assert process.stdout is not None
        try:
            made = process.stdout.readline()
            greeting = process.stdout.readline()
            found = re.search(r"http://[0-9.:]+", greeting)
            assert found is not None, made + greeting
            told = ""
            while "Stop it" not in told:
                told += process.stdout.readline()
            key = re.search(r"/console/#/key/(tw-[\w-]{43})\n", told)
            assert key is not None, told
            asked = Request(f"{found[0]}/admin/overview?span=30d", headers={"x-api-key": key[1]})  # noqa: S310  # our own address
            with urlopen(asked, timeout=5) as answer:  # noqa: S310  # our own address
                assert json.load(answer)["total"]["requests"] > 3000
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    assert re.match(r"demo ledger: [0-9],[0-9]{3} requests of four weeks made in [0-9.]+ s, in ", made)
    with closing(addresses.opened(str(path), plugins.found(plugins.STORES))) as store:
        assert store.grouped("", Query())[0].requests > 3000
