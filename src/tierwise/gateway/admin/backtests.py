"""Backtests from the console: a log that is sent here, or the ledger itself, replayed by a process of its own.

    POST /admin/backtests?name=FILE&policy=P&floor=D      the log as the body; with ledger=SPAN and no body, the ledger of that span
    GET  /admin/backtests                                 those that run and the latest that have ended
    GET  /admin/reports/SECRET                            a report's page

Theory of operation. A replay takes all of a core for as long as it lasts, so it runs apart, politely, and one at a time. It is the command
`tierwise backtest`, with these settings and without their secrets. A frame cannot send a key with what it loads, so a report's address
holds a secret that only those who may see it are told; the page may run nothing and load nothing.
"""

import asyncio
import re
import tempfile
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree
from typing import Any, Final

from msgspec import Struct

from tierwise.core.faults import Fault
from tierwise.gateway.admin.asked import SPANS, asked
from tierwise.gateway.admin.door import sees, told
from tierwise.gateway.admin.views import Trial
from tierwise.gateway.app import Call, Route
from tierwise.gateway.asking import Refused
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.trials import Run

LONGEST: Final = 900.0
KEPT: Final = 8
SAID: Final = 20_000
"""Characters of what the command said that are kept."""

LARGEST: Final = 32 << 20
"""Bytes that a report may have."""

RAW: Final = "application/octet-stream"
REPORT: Final = "report.html"
STRANGE: Final = re.compile(r"[^A-Za-z0-9._-]+")
GUARDED: Final = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", b"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class Wish(Struct, frozen=True):
    """What is to be replayed: the log's name and bytes ('' and none for the ledger), from when on, and what is asked of it."""

    name: str
    log: bytes
    since: int
    asked: Mapping[str, str]


async def begin(call: Call) -> None:
    """Start a backtest."""
    gateway = call.gateway
    if gateway.views.backtest is None:
        raise Refused(Fault("not_found", "this gateway runs no backtests"))
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != RAW:
        raise Refused(Fault("malformed", f"send content-type: {RAW}"))
    wish = _wished(asked(call.query), await call.body(), gateway.clock.now())
    if gateway.trials.running is not None:
        raise Refused(Fault("concurrency", "a backtest is running; one at a time", after=5000))
    run = Run(gateway.clock.secret(), gateway.clock.now(), wish.name or "the ledger")
    gateway.trials.runs = [run, *gateway.trials.runs][:KEPT]
    gateway.trials.running = asyncio.create_task(_run(gateway, run, wish))
    await told(call, _shown(run), 202)


def _wished(given: Mapping[str, str], body: bytes, now: int) -> Wish:
    """What is asked for; Refused where that is nothing."""
    ledger = given.get("ledger", "")
    if ledger and ledger not in SPANS:
        raise Refused(Fault("malformed", f"ledger: {ledger[:40]!r} is not one of {', '.join(SPANS)}"))
    if bool(ledger) == bool(body):
        raise Refused(Fault("malformed", "send a log as the body, or say ledger=30d for what was served here, one of the two"))
    name = "" if ledger else STRANGE.sub("_", given.get("name", ""))[-80:].lstrip(".") or "log.jsonl"
    said = {key: value for key in ("policy", "floor", "reference") if (value := given.get(key, "").strip())}
    wrong = next((key for key, value in said.items() if value.startswith("-")), "")
    if wrong:
        raise Refused(Fault("malformed", f"{wrong}: {said[wrong][:40]!r} is none"))
    return Wish(name, body, max(0, now - SPANS[ledger]) if ledger else 0, said)


async def _run(gateway: Gateway, run: Run, wish: Wish) -> None:
    """Run the command and keep what comes of it."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="tierwise-backtest-"))
    try:
        await _replayed(gateway, run, wish, folder)
    except TimeoutError:
        run.state, run.said = "failed", f"it took longer than {LONGEST / 60:g} minutes; try a shorter log"
    except OSError as error:
        run.state, run.said = "failed", f"it could not be run: {error}"
    finally:
        run.state = "failed" if run.state == "running" else run.state
        await asyncio.to_thread(rmtree, folder, ignore_errors=True)
        gateway.trials.running = None


async def _replayed(gateway: Gateway, run: Run, wish: Wish, folder: Path) -> None:
    log = None
    if wish.name:
        log = folder / wish.name
        await asyncio.to_thread(log.write_bytes, wish.log)
    command = gateway.views.backtest(Trial(log, folder, wish.since, wish.asked)) if gateway.views.backtest is not None else ()
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT, stdin=asyncio.subprocess.DEVNULL, cwd=folder)
    try:
        async with asyncio.timeout(LONGEST):
            said, _ = await process.communicate()
    finally:
        await _end(process)
    run.said = said.decode("utf-8", "replace")[:SAID].replace(f"{folder}/", "")
    run.state = "done" if process.returncode == 0 else "failed"
    run.page = await asyncio.to_thread(_page, folder / REPORT)


async def _end(process: Process) -> None:
    """Let no process outlive its run."""
    if process.returncode is None:
        process.kill()
        await process.wait()


def _page(path: Path) -> bytes:
    """A report's page, empty where there is none."""
    return path.read_bytes() if path.is_file() and path.stat().st_size <= LARGEST else b""


async def listed(call: Call) -> None:
    """Those that run and the latest that have ended."""
    await told(call, {"runs": [_shown(one) for one in call.gateway.trials.runs]})


def _shown(run: Run) -> dict[str, Any]:
    return {"id": run.id, "at": run.at, "name": run.name, "state": run.state, "said": run.said, "page": bool(run.page)}


async def report(call: Call) -> None:
    """A report's page, to whoever knows its address."""
    found = next((one for one in call.gateway.trials.runs if one.id == call.tail and one.page), None)
    if found is None:
        raise Refused(Fault("not_found", "no such report; only the latest few are kept"))
    await call.sink.whole(200, found.page, GUARDED)


ROUTES: Final[Mapping[str, Route]] = {
    "/admin/backtests": Route({"GET": sees(listed), "POST": sees(begin)}),
    "/admin/reports/": Route({"GET": report}, "openai_chat", open=True),
}
