"""Changes of files as tools are told them, and whether one undoes another.

An edit replaces a text by another, writes a whole file, or is a patch of hunks. Texts are kept as numbers that tell equal from unequal.
An edit is undone by a later one of the same file that puts its old text in the place of its new one. What only printed something for a
look is left out: it was meant to go again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from tierwise.engine.commands import decoded

PATHS: Final = (
    "file_path",
    "filePath",
    "path",
    "filename",
    "file",
    "target_file",
    "TargetFile",
    "absolute_path",
    "notebook_path",
    "filepath",
)
OLDS: Final = ("old_string", "oldString", "old_str", "oldText", "search", "old", "old_text")
NEWS: Final = ("new_string", "newString", "new_str", "newText", "replace", "new", "new_text")
WHOLE: Final = ("content", "contents", "file_text", "text", "code", "CodeContent")
PATCHES: Final = ("input", "patch", "patchText", "patch_text", "diff", "command", "cmd")
MANY: Final = ("edits", "replacements", "changes")

DEBUG: Final = re.compile(
    r"console\.\w+\(|\bprint\w*\(|\blog\w*[.(]|\bdbg!|\bdebugger\b|fmt\.Print|System\.out|\becho\b|\bputs\b|TODO|DEBUG", re.IGNORECASE
)
FILE: Final = re.compile(r"^(?:\*\*\* (?:Update|Add|Delete) File: |\+\+\+ (?:b/)?)(.+)$", re.MULTILINE)
HUNK: Final = re.compile(r"^(?:@@.*|\*\*\* .*|---.*|\+\+\+.*)$", re.MULTILINE)

SOUGHT: Final = re.compile(r"^(?:<{5,}|-{5,}) SEARCH>?\n(?::start_line:.*\n-{5,}\n)?", re.MULTILINE)
DIVIDED: Final = re.compile(r"^={5,}\n", re.MULTILINE)
GIVEN: Final = re.compile(r"^(?:>{5,}|\+{5,}) REPLACE", re.MULTILINE)
"""How a text to find begins, what parts it from the text for its place, and how that ends, as some tools want them."""

WRITTEN: Final = 0
"""What stands for the old text of a file that was written whole."""


class Edit(Struct, frozen=True, gc=False):
    """A change of a file: its name, and numbers for the old and the new text."""

    path: str
    old: int
    new: int


def edits(said: str) -> tuple[Edit, ...]:
    """The changes that a tool was told to make; none where its input has a form nobody knows."""
    value = decoded(said)
    if isinstance(value, dict):
        return tuple(_told(value))
    return patched(said if value is None else value if isinstance(value, str) else "")


def _told(value: Mapping[str, Any]) -> Iterator[Edit]:
    path = _text(value, PATHS)
    several = next((value[key] for key in MANY if isinstance(value.get(key), list)), None)
    for one in [one for one in several if isinstance(one, dict)] if several is not None else [value]:
        yield from _one(_text(one, PATHS) or path, one)


def _one(path: str, value: Mapping[str, Any]) -> Iterator[Edit]:
    old, new, whole = _text(value, OLDS), _text(value, NEWS), _text(value, WHOLE)
    if old or new:
        yield from _edit(path, old, new)
    elif whole:
        yield Edit(_name(path), WRITTEN, hash(whole))
    else:
        text = _text(value, PATCHES)
        yield from patched(text)
        yield from (edit for block in GIVEN.split(text)[:-1] for edit in _block(path, SOUGHT.split(block)[-1]))


def _block(path: str, block: str) -> Iterator[Edit]:
    """The change in a text to find and the text for its place."""
    found = DIVIDED.search(block)
    if found:
        yield from _edit(path, block[: found.start()], block[found.end() :])


def _text(value: Mapping[str, Any], keys: Sequence[str]) -> str:
    return next((value[key] for key in keys if isinstance(value.get(key), str)), "")


def _name(path: str) -> str:
    """A path's last part: tools say one file's path in several ways."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _edit(path: str, old: str, new: str) -> Iterator[Edit]:
    if (DEBUG.search(new) and not DEBUG.search(old)) or _only_imports(old, new):
        return
    yield Edit(_name(path), hash(_plain(old)), hash(_plain(new)))


def _only_imports(old: str, new: str) -> bool:
    """Whether two texts differ in nothing but imports, which come and go with what needs them."""
    differ = {*_plain(old).splitlines()} ^ {*_plain(new).splitlines()}
    return bool(differ) and all(IMPORT.match(line) for line in differ)


IMPORT: Final = re.compile(
    r"(?:import|from|use|using|require|#include|export \*|const .{0,60}= require)\b|[\w./]*\s?[\"'][\w@./-]+[\"'];?$|[)}({,;]*$"
)


def _plain(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def patched(text: str) -> tuple[Edit, ...]:
    """The hunks of a patch: what they take out and what they put in."""
    files = [*FILE.finditer(text)]
    ends = [*(one.start() for one in files[1:]), len(text)]
    hunks = ((found[1].strip(), hunk) for found, end in zip(files, ends, strict=False) for hunk in HUNK.split(text[found.end() : end]))
    return tuple(edit for path, hunk in hunks for edit in _hunk(path, hunk.splitlines()))


def _hunk(path: str, lines: Sequence[str]) -> Iterator[Edit]:
    out = [line[1:] for line in lines if line.startswith("-")]
    put = [line[1:] for line in lines if line.startswith("+")]
    if out or put:
        yield from _edit(path, "\n".join(out), "\n".join(put))


def undoes(edit: Edit, before: Sequence[Edit]) -> bool:
    """Whether an edit puts back what an earlier one changed, or writes a file as it was two times ago."""
    same = [one for one in before if one.path == edit.path]
    if edit.old == WRITTEN:
        written = [one.new for one in same if one.old == WRITTEN]
        return edit.new in written[:-1] and edit.new != written[-1]
    return edit.old != edit.new and any(one.old == edit.new and one.new == edit.old for one in same)


def covers(text: str, before: Sequence[Edit]) -> bool:
    """Whether a way back concerns files that were changed: it names one of them, or all."""
    names = {one.path for one in before if one.path}
    words = text.replace("\\", "/").replace('"', " ").replace("'", " ").split()
    return bool(names) and (ALL.search(text) is not None or any(_name(word) in names for word in words))


ALL: Final = re.compile(r"--hard\b|\brevert\b|(?:checkout|restore|--)\s+(?:HEAD\s+|--\s+)?(?:\.|:/|-A)(?=\s|$)")
