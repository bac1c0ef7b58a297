"""Take real clients through the gateway, print what came of it, and end with 1 if anything was not as it should be."""

import argparse
import os
import pkgutil
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Final

from e2e.cascades import running, shop
from e2e.cascades.running import Outcome
from e2e.cascades.table import table as cascades_table
from e2e.kit.client import Client
from e2e.kit.table import Row, table, wrongs
from e2e.kit.tour import at, legs, taken

HERE: Final = Path(__file__).parent
PAGE: Final = HERE.parent / "docs/reference/e2e.md"
CASCADES: Final = "cascades"


def found() -> dict[str, Client]:
    """Every client by the name of its file."""
    names = sorted(one.name for one in pkgutil.iter_modules([str(HERE / "clients")]))
    return {name: import_module(f"e2e.clients.{name}").CLIENT for name in names}


def page(rows: list[Row], cascades: list[Outcome]) -> str:
    """The reference page."""
    return f"""# Real clients

Written by `python -m e2e --write`. Each client runs headless, with a home of its own and no way to anything but this machine, in a new
git repository: once to be greeted (plain), once to list the files (tool). For the tool the upstream asks for one of the client's own tools,
the client runs it, and the answer has to hold a file name that is only in that repository. SDKs are asked for whole, streamed and
structured answers, and for tool calls in both forms, in the same two runs. In front of the gateway and behind it every byte passes a tap.
It holds the client to one try for each call, both sides to no error status, and the gateway to the wire of the upstream. `make e2e` runs
all of it.

Rows with the same wire twice pass the bytes through. The others are translated. The real small model is SmolLM2-135M behind llama.cpp's
own server; a well-formed answer is all that is asked of it. Calls and times are those of the plain and the tool run; a client's own start
is most of the time.

{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.system()}.

{table(rows)}

## Verified cascades

`tierwise cascade` in a small repository with a failing test, `{shop.VERIFY}` as the check, the tests protected, the agents with their real
tool loops. Of three scripted models the first does nothing, the second mends the failing test and breaks another, the third mends it. In
the last row the first model is the real small one, which cannot do it. Held for each: every model had its turn with the outcome it should
have, the branch has the mended file on one commit, the repository is byte for byte as it was, no tree is left, and the run, its stages
and their costs are the same in the command's record, in the ledger and in the report.

{cascades_table(cascades)}
"""


def main() -> int:
    """Run and show."""
    known = found()
    agents = {**{one.agent.client.name.replace("-", "_"): one.agent.client for one in running.CASES}, **known}
    parser = argparse.ArgumentParser(prog="python -m e2e", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run: {', '.join(agents)}")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} too")
    parser.add_argument("--port", type=int, help="try them at a server that runs already, on this port of this machine")
    parser.add_argument(
        "--only", choices=("same", "across", "real", "cascades"), help="only these: wires as they are, translated, the real model, cascades"
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the servers' logs here")
    asked = parser.parse_args()
    for name in asked.names:
        if name not in agents:
            parser.error(f"unknown client {name!r}; known are {', '.join(agents)}")
    clients = [known[name] for name in asked.names or known if name in known]
    wanted = [leg for leg in legs(clients) if asked.only in {None, leg.group}]
    with tempfile.TemporaryDirectory(prefix="tierwise-e2e-", ignore_cleanup_errors=True) as folder:
        logs = asked.keep or Path(folder)
        logs.mkdir(parents=True, exist_ok=True)
        rows = list(at(wanted, asked.port, told) if asked.port else taken(wanted, logs, told))
        cascades = [] if asked.port or asked.only not in {None, CASCADES} else list(_cascades(asked.names, agents, logs))
    print("\n\n".join([*([table(rows)] if rows else []), *([cascades_table(cascades)] if cascades else [])]))
    if asked.write:
        PAGE.write_text(page(rows, cascades), encoding="utf-8")
    return int(not (all(row.ok for row in rows) and all(one.ok for one in cascades)))


def _cascades(names: Sequence[str], known: Mapping[str, Client], logs: Path) -> Iterator[Outcome]:
    """What comes of the cascades of some clients, of all where none is named."""
    wanted = [known[name] for name in names or known]
    for case in running.CASES:
        if case.agent.client in wanted:
            one = running.taken(case, logs)
            print(
                f"{'ok    ' if one.ok else 'FAILED'} {case.agent.client.name}, a cascade{' (real)' * case.real}",
                file=sys.stderr,
                flush=True,
            )
            for said in one.wrong:
                print(f"       {' '.join(said.split())}", file=sys.stderr, flush=True)
            yield one


def told(row: Row) -> None:
    """Say what came of a row as soon as it is known."""
    print(
        f"{'ok    ' if row.ok else 'FAILED'} {row.client.name}, {row.wire} to {row.upstream}{' (real)' * row.real}",
        file=sys.stderr,
        flush=True,
    )
    for said in wrongs([row]):
        print(f"       {said}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
