"""Replays of small sessions in which every number can be checked by hand.

The toy prices (pico-dollars a token): big reads at 1, writes at 12, answers at 50; small reads at 1, writes at 3, answers at 10.
"""

from typing import Any

import pytest

from tierwise.catalog.build import Offer
from tierwise.core.catalog import OWN, Evidence
from tierwise.core.decision import Receipt
from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.engine.outlay import efforts
from tierwise.lab.replay import MOST

ALONE_BIG = [1000 * 12 + 10 * 50, 1000 * 1 + 500 * 12 + 20 * 50, 1500 * 1 + 100 * 12 + 5 * 50]
ALONE_SMALL = [1000 * 3 + 10 * 10, 1000 * 1 + 500 * 3 + 20 * 10, 1500 * 1 + 100 * 3 + 5 * 10]


def column(replay: Any, name: str, place: int) -> list[int]:
    return [int(getattr(item.alone, name)[place]) for item in replay.items]


def test_every_model_alone_writes_a_prompt_once_and_reads_it_from_then_on(toy: Any) -> None:
    replay = toy.replayed(toy.three())
    assert replay.endpoints == ("acme/big", "acme/small")
    assert column(replay, "dollars", 0) == column(replay, "tokens", 0) == ALONE_BIG
    assert column(replay, "dollars", 1) == ALONE_SMALL
    assert column(replay, "prompt", 0) == [1000, 1500, 1600]
    assert column(replay, "cached", 0) == [0, 1000, 1500]
    assert column(replay, "cold", 0) == [1000 * 12 + 500, 1500 * 12 + 1000, 1600 * 12 + 250]


def test_a_policy_that_switches_pays_for_the_context_again_and_finds_only_its_head_when_it_returns(toy: Any) -> None:
    replay = toy.replayed(toy.three(), chooser="in turn")
    assert [item.chosen for item in replay.items] == ["acme/big", "acme/small", "acme/big"]
    charges = [item.policy for item in replay.items]
    assert [one.dollars for one in charges] == [12_500, 1500 * 3 + 20 * 10, 500 * 1 + 1100 * 12 + 5 * 50]
    assert [one.cached for one in charges] == [0, 0, 500]
    assert [one.prompt for one in charges] == [1000, 1500, 1600]


def test_a_policy_that_stays_pays_what_its_choice_alone_pays(toy: Any) -> None:
    replay = toy.replayed(toy.three(task="debug"))
    assert {item.chosen for item in replay.items} == {"acme/small"}
    assert [item.policy.dollars for item in replay.items] == ALONE_SMALL
    assert replay.hindsight.best == sum(ALONE_SMALL)


def test_a_lifetime_that_ran_out_leaves_nothing_to_read(toy: Any) -> None:
    late = toy.call(60, 1500, 20, gap=590_000)
    replay = toy.replayed(toy.session(toy.call(0, 1000, 10), late))
    assert column(replay, "cached", 0) == [0, 0]
    hour = toy.replayed(toy.session(toy.call(0, 1000, 10, ttl=3600), toy.call(60, 1500, 20, gap=590_000, ttl=3600)))
    assert column(hour, "cached", 0) == [0, 1000]
    assert column(hour, "dollars", 0) == [1000 * 20 + 500, 1000 * 1 + 500 * 20 + 1000]


