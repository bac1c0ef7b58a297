"""The sections of a page, in order: each a figure, what the report says in words and tables, or both."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from tierwise.lab.page.conclusion import conclusion, has_interval, judged, row
from tierwise.lab.page.html import EMPTY, Child, Column, Html, Line, html, many, section, table, tag
from tierwise.lab.page.receipts import Doubt, facts, told
from tierwise.lab.page.words import NONE, UNKNOWN, between, change, level, money, part, period, points, share, tiers, titled
from tierwise.lab.plural import count
from tierwise.lab.report import Report, TaskRow
from tierwise.lab.rows import Row


def opening(report: Report) -> Html:
    """The title, the conclusion, the headline numbers."""
    said = conclusion(report)
    policy = f"policy {report.policy.name}, floor {level(report.policy.floor)} points below {report.reference}"
    return tag(
        "header",
        tag("p", "tierwise backtest", class_="eyebrow"),
        tag("h1", subject(report)),
        tag("p", f"{period(report.first_day, report.last_day)}, {policy}", class_="muted"),
        _banner() if report.partial else EMPTY,
        tag("p", said.first, class_="lead"),
        _headline(report),
        tag("div", *(tag("p", sentence) for sentence in said.rest), class_="prose"),
    )


def subject(report: Report) -> str:
    """What a report is of."""
    return f"{count(report.counts.calls, 'call')} in {count(report.counts.sessions, 'session')}"


def _banner() -> Html:
    said = "This report is partial: it was interrupted. It covers only the part of the log that was read until then."
    return tag("p", said, class_="banner", role="note")


def _headline(report: Report) -> Html:
    return html(tag("dl", *(_figure(*one) for one in _large(report)), class_="figures"), tag("dl", *_small(report), class_="figures small"))


def _figure(name: str, value: str, below: str = "") -> Html:
    return tag("div", tag("dt", name), tag("dd", value), tag("dd", below, class_="muted") if below else EMPTY)


def _large(report: Report) -> tuple[tuple[str, str, str], ...]:
    actual, policy, reference = (row(report, kind) for kind in ("actual", "policy", "reference"))
    quality = judged(policy)
    sure = has_interval(report)
    return (
        ("Spent", _known(actual), "as logged"),
        ("With the policy", _known(policy), f"the reference: {_known(reference)}"),
        ("Saving", share(policy.saving if policy else None), _interval(policy) if sure else "no interval from one session"),
        ("Expected quality", *((f"{points(quality.mean)} points", _bounds(quality.low, quality.high)) if quality else (UNKNOWN, ""))),
    )


def _known(one: Row | None) -> str:
    """What a row costs."""
    return UNKNOWN if one is None else part(one.dollars, one.unknown)


def _interval(one: Row | None) -> str:
    return f"{between(one.saving_low, one.saving_high)} of the reference" if one is not None and one.saving is not None else ""


def _bounds(low: float, high: float) -> str:
    return f"{points(low)} to {points(high)}, against the reference"


def _small(report: Report) -> tuple[Html, ...]:
    actual = row(report, "actual")
    dates = len({one.day for one in report.days})
    return (
        _figure("Calls", f"{report.counts.calls:,}"),
        _figure("Sessions", f"{report.counts.sessions:,}"),
        _figure("Days with calls", f"{dates:,}"),
        _figure("Of unknown price or usage", share(actual.unknown if actual else None)),
    )


def doubts(report: Report) -> Doubt:
    """How much of the reference's and of the policy's spend is not known."""
    reference, policy = row(report, "reference"), row(report, "policy")
    return Doubt(reference.unknown if reference else 1.0, policy.unknown if policy else 1.0)


def rows(report: Report) -> Html:
    """Every row of the report, as tables."""
    columns = (
        Column("way of serving the log", number=False),
        *(Column(name) for name in ("dollars", "by tokens alone", "saving", "quality", "cached", "switches")),
        Column("tiers, of calls", number=False),
        Column("unknown"),
    )
    caption = (
        "Saving is a share of the reference's spend; quality is in points of 100 against the reference; cached is the share of prompt "
        "tokens read from a cache; unknown is the share of calls that are in no sum. By tokens alone leaves out how much work each "
        "model makes of a task. Small figures are 95% intervals."
    )
    lines = [_row(one, report) for one in (*report.rows, *report.alone)]
    return html(table(caption, columns, lines), _divided(report))


def _row(one: Row, report: Report) -> Line:
    sure = has_interval(report)
    cells = (
        _with(_known(one), f"{money(one.low)} to {money(one.high)}" if sure and one.dollars else ""),
        NONE if one.tokens is None else part(one.tokens, one.unknown),
        _with(share(one.saving), between(one.saving_low, one.saving_high) if sure and one.saving is not None else ""),
        _quality(one),
        NONE if one.hits is None else share(one.hits),
        NONE if one.switches is None else f"{one.switches:,}",
        tiers(one.tiers),
        share(one.unknown),
    )
    return Line(titled(one), cells, strong=one.kind == "policy")


def _with(value: str, interval: str) -> Html:
    return html(value, tag("small", interval) if interval else EMPTY)


def _quality(one: Row) -> Child:
    found = judged(one)
    if found is None:
        return NONE if one.quality is None else UNKNOWN
    return _with(points(found.mean), f"{points(found.low)} to {points(found.high)}")


def _divided(report: Report) -> Html:
    """How each row's dollars divide by kind of work."""
    kinds = [one.kind for one in sorted(report.tasks, key=lambda one: (-one.reference, one.kind))]
    divided = [one for one in (*report.rows, *report.alone) if one.tasks]
    if not divided:
        return EMPTY
    columns = (Column("way of serving the log", number=False), *(Column(kind) for kind in kinds))
    lines = (Line(titled(one), [share(one.tasks.get(kind, 0.0), 0) for kind in kinds], one.kind == "policy") for one in divided)
    caption = "Shares of each row's dollars by kind of work"
    return tag("details", tag("summary", caption), table(caption, columns, lines))


