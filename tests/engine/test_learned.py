"""Reading with weights: what the packed sums say is what plain sums say."""

import math

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.engine.learnings import STEPS, WIDTH, learning, row
from tierwise.core.tasks import KINDS
from tierwise.engine import learned, traits
from tierwise.engine.learned import FINE, Learned, ready
from tierwise.engine.traits import Traits

KNOWN = ready(learning())


def read(said: str, before: str = "", by: Learned = KNOWN) -> learned.Reading:
    return learned.reading(by, traits.traits(said, before))


def test_a_word_that_was_learned_speaks_for_its_kind() -> None:
    found = read("frobnicate the thing")
    assert max(found.kinds, key=found.kinds.__getitem__) == "infra"
    assert found.difficulties[1] == max(found.difficulties)


def test_shares_are_shares_of_one() -> None:
    found = read("tidy this")
    assert math.isclose(sum(found.kinds.values()), 1)
    assert math.isclose(sum(found.difficulties), 1)
    assert tuple(found.kinds) == KINDS
    assert all(0 < share < 1 for share in found.kinds.values())


def test_the_more_words_there_are_the_less_each_counts() -> None:
    assert read("frobnicate").kinds["infra"] > read("frobnicate alpha beta gamma delta").kinds["infra"]


def test_a_stranger_is_known_by_its_parts_and_a_known_word_is_not() -> None:
    begins = traits.parts("walking")
    by = ready(learning({begins[0]: row(test=800), traits.number("walked"): row(docs=800)}))
    assert read("walking", by=by).kinds["test"] > 0.5
    assert read("walked", by=by).kinds["docs"] > 0.5


def test_pairs_and_the_turn_before_count_too() -> None:
    pair = traits.pairs(["tidy", "up"])[0]
    earlier = traits.number("migration", traits.PRECEDING)
    by = ready(learning({pair: row(plan=600), earlier: row(infra=600)}))
    assert read("now tidy up", by=by).kinds["plan"] > read("now up tidy", by=by).kinds["plan"]
    assert read("go", "the migration", by=by).kinds["infra"] > read("go", "the thing", by=by).kinds["infra"]


def test_a_mark_and_a_rule_count_where_they_are() -> None:
    by = ready(learning({}, {"a code fence": row(debug=500)}))
    assert read("```x```", by=by).kinds["debug"] > read("x", by=by).kinds["debug"]
    assert read("rename it", by=by).kinds["boilerplate"] > 1 / len(KINDS)


def test_heat_makes_shares_flatter() -> None:
    hot = ready(replace(learning(), heat=3.0, hardness_heat=3.0))
    assert read("frobnicate", by=hot).kinds["infra"] < read("frobnicate").kinds["infra"]
    assert read("frobnicate", by=hot).difficulties[1] < read("frobnicate").difficulties[1]


USUAL = tuple(0.5 if kind in {"docs", "plan"} else 0.0 for kind in KINDS)


def test_what_is_usual_has_a_part_in_the_share_of_each_kind() -> None:
    plain, mixed = read("frobnicate"), read("frobnicate", by=ready(replace(learning(), blur=0.2, usual=USUAL)))
    for kind, usual in zip(KINDS, USUAL, strict=True):
        assert math.isclose(mixed.kinds[kind], 0.8 * plain.kinds[kind] + 0.2 * usual, abs_tol=1e-3)
    assert mixed.difficulties == plain.difficulties
    assert math.isclose(sum(mixed.kinds.values()), 1)


lanes = st.lists(st.integers(-32_000, 32_000), min_size=WIDTH, max_size=WIDTH)


@given(lanes, lanes, lanes, st.lists(st.integers(0, 12), min_size=len(KINDS), max_size=len(KINDS)))
def test_packed_rows_add_up_as_plain_ones_do(one: list[int], other: list[int], before: list[int], halves: list[int]) -> None:
    by = ready(learning({traits.number("one"): one, traits.number("other"): other, traits.number("then", traits.PRECEDING): before}))
    shown = Traits(["one", "other"], ["then"], [False] * len(traits.MARKS), halves)
    share = round(FINE / math.sqrt(2)) / FINE
    plain = [share * (a + b) + c for a, b, c in zip(one, other, before, strict=True)]
    plain[KINDS.index("chore")] += 30
    for place, half in enumerate(halves):
        plain[place] += 20 * half
    assert all(math.isclose(STEPS * got, want, abs_tol=1e-6) for got, want in zip(learned.scores(by, shown), plain, strict=True))


@given(st.text(max_size=500), st.text(max_size=100))
def test_anything_can_be_read(said: str, before: str) -> None:
    assert math.isclose(sum(read(said, before).kinds.values()), 1)
