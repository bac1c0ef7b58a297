"""The repository of the proof: a shop with a wrong sum, its tests, and what each of the models makes of it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

TASK: Final = "The test of the total fails. Mend shop.py so that all tests pass. Do not touch the tests."
VERIFY: Final = "python3 -m unittest -q test_shop"
FILE: Final = "shop.py"
TESTS: Final = "test_shop.py"

WRONG: Final = '''"""A shop."""


def total(prices):
    return sum(prices[1:])


def cheapest(prices):
    return min(prices)
'''
BROKEN: Final = WRONG.replace("sum(prices[1:])", "sum(prices)").replace("min(prices)", "prices[0]")
RIGHT: Final = WRONG.replace("sum(prices[1:])", "sum(prices)")

TESTED: Final = """import unittest

from shop import cheapest, total


class Shop(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([3, 1, 2]), 6)

    def test_cheapest(self):
        self.assertEqual(cheapest([3, 1, 2]), 1)
"""
IGNORED: Final = "__pycache__/\n"

IDLE, BREAKER, FIXER, SMALL = "idle-1", "breaker-1", "fixer-1", "smollm2"
WORK: Final[Mapping[str, str]] = MappingProxyType({IDLE: "", BREAKER: BROKEN, FIXER: RIGHT})
"""What each scripted model makes of the file, '' for nothing."""

PRICES: Final[Mapping[str, tuple[float, float]]] = MappingProxyType({IDLE: (0.1, 0.4), BREAKER: (1.0, 4.0), FIXER: (5.0, 25.0)})
"""Dollars for a million tokens: of input, and of output."""


def laid(folder: Path) -> None:
    """Lay the repository out, with one commit."""
    folder.mkdir(parents=True)
    for name, text in ((FILE, WRONG), (TESTS, TESTED), (".gitignore", IGNORED)):
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "-c", "user.name=e2e", "-c", "user.email=e2e@localhost", "commit", "-qm", "A shop")


def git(folder: Path, *words: str) -> str:
    """What git says in a repository."""
    ended = subprocess.run(("git", "-C", str(folder), *words), check=True, capture_output=True, text=True)  # noqa: S603, S607  # the machine's git
    return ended.stdout


def state(folder: Path) -> dict[str, bytes]:
    """Every file of a working tree with what is in it, and where its branch and index stand."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}
    return {
        **files,
        "HEAD": git(folder, "rev-parse", "HEAD", "--abbrev-ref", "HEAD").encode(),
        "status": git(folder, "status", "-s").encode(),
    }
