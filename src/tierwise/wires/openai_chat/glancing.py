"""A look at a complete answer that passes as it is: whether it is a good one, and what it used. Nothing else of it is read."""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.counts import Counts, usage_of
from tierwise.core.usage import Usage
from tierwise.core.wire import ABSENT, present

GOOD: Final = frozenset({"stop", "length", "tool_calls", "function_call"})
"""Reasons for which a good answer ends."""


class Choice(Struct, frozen=True):
    finish_reason: str | None = None
    error: Raw = ABSENT


class Answer(Struct, frozen=True):
    choices: list[Choice]
    usage: Counts
    error: Raw = ABSENT


_ANSWER: Final = msgspec.json.Decoder(Answer)


def glanced(body: bytes) -> Usage | None:
    """The tokens of a good answer; None for one that has to be looked at more closely."""
    try:
        body.decode()
        answer = _ANSWER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if present(answer.error) or not answer.choices:
        return None
    good = all(one.finish_reason in GOOD and not present(one.error) for one in answer.choices)
    return usage_of(answer.usage) if good else None
