"""How well the kind of work and its difficulty are read: the bars, the rivals, what each part adds, and where it goes wrong.

All figures are of rows that were kept back with everything of their session, or of their repository (training.folds). `rows` gives them
as tables for the page of evidence. What is judged are the published labels that both readers agree on; the same figures on our own
readings stand beside them, since the readable rules were written with half of the published labels in view.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct

from evaluation import doubts
from evaluation.measures import BINS, Numbers, Truths, area, binned, calibration, chance, precision
from evaluation.page import Figures
from tierwise.core.tasks import KINDS, UNKNOWN_KIND
from tierwise.engine import rules
from training import corpus
from training.corpus import OURS, SHARED, Row
from training.fitting import Matrix
from training.folds import Kept, Split, folds, kept_back, repository, session
from training.matrix import Shown, alone, products, shown, surrounded, table, wanted


class Bars(Struct, frozen=True):
    """What the issue asks for: accuracy of the kind; AUC and precision at half recall for difficulty 1; calibration error."""

    accuracy: float
    area: float
    precision: float
    calibration: float = 0.05


WANTED: Final = ((session, "by session", Bars(0.60, 0.80, 0.75)), (repository, "by repository", Bars(0.45, 0.72, 0.60)))


class Marks(Struct, frozen=True):
    """What a way to read reaches on some rows; the chance errors are those of shares that are exactly right."""

    accuracy: float
    area: float
    precision: float
    kinds_error: float = float("nan")
    kinds_chance: float = float("nan")
    easy_error: float = float("nan")
    easy_chance: float = float("nan")


class Case(Struct, frozen=True):
    """The rows, their labels as shares, and which of them are judged: by the published labels, or by our own readings."""

    rows: list[Row]
    wanted: tuple[Matrix, Matrix]
    published: Truths
    own: Truths


def case(shared: Path = SHARED) -> Case:
    """Everything there is to learn from and to judge by."""
    found = corpus.rows(shared)
    published = np.array([row.judged for row in found])
    made_up = np.array([row.repository == OURS for row in found])
    return Case(found, wanted(found), published, ~published & ~made_up)


def marks(one: Case, kept: Kept, judged: Truths, *, shares: bool = True) -> Marks:
    """What the shares reach on the judged rows whose two readings agree."""
    kinds, hard = one.wanted
    sure, graded = judged & (kinds.max(axis=1) == 1), judged & (hard.max(axis=1) == 1)
    right: Truths = kept.kinds[sure].argmax(axis=1) == kinds[sure].argmax(axis=1)
    easy: Truths = hard[graded][:, 0] == 1
    said, trusted = kept.hard[graded][:, 0], kept.kinds[sure].max(axis=1)
    found = Marks(float(right.mean()), area(said, easy), precision(said, easy))
    if not shares:
        return found
    return Marks(found.accuracy, found.area, found.precision, *_errors(trusted, right), *_errors(said, easy))


def _errors(said: Numbers, true: Truths) -> tuple[float, float]:
    return calibration(said, true), chance(said)


class Way(NamedTuple):
    """A way to learn: its name, what a row shows, families left out, and which rows are learned from."""

    name: str
    show: Callable[[Row], Shown] = shown
    without: frozenset[str] = frozenset()
    learn: Callable[[Row], bool] = lambda _row: True


WORDY: Final = frozenset({"part", "before", "size", "mark", "rule", "context"})

LEARNED: Final = Way("learned signal (as shipped)")
ADDED: Final = (
    Way("without the readable rules", without=frozenset({"rule"})),
    Way("without the length", without=frozenset({"size"})),
    Way("without the turn before", show=alone),
    Way("with tools and place in the session", show=surrounded),
    Way("without the prompts made up", learn=lambda row: row.repository != OURS),
    Way("without our own readings", learn=lambda row: row.judged or row.repository == OURS),
)
RIVALS: Final = (
    Way("TF-IDF logistic, published labels", without=WORDY, learn=lambda row: row.judged),
    Way("TF-IDF logistic, all labels", without=WORDY, learn=lambda row: row.repository != OURS),
    Way(
        "prompt length, learned",
        without=frozenset({"word", "pair", "part", "before", "mark", "rule"}),
        learn=lambda row: row.repository != OURS,
    ),
)


def learned(one: Case, way: Way, split: Split, within: Split | None = None) -> Kept:
    """What a way to learn says of the rows that are kept back; honest shares need to know the repository of each row."""
    seen = table([way.show(row) for row in one.rows], way.without)
    return kept_back(products(seen.matrix), one.wanted, split, np.array([way.learn(row) for row in one.rows]), within)


def ruled(one: Case) -> Kept:
    """What the readable rules alone say; a kind they do not know is none."""
    kinds, hard = (np.zeros_like(part) for part in one.wanted)
    for place, row in enumerate(one.rows):
        text = row.text[: rules.HEAD]
        if rules.acknowledges(rules.words_of(text)):
            text = f"{text}\n{row.before[: rules.HEAD]}"
        kind, trust = rules.kind_of(text)
        if kind != UNKNOWN_KIND:
            kinds[place, KINDS.index(kind)] = trust
        else:
            kinds[place, KINDS.index("side")] = 1e-6
        hard[place, 0] = 3 - rules.difficulty_of(kind, rules.words_of(text))
    return Kept(kinds, hard)


def short(one: Case) -> Kept:
    """The shorter the easier, and always the commonest kind."""
    kinds, hard = (np.zeros_like(part) for part in one.wanted)
    kinds[:, int(one.wanted[0][one.published].sum(axis=0).argmax())] = 1
    hard[:, 0] = [-len(row.text) for row in one.rows]
    return Kept(kinds, hard)


def rows(shared: Path = SHARED) -> list[Figures]:
    """The tables of the page of evidence."""
    one = case(shared)
    splits = [folds(one.rows, group) for group, _, _ in WANTED]
    shipped = [learned(one, LEARNED, split, folds(one.rows, repository)) for split in splits]
    return [
        _bars(one, shipped),
        _rivals(one, shipped, splits),
        _trust(one, shipped),
        _reliability(one, shipped),
        doubts.curve(doubts.Labels(*one.wanted, one.published, one.own), shipped, doubts.ruled(one.rows)),
        doubts.saved(one.rows, shared),
        _confusion(one, shipped[0]),
        _labels(one),
    ]


def _bars(one: Case, shipped: Sequence[Kept]) -> Figures:
    lines = []
    for (_, name, bars), kept in zip(WANTED, shipped, strict=True):
        found, ours = marks(one, kept, one.published), marks(one, kept, one.own)
        for what, got, bar, other in (
            ("kind, accuracy", found.accuracy, bars.accuracy, ours.accuracy),
            ("difficulty 1, AUC", found.area, bars.area, ours.area),
            ("difficulty 1, precision at recall 0.5", found.precision, bars.precision, ours.precision),
        ):
            lines.append((name, what, f"{bar:.2f}", f"{got:.3f}", "met" if got >= bar else "missed", f"{other:.3f}"))
    return Figures(
        "Kind of work and difficulty, embedded signal alone",
        ("kept back", "measure", "bar", "published labels", "", "our readings"),
        lines,
        "The readable rules were written with half of the published labels in view, which flatters the column of published labels; "
        "they were not written with our readings in view.",
    )


def _rivals(one: Case, shipped: Sequence[Kept], splits: Sequence[Split]) -> Figures:
    plain = (("the commonest kind; shorter is easier", short(one)), ("readable rules alone", ruled(one)))
    lines = [_line(name, [marks(one, kept, one.published, shares=False)] * 2) for name, kept in plain]
    lines += [_line(way.name, [marks(one, learned(one, way, split), one.published, shares=False) for split in splits]) for way in RIVALS]
    lines.append(_line(LEARNED.name, [marks(one, kept, one.published, shares=False) for kept in shipped]))
    lines += [_line(way.name, [marks(one, learned(one, way, split), one.published, shares=False) for split in splits]) for way in ADDED]
    heads = ("", *(f"{what}, {name}" for _, name, _ in WANTED for what in ("accuracy", "AUC", "precision")))
    return Figures("Rivals, and what each part adds", heads, lines, "On the published labels.")


def _line(name: str, found: Sequence[Marks]) -> list[str]:
    return [name, *(f"{number:.3f}" for one in found for number in (one.accuracy, one.area, one.precision))]


def _trust(one: Case, shipped: Sequence[Kept]) -> Figures:
    lines = []
    for (_, name, bars), kept in zip(WANTED, shipped, strict=True):
        for labels, judged in (("published", one.published), ("ours", one.own), ("both", one.published | one.own)):
            found = marks(one, kept, judged)
            for what, error, by_chance in (
                ("kind", found.kinds_error, found.kinds_chance),
                ("difficulty 1", found.easy_error, found.easy_chance),
            ):
                met = "met" if error <= bars.calibration else "missed"
                lines.append((name, labels, what, f"{error:.3f}", met, f"{by_chance:.3f}", f"{max(error - by_chance, 0):.3f}"))
    return Figures(
        "Calibration error (ten equal bins)",
        (
            "kept back",
            "labels",
            "of",
            "error",
            f"at most {WANTED[0][2].calibration:.2f}",
            "error of exact shares by chance",
            "beyond chance",
        ),
        lines,
        "On so few rows shares that are exactly right show an error too: its mean stands beside, and what is left of the error without it. "
        "The bar is on the plain error. How scores become shares is found within the rows that are learned from, by repository.",
    )


def _reliability(one: Case, shipped: Sequence[Kept]) -> Figures:
    kinds, hard = one.wanted
    sure, graded = (kinds.max(axis=1) == 1) & (one.published | one.own), (hard.max(axis=1) == 1) & (one.published | one.own)
    lines = []
    for (_, name, _), kept in zip(WANTED, shipped, strict=True):
        right: Truths = kept.kinds[sure].argmax(axis=1) == kinds[sure].argmax(axis=1)
        for what, said, true in (
            ("kind", kept.kinds[sure].max(axis=1), right),
            ("difficulty 1", kept.hard[graded][:, 0], hard[graded][:, 0] == 1),
        ):
            lines.append((name, what, *(f"{there} / {came}" for there, came in binned(said, true))))
    heads = ("kept back", "of", *(f"to {(place + 1) / BINS:.1f}" for place in range(BINS)))
    note = "Mean share / how many of them were so, in percent, on all labels. Where the second is lower the reading is too sure of itself."
    return Figures("Shares beside what came of them", heads, lines, note)


def _confusion(one: Case, kept: Kept) -> Figures:
    kinds = one.wanted[0]
    judged = one.published & (kinds.max(axis=1) == 1)
    counts = Counter(zip(kinds[judged].argmax(axis=1).tolist(), kept.kinds[judged].argmax(axis=1).tolist(), strict=True))
    there = [place for place in range(len(KINDS)) if any(place in pair for pair in counts)]
    lines = [(KINDS[row], *(str(counts[row, column] or "") for column in there)) for row in there]
    return Figures("Confusion, by session", ("labelled as", *(KINDS[place] for place in there)), lines, "Columns: what was read.")


def _labels(one: Case) -> Figures:
    lines = []
    for name, picked in (("published", one.published), ("our readings", one.own), ("made up", ~one.published & ~one.own)):
        kinds, hard = one.wanted[0][picked], one.wanted[1][picked]
        same, grade = (part.max(axis=1) == 1 for part in (kinds, hard))
        lines.append((name, str(len(kinds)), f"{same.mean():.1%}", f"{grade.mean():.1%}"))
    return Figures("Labels", ("source", "prompts", "readings agree on the kind", "on the difficulty"), lines)