def test_the_measured_effort_of_a_model_against_that_of_the_one_that_did_it_multiplies_dollars_and_not_tokens(toy: Any) -> None:
    rig = toy.rig()
    busy = toy.catalog(toy.endpoint("acme/big"), toy.endpoint("acme/small", (toy.small,), effort=2500))
    rig.plans.at_instant = lambda _at: busy
    replay = toy.replayed(toy.three(), rig)
    assert column(replay, "tokens", 1) == ALONE_SMALL
    assert column(replay, "dollars", 1) == [tokens * 2500 // 1000 for tokens in ALONE_SMALL]


def test_a_price_that_is_not_known_stays_unknown(toy: Any) -> None:
    replay = toy.replayed(toy.session(toy.call(0, 1000, model="mute")))
    (item,) = replay.items
    assert isinstance(item.actual.price, Unknown)
    assert (item.actual.endpoint, item.actual.tier, item.actual.prompt) == ("acme/mute", "mid", 1000)


def test_a_candidate_without_a_price_has_zeros_that_are_marked_as_unknown(toy: Any) -> None:
    replay = toy.replayed(toy.three(), names=("acme/big", "acme/mute"))
    for item in replay.items:
        assert item.alone.known.tolist() == [True, False]
        assert [int(row[1]) for row in item.alone[:5]] == [0] * 5
        assert item.chosen == "acme/big"
    assert replay.hindsight.best == sum(ALONE_BIG)


def test_where_nothing_can_serve_a_call_it_is_charged_as_the_reference_would_and_says_so(toy: Any) -> None:
    replay = toy.replayed(toy.three(), chooser="nobody")
    assert {item.chosen for item in replay.items} == {"acme/big"}
    assert [item.policy.dollars for item in replay.items] == ALONE_BIG
    assert not any(item.policy.served for item in replay.items)


def test_a_reference_without_a_price_makes_the_policy_unknown_not_free(toy: Any) -> None:
    offers = {"acme/big": Offer(tier="premium"), "acme/small": Offer(tier="flash", rates=(toy.small,))}
    replay = toy.replayed(toy.three(), offers=offers, chooser="nobody")
    assert not any(item.policy.known for item in replay.items)
    assert replay.hindsight is None


def test_a_reference_that_is_no_candidate_is_named(toy: Any) -> None:
    with pytest.raises(ValueError, match="reference acme/big is not among"):
        toy.replayed(toy.three(), names=("acme/small",))


def test_calls_of_unknown_usage_or_model_are_counted_and_never_charged(toy: Any) -> None:
    nothing, stranger = Unknown("not logged"), "no-such-model"
    session = toy.session(
        toy.call(0, 1000, usage=nothing),
        toy.call(1, 1000, model=stranger),
        toy.call(2, 1000, usage=nothing, model=stranger),
        toy.call(3, 1000),
    )
    replay = toy.replayed(session)
    assert (replay.unknown_usage, replay.unknown_model, len(replay.items)) == (2, 1, 1)


@pytest.mark.parametrize("usage", [Usage(fresh=MOST + 1), Usage(output=MOST + 1)])
def test_a_size_no_model_has_is_no_known_usage(toy: Any, usage: Usage) -> None:
    assert toy.replayed(toy.session(toy.call(0, 1, usage=usage))).unknown_usage == 1
    assert toy.replayed(toy.session(toy.call(0, MOST))).unknown_usage == 0


def test_a_session_of_which_nothing_is_known_has_no_items(toy: Any) -> None:
    replay = toy.replayed(toy.session(toy.call(0, 1000, usage=Unknown("not logged"))))
    assert (replay.items, replay.hindsight, replay.first, replay.endpoints) == ((), None, None, ())


def test_the_actual_price_is_that_of_the_logged_parts(toy: Any) -> None:
    usage = Usage(fresh=10, read=100, write_5m=20, write_1h=30, output=4)
    (item,) = toy.replayed(toy.session(toy.call(0, 0, usage=usage))).items
    assert item.actual.price == 10 * 10 + 100 * 1 + 20 * 12 + 30 * 20 + 4 * 50
    assert (item.actual.prompt, item.actual.cached) == (160, 100)


def test_the_first_receipt_of_a_session_is_kept(toy: Any) -> None:
    receipt = toy.replayed(toy.three()).first.receipt
    assert isinstance(receipt, Receipt)
    assert receipt.features.place.calls == 0
    assert [one.endpoint for one in receipt.verdicts] == ["acme/big", "acme/small"]


def test_work_keeps_the_kind_its_first_call_told_until_words_tell_otherwise(toy: Any) -> None:
    told = toy.call(0, 1000, task="debug", difficulty=3, words="it fails")
    after = toy.call(2, 1100, tools=(), words="write a test for the parser")
    replay = toy.replayed(toy.session(told, toy.call(1, 1050), after))
    assert [(item.task.kind, item.opens) for item in replay.items] == [("debug", True), ("debug", False), ("test", False)]
    assert replay.items[1].task.difficulty == 3


def test_a_change_of_prices_within_a_session_holds_from_its_instant(toy: Any) -> None:
    rig = toy.rig()
    dear = toy.catalog(toy.endpoint("acme/big", (toy.small,)), toy.endpoint("acme/small", (toy.small,)), since=1_010_000)
    cheap = toy.catalog(toy.endpoint("acme/big"), toy.endpoint("acme/small", (toy.small,)), until=1_010_000)
    rig.plans.at_instant = lambda at: dear if at >= 1_010_000 else cheap
    replay = toy.replayed(toy.three(), rig)
    assert column(replay, "dollars", 0) == [ALONE_BIG[0], *ALONE_SMALL[1:]]


def test_a_model_that_is_no_candidate_is_priced_as_it_was(toy: Any) -> None:
    (item,) = toy.replayed(toy.session(toy.call(0, 1000, 10, model="small")), names=("acme/big",)).items
    assert (item.actual.endpoint, item.actual.tier, item.actual.price) == ("acme/small", "flash", 1000 * 2 + 10 * 10)
    assert item.alone.dollars.tolist() == [12_500]


def test_own_costs_multiply_dollars_at_their_kind_of_work_in_columns_and_in_the_policy_s_choice_alike(toy: Any) -> None:
    costs = [
        Evidence(model, OWN, None, "2026-01-01", "ours", cost=cost, kind="debug", deviation=cost // 4, items=100)
        for model, cost in (("big", 10**12), ("small", 3 * 10**12))
    ]
    rig = toy.rig()
    known = toy.catalog(toy.endpoint("acme/big"), toy.endpoint("acme/small", (toy.small,)), evidence=costs)
    rig.plans.at_instant = lambda _at: known
    own = efforts(known)
    for kind in ("debug", "plan"):
        replay = toy.replayed(toy.three(task=kind), rig)
        big, small = own[kind]["acme/big"], own[kind]["acme/small"]
        assert small > 1000 > big
        assert column(replay, "tokens", 1) == ALONE_SMALL
        assert column(replay, "dollars", 1) == [tokens * small // big for tokens in ALONE_SMALL]
        assert column(replay, "dollars", 0) == ALONE_BIG
        place = {name: index for index, name in enumerate(replay.endpoints)}
        assert all(item.policy.dollars == item.alone.dollars[place[item.chosen]] for item in replay.items)
