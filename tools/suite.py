"""Run every test, then hold the pure floors to their rule: each module is covered by its own test file, lines and branches.

    python tools/suite.py [pytest arguments]

Each module of a pure floor, src/tierwise/ROOM/NAME.py, has tests/ROOM/test_NAME.py. What that file alone runs of the module must be all of
it; lines that run on import count for everybody. Coverage's contexts tell which test file ran what.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from coverage import CoverageData
from coverage.control import Coverage

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "tierwise"
TESTS = ROOT / "tests"
PURE = ("core", "engine", "wires", "providers", "clients", "recovery")
WORKERS = "2"


def main(arguments: Sequence[str]) -> int:
    """Run the tests under coverage; the exit code."""
    with tempfile.TemporaryDirectory(prefix="tierwise-") as folder:
        stored = Path(folder) / "coverage"
        tested = subprocess.run(  # noqa: S603  # our own tests
            [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-q", "-n", WORKERS, *arguments],
            cwd=ROOT,
            env={**os.environ, "COVERAGE_FILE": str(stored)},
            check=False,
        )
        if tested.returncode or arguments:
            return tested.returncode
        return _judged(stored)


def _judged(stored: Path) -> int:
    """Say which pure modules are not covered by their own test file."""
    whole = Coverage(data_file=str(stored), config_file=str(ROOT / "pyproject.toml"))
    whole.combine([str(stored.parent)], keep=True)
    data = whole.get_data()
    gaps = [gap for module in _modules() for gap in _gaps(module, data)]
    for gap in gaps:
        print(gap)
    print(f"pure floors: {len(list(_modules()))} modules, {len(gaps)} gaps in what their own tests cover")
    return 1 if gaps else 0


def _modules() -> Iterator[Path]:
    return (path for room in PURE for path in sorted((SOURCE / room).rglob("*.py")))


def own_test(module: Path) -> Path:
    """The test file of a module."""
    inside = module.relative_to(SOURCE)
    return TESTS / inside.parent / f"test_{inside.name}"


def _gaps(module: Path, data: CoverageData) -> Iterator[str]:
    """Lines and branches of a module that neither its import nor its own test file reaches."""
    contexts = ["", str(own_test(module).relative_to(ROOT))]
    missing = _missing(module, data, contexts)
    if missing:
        yield f"{module.relative_to(ROOT)}: {own_test(module).relative_to(ROOT)} does not reach {missing}"


def _missing(module: Path, data: CoverageData, contexts: Sequence[str]) -> str:
    """What of a module is missing when only some contexts count, in coverage's own words."""
    data.set_query_contexts([f"^{re.escape(name)}$" for name in contexts])
    arcs = data.arcs(str(module)) or []
    data.set_query_contexts(None)
    alone = Coverage(data_file=None, config_file=False, branch=True)
    alone.get_data().add_arcs({str(module): arcs})
    lines = alone.analysis2(str(module))[3]
    branches = alone._analyze(str(module)).missing_branch_arcs()  # noqa: SLF001  # coverage has no public name for it
    said = [f"line {line}" for line in lines]
    said += [f"branch {start}->{end}" for start, ends in branches.items() for end in ends if start not in lines]
    return ", ".join(said)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
