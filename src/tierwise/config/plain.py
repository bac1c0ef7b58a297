"""YAML text to plain values, and the line each of them stands on.

The words of YAML 1.2: true, false and null in three spellings, numbers, everything else text; so a day or a version is the text it looks
like. What a settings file has no use for is refused by name: tags, merge keys, more than one document, keys that are not text. A number
is read exactly or not at all.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import takewhile
from typing import Any, Final

import yaml
from msgspec import Struct

Path = tuple[str | int, ...]

DEEPEST: Final = 12
"""Settings are four deep; what is deeper is not meant, and would cost stack."""

WORDS: Final = {
    word: value for text, value in (("true", True), ("false", False), ("null", None)) for word in (text, text.title(), text.upper())
}
EMPTY: Final = {"": None, "~": None}
WHOLE: Final = re.compile(r"[-+]?[0-9]{1,18}")
SAFE: Final = 10**15
"""Whole numbers up to here are the same as floats."""

NUMBER: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
LONGEST: Final = 60


class BadSettings(ValueError):
    """What is wrong in a settings file, in one line."""


class Where(Struct, frozen=True):
    """A file's name, and the line of every path in it."""

    name: str = "tierwise.yaml"
    lines: dict[Path, int] = {}

    def wrong(self, path: Path, problem: str) -> BadSettings:
        """The error that says what is wrong at a path, or at the nearest place above it that has a line."""
        known = (self.lines[path[:size]] for size in range(len(path), -1, -1) if path[:size] in self.lines)
        line = next((f":{number}" for number in known), "")
        return BadSettings(f"{self.name}{line}: {dotted(path) or 'the file'}: {problem}")


class Reading(Struct):
    """A file being read: its events to come, and what was seen of it so far."""

    events: Iterator[yaml.Event]
    where: Where
    anchors: dict[str, Any] = {}


def plain(text: str, name: str) -> tuple[Any, Where]:
    """The value of a text (None if it is empty) and where each part of it stands; BadSettings says what is wrong."""
    where = Where(name, {(): 1})
    try:
        return _document(Reading(yaml.parse(text, Loader=yaml.CSafeLoader), where)), where
    except yaml.MarkedYAMLError as error:
        raise BadSettings(f"{name}:{_line(error)}: not YAML: {_problem(error, text)}") from None
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise BadSettings(f"{name}: not YAML: {str(error).splitlines()[0]}") from None


def _line(error: yaml.MarkedYAMLError) -> int:
    return error.problem_mark.line + 1 if error.problem_mark else 1


def _problem(error: yaml.MarkedYAMLError, text: str) -> str:
    """What the parser says; where a tab is the reason, that."""
    line = next(iter(text.splitlines()[_line(error) - 1 : _line(error)]), "")
    indent = line[: len(line) - len(line.lstrip())]
    return "a tab; indent with spaces" if "\t" in indent else str(error.problem)


def _document(reading: Reading) -> Any:
    """The value of the only document."""
    value, documents = None, 0
    for event in reading.events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise reading.where.wrong((), "holds more than one document")
        elif isinstance(event, yaml.NodeEvent):
            value = _value(reading, event, ())
    return value


def _value(reading: Reading, event: Any, path: Path) -> Any:
    reading.where.lines.setdefault(path, event.start_mark.line + 1)
    if len(path) > DEEPEST:
        raise reading.where.wrong(path[:1], "is nested too deep")
    if getattr(event, "tag", None) is not None:
        raise reading.where.wrong(path, f"tags ({shown(event.tag)}) are not read")
    value = KINDS[type(event)](reading, event, path)
    if event.anchor and not isinstance(event, yaml.AliasEvent):
        reading.anchors[event.anchor] = value
    return value


def _scalar(reading: Reading, event: yaml.ScalarEvent, path: Path) -> Any:
    text = event.value
    if event.style:
        return text
    if text in SPELT:
        return SPELT[text]
    if WHOLE.fullmatch(text):
        return int(text)
    return _number(reading, text, path) if NUMBER.fullmatch(text) else text


def _number(reading: Reading, text: str, path: Path) -> float:
    """The number a text stands for, whole numbers as such."""
    exact, value = Decimal(text), float(text)
    if value in {float("inf"), float("-inf")} or Decimal(repr(value)) != exact:
        raise reading.where.wrong(path, f"{shown(text)} has more digits than can be kept; 15 are safe")
    return int(value) if value.is_integer() and abs(value) < SAFE else value


def _until(reading: Reading, end: type[yaml.Event]) -> Iterator[yaml.Event]:
    """The events to come before an end, which is taken with them."""
    return takewhile(lambda event: not isinstance(event, end), reading.events)


def _sequence(reading: Reading, _event: yaml.SequenceStartEvent, path: Path) -> list[Any]:
    found: list[Any] = []
    for event in _until(reading, yaml.SequenceEndEvent):
        found.append(_value(reading, event, (*path, len(found))))
    return found


def _mapping(reading: Reading, _event: yaml.MappingStartEvent, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for event in _until(reading, yaml.MappingEndEvent):
        key = _key(reading, event, path)
        if key in found:
            raise reading.where.wrong((*path, key), "is given twice")
        found[key] = _value(reading, next(reading.events), (*path, key))
    return found


def _key(reading: Reading, event: Any, path: Path) -> str:
    """A key's text, its line noted."""
    line = event.start_mark.line + 1
    if not isinstance(event, yaml.ScalarEvent) or event.tag is not None:
        raise Where(reading.where.name, {path: line}).wrong(path, "has a key that is not plain text")
    reading.where.lines[*path, event.value] = line
    if event.value == "<<" and not event.style:
        raise reading.where.wrong((*path, "<<"), "merge keys are not read; write the keys out")
    return str(event.value)


def _alias(reading: Reading, event: yaml.AliasEvent, path: Path) -> Any:
    """The value an anchor stands for; one that is not complete yet would hold itself."""
    if event.anchor not in reading.anchors:
        raise reading.where.wrong(path, f"*{event.anchor} stands for nothing that comes before it")
    return reading.anchors[event.anchor]


SPELT: Final[Mapping[str, bool | None]] = WORDS | EMPTY
KINDS: Final[Mapping[type[yaml.Event], Callable[..., Any]]] = {
    yaml.ScalarEvent: _scalar,
    yaml.SequenceStartEvent: _sequence,
    yaml.MappingStartEvent: _mapping,
    yaml.AliasEvent: _alias,
}


def dotted(path: Path) -> str:
    """A path as a person writes it: endpoints[0].prices.input."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{_word(step)}" for step in path)
    return text.removeprefix(".")


def _word(key: str) -> str:
    """A key as it is where that reads well, else quoted."""
    return key if key.isprintable() and 0 < len(key) <= LONGEST and not key.startswith(("'", '"')) else shown(key)


def shown(value: Any) -> str:
    """A value in a few words, on one line."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    return repr(value if not isinstance(value, str) or len(value) <= LONGEST else f"{value[:LONGEST]}...")
