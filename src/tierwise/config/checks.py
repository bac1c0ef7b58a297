"""What a settings file may say in good form and still not mean: prices too fine to keep, days that are none, names given twice."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from tierwise.config.plain import Path
from tierwise.config.settings import Prices, Settings
from tierwise.core.catalog import OWN
from tierwise.core.money import pico
from tierwise.core.tasks import TIER_OF

CASCADE: Final = "cascade"
AGREEMENT: Final = "agreement"

Found = Iterator[tuple[Path, str]]


def contradiction(said: Settings) -> tuple[Path, str] | None:
    """The first thing in settings that cannot hold: where, and why."""
    return next((found for check in (_fine, _days, _own, _twice, _circles, _cascade, _explore) for found in check(said)), None)


def _fine(said: Settings) -> Found:
    """Prices of less than a pico-dollar for a million tokens."""
    own = [(("endpoints", index, "prices"), one.prices) for index, one in enumerate(said.endpoints)]
    for path, prices in (*own, *((("prices", name), prices) for name, prices in said.prices.items())):
        yield from (((*path, field), f"{value!r} is finer than a pico-dollar") for field, value in _amounts(prices) if not _whole(value))


def _amounts(prices: Prices | None) -> list[tuple[str, float]]:
    fields = Prices.__struct_fields__ if prices is not None else ()
    return [(field, value) for field in fields if (value := getattr(prices, field)) is not None]


def _whole(dollars: float) -> bool:
    try:
        pico(repr(dollars))
    except ValueError:
        return False
    return True


def _days(said: Settings) -> Found:
    for index, row in enumerate(said.evidence):
        try:
            date.fromisoformat(row.date)
        except ValueError:
            yield ("evidence", index, "date"), f"{row.date!r} is not a day of the calendar"


def _own(said: Settings) -> Found:
    """Outcomes of one's own without a kind of work, and benchmarks with one: a benchmark's kinds are fixed."""
    for index, row in enumerate(said.evidence):
        if row.benchmark == OWN and row.kind is None:
            yield ("evidence", index), "outcomes of your own need the kind of work they are of"
        if row.benchmark != OWN and row.kind is not None:
            yield ("evidence", index, "kind"), f"only outcomes of your own (benchmark: {OWN}) have a kind"


def _cascade(said: Settings) -> Found:
    """A cascade that nothing is known of though a policy asks for it, and one whose agreement nobody can agree in."""
    asking = [(("policy",), said.policy), *((("keys", index, "policy"), one.policy) for index, one in enumerate(said.keys))]
    if said.cascade is None:
        yield from ((path, "cascade needs cascade: (cheap, strong), to say who is asked") for path, name in asking if name == CASCADE)
    elif said.cascade.check == AGREEMENT and len(said.cascade.cheap) == 1:
        yield ("cascade", "cheap"), "one model agrees with nobody; name two, or a check (json, python)"


def _explore(said: Settings) -> Found:
    """Other models tried where nobody could say what came of it, or on work of which much depends."""
    found = said.explore
    if found is None or found.mode == "off":
        return
    if found.mode == "shadow" and found.judge is None and found.check is None:
        yield ("explore", "mode"), "a shadow needs a judge (a model) or a check (json, python), to say which answers are good"
    if found.judge is not None and found.check is not None:
        yield ("explore", "check"), "a judge or a check, not both"
    if found.mode == "canary" and said.stickiness == "off":
        yield ("explore", "mode"), "a canary serves whole work items, which stickiness: off takes apart"
    high = next(((place, one) for place, one in enumerate(found.tasks) if one == "side" or _tier(said, one) == "premium"), None)
    if high is not None:
        why = "is no work item" if high[1] == "side" else "belongs to the premium tier, where much depends on it"
        yield ("explore", "tasks", high[0]), f"{high[1]} {why}"


def _tier(said: Settings, kind: str) -> str:
    return next((tier for one, tier in said.tiers.items() if one == kind), TIER_OF[kind])


def _twice(said: Settings) -> Found:
    """Endpoints, aliases and prices that are given more than once, by names that differ only in case or not at all."""
    seen: dict[str, int] = {}
    for index, one in enumerate(said.endpoints):
        if seen.setdefault(one.id.lower(), index) != index:
            yield ("endpoints", index, "id"), f"{one.id} is given twice"
    priced = {one.id.lower() for one in said.endpoints if one.prices is not None}
    for name in said.prices:
        if name.lower() in priced:
            yield ("prices", name), "is given twice"
        priced.add(name.lower())
    names: set[str] = set()
    for alias in said.aliases:
        if alias.lower() in names:
            yield ("aliases", alias), "is given twice"
        names.add(alias.lower())


def _circles(said: Settings) -> Found:
    """Aliases that lead back to themselves."""
    target = {alias.lower(): meant.lower() for alias, meant in said.aliases.items()}
    for alias in said.aliases:
        seen, name = {alias.lower()}, target[alias.lower()]
        while name in target and name not in seen:
            seen.add(name)
            name = target[name]
        if name in seen:
            yield ("aliases", alias), "stands for itself"
