"""The report of a ledger as one self-contained page, set as a backtest's is."""

from collections.abc import Sequence
from typing import Final

from tierwise.core.money import PER_DOLLAR
from tierwise.lab import findings, pictures
from tierwise.lab.charts import bars
from tierwise.lab.charts.look import ACCENT, FAINT, MUTED, NARROW, WIDE
from tierwise.lab.page.document import Draw, document, figure
from tierwise.lab.page.html import EMPTY, Child, Column, Html, Line, html, many, section, table, tag
from tierwise.lab.page.plots import Figure, Panel
from tierwise.lab.page.spans import stretches
from tierwise.lab.page.words import NONE, between, money, share
from tierwise.lab.plural import count
from tierwise.lab.proof import Part, Proof, Telling

MOST: Final = 24
"""Parts in the picture: the dearest; all are in the table."""

NUMBERS: Final = ("requests", "sessions", "spent", "reference", "saved", "unknown", "cached", "predicted", "absorbed", "up", "switches")


def rendered(proof: Proof, reference: str, draw: Draw = pictures.svg) -> str:
    """A proof's page; `reference` is the model compared with."""
    said = list(findings.headline(proof, reference))
    content = (
        _opening(proof, said),
        section("days", "Spend and reference by day", figure(_days(proof), draw)),
        section("parts", f"Saving by {proof.by}", figure(_savings(proof), draw), _table(proof)),
        section("sessions", "The dearest sessions", _sessions(proof.top)),
        section("sources", "What this was worked out from", _sources(proof)),
    )
    return document(f"tierwise report: {findings.span(proof)}", *content)


def _opening(proof: Proof, said: Sequence[str]) -> Html:
    whole = proof.whole
    head = f"{count(whole.requests, 'request')} in {count(whole.sessions, 'session')}"
    return tag(
        "header",
        tag("p", "tierwise report", class_="eyebrow"),
        tag("h1", head),
        tag("p", findings.span(proof), class_="muted"),
        tag("p", said[0], class_="lead"),
        tag("dl", *(_figure(*one) for one in _large(whole)), class_="figures"),
        tag("div", *(tag("p", sentence) for sentence in said[1:]), class_="prose"),
    )


def _figure(name: str, value: str, below: str) -> Html:
    return tag("div", tag("dt", name), tag("dd", value), tag("dd", below, class_="muted") if below else EMPTY)


def _large(whole: Part) -> tuple[tuple[str, str, str], ...]:
    saved = whole.saved
    sure = "" if saved is None or saved.share_low is None else f"{between(saved.share_low, saved.share_high)}, at 95%"
    return (
        ("Spent", money(whole.cost), f"{money(whole.compared)} of it compared"),
        ("The reference", money(whole.baseline) if saved is not None else "unknown", "with a warm cache of its own"),
        ("Saving", "unknown" if saved is None else share(saved.share), sure),
        ("Cached", _ratio(whole.observed, whole.prompt), f"{_ratio(whole.predicted, whole.prompt)} predicted"),
    )


def _ratio(part: int, whole: int) -> str:
    return share(part / whole) if whole else NONE


def _days(proof: Proof) -> Figure:
    """What each day, week or month cost, and what the reference would have."""
    if not proof.days or not any(day.cost or day.baseline for day in proof.days):
        return Figure(absent="There is no spend to show.")
    found = stretches(proof.days[0].day, proof.days[-1].day)
    spent, reference = dict.fromkeys(found.names, 0), dict.fromkeys(found.names, 0)
    for day in proof.days:
        spent[found.of(day.day)] += day.cost
        reference[found.of(day.day)] += day.baseline
    most = 1.05 * max(*spent.values(), *reference.values()) / PER_DOLLAR
    panels = [
        _panel(f"Spent: {money(sum(spent.values()))}", spent, most, ACCENT),
        _panel(f"The reference: {money(sum(reference.values()))}", reference, most, FAINT),
    ]
    return Figure(tuple(panels), (), f"US dollars by {found.unit.name}.")


