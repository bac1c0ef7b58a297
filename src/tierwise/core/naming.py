"""Names of tools on wires that know only functions: namespaces are folded into the name, free text becomes a field of an object.

Both ways: `flat` names a tool for such a wire, and a `Restorer` gives the events of the answer their names and forms back.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from tierwise.core.events import CALL, Close, Delta, Event, Open
from tierwise.core.prompt import CUSTOM, FUNCTION, SERVER, Call, Tool

JOINT: Final = "__"
LONGEST: Final = 64
"""Characters a function's name may have on every wire."""

STRANGE: Final = re.compile(r"[^a-zA-Z0-9_-]")
FIELD: Final = "input"
FREE_TEXT: Final = Raw(b'{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}')
"""The schema of a function that stands for a tool with free text."""


class Free(Struct):
    """What a function that stands for free text is called with."""

    input: str


_FREE: Final = msgspec.json.Decoder(dict[str, str])


def flat(namespace: str, name: str) -> str:
    """A tool's name where there are no namespaces: letters, digits, '_' and '-', 64 at most; what is cut is told apart by a digest."""
    whole = f"{namespace}{JOINT}{name}" if namespace else name
    plain = STRANGE.sub("_", whole)
    if plain == whole and len(plain) <= LONGEST:
        return plain
    mark = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return f"{plain[: LONGEST - 9]}_{mark}"


def boxed(call: Call) -> str:
    """The JSON text of a call's input where tools take only JSON."""
    return call.input if call.form != CUSTOM else msgspec.json.encode(Free(call.input)).decode()


def named(tools: Iterable[Tool]) -> dict[str, Tool]:
    """The tools that clients run, by their flat names."""
    return {flat(one.namespace, one.name): one for one in tools if one.kind != SERVER}


class Restorer(Struct):
    """Gives calls the names, namespaces and forms that the client's tools have.

    Free text is held back until its call is closed: half an escape cannot be undone.
    """

    tools: Mapping[str, Tool]
    held: list[str] | None = None

    def feed(self, event: Event) -> Sequence[Event]:
        """The events in the client's terms."""
        if isinstance(event, Open) and event.kind == CALL:
            return (self._opened(event),)
        if self.held is not None and isinstance(event, Delta):
            self.held.append(event.text)
            return ()
        if self.held is not None and isinstance(event, Close):
            text, self.held = _free("".join(self.held)), None
            return (Delta(event.index, text), event) if text else (event,)
        return (event,)

    def _opened(self, event: Open) -> Open:
        tool = None if event.namespace else self.tools.get(event.name)
        if tool is None:
            return event
        self.held = [] if tool.kind == CUSTOM and event.form == FUNCTION else None
        return replace(event, name=tool.name, namespace=tool.namespace, form=tool.kind)


def _free(text: str) -> str:
    """The free text in a function's input, by whatever name; the input itself where a model did not keep to the form."""
    try:
        fields = _FREE.decode(text)
    except msgspec.DecodeError:
        return text
    return fields.get(FIELD, next(iter(fields.values())) if len(fields) == 1 else text)
