"""The sample log is one that anybody can start from, and its words stand where a person spoke."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tierwise import assembly
from tierwise.core.money import Unknown
from tierwise.lab import sessions
from tierwise.lab.logged import Logged
from tierwise.lab.sessions import Reading, Session
from tierwise.lab.step import turns

ROOT = Path(__file__).parents[1]
LOG = ROOT / "examples/sessions.jsonl"


@pytest.fixture(scope="module")
def house() -> assembly.House:
    return assembly.house(assembly.settings(None))


@pytest.fixture(scope="module")
def log(house: assembly.House) -> tuple[list[Session], Reading]:
    reading = Reading()
    return list(sessions.read(sessions.found([LOG], house.importers), reading)), reading


def test_every_line_is_read(log: tuple[list[Session], Reading]) -> None:
    found, reading = log
    assert (len(found), reading.calls, reading.skipped) == (16, 372, 0)


def test_a_person_speaks_where_a_turn_begins_and_nowhere_else(log: tuple[list[Session], Reading]) -> None:
    for session in log[0]:
        assert [call for call in session.calls if call.words] == [turn[0] for turn in turns(session.calls)], session.id


def test_every_call_has_token_counts_and_a_price(house: assembly.House, log: tuple[list[Session], Reading]) -> None:
    logged = Logged(house.sources)
    prices = [logged.price(call) for session in log[0] for call in session.calls]
    assert [price for price in prices if isinstance(price, Unknown) or not price] == []


def test_the_file_stays_small() -> None:
    assert LOG.stat().st_size < 150_000


def test_the_file_is_what_its_script_makes(shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    made = tmp_path / "made.jsonl"
    subprocess.run([sys.executable, ROOT / "tools/sample.py", shared / "data", made], check=True, capture_output=True)  # noqa: S603  # our own script
    assert made.read_bytes() == LOG.read_bytes()


def test_the_workflow_calls_what_there_is() -> None:
    workflow = yaml.safe_load((ROOT / "examples/cascade.yml").read_text("utf-8"))
    (steps,) = (job["steps"] for job in workflow["jobs"].values())
    line = next(step["run"] for step in steps if step.get("id") == "cascade").partition(" --json")[0].replace("\\\n", " ")
    words = shlex.split(line, comments=True)
    assert words[:2] == ["tierwise", "cascade"]
    helped = subprocess.run([sys.executable, "-m", "tierwise", "cascade", "--help"], check=True, capture_output=True, text=True)
    assert [word for word in words if word.startswith("--") and word not in helped.stdout] == []


def test_the_workflow_puts_nothing_that_somebody_wrote_into_a_command() -> None:
    workflow = yaml.safe_load((ROOT / "examples/cascade.yml").read_text("utf-8"))
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert [one for one in commands if "${{" in one] == []
