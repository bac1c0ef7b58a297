"""Each client in a folder of its own, outside the repository, at exactly the version that is named."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from e2e.kit.client import NPM, PYPI

DONE: Final = ".installed"


class NotInstalled(RuntimeError):
    """An installer that failed; the message is what it said last."""


def cache() -> Path:
    """The folder with all that is installed here: TIERWISE_E2E_CACHE, or one in the user's cache folder."""
    return Path(os.environ.get("TIERWISE_E2E_CACHE") or Path.home() / ".cache" / "tierwise-e2e")


def folder_name(name: str, version: str) -> str:
    """What the folder of something is called."""
    return f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}-{version}"


def installed(installer: str, name: str, packages: Sequence[str]) -> Path:
    """The folder with a client's programs, after installing what is not there yet."""
    folder = cache() / name
    mark = folder / DONE
    wanted = "\n".join(packages)
    if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        INSTALLERS[installer](folder, packages)
        mark.write_text(wanted, encoding="utf-8")
    return folder / PLACES[installer]


def _with_npm(folder: Path, packages: Sequence[str]) -> None:
    quiet = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
    _ran(("npm", "install", "--prefix", str(folder), *quiet, *packages))


def _with_pip(folder: Path, packages: Sequence[str]) -> None:
    _ran((sys.executable, "-m", "venv", str(folder)))
    pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    whole = [name for name in packages if not name.endswith(ALONE)]
    alone = [name.removesuffix(ALONE) for name in packages if name.endswith(ALONE)]
    _ran((*pip, *whole))
    if alone:
        _ran((*pip, "--no-deps", *alone))


def _ran(command: Sequence[str]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # installers, with pinned names
    if ended.returncode:
        raise NotInstalled(f"{' '.join(command[:4])} ...: {ended.stderr.strip()[-2000:]}")


ALONE: Final = " alone"
"""Stands after a package that is installed without what it asks for."""

INSTALLERS: Final[Mapping[str, Callable[[Path, Sequence[str]], None]]] = MappingProxyType({NPM: _with_npm, PYPI: _with_pip})
PLACES: Final = MappingProxyType({NPM: "node_modules/.bin", PYPI: "bin"})
