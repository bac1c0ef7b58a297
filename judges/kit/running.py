"""Running other people's programs, and reading the reports that they write."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from e2e.kit.servers import sealed
from judges.kit.judge import Case

PATIENCE = 900.0
TROUBLES = ("failure", "error", "skipped")


class Unheard(RuntimeError):
    """A program that said nothing that could be read; the message is the end of what it printed."""


def ran(command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """What a program printed on its standard output; its exit code is its verdict, and read from its report."""
    folder.mkdir(parents=True, exist_ok=True)
    ended = subprocess.run(  # noqa: S603  # a judge, pinned
        command, cwd=cwd or folder, env=sealed(folder, env or {}), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    (folder / "output.log").write_text(ended.stdout + ended.stderr, encoding="utf-8")
    return ended.stdout


def junit(report: Path) -> list[Case]:
    """The cases of a report in JUnit's format; skipped ones are left out."""
    if not report.is_file():
        log = report.parent / "output.log"
        raise Unheard(log.read_text(encoding="utf-8")[-2000:] if log.is_file() else f"no {report}")
    found = [(case, [one for one in case if one.tag in TROUBLES]) for case in ET.parse(report).iter("testcase")]  # noqa: S314  # written just now
    return [
        Case(_name(case), not troubles, troubles[0].get("message") or (troubles[0].text or "") if troubles else "")
        for case, troubles in found
        if not any(one.tag == "skipped" for one in troubles)
    ]


def _name(case: ET.Element) -> str:
    place = (case.get("classname") or "").rpartition(".")[2]
    return f"{place}::{case.get('name')}" if place else str(case.get("name"))
