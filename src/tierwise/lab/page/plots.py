"""The figures of a page: which values each picture shows, and what is said under it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.money import PER_DOLLAR
from tierwise.lab import charts
from tierwise.lab.charts import bars
from tierwise.lab.charts.look import ACCENT, FAINT, INK, MUTED, NARROW, REST, RIVAL, WIDE, coloured
from tierwise.lab.expected import Expected
from tierwise.lab.page.conclusion import has_interval, judged
from tierwise.lab.page.spans import Stretches, stretches
from tierwise.lab.page.words import bare, bares, between, level, money, period, share, size, titled
from tierwise.lab.plural import count
from tierwise.lab.report import Report, TaskRow
from tierwise.lab.rows import Row

Spec = dict[str, Any]


class Panel(Struct, frozen=True):
    """A picture: for a page, and for a phone where that is another one."""

    heading: str
    wide: Spec
    narrow: Spec | None = None


class Figure(Struct, frozen=True):
    """Pictures that belong together, the key to their colours, and what is said under them; `absent` says why there is none."""

    panels: tuple[Panel, ...] = ()
    key: tuple[tuple[str, str], ...] = ()
    caption: str = ""
    absent: str = ""


def _both(draw: Callable[[int], Spec], heading: str = "") -> Panel:
    return Panel(heading, draw(WIDE), draw(NARROW))


COLOURS: Final = {"policy": ACCENT, "actual": INK, "reference": INK}


def savings(report: Report) -> Figure:
    """What each way of serving the log saves: those compared, then every model alone."""
    compared = [_whisker(one, _named(one), report) for one in report.rows]
    names = bares(one.name for one in report.alone)
    alone = [_whisker(one, names[one.name], report) for one in report.alone]
    if all(one.value is None for one in (*compared, *alone)):
        return Figure(absent="No saving can be shown: there is no call for which both the reference's price and another are known.")
    reach = bars.span([*compared, *alone])
    return Figure(
        panels=(
            _both(lambda width: bars.savings(compared, reach, width), "The policy, and what it has to beat"),
            _both(lambda width: bars.savings(alone, reach, width), "Every model alone, with a warm cache of its own"),
        ),
        caption=_intervals(report) + (f" An arrowhead stands for less than {share(bars.LOWEST, 0)}." if _below(compared, alone) else ""),
    )


def _below(*rows: Sequence[bars.Whisker]) -> bool:
    return any(one.value is not None and one.value < bars.LOWEST for one in chain(*rows))


def _named(one: Row) -> str:
    """A row's title in a picture, the reference without its provider."""
    return titled(replace(one, name=bare(one.name)) if one.kind == "reference" else one)


def _whisker(one: Row, name: str, report: Report) -> bars.Whisker:
    colour = COLOURS.get(one.kind, MUTED)
    if one.saving is None:
        return bars.Whisker(name, None, 0.0, 0.0, "price unknown", colour)
    low, high = one.saving_low or 0.0, one.saving_high or 0.0
    sure = f" ({between(low, high, 0)})" if has_interval(report) and low != high else ""
    return bars.Whisker(name, one.saving, low, high, f"{share(one.saving)}{sure}", colour)


def _intervals(report: Report) -> str:
    said = "Share of the reference's spend that is saved."
    sure = (
        "Whiskers are 95% intervals over sessions." if has_interval(report) else "There are no intervals: they need more than one session."
    )
    return f"{said} {sure} A row is compared only over calls for which both prices are known."


GROUPS: Final = {"policy": "policy", "reference": "fixed", "actual": "fixed", "alone": "alone"}
FAR: Final = 0.25
"""Models alone that are expected to be this far below the reference are left out of the picture, so that the rest can be told apart."""


def quality(report: Report) -> Figure:
    """Quality against cost of every row whose both are known."""
    again = {report.reference} | {one.name.removesuffix(" for all") for one in report.rows if one.kind == "best fixed"}
    once = [one for one in (*report.rows, *report.alone) if one.kind != "alone" or one.name not in again]
    known = [(one, found) for one in once if one.saving is not None and (found := judged(one)) is not None]
    far = max(FAR, 2 * report.policy.floor)
    near = [(one, found) for one, found in known if one.kind != "alone" or found.mean >= -far]
    if not near:
        return Figure(absent="Quality against cost cannot be shown: there is no row for which both are known.")
    names = bares(one.name for one, _ in near if one.kind in {"alone", "reference"})
    shown = [_standing(one, found, names.get(one.name) or titled(one)) for one, found in near]
    left = f" Left out: {count(len(known) - len(near), 'model')} more than {size(far, 0)} points below." if len(near) < len(known) else ""
    key = ((ACCENT, "the policy"), (INK, "the reference, and as it was"), (RIVAL, "what it has to beat"), (REST, "a model alone"))
    floor = f"The red line is the floor, {level(report.policy.floor)} points below."
    caption = f"Up and left is better. {floor} Lines are 95% intervals.{left} {NO_ROOM}"
    return Figure((_both(lambda width: charts.quality(shown, 100 * report.policy.floor, width)),), key, caption)


