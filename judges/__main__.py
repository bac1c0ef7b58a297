"""Ask the judges from outside, print what they say of the gateway, and end with 1 if one is not content."""

import argparse
import pkgutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Final

from e2e.kit.installing import folder_name, installed
from e2e.kit.servers import gateway, lenient, local_model, scripted
from judges.kit.judge import LENIENT, REAL, SCRIPTED, Court, Judge, Skipped, Verdict, verdict

HERE: Final = Path(__file__).parent
PAGE: Final = HERE.parent / "docs/reference/judges.md"
UPSTREAMS: Final = MappingProxyType({SCRIPTED: scripted, LENIENT: lenient, REAL: local_model})
TITLES: Final = MappingProxyType({SCRIPTED: "scripted", LENIENT: "scripted, lenient", REAL: "real small model"})
SHOWN: Final = 300


def found() -> dict[str, Judge]:
    """Every judge by the name of its file."""
    names = sorted(one.name for one in pkgutil.iter_modules([str(HERE / "suites")]))
    return {name: import_module(f"judges.suites.{name}").JUDGE for name in names}


def asked(judges: Sequence[Judge], folder: Path) -> Iterator[Verdict]:
    """What each says, for each set of wires behind the gateway."""
    with ExitStack() as stack:
        kinds = sorted({judge.upstream for judge in judges})
        ports = {kind: stack.enter_context(UPSTREAMS[kind](folder)) for kind in kinds}
        for judge in judges:
            for wires in judge.settings:
                place = folder / folder_name(judge.name, judge.version) / "-".join(wires)
                yield _asked(judge, wires, place, ports[judge.upstream])


def _asked(judge: Judge, wires: tuple[str, ...], place: Path, upstream: int) -> Verdict:
    place.mkdir(parents=True, exist_ok=True)
    programs = installed(judge.installer, folder_name(judge.name, judge.version), judge.packages)
    with gateway(place, upstream, wires, judge.aliases) as port:
        try:
            return verdict(judge, wires, judge.run(Court(programs, place, port, upstream)))
        except Skipped as missing:
            return Verdict(judge, wires, skipped=str(missing))


def table(verdicts: Sequence[Verdict]) -> str:
    """What they said, a row for each run."""
    head = ("judge", "version", "upstream", "its wires", "passed", "excepted", "failed")
    rows = [head, *(_row(one) for one in verdicts)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def _row(one: Verdict) -> tuple[str, ...]:
    counts = [str(len(listed)) for listed in (one.passed, one.excepted, one.failed)] if not one.skipped else ["skipped", "-", "-"]
    return (one.judge.name, one.judge.version, TITLES[one.judge.upstream], ", ".join(one.wires), *counts)


def exceptions(verdicts: Sequence[Verdict]) -> str:
    """The exceptions that were made: how many cases a reason holds for, and the first of them."""
    made: dict[tuple[str, str], list[str]] = {}
    for judge, why, case in sorted({(one.judge.name, why, case) for one in verdicts for case, why in one.excepted}):
        made.setdefault((judge, why), []).append(case)
    return "\n".join(f"* {judge}, {_such(cases)}: {why}." for (judge, why), cases in made.items()) or "None."


def _such(cases: Sequence[str]) -> str:
    return f"`{cases[0]}`" if len(cases) == 1 else f"{len(cases)} cases such as `{cases[0]}`"


def page(verdicts: Sequence[Verdict]) -> str:
    """The reference page."""
    judges = {one.judge.name: one.judge for one in verdicts}.values()
    about = "\n".join(f"* **{one.name}** {one.version}: {one.about}." for one in judges)
    return f"""# Outside judges

Written by `python -m judges --write`. Test suites of other people, pinned, each in an environment of its own, against a gateway with one
endpoint. Where the upstream speaks the judge's wire, the bytes pass through; where it does not, they are translated. A warning counts as a
failure. `make judges` runs all of it.

{about}

{datetime.now(UTC):%Y-%m-%d}.

{table(verdicts)}

## Exceptions

{exceptions(verdicts)}
"""


def told(one: Verdict) -> Verdict:
    """Say what a judge said as soon as it is known."""
    state = f"skipped: {one.skipped}" if one.skipped else "FAILED" if one.failed else "ok"
    print(f"{one.judge.name}, {', '.join(one.wires)}: {state}", file=sys.stderr, flush=True)
    for case, said in one.failed:
        print(f"       {case}: {' '.join(said.split())[:SHOWN]}", file=sys.stderr, flush=True)
    return one


def main() -> int:
    """Ask and show."""
    known = found()
    parser = argparse.ArgumentParser(prog="python -m judges", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to ask: {', '.join(known)}")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} too")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep logs and reports here")
    given = parser.parse_args()
    for name in given.names:
        if name not in known:
            parser.error(f"unknown judge {name!r}; known are {', '.join(known)}")
    with tempfile.TemporaryDirectory(prefix="tierwise-judges-", ignore_cleanup_errors=True) as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        verdicts = [told(one) for one in asked([known[name] for name in given.names or known], folder)]
    print(table(verdicts))
    if given.write:
        PAGE.write_text(page(verdicts), encoding="utf-8")
    return int(any(one.failed for one in verdicts))


if __name__ == "__main__":
    sys.exit(main())
