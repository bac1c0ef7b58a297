"""Directives: how a person's words (or a model's name, or the header `x-scripted`) steer what the scripted model does.

[[say: text]]           says this text
[[think: text]]         thinks this first, whether or not thinking was asked for
[[tool: name {json}]]   calls this tool with this input (free text for custom tools); several make parallel calls
[[long: 300]]           says 300 words
[[slow: 50]]            waits 50 milliseconds before every piece
[[wait: 500]]           waits 500 milliseconds before it begins to answer
[[fail: 529]]           fails with this status; [[fail: 529 2]] only the first two times it is asked the same
[[break]]               reports an error in the middle of the stream
[[cut]]                 the connection is lost in the middle
[[hang]]                falls silent in the middle
[[filter]]              is stopped by a content filter
[[refuse: text]]        refuses with this text
"""

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

FORM: Final = re.compile(r"\[\[\s*([a-z]+)\s*(?::\s*(.*?))?\s*\]\]", re.DOTALL)


class Directives(Struct, frozen=True):
    """Every directive found, by name, in order."""

    found: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """The values of a directive."""
        return tuple(value for known, value in self.found if known == name)

    def text(self, name: str) -> str | None:
        """The last value of a directive, None where it was not given."""
        values = self.all(name)
        return values[-1] if values else None

    def number(self, name: str, place: int = 0) -> int:
        """A number of a directive's value, 0 where there is none."""
        numbers = re.findall(r"\d+", self.text(name) or "")
        return int(numbers[place]) if len(numbers) > place else 0


def directives(texts: Iterable[str]) -> Directives:
    """The directives in some texts. A bracket within a tool's JSON input does not end it."""
    return Directives(tuple((name, value) for text in texts for name, value in _found(text)))


def _found(text: str) -> Iterable[tuple[str, str]]:
    place = 0
    while match := FORM.search(text, place):
        value, place = match[2] or "", match.end()
        while value.count("{") > value.count("}") and (further := text.find("]]", place)) >= 0:
            value, place = text[match.start(2) : further].strip(), further + 2
        yield match[1], value


def without(text: str) -> str:
    """A text without its directives."""
    return FORM.sub("", text).strip()
