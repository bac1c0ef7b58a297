"""What a report shows, in plain words, and no more than it shows.

Each function says one thing or, where there is nothing to say, nothing. The first says whether money is saved; it never claims more
than the interval does. Then: what quality is to be expected, whether something simpler does as well, and what is left out.
"""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from tierwise.core.tasks import UNKNOWN_KIND
from tierwise.lab.expected import Expected
from tierwise.lab.page.words import bare, between, level, money, points, share, size
from tierwise.lab.plural import count
from tierwise.lab.report import Report
from tierwise.lab.rows import Row

FEW: Final = 20
"""Sessions below which an interval over sessions is itself rough."""


class Conclusion(Struct, frozen=True):
    """The one sentence, and what has to be said with it."""

    first: str
    rest: tuple[str, ...]


def conclusion(report: Report) -> Conclusion:
    """The conclusion of a report."""
    said = [sentence for about in SENTENCES for sentence in about(report)]
    return Conclusion(said[0], tuple(said[1:]))


def row(report: Report, kind: str) -> Row | None:
    """The first row of a kind."""
    return next((one for one in report.rows if one.kind == kind), None)


def judged(one: Row | None) -> Expected | None:
    """A row's quality, None where none of it is known."""
    return one.quality if one is not None and one.quality is not None and one.quality.known > 0 else None


def has_interval(report: Report) -> bool:
    """Whether there are sessions enough for an interval to mean anything."""
    return report.counts.sessions > 1


def _unserved(report: Report) -> Iterator[str]:
    """What has to be said before everything else: that the policy could do nothing with this log."""
    counts, unknown = report.counts, sum(task.calls for task in report.tasks if task.kind == UNKNOWN_KIND)
    if counts.unserved == counts.calls:
        yield "No endpoint could serve any of these calls under the policy: its rules leave nothing to choose from."
    elif 2 * unknown > counts.calls:
        yield (
            f"For {share(unknown / counts.calls)} of the calls the log does not hold the words that say what kind of work they are; "
            f"the policy leaves those with {bare(report.reference)}, so what follows says little of what it could save."
        )


def _saving(report: Report) -> Iterator[str]:
    policy, reference = row(report, "policy"), row(report, "reference")
    if policy is None or reference is None or policy.saving is None:
        yield f"This log does not show whether the policy saves money: {_why_not(policy, reference)}."
        return
    low, high = policy.saving_low or 0.0, policy.saving_high or 0.0
    both = f"{money(policy.dollars)} with the policy, against {money(reference.dollars)} with {bare(report.reference)} for everything"
    yield _first(report, (policy.saving, low, high)).format(both=both, saving=share(abs(policy.saving)), interval=between(low, high))


def _why_not(policy: Row | None, reference: Row | None) -> str:
    unknown = max(one.unknown if one is not None else 1.0 for one in (policy, reference))
    return f"for {share(unknown)} of its calls a price or usage is not known" if unknown else "the reference costs nothing"


def _first(report: Report, saving: tuple[float, float, float]) -> str:
    """The form of the first sentence."""
    middle, low, high = saving
    if not has_interval(report):
        return "One session is too little to conclude from. In it: {both}."
    if low == high == middle == 0:
        return "The policy saves nothing here: it costs what the reference costs. {both}."
    if low > 0:
        return "The policy would have saved {saving} ({interval}, at 95% confidence): {both}."
    if high < 0:
        return "The policy would have cost {saving} more: {both}. (Its saving, at 95% confidence: {interval}.)"
    return "This log does not settle whether the policy saves money: {both}. The 95% interval of the saving, {interval}, includes zero."


def _spent(report: Report) -> Iterator[str]:
    """How what was really spent compares with the reference, which is what the saving is measured against."""
    actual = row(report, "actual")
    if actual is None or actual.saving is None or not has_interval(report):
        return
    low, high = actual.saving_low or 0.0, actual.saving_high or 0.0
    side = "less than" if low > 0 else "more than" if high < 0 else "not clearly more or less than"
    spent = f"{money(actual.dollars)} was really spent, with the models of that time"
    yield f"{spent}: {side} the reference would have cost, which the saving is measured against."


def _quality(report: Report) -> Iterator[str]:
    found, floor = judged(row(report, "policy")), report.policy.floor
    if found is None:
        yield "What quality to expect of the policy's choices is not known: no benchmark covers them."
        return
    side = "above" if found.mean > 0 else "below"
    level = "the same as the reference's" if not round(100 * found.mean, 1) else f"{size(found.mean)} points {side} the reference's"
    sure = f"(95% interval {points(found.low)} to {points(found.high)} points)"
    yield f"Expected quality is {level} {sure}. {_against_floor(found, floor)}{_share_known(found)}"


