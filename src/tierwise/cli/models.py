"""`tierwise models`: what can be chosen, what it costs now, and what is known of it."""

import argparse
import difflib
from pathlib import Path

from msgspec import Struct, to_builtins

from tierwise import assembly
from tierwise.catalog import build
from tierwise.cli import dates, terminal
from tierwise.core.catalog import Endpoint, Rates
from tierwise.core.money import Amount, Unknown


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--provider", metavar="P", help="only what this provider sells, everything in its price list included")
    parser.add_argument("--as-of", metavar="DATE", help="prices of a day in the past (YYYY-MM-DD)")
    parser.add_argument("--json", action="store_true", help="for a program")
    parser.set_defaults(run=run)


class BadProvider(ValueError):
    """A name of a provider that sells nothing; the message names the nearest one."""


def run(asked: argparse.Namespace) -> int:
    """Print the models."""
    at, day = dates.instant(asked.as_of)
    built = assembly.opened(Path(asked.config) if asked.config else None, day)
    endpoints = assembly.shelf(built, _ids(built, asked.provider)).at(at).endpoints
    if asked.json:
        terminal.show_json([to_builtins(one) for one in endpoints])
        return 0
    rows = [_row(one) for one in endpoints]
    heads = ("endpoint", "tier", ">input", ">read", ">write 5m", ">write 1h", ">output", ">window", ">most output", "can", "cache")
    terminal.show(
        terminal.table(heads, rows),
        f"{len(rows)} endpoints; dollars for a million tokens on {day} ({built.sources.book.version}), of prompts in the lowest size class;"
        " + where longer ones cost more; ? where nobody has said",
    )
    return 0


def _ids(built: assembly.House, provider: str | None) -> list[str]:
    """Endpoints to show: those with a row of their own, or all that one provider lists."""
    sources = built.sources
    said = [*(one.id for one in built.settings.endpoints), *_asked(built)]
    carded = [f"{card.provider}/{card.model}" for card in sources.cards.values()]
    if provider is None:
        return sorted({*said, *carded})
    sellers = {seller.id: seller for seller in sources.book.sellers}
    known = {*sellers, *(name.partition("/")[0] for name in (*said, *carded))}
    if provider not in known:
        raise BadProvider(f"--provider: unknown provider {provider!r}{_nearest(provider, known)}")
    own = [name for name in (*said, *carded) if name.startswith(f"{provider}/")]
    listed = sellers[provider].models if provider in sellers else ()
    return sorted({*own, *(build.resolved(sources, f"{provider}/{model.id}") for model in listed)})


def _asked(built: assembly.House) -> list[str]:
    """Models to choose from that are asked for an effort."""
    found = (build.resolved(built.sources, name) for name in built.settings.models)
    return [name for name in found if build.entry(built.sources, name).bare.reasoning]


def _nearest(provider: str, known: set[str]) -> str:
    close = difflib.get_close_matches(provider, known, 1, 0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(sorted(known))}"


class Shown(Struct, frozen=True):
    """Prices of a row, in dollars for a million tokens as text."""

    fresh: str
    read: str
    write_5m: str
    write_1h: str
    output: str


def _prices(rates: tuple[Rates, ...] | Unknown) -> Shown:
    if isinstance(rates, Unknown):
        return Shown(*["unknown"] * 5)
    first, more = rates[0], "+" if len(rates) > 1 else ""
    return Shown(*(f"{_million(getattr(first, field), first.per)}{more}" for field in Shown.__struct_fields__))


def _million(amount: int, per: int) -> str:
    found: Amount = amount * 10**6 // per
    text = terminal.money(found, 6).rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<2}"


def _row(one: Endpoint) -> tuple[str, ...]:
    can, prices = one.capability, _prices(one.rates)
    cells = (prices.fresh, prices.read, prices.write_5m, prices.write_1h, prices.output)
    return (one.id, one.tier, *cells, terminal.size(can.context_window), terminal.size(can.max_output), terminal.able(can), one.cache.kind)
