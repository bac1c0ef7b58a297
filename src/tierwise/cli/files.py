"""Files that a command writes: whole or not at all."""

import os
import tempfile
from pathlib import Path


class BadPath(ValueError):
    """A place where no file can be written."""


def writable(path: Path) -> Path:
    """The path, if a file can be written there; BadPath if not. Asked before a long run, not after it."""
    folder = path.parent
    if path.is_dir():
        raise BadPath(f"{path}: is a folder")
    if not folder.is_dir():
        raise BadPath(f"{path}: there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise BadPath(f"{path}: the folder {folder} cannot be written to")
    return path


def write(path: Path, content: bytes) -> None:
    """Write a file in one step: readers see the old one or the new one, never a half."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mode = os.umask(0)
        os.umask(mode)
        Path(name).chmod(0o666 & ~mode)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
