from copy import deepcopy
from functools import cache
from typing import Any

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.money import Unknown
from tierwise.lab.replay import Replayed
from tierwise.lab.resampling import REPLICATES
from tierwise.lab.tally import ACTUAL, HINDSIGHT, LEAST, MATCHED, PAID, POLICY, TELLING, Share, Sums, Tally, counted, merged

KINDS = ("debug", "test", "")


def tallied(*replays: Replayed) -> Tally:
    tally = Tally("acme/big")
    for replay in replays:
        counted(tally, replay)
    return tally


def content(tally: Tally) -> dict[str, Any]:
    """All of a tally, in values that compare."""
    fields = {name: getattr(tally, name) for name in tally.__struct_fields__}
    return fields | {"replicates": {name: row.tolist() for name, row in tally.replicates.items()}}


@cache
def made(toy: Any, number: int) -> Replayed:
    """One of many sessions: of one to four calls, on known models or not, of several kinds of work."""
    calls = [
        toy.call(
            index,
            800 + 100 * index + 10 * number,
            session=f"s{number}",
            model=("big", "small", "mute", "stranger")[(number + index) % 4],
            task=KINDS[number % 3],
            words="word " * (number % 5),
            at=1_000_000 + 10_000 * index + 86_400_000 * (number % 3),
            tools=() if number % 2 else ("Read",),
            **({"usage": Unknown("no")} if (number + index) % 7 == 0 else {}),
        )
        for index in range(1 + number % 4)
    ]
    found = toy.replayed(toy.session(*calls), names=("acme/big", "acme/mute", "acme/small"), chooser="in turn")
    assert isinstance(found, Replayed)
    return found


def test_one_session_is_tallied_by_hand(toy: Any) -> None:
    tally = tallied(toy.replayed(toy.three(task="debug"), chooser="in turn"))
    assert tally.sums["acme/big"] == Sums(12_500 + 8000 + 2950, 23_450, 4100, 2500)
    assert tally.sums["acme/small"] == Sums(7650, 7650, 4100, 2500)
    assert tally.sums[POLICY] == Sums(12_500 + 4700 + 13_950, 31_150, 4100, 500)
    assert tally.sums[ACTUAL] == Sums(10_500 + 16_000 + 16_250, 42_750, 4100, 0)
    assert tally.sums[HINDSIGHT].dollars == 7650
    assert tally.shares[POLICY, "acme/big", "debug", 2] == Share(2, 1, 26_450)
    assert tally.shares[POLICY, "acme/small", "debug", 2] == Share(1, 0, 4700)
    assert tally.shares[HINDSIGHT, "acme/small", "debug", 2] == Share(3, 1, 7650)
    assert tally.work == {("debug", 2): Share(3, 1, 23_450)}
    assert tally.switches == {ACTUAL: 0, POLICY: 2, HINDSIGHT: 0}
    assert tally.days == {(0, ACTUAL, "acme/big"): 42_750, (0, POLICY, "acme/big"): 26_450, (0, POLICY, "acme/small"): 4700}
    assert (tally.paid, tally.matched, tally.least, tally.tiers) == (42_750, 23_450, 7650, {"acme/big": "premium"})


def test_counts_tell_what_is_in_and_what_is_not(toy: Any) -> None:
    told: list[dict[str, Any]] = [{"usage": Unknown("no")}, {"model": "stranger"}, {"model": "mute"}, {"estimated": True}]
    session = toy.session(*(toy.call(number, 1000, **more) for number, more in enumerate(told)))
    counts = tallied(toy.replayed(session, chooser="nobody")).counts
    assert (counts.sessions, counts.calls) == (1, 2)
    assert (counts.unknown_usage, counts.unknown_model, counts.unknown_price) == (1, 1, 1)
    assert (counts.estimated, counts.unserved) == (1, 2)


def test_an_unknown_price_is_never_summed_as_zero_against_a_known_one(toy: Any) -> None:
    session = toy.session(toy.call(0, 1000, model="mute"), toy.call(1, 1000))
    tally = tallied(toy.replayed(session))
    assert tally.sums[ACTUAL].unknown == 1
    assert (tally.paid, tally.matched) == (1000 * 10 + 500, 1000 * 1 + 500)
    assert tally.sums["acme/big"].dollars == 12_500 + 1500


