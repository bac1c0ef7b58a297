"""What every shape of the scripted provider offers: a request understood and judged, an answer told."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from tierwise.upstream.scripted.asked import Asked, Refused, Spent
from tierwise.upstream.scripted.counting import Memory, Prefix
from tierwise.upstream.scripted.saying import Said


class Making(Struct, frozen=True):
    """What an answer has beside what it says: a seed that no other answer has, for its ids, and the time (seconds)."""

    seed: str
    at: int

    def id(self, prefix: str, place: int = 0) -> str:
        """An id of its own for each place of the answer."""
        return f"{prefix}{hashlib.sha256(f'{self.seed}/{prefix}/{place}'.encode()).hexdigest()[:24]}"


class Shape(Struct, frozen=True):
    """One public API.

    judged   refuses a request that the provider would not take (body, headers by lower-case names)
    read     what a judged request asks; whole, frames: the answer
    error    the body of a refusal; broken: the frame that says it after so many others
    counted  what the prompt costs, given what is remembered
    """

    judged: Callable[[Mapping[str, Any], Mapping[str, str]], None]
    checked: Callable[[Mapping[str, Any]], None]
    read: Callable[[Mapping[str, Any]], Asked]
    whole: Callable[[Asked, Said, Spent, Making], bytes]
    frames: Callable[[Asked, Said, Spent, Making], Iterable[bytes]]
    error: Callable[[Refused], bytes]
    broken: Callable[[bytes, int], bytes]
    counted: Callable[[Memory, list[Prefix]], Spent]