def tasks(report: Report) -> Html:
    """Kinds of work, as a table."""
    columns = (
        Column("kind of work", number=False),
        *(Column(name) for name in ("calls", "turns", "reference", "policy", "change")),
        Column("tiers, of the policy's calls", number=False),
    )
    caption = "Kinds of work are read from the person's words by rules; a turn is what a person asked for."
    doubt = doubts(report)
    return table(caption, columns, (_task(one, doubt) for one in sorted(report.tasks, key=lambda one: (-one.reference, one.kind))))


def _task(one: TaskRow, doubt: Doubt) -> Line:
    dollars = (part(one.reference, doubt.reference), part(one.policy, doubt.policy), change(one.reference, one.policy))
    return Line(one.kind, (f"{one.calls:,}", f"{one.items:,}", *dollars, tiers(one.tiers)))


def telling(report: Report) -> Html:
    """The sessions that show most."""
    if not report.telling:
        return tag("p", "There are none.")
    what = "The sessions in which the policy and the reference differ most in cost, either way. Open one for its path and its receipt."
    return html(tag("p", what), *(told(session, doubts(report)) for session in report.telling))


def cannot(report: Report) -> Html:
    """What the log cannot show, and what else should be known."""
    return html(tag("ul", many("li", report.cannot)), tag("h3", "How to read the rows"), tag("ul", many("li", report.notes)))


def sources(report: Report) -> Html:
    """What all this was worked out from."""
    counts = report.counts
    left_out = (
        ("of unknown usage", counts.unknown_usage),
        ("of a model nobody knows", counts.unknown_model),
        ("of unknown price", counts.unknown_price),
        ("of estimated usage", counts.estimated),
    )
    said: tuple[tuple[str, Child], ...] = (
        *report.versions.items(),
        ("read", f"{count(report.files, 'file')}, {count(report.repeats, 'repeated call')} counted once"),
        ("calls", ", ".join(f"{number:,} {what}" for what, number in left_out)),
        ("policy", ", ".join(_settings(report))),
        ("candidates", ", ".join(report.candidates)),
        ("ran", ", ".join(f"{name} ({calls:,})" for name, calls in sorted(report.ran.items()))),
    )
    return html(facts(said), _skipped(report))


def _settings(report: Report) -> list[str]:
    """The policy's settings that say something."""
    shown = {name: getattr(report.policy, name) for name in report.policy.__struct_fields__}
    return [f"{name} {_setting(value)}" for name, value in shown.items() if value not in (None, "", (), {}, False)]


def _setting(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}={item}" for key, item in value.items())
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _skipped(report: Report) -> Html:
    if not report.skipped:
        return tag("p", "No line was skipped.")
    first = "" if report.skipped == len(report.problems) else f"; the first {len(report.problems)} are listed"
    caption = f"{count(report.skipped, 'line')} could not be read and {'was' if report.skipped == 1 else 'were'} skipped{first}."
    columns = (Column("file", number=False), Column("line"), Column("what is wrong", number=False))
    return table(caption, columns, (Line(one.file, (f"{one.line:,}", one.what)) for one in report.problems))


class Part(Struct, frozen=True):
    """A section: the name links know it by, its heading, the figure of that name if it has one, and what follows it."""

    name: str
    heading: str
    content: Callable[[Report], Html] | None = None


PARTS: Final = (
    Part("savings", "What is saved"),
    Part("quality", "Quality against cost"),
    Part("spend", "Spend by day and model"),
    Part("tasks", "Cost by kind of work", tasks),
    Part("frontier", "What models score and cost"),
    Part("rows", "Every row", rows),
    Part("sessions", "The most telling sessions", telling),
    Part("cannot", "What this log cannot show", cannot),
    Part("sources", "What this was worked out from", sources),
)


def body(report: Report, drawn: Mapping[str, Html]) -> Html:
    """All sections; `drawn` are the figures by name."""
    return html(*(_section(part, report, drawn) for part in PARTS))


def _section(part: Part, report: Report, drawn: Mapping[str, Html]) -> Html:
    return section(part.name, part.heading, drawn.get(part.name, EMPTY), EMPTY if part.content is None else part.content(report))


def contents() -> Html:
    """Links to the sections."""
    return tag("nav", *(tag("a", part.heading, href=f"#{part.name}") for part in PARTS), aria_label="Contents")
