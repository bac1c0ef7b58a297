"""`tierwise budgets`: how much may be spent by whom until when, in the store. Those of tierwise.yaml are listed too, and changed there."""

import argparse
import difflib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from tierwise.assembly import House
from tierwise.assembly.manning import budget_of as settled
from tierwise.cli import keys, terminal
from tierwise.core.budgets import BadBudget, Budget, Scope, began, checked, dated, merged, renews
from tierwise.core.entry import Drawn
from tierwise.core.money import shown
from tierwise.ledger import Purse

SCOPES: Final[tuple[Scope, ...]] = ("key", "team", "project", "tag")
ALERTS: Final = "0.5,0.8,1"


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    acts = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    one = acts.add_parser("set", help="make a budget, or change the one of that name")
    one.add_argument("name", metavar="NAME", help="what it is called in errors and reports")
    one.add_argument("limit", metavar="USD", help="dollars that may be spent in a period")
    one.add_argument("--period", choices=keys.PERIODS, default="month", help="when it begins anew, at midnight UTC (default: month)")
    of = one.add_mutually_exclusive_group()
    for scope in SCOPES:
        of.add_argument(f"--{scope}", metavar="NAME", help=f"the {scope} it is for (default: everything)")
    one.add_argument("--degrade", metavar="SHARE", type=float, help="from this share of the limit on, requests go to the cheapest tier")
    one.add_argument("--alerts", metavar="SHARE,SHARE", default=ALERTS, help=f"shares at which somebody is told (default: {ALERTS})")
    one.add_argument("--webhook", metavar="URL", default="", help="where alerts are posted, beside the log")
    acts.add_parser("list", help="the budgets, and what is used of each")
    acts.add_parser("remove", help="forget a budget").add_argument("name", metavar="NAME")
    for name, each in acts.choices.items():
        keys.shared(each)
        each.set_defaults(run=RUNS[name])


def put(asked: argparse.Namespace) -> int:
    """Make or change a budget."""
    budget = _wanted(asked)
    with keys.opened(asked) as (house, store):
        _free(house, budget.name)
        known = any(one.name == budget.name for one in store.budgets())
        store.put_budget(budget)
    if asked.json:
        terminal.show_json(msgspec.to_builtins(budget))
        return 0
    each = "in all" if budget.period == "total" else f"a {budget.period}"
    print(f"Budget {budget.name} is {'changed' if known else 'set'}: {shown(budget.limit)} {each} for {_whose(budget)}.")
    return 0


def _wanted(asked: argparse.Namespace) -> Budget:
    """The budget that is asked for; BadBudget says what is wrong with it."""
    scope: Scope = next((one for one in SCOPES if getattr(asked, one) is not None), "all")
    of = "" if scope == "all" else getattr(asked, scope)
    alerts = tuple(sorted({_share(word) for word in asked.alerts.split(",") if word.strip()}))
    limit = keys.dollars(asked.limit)
    return checked(Budget(asked.name.strip(), limit, asked.period, scope, of, asked.degrade, alerts, asked.webhook))


def _share(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise BadBudget(f"--alerts: {word.strip()[:40]!r} is no share; write 0.5,0.8,1") from None


def _free(house: House, name: str) -> None:
    if any(one.name == name for one in house.settings.budgets):
        raise BadBudget(f"budget {name!r} is set in tierwise.yaml; change it there")


def _whose(budget: Budget) -> str:
    return "everything" if budget.scope == "all" else f"{budget.scope} {budget.of}"


def remove(asked: argparse.Namespace) -> int:
    """Forget a budget."""
    with keys.opened(asked) as (house, store):
        _free(house, asked.name)
        if not store.drop_budget(asked.name):
            close = difflib.get_close_matches(asked.name, [one.name for one in store.budgets()], 1, 0.5)
            raise BadBudget(f"no budget {asked.name!r}" + (f"; did you mean {close[0]!r}?" if close else ""))
    if asked.json:
        terminal.show_json({"name": asked.name, "dropped": True})
    else:
        print(f"Budget {asked.name} is gone.")
    return 0


def listed(asked: argparse.Namespace) -> int:
    """Print the budgets with what is used of them."""
    now = keys.now()
    with keys.opened(asked) as (house, store):
        found = merged([settled(one) for one in house.settings.budgets], store.budgets())
        purses = {one.budget: one for one in store.purses([Drawn(one.name, began(one.period, now)) for one in found])}
    rows = [(one, purses.get(one.name, Purse(one.name, 0))) for one in found]
    if asked.json:
        terminal.show_json([{**msgspec.to_builtins(one), "spent": used.spent, "held": used.held} for one, used in rows])
        return 0
    heads = ("name", "for", ">limit", "period", ">spent", ">held", ">used", "renews", "degrades at")
    terminal.show(terminal.table(heads, [_cells(one, used, now) for one, used in rows]), f"{len(rows)} budgets; dollars")
    return 0


def _cells(one: Budget, used: Purse, now: int) -> Sequence[str]:
    ends = renews(one.period, now)
    amounts = terminal.money(one.limit), one.period, terminal.money(used.spent), terminal.money(used.held)
    return (
        one.name,
        _whose(one),
        *amounts,
        terminal.share(used.spent / one.limit),
        "-" if ends is None else dated(ends),
        terminal.share(one.degrade),
    )


RUNS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = MappingProxyType({"set": put, "list": listed, "remove": remove})