NO_ROOM: Final = "A name that found no room is in the table of all rows."


def _standing(one: Row, found: Expected, name: str) -> charts.Standing:
    return charts.Standing(
        name=name,
        group=GROUPS.get(one.kind, "rival"),
        cost=1 - (one.saving or 0.0),
        cost_interval=(1 - (one.saving_high or 0.0), 1 - (one.saving_low or 0.0)),
        points=100 * found.mean,
        points_interval=(100 * found.low, 100 * found.high),
    )


NAMED: Final = 8
"""Models with a colour of their own in the picture of days."""


def spend(report: Report) -> Figure:
    """What each day, week, month or year cost by model, as it was and with the policy."""
    found = stretches(report.first_day, report.last_day)
    sums: dict[tuple[str, str, str], int] = {}
    totals: dict[str, int] = {}
    for one in report.days:
        key = (one.who, found.of(one.day), one.model)
        sums[key] = sums.get(key, 0) + one.dollars
        totals[one.model] = totals.get(one.model, 0) + one.dollars
    if not any(totals.values()):
        return Figure(absent="Spend by day cannot be shown: no call has a known price.")
    names = _called(sorted((name for name in totals if totals[name]), key=lambda name: -totals[name]))
    return _spend(report, found, sums, names)


WHOSE: Final = {"actual": "As it was", "policy": "With the policy"}


def _called(models: Sequence[str]) -> dict[str, str]:
    """What each model is called in the picture: the dearest by name, the others together."""
    short = bares(models[:NAMED])
    rest = models[NAMED:]
    return short | dict.fromkeys(rest, count(len(rest), "other"))


def _spend(report: Report, found: Stretches, sums: Mapping[tuple[str, str, str], int], names: Mapping[str, str]) -> Figure:
    colours = coloured(list(dict.fromkeys(names.values())), NAMED)
    heights = {who: _together((when, sums[whose, when, model]) for whose, when, model in sums if whose == who) for who in WHOSE}
    most = max(amount for columns in heights.values() for amount in columns.values()) / PER_DOLLAR
    panels = []
    for who, heading in WHOSE.items():
        stacks = _together(
            ((when, names[model]), sums[whose, when, model]) for whose, when, model in sums if whose == who and model in names
        )
        values = [bars.Stack(when, model, amount / PER_DOLLAR) for (when, model), amount in stacks.items()]
        panels.append(Panel(f"{heading}: {money(sum(heights[who].values()))}", bars.days(values, found.names, 1.05 * most, colours)))
    span = period(report.first_day, report.last_day)
    return Figure(tuple(panels), tuple((colour, name) for name, colour in colours.items()), f"US dollars by {found.unit.name}, {span}.")


Key = TypeVar("Key")


def _together(amounts: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    """Sums by key."""
    found: dict[Key, int] = {}
    for key, amount in amounts:
        found[key] = found.get(key, 0) + amount
    return found


def tasks(report: Report) -> Figure:
    """What each kind of work costs at the reference and with the policy."""
    ordered = sorted(report.tasks, key=lambda one: (-one.reference, one.kind))
    if not any(one.reference or one.policy for one in ordered):
        return Figure(absent="Cost by kind of work cannot be shown: no price of the reference or of the policy's choices is known.")
    rows = [bars.Pair(one.kind, one.reference / PER_DOLLAR, one.policy / PER_DOLLAR, _change(one)) for one in ordered]
    key = ((FAINT, f"{bare(report.reference)} for everything"), (ACCENT, "with the policy"))
    return Figure((_both(lambda width: bars.pairs(rows, width)),), key, "US dollars by kind of work.")


def _change(one: TaskRow) -> str:
    return f"{money(one.reference)} \N{RIGHTWARDS ARROW} {money(one.policy)}"


def frontier(points: Sequence[charts.Point], priced: str) -> Figure:
    """Which models give the most for the money."""
    if not any(point.price > 0 for point in points):
        return Figure(absent="The frontier cannot be shown: there is no model whose score and price are both known.")
    caption = "A model is on the line when no other scores as well for less. List price is not cost: the rows above use measured effort."
    return Figure((_both(lambda width: charts.frontier(points, "", priced, width)),), (), caption)
