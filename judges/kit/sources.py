"""Tests that come with the source package of something, unpacked beside what is installed."""

import subprocess
import sys
import tarfile
from pathlib import Path

from e2e.kit.installing import cache
from judges.kit.judge import Skipped


def unpacked(package: str, version: str, inside: str) -> Path:
    """A folder (its path ends with `inside`) of the source package of a version."""
    folder = cache() / f"{package}-{version}-source"
    if not _found(folder, inside):
        folder.mkdir(parents=True, exist_ok=True)
        _fetched(folder, f"{package}=={version}", inside)
    return _found(folder, inside)[0]


def _found(folder: Path, inside: str) -> list[Path]:
    return [path for path in (*folder.glob(f"*/{inside}"), *folder.glob(f"*/*/{inside}")) if path.is_dir()]


def _fetched(folder: Path, wanted: str, inside: str) -> None:
    source = ("--no-deps", "--no-binary", wanted.partition("==")[0], "--dest", str(folder), wanted)
    command = (sys.executable, "-m", "pip", "download", "--quiet", *source)
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # pip, with a pinned name
    if ended.returncode:
        raise Skipped(f"its source package cannot be had: {ended.stderr.strip()[-300:]}")
    with tarfile.open(next(folder.glob("*.tar.gz"))) as packed:
        packed.extractall(folder, [one for one in packed.getmembers() if f"/{inside}/" in one.name], filter="data")
