"""Cascades of answers on the tables of outcomes: what learnt trust reaches, and what a check or agreement would have to be like."""

from collections.abc import Iterator, Mapping
from typing import Final

from evaluation.page import Figures, verdict
from tierwise.lab import answers
from tierwise.lab.answers import Cascade, Check
from tierwise.lab.trial import Ground

SEEDS: Final = 2
CHECKS: Final = ((0.0, 0.0), (0.02, 0.02), (0.05, 0.02), (0.1, 0.05), (0.2, 0.05))
AGREEMENTS: Final = (0.0, 0.2, 0.4)
BARS: Final[Mapping[str, float]] = {"zeroeval": 0.60, "mmlupro": 0.40}
ROUNDED: Final = 0.9995
"""A quality that is shown as 100.0 %."""


def rows(on: Mapping[str, Ground]) -> list[Figures]:
    """Each kind of cascade on each table that has a bar."""
    lines = [(name, *_line(one, bar)) for name, bar in BARS.items() for one in cascades(on[name])]
    return [
        Figures(
            "Cheap answers first, the strong model where they do not do",
            ("table", "what decides", "saved", "quality", "bar", "", "asked first"),
            lines,
            "Every answer that is asked for is paid. Models and thresholds are chosen on the training folds so that the mean there is that"
            " of the best single model. The tables say whether an answer was right, not what it said: so learnt trust is measured, while a"
            " check and agreement are assumed, with the rates that stand beside them. Two right answers agree; how often two wrong ones do"
            " cannot be told from these tables. Learnt trust reads the words and how long the cheap answer is, and takes a doubtful answer"
            " rather where the strong model's would be dear. On zeroeval the bar is what a check with hardly an error reaches: the best"
            " model (o1-mini) is right on 94 % and cheap itself, and a cheap model is right where it is wrong on one query in a hundred.",
        )
    ]


def cascades(on: Ground) -> Iterator[Cascade]:
    """Learnt trust, then assumed checks, then assumed agreement."""
    yield answers.trusted(on, SEEDS)
    for passes_bad, refuses_good in CHECKS:
        kind = f"assumed check: passes {passes_bad:.0%} of bad, refuses {refuses_good:.0%} of good answers"
        yield answers.assumed(kind, on, answers.single, answers.with_check(Check(passes_bad, refuses_good)), SEEDS)
    for by_chance in AGREEMENTS:
        kind = f"assumed agreement: two bad answers agree {by_chance:.0%} of the time"
        yield answers.assumed(kind, on, answers.pairs, answers.with_agreement(by_chance), SEEDS)


def _line(one: Cascade, bar: float) -> tuple[str, ...]:
    first = ", ".join(one.models[:2]) + (" and others" if len(one.models) > 2 else "")  # noqa: PLR2004  # as many as are shown
    kind = "learnt trust (measured)" if one.kind == "trust" else one.kind
    reached = one.saved >= bar and one.quality >= ROUNDED
    met = verdict(reached) if one.kind == "trust" else f"would {'meet' if reached else 'miss'}"
    return kind, f"{one.saved:.1%}", f"{one.quality:.1%}", f"{bar:.0%} at 100%", met, first or "none"
