"""Texts as vectors: alike for like texts, found from those that may be learnt from only."""

import numpy as np

from tierwise.lab import texts
from tierwise.lab.outcomes import Query

KNOWN = [Query(f"add the numbers {place} and {place + 1}") for place in range(30)] + [
    Query(f"write a poem, line {place}?") for place in range(30)
]
EVERY = np.arange(60)


def test_texts_of_one_kind_lie_nearer() -> None:
    found = texts.vectors(texts.read(KNOWN), EVERY)
    middle = found[:30].mean(0), found[30:].mean(0)
    away = ((found[:30] - middle[0]) ** 2).sum(1), ((found[:30] - middle[1]) ** 2).sum(1)
    assert (away[0] < away[1]).all()


def test_other_texts_do_not_change_what_is_learnt() -> None:
    known = np.arange(40)
    one = texts.vectors(texts.read(KNOWN), known)[:40]
    other = texts.vectors(texts.read([*KNOWN[:40], *(Query("zebra " * 500) for _ in range(20))]), known)[:40]
    assert np.allclose(one, other, atol=1e-5)


def test_tools_have_vectors_of_their_own_and_say_how_much_of_them_the_words_ask_for() -> None:
    tools = '[{"name": "getWeather", "description": "current weather of a city", "parameters": {}}]'
    fits, strays = (texts.read([Query(words, tools)]) for words in ("what weather has the city of Rome", "sing me something"))
    assert len(fits.counts) == 2
    assert fits.shapes[0, -3:].sum() > strays.shapes[0, -3:].sum()
    assert fits.length[0] == len("what weather has the city of Rome") + len(tools)


def test_queries_nobody_knows_anything_of_still_have_a_vector() -> None:
    found = texts.vectors(texts.read([Query()] * 50), np.arange(50))
    assert found.shape[0] == 50
    assert np.isfinite(found).all()
