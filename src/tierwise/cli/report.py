"""`tierwise report`: what the ledger proves. Spend against the reference, by whatever is asked, and how sure that is."""

import argparse
import csv
import difflib
import io
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import to_builtins
from msgspec.structs import asdict

from tierwise import assembly
from tierwise.cli import dates, files, runs, stores, terminal
from tierwise.core.entry import charged
from tierwise.core.money import Amount, Unknown, dollars
from tierwise.core.run import Run
from tierwise.core.usage import Usage
from tierwise.lab import findings, pictures
from tierwise.lab import proof as proving
from tierwise.lab.logged import Logged
from tierwise.lab.page import proving as page
from tierwise.lab.page.words import NONE, between, money, share
from tierwise.lab.proof import KEYS, Part, Proof, Saved, Telling
from tierwise.ledger import Query, Row, Store

MONTH: Final = "30d"
CASCADE: Final = "cascade"
COLUMNS: Final = (
    ">requests",
    ">spent",
    ">reference",
    ">saved",
    ">95 %",
    ">unknown",
    ">cached",
    ">predicted",
    ">absorbed",
    ">up",
    ">switches",
)


class NothingKept(ValueError):
    """A ledger without an entry in the time asked for."""


class BadGrouping(ValueError):
    """A word that entries cannot be grouped by; the message names the nearest one."""


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--by", metavar="WHAT", default="model", help=f"one of {', '.join(KEYS)} (default: model)")
    parser.add_argument("--since", metavar="WHEN", default=MONTH, help="a day, a time, or a span back from now as 7d (default: 30d)")
    parser.add_argument("--until", metavar="WHEN", help="the same, and entries from then on are left out (default: now)")
    parser.add_argument("--store", metavar="ADDRESS", help="the ledger: a file, sqlite:///file or postgresql:// (default: the settings')")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="for a program")
    how.add_argument("--csv", action="store_true", help="the parts as comma-separated values, amounts in dollars")
    how.add_argument("--html", metavar="FILE", type=Path, help="one self-contained page (needs the plot extra)")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Count, then report."""
    by, query = _by(asked.by), _query(asked)
    if asked.html is not None:
        files.writable(asked.html)
        pictures.ready()
    built = assembly.opened(Path(asked.config) if asked.config else None)
    with stores.opened(built, asked.store) as store:
        kept = store.each(query)
        seen = Seen(filter(runs.of_cascade, kept) if by == CASCADE else kept)
        found = proving.proof(seen, by, Charges(Logged(built.sources)))
        if not found.whole.requests:
            what = "request of a cascade" if by == CASCADE else "request"
            raise NothingKept(f"the ledger holds no {what} from {asked.since} on" + (f" until {asked.until}" if asked.until else ""))
        reference = _reference(store, seen.last) or assembly.reference_model(built)
        ran = (runs.within(store, query), runs.by_run(store, query)) if by == CASCADE else None
    _show(asked, found, reference, ran)
    return 0


def _by(said: str) -> str:
    if said not in KEYS:
        close = difflib.get_close_matches(said, KEYS, 1, 0.4)
        raise BadGrouping(
            f"--by: {said!r} is nothing to group by; " + (f"did you mean {close[0]!r}?" if close else f"known: {', '.join(KEYS)}")
        )
    return said


def _query(asked: argparse.Namespace) -> Query:
    now = time.time_ns() // 1_000_000
    since = dates.moment(asked.since, "--since", now)
    until = dates.moment(asked.until, "--until", now) if asked.until else now + 1
    if since >= until:
        raise dates.BadDate(f"--since: {asked.since} is not before {asked.until or 'now'}")
    return Query(since=since, until=until)


class Seen:
    """Rows as they go by; `last` is the latest that somebody served."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Rows that are about to go by."""
        self.rows, self.last = rows, ""

    def __iter__(self) -> Iterator[Row]:
        """The rows."""
        for row in self.rows:
            if row.endpoint:
                self.last = row.id
            yield row


class Charges:
    """What tokens cost on an endpoint at an instant."""

    def __init__(self, logged: Logged) -> None:
        """By look-ups in the price data."""
        self.logged = logged

    def __call__(self, endpoint: str, usage: Usage, at: int) -> Amount:
        """The amount; unknown where the endpoint or its price is."""
        provider, _, model = endpoint.partition("/")
        found = self.logged.endpoint(model, provider, at)
        return Unknown(f"unknown model {endpoint}") if found is None else charged(found, usage)


