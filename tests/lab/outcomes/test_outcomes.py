"""Tables made whole, and what cannot be used."""

import numpy as np
import pytest

from tests.lab.outcomes.made import outcomes, rows
from tierwise.lab.outcomes import BadOutcomes, Outcome, Query, assembled

FULL = [Outcome(f"q{place}", model, float((place + len(model)) % 2), 0.1 * len(model)) for place in range(50) for model in ("a", "bb")]


def test_scores_and_costs_stand_where_they_belong() -> None:
    found = assembled(FULL, {})
    assert found.models == ("a", "bb")
    assert found.score[3].tolist() == [0.0, 1.0]
    assert found.cost[3].tolist() == pytest.approx([0.1, 0.2])
    assert found.notes == ()


def test_the_best_of_equals_is_the_cheapest() -> None:
    assert assembled(FULL, {}).models[assembled(FULL, {}).best] == "a"


def test_repeats_count_as_their_mean() -> None:
    found = assembled([*FULL, Outcome("q0", "a", 0.0, 0.3)], {})
    assert found.score[0, 0] == 0.5
    assert found.cost[0, 0] == pytest.approx(0.2)
    assert "more than once" in found.notes[0]


def test_models_without_costs_and_models_with_few_answers_are_left_out_by_name_or_number() -> None:
    more = [Outcome(f"q{place}", "free", 1.0, None) for place in range(50)] + [Outcome("q1", "rare", 1.0, 0.1)]
    found = assembled([*FULL, *more], {})
    assert found.models == ("a", "bb")
    assert any("free" in note for note in found.notes)
    assert any("fewer than 95%" in note for note in found.notes)


def test_queries_that_a_model_skipped_are_left_out_with_what_is_known_of_them() -> None:
    known = {f"q{place}": Query(text=str(place)) for place in range(50)}
    found = assembled(FULL[1:], known)
    assert found.queries[0] == "q1"
    assert found.known[0] == Query(text="1")
    assert "1 of 50 queries left out" in found.notes[0]


def test_many_models_that_each_skip_a_little_are_held_to_more() -> None:
    models = [f"m{place}" for place in range(40)]
    found = [
        Outcome(f"q{query}", model, float((query + place) % 2), 1.0)
        for place, model in enumerate(models)
        for query in range(100)
        if place < 2 or query % 25 != place % 25
    ]
    assert assembled(found, {}).models == ("m0", "m1")


def test_scores_of_another_scale_are_brought_to_one() -> None:
    found = assembled([one._replace(score=100 * (one.score or 0)) for one in FULL], {})
    assert found.score.max() == 1.0
    assert "divided" in found.notes[-1]


@pytest.mark.parametrize(
    ("changed", "known", "problem"),
    [
        ([one._replace(cost=None) for one in FULL], {}, "no outcome has a cost"),
        ([one for one in FULL if one.model == "a"], {}, "one model only"),
        ([*FULL[:100:2], *FULL[1:60:2]], {}, "only a has a score"),
        ([one for one in FULL if (len(one.model) + int(one.query[1:])) % 2], {}, "no model has"),
        ([one._replace(score=1.0) for one in FULL], {}, "all scores are 1"),
        ([one._replace(score=-1.0) for one in FULL], {}, "below 0"),
        (FULL[:20], {}, "at least 40"),
        (FULL, {"nobody": Query(task="x")}, "1 ids that no outcome is of; the first is 'nobody'"),
        (FULL, {"q0": Query(task="x")}, "49 queries have outcomes but no prompt"),
    ],
)
def test_what_cannot_be_used_is_said(changed: list[Outcome], known: dict[str, Query], problem: str) -> None:
    with pytest.raises(BadOutcomes, match=problem):
        assembled(changed, known)


def test_made_tables_are_whole() -> None:
    assert np.isfinite(outcomes().cost).all()
    assert len(rows(10)[0]) == 30