def _against_floor(found: Expected, floor: float) -> str:
    allowed = f"the floor, {level(floor)} points below the reference"
    if found.low >= -floor:
        return f"Even the low end is above {allowed}."
    if found.mean >= -floor:
        return f"The low end lies under {allowed}, so a greater loss is not ruled out."
    return f"That is under {allowed}."


def _share_known(found: Expected) -> str:
    return "" if found.known >= 1 else f" It could be estimated for {share(found.known, 0)} of the work."


def _fixed(report: Report) -> Iterator[str]:
    """Whether one model for everything does better, or costs less."""
    policy = row(report, "policy")
    mine = judged(policy)
    if policy is None or policy.saving is None or mine is None or not has_interval(report):
        return
    known = [(one, found) for one in report.alone if one.saving is not None and (found := judged(one)) is not None]
    cheaper = [(one, found) for one, found in known if one.dollars <= policy.dollars]
    if not cheaper:
        yield "No single model costs as little as the policy."
        return
    better = [(one, found) for one, found in cheaper if found.mean >= mine.mean]
    one, found = min(better, key=lambda pair: pair[0].dollars) if better else max(cheaper, key=lambda pair: pair[1].mean)
    yield _single((one, found), (policy, mine))


def _single(single: tuple[Row, Expected], policy: tuple[Row, Expected]) -> str:
    """How a single model that costs no more compares with the policy."""
    (one, found), (chosen, mine) = single, policy
    costs, lower = f"{bare(one.name)} for everything costs {money(one.dollars)}", mine.mean - found.mean
    if lower > 0:
        overlap = ", though the intervals overlap" if found.high >= mine.low else ""
        return f"Of the single models that cost no more, {costs} and comes nearest: {size(lower)} points below the policy{overlap}."
    if lower == 0 and one.dollars == chosen.dollars:
        return f"{costs}, at the same expected quality: on this log there was nothing for the policy to choose."
    level_with = "at the same expected quality" if lower == 0 else f"{size(lower)} points above the policy"
    return f"A single model does as well or better: {costs}, {level_with}. On this log the policy has no advantage over it."


def _simple(report: Report) -> Iterator[str]:
    """Whether the simplest routers, at the same spend, do as well."""
    mine = judged(row(report, "policy")) if has_interval(report) else None
    others = [(called, found.mean) for kind, called in SIMPLEST.items() if (found := judged(row(report, kind))) is not None]
    worse = [
        f"{called} is expected to do {size(mine.mean - mean)} points worse"
        for called, mean in others
        if mine is not None and mean < mine.mean
    ]
    as_well = [called for called, mean in others if mine is not None and mean >= mine.mean]
    if worse:
        yield f"At the same spend, {', and '.join(worse)}."
    if as_well:
        yield f"At the same spend, {' and '.join(as_well)} can be expected to do as well: by that measure the policy's choices add nothing."


SIMPLEST: Final = {
    "random mix": "a random mix of the best pair of models",
    "prompt length": "prompt length alone between them",
}


def _hindsight(report: Report) -> Iterator[str]:
    best, bound = row(report, "clairvoyant"), row(report, "bound")
    if best is None or best.saving is None or bound is None or bound.saving is None or not has_interval(report):
        return
    yield f"Knowing everything beforehand, {share(best.saving)} could have been saved; no schedule saves more than {share(bound.saving)}."


def _left_out(report: Report) -> Iterator[str]:
    counts, actual = report.counts, row(report, "actual")
    if actual is not None and actual.unknown > 0:
        yield f"The sum spent leaves out {share(actual.unknown)} of the log's calls, whose price, usage or model is not known."
    if 0 < counts.unserved < counts.calls:
        yield f"No endpoint could serve {count(counts.unserved, 'call')} under the policy; they are charged as the reference would."
    if report.overhead:
        yield f"Deciding itself cost {money(report.overhead)}, which no row includes: take it off the saving."


def _care(report: Report) -> Iterator[str]:
    if has_interval(report) and report.counts.sessions < FEW:
        yield f"With {report.counts.sessions} sessions the intervals are rough."
    yield (
        "Costs are replayed from the log at real prices, each model's by how much work it was measured to make of a task; "
        "quality is an estimate from public benchmarks, not something this log shows."
    )


SENTENCES: Final[tuple[Callable[[Report], Iterator[str]], ...]] = (
    _unserved,
    _saving,
    _spent,
    _quality,
    _fixed,
    _simple,
    _hindsight,
    _left_out,
    _care,
)