def _reference(store: Store, name: str) -> str:
    """The model that the latest request was compared with, '' where that is not told."""
    entry = store.find(name) if name else None
    return "" if entry is None or entry.decision is None else entry.decision.receipt.policy.reference


Ran = tuple[Sequence[Run], Mapping[str, runs.Cost]]
"""Cascades, and what each of them cost."""


def _show(asked: argparse.Namespace, found: Proof, reference: str, ran: Ran | None) -> None:
    if asked.json:
        more = {} if ran is None else {"cascades": to_builtins(ran[0])}
        terminal.show_json({"reference": reference, **to_builtins(found), **more})
    elif asked.csv:
        _write_csv(found)
    else:
        if ran is not None:
            terminal.show(*runs.headline(*ran), runs.table(*ran))
        _print(found, reference)
    if asked.html is not None:
        files.write(asked.html, page.rendered(found, reference).encode())
        print(f"written: {asked.html}")


def _print(found: Proof, reference: str) -> None:
    days = (dates.shown(found.first // proving.DAY), dates.shown(found.last // proving.DAY))
    terminal.show(
        f"{days[0]} to {days[1]}",
        *findings.headline(found, reference),
        terminal.table((found.by, *COLUMNS), (_row(part, found.by) for part in found.parts)),
        terminal.table(
            ("session", "key", ">requests", ">spent", ">reference", "models, in order"), map(_session, found.top), "the dearest"
        ),
        f"prices {findings.versions(found)}",
        *(f"not known for {number:,}: {why}" for why, number in sorted(found.reasons.items(), key=lambda one: -one[1])),
        *(f"note: {note}" for note in (*findings.NOTES, *([runs.NOTE] if found.by == CASCADE else []))),
    )


def _row(part: Part, by: str) -> tuple[str, ...]:
    saved = part.saved
    interval = NONE if saved is None or saved.share_low is None else between(saved.share_low, saved.share_high)
    return (
        findings.named(part, by),
        f"{part.requests:,}",
        money(part.cost) if part.cost or not part.unpriced else "unknown",
        "unknown" if saved is None else money(part.baseline),
        "unknown" if saved is None else share(saved.share),
        interval,
        share(part.uncompared / part.requests),
        _ratio(part.observed, part.prompt),
        _ratio(part.predicted, part.prompt),
        f"{part.absorbed:,}",
        f"{part.up:,}",
        f"{part.switches:,}",
    )


def _ratio(part: int, whole: int) -> str:
    return share(part / whole) if whole else NONE


def _session(one: Telling) -> tuple[str, ...]:
    path = ", ".join(f"{model} x{calls}" if calls > 1 else model for model, calls in one.path)
    return (one.session, one.key, f"{one.requests:,}", money(one.cost), money(one.baseline) if one.baseline else "unknown", path)


AMOUNTS: Final = ("cost", "compared", "baseline", "caution")
TOKENS: Final = ("fresh", "read", "write_5m", "write_1h", "output")


def _write_csv(found: Proof) -> None:
    text = io.StringIO()
    rows = [_flat(part, found.by) for part in found.parts]
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    sys.stdout.write(text.getvalue())


def _flat(part: Part, by: str) -> dict[str, str | int]:
    """A part as columns; an amount that is not known is empty."""
    kept = {key: value for key, value in asdict(part).items() if key not in {"name", "saved", "usage", *AMOUNTS}}
    amounts = {key: _exact(getattr(part, key)) for key in AMOUNTS}
    tokens = {key: getattr(part.usage, key) for key in TOKENS}
    return {by: findings.named(part, by), **kept, **amounts, **tokens, **_saved(part.saved)}


def _saved(saved: Saved | None) -> dict[str, str]:
    amounts: Sequence[int | None] = (None,) * 3 if saved is None else (saved.amount, saved.low, saved.high)
    shares: Sequence[float | None] = (None,) * 3 if saved is None else (saved.share, saved.share_low, saved.share_high)
    named = zip(("saved", "saved_low", "saved_high"), amounts, strict=True)
    rated = zip(("saving", "saving_low", "saving_high"), shares, strict=True)
    return {key: "" if one is None else _exact(one) for key, one in named} | {
        key: "" if value is None else f"{value:.6f}" for key, value in rated
    }


def _exact(amount: int) -> str:
    """Dollars to the last pico-dollar, without an exponent."""
    return f"{dollars(amount):f}"