def _panel(heading: str, amounts: dict[str, int], most: float, colour: str) -> Panel:
    stacks = [bars.Stack(when, heading, amount / PER_DOLLAR) for when, amount in amounts.items()]
    return Panel(heading, bars.days(stacks, tuple(amounts), most, {heading: colour}))


def _savings(proof: Proof) -> Figure:
    """What each part saves, with its interval."""
    shown = sorted(proof.parts, key=lambda part: -part.cost)[:MOST]
    if all(part.saved is None for part in shown):
        return Figure(absent="No saving can be shown: nothing can be compared.")
    rows = [_whisker(part, proof.by) for part in shown]
    reach = bars.span(rows)
    left = f" Left out: {count(len(proof.parts) - MOST, 'part')} that cost less." if len(proof.parts) > MOST else ""
    caption = f"Share of the reference's spend that is saved; whiskers are 95% intervals over sessions.{left}"
    return Figure((Panel("", bars.savings(rows, reach, WIDE), bars.savings(rows, reach, NARROW)),), (), caption)


def _whisker(part: Part, by: str) -> bars.Whisker:
    name, saved = findings.named(part, by), part.saved
    if saved is None:
        return bars.Whisker(name, None, 0.0, 0.0, "unknown", MUTED)
    if saved.share_low is None or saved.share_high is None:
        return bars.Whisker(name, saved.share, saved.share, saved.share, share(saved.share), ACCENT)
    sure = f"{share(saved.share)} ({between(saved.share_low, saved.share_high, 0)})"
    return bars.Whisker(name, saved.share, saved.share_low, saved.share_high, sure, ACCENT)


def _table(proof: Proof) -> Html:
    columns = (Column(proof.by, number=False), *(Column(name) for name in NUMBERS))
    caption = (
        "Saved is a share of the reference over what can be compared, with its 95% interval; unknown is the share of requests that cannot; "
        "cached and predicted are shares of prompt tokens; absorbed requests met a fault that no client saw; up are those sent to a dearer "
        "model than the call before."
    )
    return table(caption, columns, (_line(part, proof.by) for part in proof.parts))


def _line(part: Part, by: str) -> Line:
    saved = part.saved
    interval = "" if saved is None or saved.share_low is None else between(saved.share_low, saved.share_high)
    cells: tuple[Child, ...] = (
        f"{part.requests:,}",
        f"{part.sessions:,}",
        money(part.cost) if part.cost or not part.unpriced else "unknown",
        money(part.baseline) if saved is not None else "unknown",
        html("unknown" if saved is None else share(saved.share), tag("small", interval) if interval else EMPTY),
        share(part.uncompared / part.requests),
        _ratio(part.observed, part.prompt),
        _ratio(part.predicted, part.prompt),
        f"{part.absorbed:,}",
        f"{part.up:,}",
        f"{part.switches:,}",
    )
    return Line(findings.named(part, by), cells)


def _sessions(top: Sequence[Telling]) -> Html:
    if not top:
        return tag("p", "There are none.")
    columns = (
        Column("session", number=False),
        Column("key", number=False),
        *(Column(name) for name in ("requests", "spent", "reference")),
        Column("models, in order", number=False),
    )
    return table("The sessions that cost most", columns, map(_session, top))


def _session(one: Telling) -> Line:
    path = ", ".join(f"{model} x{calls}" if calls > 1 else model for model, calls in one.path)
    known = money(one.baseline) if one.baseline else "unknown"
    return Line(one.session, (one.key or NONE, f"{one.requests:,}", money(one.cost), known, path))


def _sources(proof: Proof) -> Html:
    why = [f"{reason}: {count(number, 'request')}" for reason, number in sorted(proof.reasons.items(), key=lambda one: -one[1])]
    unknown = html(tag("h3", "Why something is not known"), tag("ul", many("li", why))) if why else EMPTY
    return html(tag("p", f"Prices: {findings.versions(proof)}."), tag("ul", many("li", findings.NOTES)), unknown)