def test_calls_that_a_candidate_has_no_price_for_are_counted_beside_it(toy: Any) -> None:
    tally = tallied(toy.replayed(toy.three(), names=("acme/big", "acme/mute")))
    assert tally.sums["acme/mute"] == Sums(0, 0, 0, 0, 3)
    assert tally.sums["acme/big"].unknown == 0


def test_a_session_without_a_known_call_only_counts_as_unknown(toy: Any) -> None:
    tally = tallied(toy.replayed(toy.session(toy.call(0, 1, usage=Unknown("no")))))
    assert (tally.counts.sessions, tally.counts.unknown_usage, tally.sums) == (0, 1, {})


@given(st.lists(st.integers(0, 60), unique=True, max_size=14), st.randoms(use_true_random=False), st.integers(1, 3))
def test_whoever_counts_what_in_whatever_order_the_sums_are_the_same(toy: Any, numbers: list[int], random: Any, hands: int) -> None:
    replays = [made(toy, number) for number in numbers]
    whole = tallied(*replays)
    random.shuffle(replays)
    parts = [tallied(*replays[hand::hands]) for hand in range(hands)]
    together = parts[0]
    for part in parts[1:]:
        together = merged(together, part)
    assert content(together) == content(whole)


def test_merging_uses_up_only_the_first(toy: Any) -> None:
    one, other = tallied(made(toy, 1)), tallied(made(toy, 2), made(toy, 3))
    before = content(deepcopy(other))
    both = content(merged(one, other))
    counted(one, made(toy, 5))
    assert content(other) == before
    assert both != before


def test_a_tally_does_not_grow_with_the_sessions_it_counts(toy: Any) -> None:
    big = tallied(*(made(toy, number) for number in range(120)))
    small = tallied(*(made(toy, number) for number in range(60)))
    for name in ("sums", "shares", "days", "work", "replicates", "telling"):
        assert len(getattr(big, name)) == len(getattr(small, name))
    assert len(big.telling) == TELLING


def test_the_most_telling_sessions_are_kept_with_their_first_receipt(toy: Any) -> None:
    calls = [toy.call(0, 1000 * size, session=f"s{size}", task="debug", words=" a\n b ") for size in range(1, 15)]
    tally = tallied(*(toy.replayed(toy.session(call)) for call in calls))
    assert [one.session for one in tally.telling] == [f"s{size}" for size in range(14, 4, -1)]
    first = tally.telling[0]
    assert (first.reference, first.policy, first.actual) == (14_000 * 12 + 500, 14_000 * 3 + 100, 14_000 * 10 + 500)
    assert first.weight == first.reference - first.policy
    assert (first.words, first.path, first.calls, first.unknown) == ("a b", [("acme/small", 1)], 1, 0)
    assert msgspec.json.decode(first.receipt)["verdicts"][1]["endpoint"] == "acme/small"


def test_replicates_count_each_session_as_a_whole(toy: Any) -> None:
    tally = tallied(toy.replayed(toy.three()))
    rows = tally.replicates
    assert set(rows) == {"acme/big", "acme/small", ACTUAL, POLICY, HINDSIGHT, LEAST, PAID, MATCHED}
    times = rows["acme/big"] // (23_450 // 1000)
    assert len(times) == REPLICATES
    assert 0.8 < times.mean() < 1.2
    assert np.array_equal(rows["acme/small"], times * (7650 // 1000))


def test_sessions_are_filed_by_the_length_of_their_first_words_or_else_prompt(toy: Any) -> None:
    spoken = toy.replayed(toy.session(toy.call(0, 1000, words="x" * 100, task="debug")))
    silent = toy.replayed(toy.session(toy.call(0, 1000, session="t")))
    tally = tallied(spoken, silent)
    assert set(tally.lengths) == {(100).bit_length(), (4000).bit_length()}
    assert tally.lengths[(100).bit_length()].dollars == {"debug": [12_500, 3100]}
    assert tally.lengths[(4000).bit_length()].calls == 1
