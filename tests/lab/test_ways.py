from typing import Any

from tierwise.lab.ways import actual, best, policy, stretches, switches


def test_three_ways_of_one_session_have_one_shape(toy: Any) -> None:
    replay = toy.replayed(toy.three(), chooser="in turn")
    assert [one.dollars for one in actual(replay)] == [1000 * 10 + 500, 1500 * 10 + 1000, 1600 * 10 + 250]
    assert [(one.endpoint, one.dollars, one.cached) for one in policy(replay)] == [
        ("acme/big", 12_500, 0),
        ("acme/small", 4700, 0),
        ("acme/big", 13_950, 500),
    ]
    assert all(one.known for way in (actual(replay), policy(replay), best(replay)) for one in way)


def test_the_best_way_switches_cold_and_stays_warm(toy: Any) -> None:
    replay = toy.replayed(toy.three(task="debug"), chooser="in turn")
    way = best(replay)
    assert {one.endpoint for one in way} == {"acme/small"}
    assert [(one.dollars, one.prompt, one.cached) for one in way] == [(3100, 1000, 0), (2700, 1500, 1000), (1850, 1600, 1500)]
    assert sum(one.dollars for one in way) == replay.hindsight.best


def test_where_the_policy_is_the_best_the_best_way_is_the_policy(toy: Any) -> None:
    replay = toy.replayed(toy.three(task="debug"))
    assert replay.hindsight.path == ()
    assert best(replay) == policy(replay)


def test_a_call_whose_price_is_not_known_is_unknown_in_each_way(toy: Any) -> None:
    session = toy.session(toy.call(0, 1000, model="mute"), toy.call(1, 1500))
    replay = toy.replayed(session, names=("acme/big", "acme/mute"), chooser="in turn")
    assert [(one.known, one.dollars) for one in actual(replay)] == [(False, 0), (True, 15_500)]
    assert [(one.known, one.dollars) for one in policy(replay)] == [(True, 12_500), (False, 0)]
    assert [one.known for one in best(replay)] == [True, False]


def test_a_scheduled_path_skips_what_has_no_price(toy: Any) -> None:
    replay = toy.replayed(toy.three(), names=("acme/big", "acme/mute"), chooser="in turn")
    assert [item.chosen for item in replay.items] == ["acme/big", "acme/mute", "acme/big"]
    assert [(one.endpoint, one.dollars, one.known) for one in best(replay)] == [
        ("acme/big", 12_500, True),
        ("acme/mute", 0, False),
        ("acme/big", 2950, True),
    ]


def test_switches_and_stretches_follow_the_calls(toy: Any) -> None:
    replay = toy.replayed(toy.three(), chooser="in turn")
    assert switches(policy(replay)) == 2
    assert switches(actual(replay)) == 0
    assert list(stretches(replay)) == [("acme/big", 1), ("acme/small", 1), ("acme/big", 1)]
    assert list(stretches(toy.replayed(toy.three(task="debug")))) == [("acme/small", 3)]
