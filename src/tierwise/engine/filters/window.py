"""Prompts that do not fit: the prompt, its stated error, and a reserve for the output against the window."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from tierwise.core.catalog import Catalog
from tierwise.core.decision import Conditions, Features, Policy
from tierwise.engine.parts import Filter
from tierwise.engine.room import RESERVE, longest, most, reserve


class Room(Struct, frozen=True, gc=False):
    """An endpoint's window, in its own tokens; how many of them one neutral token takes at most; the neutral tokens that surely fit."""

    index: int
    window: int
    scale: float
    safe: float


def _prepare(catalog: Catalog, _policy: Policy) -> tuple[Room, ...]:
    """The known windows, the smallest first."""
    rooms = []
    for index, endpoint in enumerate(catalog.endpoints):
        window, scale = endpoint.capability.context_window, most(endpoint)
        if window is not None:
            rooms.append(Room(index, window, scale, (window - RESERVE - 1) / scale))
    return tuple(sorted(rooms, key=lambda room: room.safe))


def _objections(rooms: tuple[Room, ...], features: Features, _conditions: Conditions) -> Mapping[int, str]:
    tokens, free = features.size.tokens * (1 + features.size.error), reserve(features.needs.limit)
    found = {}
    for room in rooms:
        if tokens <= room.safe:
            break
        need = longest(features, room.scale) + free
        if need > room.window:
            found[room.index] = f"needs {need:,} tokens, has {room.window:,}"
    return found


FILTER: Final = Filter("window", _prepare, _objections)
