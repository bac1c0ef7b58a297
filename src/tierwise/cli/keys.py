"""`tierwise keys`: the keys that clients use at the gateway, made, listed, given new secrets and revoked.

It works on the store itself, so it needs no gateway that runs; every gateway on that store knows within two seconds.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from tierwise import assembly, plugins
from tierwise.assembly import House
from tierwise.catalog import build
from tierwise.cli import dates, stores, terminal
from tierwise.config.reader import nearest
from tierwise.core.budgets import BadBudget, Budget, Period, checked, dated
from tierwise.core.keys import OLD, RANKS, BadKey, VirtualKey, past, span
from tierwise.core.money import pico
from tierwise.gateway.minting import KeyAsked, Minted, minted, put, revoked, rotated
from tierwise.ledger import Store, addresses

PERIODS: Final[tuple[Period, ...]] = ("day", "week", "month", "total")


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    acts = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    make = acts.add_parser("create", help="make a key; its secret is printed, this once")
    make.add_argument("name", metavar="NAME", help="whose key it is; shown in records, and what budgets can be for")
    _what_it_may(make)
    make.add_argument("--budget", metavar="USD[/PERIOD]", help="a budget of its own: 50/month (also day, week, total)")
    rows = acts.add_parser("list", help="the keys, without their secrets")
    rows.add_argument("--all", action="store_true", help="those that have expired or were revoked too")
    for name, what in (("revoke", "end a key, everywhere within two seconds"), ("rotate", "give a key a new secret, printed this once")):
        one = acts.add_parser(name, help=what)
        one.add_argument("key", metavar="ID|NAME")
        if name == "rotate":
            one.add_argument("--grace", metavar="TIME", default="", help="how long the old secret stays good: 1h, 2d (default: no longer)")
    for name, one in acts.choices.items():
        shared(one)
        one.set_defaults(run=RUNS[name])


def shared(parser: argparse.ArgumentParser) -> None:
    """The arguments that every command on the store has."""
    parser.add_argument(
        "--config", metavar="FILE", default=argparse.SUPPRESS, help="settings (default: tierwise.yaml here, if it is there)"
    )
    parser.add_argument("--store", metavar="ADDRESS", help="the store (default: that of the settings)")
    parser.add_argument("--json", action="store_true", help="for a program")


def _what_it_may(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--role", choices=tuple(RANKS), default="client", help="client asks for answers, reader sees the console, admin changes"
    )
    for name in ("owner", "team", "project"):
        parser.add_argument(f"--{name}", metavar="NAME", default="", help=f"its {name}")
    parser.add_argument(
        "--tag", metavar="NAME", action="append", default=[], help="anything else that budgets and reports should tell apart"
    )
    parser.add_argument("--expires", metavar="TIME", default="", help="after how long it ends: 12h, 30d, 8w (default: never)")
    parser.add_argument("--models", metavar="M,M", default="", help="the models or endpoints it may use (default: all)")
    parser.add_argument("--policies", metavar="P,P", default="", help="the policies it may use (default: all)")
    parser.add_argument("--policy", metavar="P", default="", help="how to choose for it (default: that of the settings)")
    parser.add_argument("--floor", metavar="D", type=float, help="its floor, 0 to 1 (default: that of the settings)")
    for name, what in (("requests", "requests a minute"), ("tokens", "tokens a minute"), ("concurrency", "requests at once")):
        parser.add_argument(f"--{name}", metavar="N", type=int, help=f"the most {what} (default: no limit)")
    parser.add_argument("--bodies", action="store_true", help="keep what is asked and answered, word for word")


@contextmanager
def opened(asked: argparse.Namespace) -> Iterator[tuple[House, Store]]:
    """The house of the settings and its store, which is made where it is not there yet."""
    config = getattr(asked, "config", None)
    house = assembly.opened(Path(config) if config else None)
    store = addresses.opened(asked.store or stores.settled(house), plugins.found(plugins.STORES))
    try:
        yield house, store
    finally:
        store.close()


def now() -> int:
    """The time, in milliseconds."""
    return dates.instant(None)[0]


def create(asked: argparse.Namespace) -> int:
    """Make a key, and a budget for it."""
    with opened(asked) as (house, store):
        new = minted(_wanted(house, asked), now())
        if any(one.name == new.key.name for one in house.settings.keys):
            raise BadKey(f"tierwise.yaml has a key {new.key.name!r} already; take another name")
        budget = None if asked.budget is None else own(new.key.name, asked.budget)
        put(store, new)
        if budget is not None:
            store.put_budget(budget)
    return _shown(new, asked, f"Key {new.key.name} ({new.key.id}).{_until(new.key)} Its secret is shown this once:")


def _wanted(house: House, asked: argparse.Namespace) -> KeyAsked:
    """The key that is asked for; an error names the model or policy that is none."""
    given = {name: getattr(asked, name) for name in KeyAsked.__struct_fields__ if hasattr(asked, name)}
    models, policies = _words(asked.models), _words(asked.policies)
    for name in models:
        build.resolved(house.sources, name)
    for name in (*policies, *([asked.policy] if asked.policy else [])):
        if name not in house.parts.choosers:
            raise BadKey(f"unknown policy {name!r}{nearest(name, house.parts.choosers)}")
    return KeyAsked(**{**given, "models": models, "policies": policies, "tags": tuple(asked.tag)})


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def own(name: str, text: str) -> Budget:
    """The budget of a key that '50/month' says."""
    amount, _, period = text.partition("/")
    return checked(Budget(name, dollars(amount), said_period(period or "month"), "key", name))


def dollars(text: str) -> int:
    """Pico-dollars of an amount of dollars; BadBudget where it is none."""
    try:
        return pico(Decimal(text.strip().removeprefix("$").replace(",", "")))
    except (InvalidOperation, ValueError):
        raise BadBudget(f"{text[:40]!r} is no amount of dollars; write 50 or 12.50") from None


def said_period(text: str) -> Period:
    """A period by its name; BadBudget names those there are."""
    found = next((one for one in PERIODS if one == text.strip().lower()), None)
    if found is None:
        raise BadBudget(f"unknown period {text[:40]!r}; known: {', '.join(PERIODS)}")
    return found


def rotate(asked: argparse.Namespace) -> int:
    """Give a key a new secret."""
    grace = span(asked.grace) if asked.grace else 0
    with opened(asked) as (_, store):
        new = rotated(store, asked.key, now(), grace)
    old = f"is good for {asked.grace} more" if grace else "is good no more"
    return _shown(new, asked, f"Key {new.key.name} ({new.key.id}): the old secret {old}. The new one is shown this once:")


def _shown(new: Minted, asked: argparse.Namespace, words: str) -> int:
    """The secret alone on standard output, so that a script can take it; the words beside it go to whoever watches."""
    if asked.json:
        terminal.show_json({**_row_of(new.key), "secret": new.secret})
        return 0
    print(words, file=sys.stderr, flush=True)
    print(new.secret)
    return 0


def revoke(asked: argparse.Namespace) -> int:
    """End a key."""
    with opened(asked) as (_, store):
        key = revoked(store, asked.key, now())
    if asked.json:
        terminal.show_json(_row_of(key))
    else:
        print(f"Key {key.name} ({key.id}) is revoked; every gateway on this store knows within two seconds.")
    return 0


def listed(asked: argparse.Namespace) -> int:
    """Print the keys."""
    at = now()
    with opened(asked) as (house, store):
        keys = [one for one in store.keys() if asked.all or not past(one, at)]  # noqa: SIM118  # a store is no dictionary
    fixed = [one.name for one in house.settings.keys]
    if asked.json:
        terminal.show_json([_row_of(one) for one in keys])
        return 0
    heads = ("id", "name", "role", "team", "project", "tags", "may use", "limits", "state")
    rows = [_cells(one, at) for one in sorted(keys, key=lambda key: (key.name, key.created))]
    more = f"; tierwise.yaml has {len(fixed)} more: {', '.join(fixed)}" if fixed else ""
    terminal.show(terminal.table(heads, rows), f"{sum(OLD not in one.id for one in keys)} keys{more}")
    return 0


def _row_of(key: VirtualKey) -> Mapping[str, Any]:
    return {name: value for name, value in msgspec.to_builtins(key).items() if name != "digest"}


def _cells(key: VirtualKey, at: int) -> Sequence[str]:
    limits = ((key.requests, "requests/min"), (key.tokens, "tokens/min"), (key.concurrency, "at once"))
    many = ", ".join(f"{most:,} {what}" for most, what in limits if most is not None)
    use = ", ".join((*key.models, *(f"policy {one}" for one in key.policies)))
    return (key.id, key.name, key.role, key.team, key.project, ", ".join(key.tags), use or "all", many or "none", _state(key, at))


def _state(key: VirtualKey, at: int) -> str:
    over = past(key, at)
    if over:
        return f"{over} {dated(key.revoked if over == 'revoked' else key.expires)}"
    old = "old secret, " if OLD in key.id else ""
    return f"{old}until {dated(key.expires)}" if key.expires else "good"


def _until(key: VirtualKey) -> str:
    return f" It is good until {dated(key.expires)}." if key.expires else ""


RUNS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = MappingProxyType(
    {"create": create, "list": listed, "revoke": revoke, "rotate": rotate}
)
