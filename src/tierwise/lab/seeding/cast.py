"""Who works in the demo: people of made-up teams, each with a key, a coding tool and a way to choose; and what goes wrong meanwhile."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from tierwise.core.budgets import Budget
from tierwise.core.keys import VirtualKey
from tierwise.core.money import PER_DOLLAR


class Person(Struct, frozen=True):
    """Somebody with a key.

    `asks` is the model their tool names ('auto' lets tierwise choose), `policy` what their key is decided by ('' for the settings' own).
    `weight` is how much they work, relative to the others.
    """

    name: str
    team: str
    project: str
    client: str
    tags: tuple[str, ...] = ()
    policy: str = ""
    asks: str = "auto"
    weight: int = 4


PEOPLE: Final = (
    Person("ana", "checkout", "shop-api", "claude_code", ("eu", "product"), weight=6),
    Person("bjarne", "checkout", "shop-api", "codex", ("eu", "product")),
    Person("chidi", "checkout", "web-shop", "opencode", ("eu", "product")),
    Person("dilnoza", "platform", "deploy", "claude_code", ("eu", "infra"), policy="tiered"),
    Person("emeka", "platform", "deploy", "aider", ("infra",), weight=2),
    Person("fumiko", "data", "forecast", "claude_code", ("research",)),
    Person("giulia", "data", "forecast", "cline", ("research",), policy="value", weight=2),
    Person("hamid", "support", "mail-bot", "pi", ("product",), policy="tiered", weight=3),
    Person("nightly-ci", "platform", "review-bot", "plain", ("ci",), weight=3),
    Person("ines", "checkout", "web-shop", "claude_code", ("eu", "product"), asks="claude-opus-4-8", weight=2),
)

WIRES: Final[Mapping[str, str]] = MappingProxyType({"claude_code": "anthropic", "codex": "openai_responses"})
"""What a tool speaks; the others speak chat."""

CHAT: Final = "openai_chat"

TITLED: Final = frozenset({"claude_code", "opencode"})
"""Tools that ask for a title of each session on their own."""


class Trouble(Struct, frozen=True):
    """Something that goes wrong with an attempt: the kind of fault, the status it comes with, after how many milliseconds, how often."""

    fault: str
    status: int
    after: float
    weight: int


TROUBLES: Final = (
    Trouble("overloaded", 529, 340.0, 8),
    Trouble("rate_limit", 429, 120.0, 6),
    Trouble("server_error", 500, 900.0, 4),
    Trouble("first_byte_timeout", 0, 20_000.0, 1),
    Trouble("dropped", 0, 2600.0, 1),
)
OFTEN: Final = 0.02
"""Share of attempts that fail on a usual day."""

HUNG_UP: Final = 0.006
HEDGED: Final = 0.002
SILENT: Final = 0.004
"""Shares of requests whose client hangs up, that were also asked elsewhere, and of which the provider says no usage."""

SPOILT: Final = 0.002
"""Share of requests that name a model nobody knows."""

INCIDENT: Final = (9 * 24, 2.5)
"""Hours before the end at which a provider has trouble, and for how long."""

FAILING: Final = 0.85
"""Share of attempts that fail then."""

SPEEDS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {"flash": (420.0, 130.0), "mid": (760.0, 85.0), "premium": (1150.0, 62.0)}
)
"""By tier: milliseconds to the first byte, tokens a second."""

BUDGETS: Final = (
    Budget("everything", 600 * PER_DOLLAR, "month"),
    Budget("checkout", 160 * PER_DOLLAR, "month", "team", "checkout", degrade=0.9),
    Budget("nightly-ci", 12 * PER_DOLLAR, "week", "key", "nightly-ci"),
    Budget("research", 40 * PER_DOLLAR, "week", "tag", "research"),
)


def keys(since: int) -> list[VirtualKey]:
    """The keys of all people, as they are kept. Nobody has their secrets: the digests are no digest of anything."""
    return [
        VirtualKey(
            id=f"demo-{person.name}",
            digest=f"{index:064x}",
            name=person.name,
            owner=person.name,
            team=person.team,
            project=person.project,
            tags=person.tags,
            created=since,
            policy=person.policy,
        )
        for index, person in enumerate(PEOPLE, 1)
    ]
