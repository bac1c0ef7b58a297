"""The compiled price book on disk, one file per version of the data and of the code that compiles it.

Compiling takes a quarter of a second and a large import; reading the file takes milliseconds. A file that is missing, damaged or
cannot be written is no error: the book is then compiled in memory. A checksum stands before the content, since a damaged file may
still be a readable one, with other prices in it.
"""

import hashlib
import os
import tempfile
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from tierwise.catalog.book import PriceBook

CODE: Final = ("book.py", "compiled.py")
"""What the file depends on beside the data: its shape, and how it is filled."""

CHECKSUM: Final = 32


def location(folder: Path | None = None) -> Path:
    """Where the compiled book of the installed data lies."""
    base = folder or platformdirs.user_cache_path("tierwise")
    code = b"".join(files("tierwise.catalog").joinpath(name).read_bytes() for name in CODE)
    return base / f"prices-{version('genai-prices')}-{hashlib.sha256(code).hexdigest()[:8]}.msgpack"


def opened(folder: Path | None = None) -> PriceBook:
    """The price book, from disk if it is there and whole, else compiled and kept."""
    path = location(folder)
    kept = _kept(path)
    if kept is not None:
        return kept
    compiled: PriceBook = import_module("tierwise.catalog.compiled").book()
    content = msgspec.msgpack.encode(compiled)
    keep(path, hashlib.sha256(content).digest() + content)
    return compiled


def _kept(path: Path) -> PriceBook | None:
    """The book a file holds; None if there is none or it is not as it was written."""
    try:
        whole = path.read_bytes()
    except OSError:
        return None
    checksum, content = whole[:CHECKSUM], whole[CHECKSUM:]
    if hashlib.sha256(content).digest() != checksum:
        return None
    return msgspec.msgpack.decode(content, type=PriceBook)


def keep(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all; False where the place cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    except OSError:
        return False
    return _moved(handle, Path(name), path, content)


def _moved(handle: int, scratch: Path, path: Path, content: bytes) -> bool:
    """Whether a scratch file could be filled and put in its place; it is gone either way."""
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        return False
    return True
