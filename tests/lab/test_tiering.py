"""Sessions served for given tiers, in a toy world in which every sum can be worked out by hand.

Big reads at 1, writes at 12, answers at 50; small reads at 1, writes at 3, answers at 10. Prompts of 1000, 1500 and 1600 tokens, answers
of 10, 20 and 5; each call is written whole by a model that comes in, and reads the prompt before where it stays.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from tierwise.core.catalog import Capability
from tierwise.core.money import Unknown
from tierwise.lab.tiering import Needed, Scheduled, Told, scheduled

LOW, HIGH = 0, 1
HEIGHTS = {"acme/big": HIGH, "acme/small": LOW}
BIG = [1000 * 12 + 10 * 50, 1000 * 1 + 500 * 12 + 20 * 50, 1500 * 1 + 100 * 12 + 5 * 50]
SMALL = [1000 * 3 + 10 * 10, 1000 * 1 + 500 * 3 + 20 * 10, 1500 * 1 + 100 * 3 + 5 * 10]
COLD_BIG = [1000 * 12 + 500, 1500 * 12 + 1000, 1600 * 12 + 250]
COLD_SMALL = [1000 * 3 + 100, 1500 * 3 + 200, 1600 * 3 + 50]


def served(toy: Any, *wanted: Needed, session: Any = None, rig: Any = None) -> Scheduled:
    found = scheduled(session or toy.three(), rig or toy.rig(), HEIGHTS, lambda _told: wanted)
    assert found is not None
    return found


def items(*heights: int) -> list[Needed]:
    """A work item for each call."""
    return [Needed(place, height) for place, height in enumerate(heights)]


def test_easy_work_stays_with_the_cheap_model_in_every_way(toy: Any) -> None:
    found = served(toy, *items(LOW, LOW, LOW))
    assert found.ours == found.pinned == found.stateless == found.clairvoyant == found.least == sum(SMALL)
    assert (found.calls, found.items, found.switches, found.escalations) == (3, 3, 0, 0)


def test_work_that_needs_the_best_is_done_by_it_and_pinning_pays_for_the_rest_too(toy: Any) -> None:
    found = served(toy, *items(LOW, LOW, HIGH))
    assert found.pinned == sum(BIG)
    assert found.ours == found.stateless == SMALL[0] + SMALL[1] + COLD_BIG[2]
    assert found.clairvoyant == min(found.ours, sum(BIG))
    assert found.switches == found.stateless_switches == 1


def test_a_router_that_forgets_caches_comes_back_to_nothing(toy: Any) -> None:
    found = served(toy, *items(LOW, HIGH, LOW))
    assert found.stateless == SMALL[0] + COLD_BIG[1] + COLD_SMALL[2]
    assert found.least == SMALL[0] + BIG[1] + SMALL[2]
    assert found.least <= found.clairvoyant <= found.ours <= found.stateless


def test_within_a_work_item_the_choice_stays(toy: Any) -> None:
    found = served(toy, Needed(0, HIGH), Needed(0, HIGH), Needed(1, LOW))
    apart = served(toy, Needed(0, HIGH), Needed(0, LOW), Needed(0, LOW))
    assert found.items == 2
    assert apart.switches == 0
    assert apart.ours == sum(BIG)
    assert apart.clairvoyant < apart.ours


def test_an_escalation_moves_an_item_up_and_pays_for_the_cold_context(toy: Any) -> None:
    found = served(toy, Needed(0, LOW), Needed(0, HIGH, raised=True), Needed(0, HIGH))
    assert (found.escalations, found.switches) == (1, 1)
    assert found.ours == SMALL[0] + COLD_BIG[1] + BIG[2]
    assert found.stateless == found.ours


def test_what_words_say_of_the_work_is_told_to_who_gives_the_tiers(toy: Any) -> None:
    heard: list[Told] = []

    def needs(told: Sequence[Told]) -> Sequence[Needed]:
        heard.extend(told)
        return items(*[LOW] * len(told))

    first = toy.call(0, 1000, words="fix the failing test in parser.py", tools=("Read",))
    scheduled(toy.session(first, toy.call(1, 1500, 20, tools=()), toy.call(2, 1600, 5, words="thanks")), toy.rig(), HEIGHTS, needs)
    assert [one.opens for one in heard] == [True, False, True]
    assert heard[0].kind == heard[1].kind
    assert heard[0].kind in {"debug", "test"}


def test_calls_that_cannot_be_charged_are_left_out_and_a_session_of_them_is_none(toy: Any) -> None:
    silent = toy.call(1, 1500, usage=Unknown("not logged"))
    found = scheduled(toy.session(toy.call(0, 1000), silent), toy.rig(), HEIGHTS, lambda told: items(*[LOW] * len(told)))
    assert found is not None
    assert found.calls == 1
    assert scheduled(toy.session(toy.call(0, 9, usage=Unknown("not logged"))), toy.rig(), HEIGHTS, lambda _told: ()) is None


def test_a_height_that_nobody_has_is_an_error_that_names_it(toy: Any) -> None:
    with pytest.raises(ValueError, match=r"no endpoint is high enough \(height 2\) for a call of session s"):
        served(toy, *items(LOW, 2, LOW))


def narrow(toy: Any, big: int, small: int) -> Any:
    """A rig of the same two endpoints with windows of so many tokens."""
    sources = toy.sources()
    offers = {
        name: replace(sources.offers[name], capability=Capability(context_window=size))
        for name, size in (("acme/big", big), ("acme/small", small))
    }
    return toy.rig(offers=offers)


def test_no_way_of_serving_uses_a_model_that_has_no_room(toy: Any) -> None:
    found = served(toy, *items(LOW, LOW, LOW), rig=narrow(toy, 10_000, 1_300))
    assert found.pinned == sum(BIG)
    assert found.clairvoyant <= found.ours
    assert found.stateless == SMALL[0] + COLD_BIG[1] + BIG[2]


def test_an_item_leaves_a_model_that_it_has_outgrown(toy: Any) -> None:
    found = served(toy, Needed(0, LOW), Needed(0, LOW), Needed(0, LOW), rig=narrow(toy, 10_000, 1_300))
    assert found.switches <= 1
    assert found.ours in {sum(BIG), SMALL[0] + COLD_BIG[1] + BIG[2]}


def test_where_nobody_has_room_windows_are_forgotten(toy: Any) -> None:
    assert served(toy, *items(LOW, LOW, LOW), rig=narrow(toy, 900, 900)).pinned == sum(SMALL)
