"""Which tools may be called, and whether they must."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.prompt import Choice, Tool
from tierwise.core.wire import Malformed, present, read
from tierwise.wires.openai_responses.names import PLAIN_SPACE

KINDS: Final = ("auto", "none", "required")


class Named(Struct, frozen=True):
    """A choice in an object: one tool by its type or its name, or some that are allowed."""

    type: str
    name: str | None = None
    namespace: str | None = None
    mode: str = "auto"
    tools: list["Named"] = []


_CHOICE: Final = msgspec.json.Decoder(str | Named)

Chosen = tuple[tuple[Tool, ...], Choice]


def chosen(tools: tuple[Tool, ...], raw: Raw, place: str) -> Chosen:
    """The tools that may be called, and the choice among them."""
    choice = read(_CHOICE, raw, place) if present(raw) else "auto"
    if isinstance(choice, Named):
        return READERS.get(choice.type, _typed)(tools, choice, place)
    if choice not in KINDS:
        raise Malformed(f"{place}: {choice!r} is none of {', '.join(KINDS)}")
    return tools, Choice(choice)


def _named(tools: tuple[Tool, ...], choice: Named, place: str) -> Chosen:
    if not choice.name:
        raise Malformed(f"{place}: a choice of type {choice.type!r} needs a `name`")
    asked = [one for one in tools if _allows((choice,), one)]
    if not asked:
        raise Malformed(f"{place}: there is no tool named {choice.name!r} in `tools`")
    return tools, Choice("named", asked[0].name, asked[0].namespace)


def _typed(tools: tuple[Tool, ...], choice: Named, place: str) -> Chosen:
    del place
    return tools, Choice("named", choice.type)


def _allowed(tools: tuple[Tool, ...], choice: Named, place: str) -> Chosen:
    """Only some of the tools: the others are left out, which is the same on every wire."""
    if choice.mode not in KINDS:
        raise Malformed(f"{place}.mode: {choice.mode!r} is none of {', '.join(KINDS)}")
    return tuple(one for one in tools if _allows(choice.tools, one)), Choice(choice.mode)


READERS: Final[Mapping[str, Callable[[tuple[Tool, ...], Named, str], Chosen]]] = {
    "function": _named,
    "custom": _named,
    "allowed_tools": _allowed,
}
"""How each type of choice is read; every other type names a tool that the provider runs."""


def _allows(allowed: Sequence[Named], tool: Tool) -> bool:
    return any((one.name or one.type) == tool.name and _space(one) in {"", tool.namespace} for one in allowed)


def _space(choice: Named) -> str:
    return "" if choice.namespace in {None, PLAIN_SPACE} else choice.namespace or ""
