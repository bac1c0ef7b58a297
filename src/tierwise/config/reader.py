"""Reading tierwise.yaml: every error names the file, the line, the key, and the nearest valid one where there is one."""

import difflib
import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from tierwise.config.checks import contradiction
from tierwise.config.meanings import MEANINGS
from tierwise.config.plain import BadSettings, Path, Where, plain, shown
from tierwise.config.settings import Settings

__all__ = ["BadSettings", "Where", "nearest", "read", "read_with_lines", "schema"]

PATH: Final = re.compile(r" - at `(key` in `)?\$([^`]*)`\Z")
STEP: Final = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
MISSING: Final = re.compile(r"missing required field `([^`]+)`")
EXPECTED: Final = re.compile(r"Expected `([^`]+)`(.*?)(, got `[^`]+`)?\Z")
ENUM: Final = "Invalid enum value"
FEW: Final = 40
TYPES: Final = {
    "float": "a number",
    "int": "a whole number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
FORMS: Final = {
    "": "",
    r" matching regex '^[^/\\s]+/\\S+(?![\\s\\S])'": " of the form provider/model",
    r" matching regex '^[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\\s\\S])'": " of the form YYYY-MM-DD",
    r" matching regex '^[A-Za-z_][A-Za-z0-9_]*(?![\\s\\S])'": " that is the name of an environment variable",
    r" matching regex '^https?://[^\\s/]+[^\\s]*(?![\\s\\S])'": " of the form https://host/path",
    " of length >= 1": " that is not empty",
}


def read(text: str, name: str = "tierwise.yaml") -> Settings:
    """Settings of a file's text; BadSettings says where and what is wrong."""
    return read_with_lines(text, name)[0]


def read_with_lines(text: str, name: str = "tierwise.yaml") -> tuple[Settings, Where]:
    """Settings of a file's text, and where each of them stands."""
    value, where = plain(text, name)
    value = {} if value is None else value
    try:
        said = msgspec.convert(value, Settings)
    except msgspec.ValidationError as error:
        raise where.wrong(*_explained(str(error), value)) from None
    found = contradiction(said)
    if found is not None:
        raise where.wrong(*found)
    return said, where


def _explained(message: str, value: Any) -> tuple[Path, str]:
    """Where an error is, and what it is, in the file's own words. A key may hold anything, so the file is asked first whether it has it."""
    unknown = UNKNOWN.fullmatch(message)
    if unknown and unknown[1] in value:
        return _stranger((), unknown[1])
    match = PATH.search(message)
    problem = PATH.sub("", message)
    path = _path(match[2] if match else "", value)
    if match and match[1]:
        key = _culprit(value, path)
        return _stranger(path, key) if ENUM in problem else ((*path, key), _in_words(problem, key, []))
    unknown = UNKNOWN.fullmatch(problem)
    if unknown:
        return _stranger(path, unknown[1])
    return path, _in_words(problem, _at(value, path), _values(path))


def _stranger(path: Path, key: str) -> tuple[Path, str]:
    return (*path, key), f"unknown key{nearest(key, _keys(path))}"


def _in_words(problem: str, found: Any, valid: list[str]) -> str:
    missing = MISSING.search(problem)
    if missing:
        return f"missing key {missing[1]!r}"
    if ENUM in problem:
        return f"unknown value {shown(found)}{nearest(found, valid)}"
    return EXPECTED.sub(_expected, problem) + f", got {shown(found)}"


def _expected(match: re.Match[str]) -> str:
    kind, *other = (TYPES[one] for one in match[1].split(" | "))
    return " or ".join((f"expected {kind}{FORMS.get(match[2], match[2])}", *other))


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _path(text: str, root: Any) -> Path:
    """The path of an error in the file's value; for an entry of a mapping msgspec does not say which, so it is looked for."""
    path: list[str | int] = []
    for key, index in STEP.findall(text):
        if index == "...":
            path.append(_culprit(root, tuple(path)))
        else:
            path.append(int(index) if index else key)
    return tuple(path)


def _culprit(root: Any, path: Path) -> str:
    """The first entry of a mapping that is wrong on its own."""
    entries: dict[str, Any] = _at(root, path)
    return next(key for key, entry in entries.items() if not _accepted(_nested(path, {key: entry})))


def _nested(path: Path, value: Any) -> Any:
    for step in reversed(path):
        value = {step: value}
    return value


def _accepted(value: Any) -> bool:
    try:
        msgspec.convert(value, Settings)
    except msgspec.ValidationError:
        return False
    return True


def _keys(path: Path) -> list[str]:
    """The keys that are valid at a path, where they are a closed list."""
    shape = _shape(path)
    return (
        [field.name for field in shape.fields]
        if isinstance(shape, msgspec.inspect.StructType)
        else _listed(getattr(shape, "key_type", None))
    )


def _values(path: Path) -> list[str]:
    """The values that are valid at a path, where they are a closed list."""
    return _listed(_shape(path))


def _listed(shape: msgspec.inspect.Type | None) -> list[str]:
    return [str(one) for one in shape.values] if isinstance(shape, msgspec.inspect.LiteralType) else []


def _shape(path: Path) -> msgspec.inspect.Type | None:
    """The type that settings have at a path."""
    shape: msgspec.inspect.Type | None = msgspec.inspect.type_info(Settings)
    for step in path:
        shape = _inner(_solid(shape), step)
    return _solid(shape)


def _solid(shape: msgspec.inspect.Type | None) -> msgspec.inspect.Type | None:
    """A type without its option of being null."""
    if isinstance(shape, msgspec.inspect.UnionType):
        return next(one for one in shape.types if not isinstance(one, msgspec.inspect.NoneType))
    return shape


def _inner(shape: msgspec.inspect.Type | None, step: str | int) -> msgspec.inspect.Type | None:
    if isinstance(shape, msgspec.inspect.StructType):
        return next((field.type for field in shape.fields if field.name == step), None)
    if isinstance(shape, msgspec.inspect.DictType):
        return shape.value_type
    return shape.item_type if isinstance(shape, msgspec.inspect.VarTupleType) else None


def nearest(word: str, valid: Iterable[str]) -> str:
    """The end of an error about an unknown word: the valid one it is likely meant to be, or all of them if they are few."""
    known = sorted(set(valid))
    close = difflib.get_close_matches(word, known, 1, 0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(known)}" if 0 < len(known) <= FEW else ""


def schema() -> bytes:
    """The JSON schema of tierwise.yaml, for editors."""
    described = msgspec.json.schema(Settings)
    described["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    described["title"] = "tierwise.yaml"
    for shape, meanings in MEANINGS.items():
        for key, meaning in meanings.items():
            described["$defs"][shape.__name__]["properties"][key]["description"] = meaning
    return msgspec.json.format(msgspec.json.encode(described, order="sorted"), indent=2) + b"\n"
