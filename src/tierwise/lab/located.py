"""JSON read strictly: numbers stay exact, and what does not fit is said with its line and column."""

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from json import JSONDecodeError, JSONDecoder
from json.decoder import scanstring  # type: ignore[attr-defined]  # the standard library's own, not in its stubs
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec
from msgspec import Meta

from tierwise.lab.export import MOST, BadExport

T = TypeVar("T")

Count = Annotated[int, Meta(ge=0, le=MOST)]
"""Tokens or requests."""


class Found(NamedTuple):
    """A part of a JSON text: its value, and the path to it."""

    value: Any
    path: tuple[str | int, ...]


def read(path: Path, text: str) -> Found:
    """A JSON text's value, its numbers exact; BadExport says where it is none."""
    try:
        return Found(json.loads(text, parse_float=Decimal, parse_constant=_constant), ())
    except JSONDecodeError as error:
        if error.msg == "Extra data":
            return Found(_lines(path, text), ())
        raise BadExport(f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise BadExport(f"{path}: not JSON: {error}") from None


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _lines(path: Path, text: str) -> list[Any]:
    """Values one after the other, as pages that were fetched one by one and put into one file."""
    found, place, decoder = list[Any](), 0, JSONDecoder(parse_float=Decimal)
    while (place := _blank(text, place)) < len(text):
        try:
            value, place = decoder.raw_decode(text, place)
        except JSONDecodeError as error:
            raise BadExport(f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
        found.append(value)
    return found


def buckets(found: Found, key: str = "data") -> Iterator[Found]:
    """The elements of a page's list, of several pages' lists, or of a bare list."""
    pages = found.value if isinstance(found.value, list) else [found.value]
    for index, page in enumerate(pages):
        above = (*found.path, index) if isinstance(found.value, list) else found.path
        if isinstance(page, dict) and isinstance(page.get(key), list):
            yield from (Found(one, (*above, key, number)) for number, one in enumerate(page[key]))
        else:
            yield Found(page, above)


def more(text: str) -> str:
    """Why a page of JSON is not all there is, '' where it is."""
    return (
        "it is one page of several (has_more is true)"
        if re.search(r'"has_more"\s*:\s*true\s*[,}]\s*(?!.*"has_more")', text, re.DOTALL)
        else ""
    )


def shaped(path: Path, text: str, found: Found, kind: type[T]) -> T:
    """A part of a JSON text as a struct; BadExport says where it does not fit."""
    try:
        return msgspec.convert(found.value, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        inner = tuple(int(one[1:-1]) if one.startswith("[") else one[1:] for one in re.findall(r"\[[0-9]+\]|\.[^.\[\]`]+", where))
        line, column = place(text, (*found.path, *inner))
        name = ".".join(map(str, (*found.path, *inner)))
        raise BadExport(f"{path}:{line}:{column}: {name}: {what[0].lower()}{what[1:]}") from None


def place(text: str, keys: Sequence[str | int]) -> tuple[int, int]:
    """The line and column (from 1) where a value of a JSON text begins, or the last thing above it that is there."""
    at = _blank(text, 0)
    decoder = JSONDecoder()
    several = bool(keys) and isinstance(keys[0], int) and text[at] != "["
    for depth, key in enumerate(keys):
        further = _nth(text, at, int(key), decoder) if several and not depth else _within(text, at, key, decoder)
        if further is None:
            break
        at = further
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _blank(text: str, at: int) -> int:
    """The next place that is not blank."""
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _nth(text: str, at: int, number: int, decoder: JSONDecoder) -> int | None:
    """Where one of several values begins that stand one after the other."""
    for _ in range(number):
        _, at = decoder.raw_decode(text, at)
        at = _blank(text, at)
    return at if at < len(text) else None


def _within(text: str, at: int, key: str | int, decoder: JSONDecoder) -> int | None:
    """Where a member of the object or list begins that stands at a place; None where it has no such member."""
    listed, index = text[at] == "[", 0
    at = _blank(text, at + 1)
    while text[at] not in "]}":
        name: str | int = index
        if not listed:
            name, at = scanstring(text, at + 1)
            at = _blank(text, _blank(text, at) + 1)
        if name == key:
            return at
        _, at = decoder.raw_decode(text, at)
        at = _blank(text, at)
        at = _blank(text, at + 1) if text[at] == "," else at
        index += 1
    return None
