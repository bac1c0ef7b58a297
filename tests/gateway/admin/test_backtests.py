import json
import sys
from collections.abc import Sequence

import pytest

from tests.gateway.admin.asking import KEYS, asked, holding, told
from tests.gateway.within import run, settled
from tierwise.gateway.admin import backtests
from tierwise.gateway.admin.views import Trial, Views
from tierwise.gateway.gateway import Gateway

RAW = {"content-type": "application/octet-stream"}
WRITES = "import pathlib, sys; pathlib.Path('report.html').write_text('<h1>' + open(sys.argv[1]).read()); print('60 calls')"


def running(code: str, seen: list[Trial]) -> Views:
    def command(trial: Trial) -> Sequence[str]:
        seen.append(trial)
        return [sys.executable, "-c", code, str(trial.log)]

    return Views(backtest=command)


async def ended(made: Gateway) -> dict[str, object]:
    """The latest run, when it has ended."""
    await settled(lambda: made.trials.running is None, 5)
    found: dict[str, object] = (await told(made, "/admin/backtests"))["runs"][0]
    return found


def test_a_log_is_replayed_apart_and_its_report_stands_at_a_secret_address() -> None:
    async def drill() -> None:
        async with holding() as (made, _):
            seen: list[Trial] = []
            made.views = running(WRITES, seen)
            answer = await asked(made, "/admin/backtests?name=..%2F..%2Fmy+log.jsonl&policy=tiered&floor=0.2&odd=1", "POST", b"a log", RAW)
            assert answer.status == 202
            found = await ended(made)
            assert (found["state"], found["said"], found["page"]) == ("done", "60 calls\n", True)
            log = seen[0].log
            assert log is not None
            assert log.parent == seen[0].folder
            assert log.name == "_.._my_log.jsonl"
            assert seen[0].asked == {"policy": "tiered", "floor": "0.2"}
            assert not seen[0].folder.exists(), "nothing is left behind"
            page = await asked(made, f"/admin/reports/{found['id']}")
            assert page.body == b"<h1>a log"
            assert page.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
            assert (await asked(made, "/admin/reports/0000")).status == 404

    run(drill())


def test_the_ledger_is_replayed_from_a_moment_on() -> None:
    async def drill() -> None:
        async with holding() as (made, _):
            seen: list[Trial] = []
            made.views = running("print('ledger')", seen)
            assert (await asked(made, "/admin/backtests?ledger=24h", "POST", b"", RAW)).status == 202
            found = await ended(made)
            assert (found["name"], found["state"], found["page"]) == ("the ledger", "done", False)
            assert seen[0].log is None
            assert seen[0].since == made.clock.now() - 86_400_000

    run(drill())


def test_what_goes_wrong_is_said() -> None:
    async def drill() -> None:
        async with holding() as (made, _):
            made.views = running("import sys; sys.exit('tierwise: log.jsonl: not a log')", [])
            await asked(made, "/admin/backtests?name=log.jsonl", "POST", b"?", RAW)
            found = await ended(made)
            assert (found["state"], found["said"]) == ("failed", "tierwise: log.jsonl: not a log\n")
            made.views = Views(backtest=lambda _: ["/nowhere/at/all"])
            await asked(made, "/admin/backtests?name=log.jsonl", "POST", b"?", RAW)
            found = await ended(made)
            assert found["state"] == "failed"
            assert "could not be run" in str(found["said"])

    run(drill())


def test_one_runs_at_a_time_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtests, "LONGEST", 0.3)

    async def drill() -> None:
        async with holding() as (made, _):
            made.views = running("import time; time.sleep(60)", [])
            assert (await asked(made, "/admin/backtests", "POST", b"x", RAW)).status == 202
            second = await asked(made, "/admin/backtests", "POST", b"x", RAW)
            assert second.status == 429
            assert second.headers["retry-after"] == "5"
            found = await ended(made)
            assert found["state"] == "failed"
            assert "it took longer than" in str(found["said"])

    run(drill())


def test_one_that_runs_ends_with_the_gateway() -> None:
    async def drill() -> None:
        async with holding() as (made, _):
            seen: list[Trial] = []
            made.views = running("import time; time.sleep(60)", seen)
            await asked(made, "/admin/backtests", "POST", b"x", RAW)
            await settled(lambda: seen)
            await made.trials.close()
            assert made.trials.runs[0].state == "failed"
            assert not seen[0].folder.exists()

    run(drill())


def test_only_the_latest_few_are_kept() -> None:
    async def drill() -> None:
        async with holding() as (made, _):
            made.views = Views(backtest=lambda _: ["/nowhere/at/all"])
            for _ in range(10):
                await asked(made, "/admin/backtests", "POST", b"x", RAW)
                await settled(lambda: made.trials.running is None)
            assert len((await told(made, "/admin/backtests"))["runs"]) == 8

    run(drill())


@pytest.mark.parametrize(
    ("query", "body", "headers", "says"),
    [
        ("", b"", RAW, "send a log as the body"),
        ("?ledger=7d", b"x", RAW, "send a log as the body"),
        ("?ledger=year", b"", RAW, "ledger: 'year' is not one of 1h"),
        ("?policy=--html", b"x", RAW, "policy: '--html' is none"),
        ("", b"x", {"content-type": "text/plain"}, "send content-type: application/octet-stream"),
    ],
)
def test_what_makes_no_sense_is_refused(query: str, body: bytes, headers: dict[str, str], says: str) -> None:
    async def drill() -> None:
        async with holding() as (made, _):
            made.views = running("", [])
            answer = await asked(made, f"/admin/backtests{query}", "POST", body, headers)
            assert answer.status == 400
            assert says in json.loads(answer.body)["error"]["message"]
            assert made.trials.runs == []

    run(drill())


def test_a_gateway_that_runs_none_says_so() -> None:
    async def drill() -> None:
        async with holding(keys=KEYS) as (made, _):
            reader = {"authorization": "Bearer the-readers-secret"}
            assert (await asked(made, "/admin/backtests", "POST", b"x", {**RAW, **reader})).status == 404
            assert (await asked(made, "/admin/backtests", "POST", b"x", RAW)).status == 401
            assert await told(made, "/admin/backtests", headers=reader) == {"runs": []}

    run(drill())
