"""Learning: that a fit finds what is there, keeps back what is judged, and writes what the live reading reads."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from tierwise.core.tasks import KINDS
from tierwise.engine import traits
from tierwise.engine.learned import ready, scores
from training import corpus, fitting, folds, matrix, writing
from training.corpus import OURS, Row


def row(text: str, kind: str, session: str = "s", repository: str = "r", difficulty: int = 1) -> Row:
    return Row(text, "", session, repository, (kind, kind), (difficulty, difficulty), judged=repository != OURS)


ROWS = [
    row(f"{words} {place}", kind, f"s{place}", f"r{place % 3}", difficulty)
    for place in range(12)
    for words, kind, difficulty in (("apple banana cherry", "docs", 1), ("stone granite marble", "debug", 3))
]


def test_what_was_learned_reads_as_it_was_fitted() -> None:
    weights = writing.weights(ROWS)
    known = ready(weights)
    seen = matrix.table([matrix.shown(one) for one in ROWS])
    inner, counts = matrix.products(seen.matrix), np.ones(len(ROWS))
    want = matrix.wanted(ROWS)[0]
    fit, base = fitting.fitted(inner, want, counts, folds.PULL, fitting.curb(inner, counts, folds.PULL))
    plain = inner @ fit + base
    live = np.array([scores(known, traits.traits(one.text, one.before))[: len(KINDS)] for one in ROWS])
    assert np.abs(live - plain).max() < 0.15
    assert (live.argmax(axis=1) == plain.argmax(axis=1)).all()


def test_a_fit_goes_down_and_finds_what_tells_rows_apart() -> None:
    want = matrix.wanted(ROWS)[0]
    inner = matrix.products(matrix.table([matrix.shown(one) for one in ROWS]).matrix)
    counts = np.ones(len(ROWS))
    fit, base = fitting.fitted(inner, want, counts, 1.0, fitting.curb(inner, counts, 1.0))
    learnt, blank = (fitting.shares(one) for one in (inner @ fit + base, np.zeros_like(want) + base))
    assert fitting.crossed(learnt, want) < fitting.crossed(blank, want)


def test_rows_of_one_group_are_kept_back_together_and_made_up_ones_never() -> None:
    rows = [*ROWS, row("x", "docs", repository=OURS)]
    for group in (folds.session, folds.repository):
        split = folds.folds(rows, group)
        by_group = {(group(one), int(fold)) for one, fold in zip(rows[:-1], split, strict=False)}
        assert len(by_group) == len({group(one) for one in rows[:-1]})
        assert split[-1] == -1


def test_nothing_of_a_fold_is_learned_from_when_it_is_judged() -> None:
    liars = [row("apple banana cherry", "plan", "liar", "lie") for _ in range(3)]
    rows = [*ROWS, *liars]
    inner = matrix.products(matrix.table([matrix.shown(one) for one in rows]).matrix)
    kept = folds.kept_back(inner, matrix.wanted(rows), folds.folds(rows, folds.repository), np.ones(len(rows), bool))
    assert (kept.kinds[-3:].argmax(axis=1) == KINDS.index("docs")).all()


EVEN = np.full(2, 0.5)


def test_a_temper_makes_shares_honest_whether_they_were_too_sure_or_not_sure_enough() -> None:
    dice = np.random.default_rng(3)
    true = dice.integers(0, 2, 400)
    wanted = np.eye(2)[np.where(dice.random(400) < 0.75, true, 1 - true)]
    for sure in (4.0, 0.6):
        scores = sure * np.eye(2)[true]
        found = fitting.honest(scores, fitting.tempered(scores, wanted, EVEN), EVEN)
        assert abs(found.max(axis=1).mean() - 0.75) < 0.05 < abs(fitting.shares(scores).max(axis=1).mean() - 0.75)


def test_a_blur_is_found_where_words_now_and_then_say_nothing() -> None:
    dice = np.random.default_rng(4)
    strength = dice.normal(0, 4, 4000)
    scores = np.stack([strength, np.zeros(4000)], axis=1)
    lost = dice.random(4000) < 0.2
    first = np.where(lost, dice.random(4000) < 0.5, dice.random(4000) < 1 / (1 + np.exp(-strength)))
    found = fitting.tempered(scores, np.stack([first, ~first], axis=1).astype(float), EVEN)
    assert 0.1 <= found.blur <= 0.25
    assert 0.8 < found.heat < 1.3


def test_tempers_are_found_without_what_is_judged() -> None:
    rows = [*ROWS, *(row(f"apple banana cherry {place}", "docs", f"j{place}", "judged") for place in range(3))]
    inner = matrix.products(matrix.table([matrix.shown(one) for one in rows]).matrix)
    split, within = np.array([*[1] * len(ROWS), 0, 0, 0]), folds.folds(rows, folds.repository)
    lies = [row(one.text, "plan", one.session, one.repository, 3) if one.repository == "judged" else one for one in rows]
    learn = np.ones(len(rows), bool)
    said, lied = (folds.kept_back(inner, matrix.wanted(one), split, learn, within) for one in (rows, lies))
    assert said.tempers[0] == lied.tempers[0] != folds.PLAIN
    assert np.array_equal(said.kinds[-3:], lied.kinds[-3:])


def test_shares_that_are_read_are_those_that_were_found_honest() -> None:
    weights = writing.weights(ROWS)
    inner, want = matrix.products(matrix.table([matrix.shown(one) for one in ROWS]).matrix), matrix.wanted(ROWS)
    kinds, hard = folds.tempers(inner, want, folds.folds(ROWS, folds.repository))
    assert (weights.heat, weights.blur, weights.hardness_heat, 0.0) == (*kinds, *hard)
    assert weights.usual[KINDS.index("docs")] == weights.usual[KINDS.index("debug")] == 0.5
    assert len(weights.usual) == len(KINDS)


def test_missing_data_and_labels_for_unknown_prompts_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(corpus.Missing, match="not there"):
        corpus.rows(tmp_path)
    prompt = {"session_id": "a", "turn_idx": 0, "text": "hello", "source_repo": "r", "n_calls": 1, "ctx_start": 1, "tools": None}
    with gzip.open(tmp_path / corpus.PROMPTS, "wt", encoding="utf-8") as file:
        file.write(json.dumps(prompt) + "\n")
    (tmp_path / corpus.LABELLED).write_text("")
    labels = tmp_path / "here" / "labels"
    labels.mkdir(parents=True)
    (labels / "readings.csv").write_text("session,turn,task_a,task_b,difficulty_a,difficulty_b\nb,3,docs,docs,1,1\n")
    monkeypatch.setattr(corpus, "HERE", tmp_path / "here")
    with pytest.raises(corpus.UnknownPrompt, match="turn 3 of session b"):
        corpus.rows(tmp_path)


def test_the_corpus_has_two_readings_of_each_prompt_and_no_prompt_twice(shared: Path) -> None:
    rows = corpus.rows(shared / "data")
    places = [(one.session, one.text) for one in rows if one.repository != OURS]
    assert len(places) == len(set(places))
    assert {kind for one in rows for kind in one.tasks} <= set(KINDS)
    assert sum(one.judged for one in rows) == 248
    assert sum(not one.judged and one.repository != OURS for one in rows) > 1000
