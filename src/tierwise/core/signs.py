"""What agent traffic tells of the work for free: tool calls and what came of them, and the signs that are read from them.

A `Step` is one tool call with its result, as the wire carries them; a `Sign` is what it means for the work. How much a sign is worth as
an outcome, and how late it comes, is one table for all clients.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec import Struct


class Step(Struct, frozen=True, gc=False):
    """A tool call and what came of it.

    `tool` is its name as the client has it, `said` what it was called with (JSON, or plain text), `result` what it gave (None: nothing
    yet), `failed` what the wire itself says of it (None: it does not say), `id` how call and result name each other.
    """

    id: str
    tool: str
    said: str
    result: str | None = None
    failed: bool | None = None


class Sign(Struct, frozen=True, gc=False):
    """Something that speaks for or against the work of a model: `kind` is a key of SIGNS, `detail` names what it was read from."""

    kind: str
    detail: str = ""


class Worth(NamedTuple):
    """What a sign is worth: the outcome it counts as (a key of core.entry.OUTCOMES, '' for none), its weight (0 to 1), and how late it is.

    `calls` is how many calls of the session have to pass without a sign to the contrary before it counts.
    """

    outcome: str
    weight: float
    calls: int = 0


SIGNS: Final[Mapping[str, Worth]] = MappingProxyType(
    {
        "tests_passed": Worth("tests_passed", 1.0),
        "tests_failed": Worth("tests_failed", 0.5, 2),
        "build_passed": Worth("success", 0.5),
        "build_failed": Worth("failure", 0.4, 2),
        "tool_error": Worth("failure", 0.1, 2),
        "same_error": Worth("failure", 0.5),
        "repeated_call": Worth("failure", 0.4),
        "reverted": Worth("reverted", 0.8),
        "correction": Worth("rejected", 0.8),
        "asked_again": Worth("rejected", 0.6),
        "complaint": Worth("rejected", 1.0),
        "committed": Worth("accepted", 0.7),
        "pushed": Worth("accepted", 0.8),
        "praised": Worth("accepted", 0.6),
        "went_on": Worth("kept", 0.2),
    }
)
"""By kind, in the order of economics.md's worth: checks first, then errors and repetition, then what the person says and keeps."""
