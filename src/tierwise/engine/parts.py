"""The three kinds of engine variants, and the set of them that a decision is made with.

Each variant is one file that exports one constant (SIGNAL, FILTER or POLICY) of the types below.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from tierwise.core.catalog import Catalog, Endpoint, Tables
from tierwise.core.decision import Conditions, Cost, Features, Policy, Priced, Standing
from tierwise.core.request import Request

FULL_CONTEXT: Final = "full_context"
"""The need of a request that says little without what came before it; the other needs are named by the wires."""


Score = Callable[[Cost, Standing], int | float | None]
"""The number that a candidate is compared by, the least first; None where it cannot be told."""


class Signal(Struct, frozen=True):
    """One fact read from a request. `name` is the field of `Features` it fills, or a key of `Features.extra`.

    `read(request, tables, so far)` gets the signals read before it (in order of `rank`) by name.
    """

    name: str
    rank: int
    read: Callable[[Request, Tables, Mapping[str, Any]], Any]


class Filter(Struct, frozen=True):
    """One objection. `prepare(catalog, policy)` does once what does not depend on the request.

    `objections(prepared, features, conditions)` gives the index of each endpoint it rejects, with the reason in words.
    """

    name: str
    prepare: Callable[[Catalog, Policy], Any]
    objections: Callable[[Any, Features, Conditions], Mapping[int, str]]


class Chooser(Struct, frozen=True):
    """One way to choose: `ranked(candidates, features, setting)` orders them best first and says why in words.

    `score(cost, standing)` is the number it compares candidates by, the least first, within what it groups them by (floor, tier,
    pin); None where it cannot tell. Where that number depends on the moment, `at(features, conditions)` gives the score instead.
    """

    name: str
    ranked: Callable[["Sequence[Priced]", Features, "Setting"], "tuple[Sequence[Priced], str]"]
    score: Score
    at: Callable[[Features, Conditions], Score] | None = None


class Setting(Struct, frozen=True):
    """What a chooser may know beside the candidates: the policy, the endpoints by id, and the price of quality (of Conditions)."""

    policy: Policy
    endpoints: dict[str, Endpoint]
    price: int | None = None


class Parts(Struct, frozen=True):
    """The variants a decision is made with."""

    signals: tuple[Signal, ...]
    filters: tuple[Filter, ...]
    choosers: dict[str, Chooser]
