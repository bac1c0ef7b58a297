"""The plan of a cascade: what is known of the models that can be asked, and what the planner makes of it."""

import os
from collections.abc import Iterator
from typing import Any, Final, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tierwise.assembly import House, stocking
from tierwise.assembly.stocking import Transports
from tierwise.catalog import build
from tierwise.cli import dates, terminal
from tierwise.config.reader import nearest
from tierwise.config.settings import Kind
from tierwise.core.money import Unknown
from tierwise.core.money import shown as money
from tierwise.runner import grounds
from tierwise.runner.planner import MARGIN, Goal, Grounds, Leg, NoPlan, Plan, Wanted, planned
from tierwise.upstream.scripted import Scripted


class Wishes(Struct, frozen=True):
    """What a plan is to be: of these models in this order (none: of all that are known), for a kind of work, within limits.

    `errs` are the shares of bad work that the checks pass, and of good work that they fail; `beyond` is how much more than the best single
    model a plan that is to match it has to promise, as a share.
    """

    models: tuple[str, ...] = ()
    goal: Goal = "match"
    kind: str = ""
    attempts: int | None = None
    stages: int = 5
    budget: int | None = None
    worth: int | None = None
    errs: tuple[float, float] = (0.0, 0.0)
    beyond: float = 0.0


def plan(house: House, wishes: Wishes) -> Plan:
    """The plan; an error names the model that is none."""
    wanted = Wanted(
        goal=wishes.goal,
        attempts=wishes.attempts,
        stages=wishes.stages,
        budget=wishes.budget,
        worth=wishes.worth,
        order="given" if wishes.models else "planned",
        false_pass=wishes.errs[0],
        false_fail=wishes.errs[1],
        margin=MARGIN + wishes.beyond,
    )
    return planned(_grounds(house, wishes), wanted)


def _grounds(house: House, wishes: Wishes) -> Grounds:
    """What is known of the models that are named, under the names they are given; else of all that can be asked here."""
    if wishes.kind and wishes.kind not in get_args(Kind):
        raise NoPlan(f"unknown kind of work {wishes.kind!r}{nearest(wishes.kind, get_args(Kind))}")
    ids = [build.resolved(house.sources, one) for one in wishes.models] or sorted(_served(house))
    catalog = build.shelf(house.sources, dict.fromkeys(ids)).at(dates.instant(None)[0])
    models = {one.id: one.model for one in catalog.endpoints}
    found = grounds.grounds(catalog, wishes.kind or grounds.KIND, [models[one] for one in ids] if wishes.models else ())
    named = tuple(replace(one, model=said) for one, said in zip(found.prospects, wishes.models, strict=True)) if wishes.models else ()
    return replace(found, prospects=named) if named else found


def _served(house: House) -> frozenset[str]:
    """The endpoints that a gateway with these settings chooses from. Nothing is sent anywhere."""
    nowhere = Scripted(strict=False)
    return stocking.stocked(house, os.environ, Transports(nowhere, nowhere)).usual


def line(one: Plan) -> str:
    """A plan in a line."""
    return f"{', then '.join(leg.model for leg in one.legs)}; expected {_money(one.cost)}; {one.why[0] if one.why else 'as asked'}"


def told(one: Plan) -> dict[str, Any]:
    """A plan for a program."""
    return dict(msgspec.to_builtins(one))


def shown(one: Plan) -> Iterator[Any]:
    """A plan for a person."""
    heads = ("stage", "model", "attempt", ">reached", ">passes", ">cost", ">for each that passes")
    rows = [
        (
            str(number),
            leg.model,
            str(leg.attempt),
            terminal.share(leg.reached),
            terminal.share(leg.verified),
            _money(leg.cost),
            _money(_each(leg)),
        )
        for number, leg in enumerate(one.legs, 1)
    ]
    yield terminal.table(heads, rows)
    yield f"expected: {_money(one.cost)}, {_money(one.most)} where all stages are needed; verified {terminal.share(one.verified, 1)}"
    if one.resolved is not None and one.verified is not None and one.resolved < one.verified - SAME:
        yield f"of that, good: {terminal.share(one.resolved, 1)}; the rest is bad work that the checks pass"
    yield from one.why


SAME: Final = 1e-6
"""Shares that differ by less are the same: what is verified is good where the checks pass nothing bad."""


def _each(leg: Leg) -> int | None:
    """What a stage costs for each result that passes there."""
    return None if leg.cost is None or not leg.verified else round(leg.cost / leg.verified)


def _money(amount: int | None) -> str:
    return money(Unknown("cost") if amount is None else amount, 4)
