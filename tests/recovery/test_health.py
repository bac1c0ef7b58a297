"""Who rests and who is let through: transcripts of outcomes, and laws."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.decision import Outage
from tierwise.core.faults import FAULTS, Fault
from tierwise.recovery.health import FINE, LASTING, LATELY, PROBE, RESTS, RING, SAMPLES, USUAL, WIDE, Health, Trial

NOW = 1_790_000_000_000
SOLD = {"a": ("a/1", "a/2"), "b": ("b/1",)}


def well() -> Health:
    return Health(SOLD)


def proven() -> Health:
    """Everything has served well, b long ago."""
    health = well()
    for name in ("b/1", "a/1", "a/2", "a/1"):
        for _ in range(FINE):
            health.succeed(Trial(name, name[0], NOW - 10), NOW - (LATELY if name == "b/1" else 1))
    return health


def tried(health: Health, name: str, now: int) -> Trial:
    trial = health.admit(name, name[0], now)
    assert trial is not None
    return trial


def failed(health: Health, name: str, kind: str, now: int = NOW, after: int | None = None) -> None:
    health.fail(Trial(name, name[0], now), Fault(kind, after=after), now, 0.0)


def rests(health: Health, now: int = NOW) -> dict[str, int]:
    return {name: outage.until - now for name, outage in health.down(now).items()}


def test_nobody_rests_where_nothing_failed() -> None:
    assert well().down(NOW) == proven().down(NOW) == {}


def test_a_fault_of_an_endpoint_nobody_knows_gives_a_short_rest() -> None:
    health = well()
    failed(health, "a/1", "server_error")
    assert health.down(NOW) == {"a/1": Outage(NOW + 500, FAULTS["server_error"].says)}
    assert rests(health, NOW + 500) == {}


@pytest.mark.parametrize("kind", sorted(kind for kind, row in FAULTS.items() if row.rests and kind not in LASTING))
def test_one_fault_of_an_endpoint_that_served_well_is_forgiven_and_a_second_is_not(kind: str) -> None:
    health = proven()
    failed(health, "b/1", kind)
    assert rests(health) == {}
    assert health.admit("b/1", "b", NOW) == Trial("b/1", "b", NOW, probe=False)
    failed(health, "b/1", kind, NOW + 1)
    assert rests(health, NOW + 1)["b/1"] > 0


def test_one_fault_that_was_forgiven_still_counts_the_wait_that_was_asked_for() -> None:
    health = proven()
    failed(health, "b/1", "overloaded", after=700)
    assert rests(health) == {"b/1": 700}


@pytest.mark.parametrize("kind", sorted(LASTING))
def test_faults_that_do_not_pass_are_believed_at_once(kind: str) -> None:
    health = proven()
    failed(health, "b/1", kind)
    assert rests(health) == {"b/1": RESTS[kind][0] // 2}


@pytest.mark.parametrize("kind", sorted(kind for kind, row in FAULTS.items() if not row.rests))
def test_faults_that_are_not_the_endpoints_give_no_rest(kind: str) -> None:
    health = well()
    failed(health, "a/1", kind)
    assert (health.down(NOW), health.wards, health.providers) == ({}, {}, {})


def test_the_rest_doubles_with_every_fault_up_to_a_cap() -> None:
    health, now, found = well(), NOW, []
    for _ in range(12):
        failed(health, "a/1", "overloaded", now)
        found.append(rests(health, now)["a/1"])
        now += found[-1] + 1
    first, longest = RESTS["overloaded"]
    assert found == [min(first * 2**n, longest) // 2 for n in range(12)]


def test_kinds_without_a_row_have_the_usual_rest() -> None:
    health = well()
    failed(health, "a/1", "half_frame")
    assert rests(health) == {"a/1": USUAL[0] // 2}


def test_a_success_ends_it() -> None:
    health = well()
    failed(health, "a/1", "overloaded")
    health.succeed(tried(health, "a/1", NOW + 5_000), NOW + 5_500)
    assert (health.wards, rests(health)) == ({}, {})


def test_after_the_rest_one_probe_is_let_through_until_it_reports() -> None:
    health = well()
    failed(health, "a/1", "overloaded")
    assert health.admit("a/1", "a", NOW + 999) is None
    probe = tried(health, "a/1", NOW + 1_000)
    assert probe.probe
    assert health.admit("a/1", "a", NOW + 1_500) is None
    outage = health.down(NOW + 1_500)["a/1"]
    assert outage == Outage(NOW + 1_000 + PROBE, f"{FAULTS['overloaded'].says}; being tried again")
    health.fail(probe, Fault("overloaded"), NOW + 2_000, 0.0)
    assert rests(health, NOW + 2_000) == {"a/1": 2_000}
    again = tried(health, "a/1", NOW + 4_000)
    health.succeed(again, NOW + 4_100)
    assert not tried(health, "a/1", NOW + 4_100).probe
    assert not tried(health, "a/1", NOW + 4_100).probe


def test_a_probe_that_never_reports_makes_room_after_its_time() -> None:
    health = well()
    failed(health, "a/1", "overloaded")
    tried(health, "a/1", NOW + 1_000)
    assert health.admit("a/1", "a", NOW + 999 + PROBE) is None
    assert tried(health, "a/1", NOW + 1_000 + PROBE).probe


@pytest.mark.parametrize("kind", ["", "bad_request"])
def test_a_probe_that_tells_nothing_makes_room_at_once(kind: str) -> None:
    health = well()
    failed(health, "a/1", "overloaded")
    probe = tried(health, "a/1", NOW + 1_000)
    health.release(Trial("a/1", "a", NOW))
    assert health.admit("a/1", "a", NOW + 1_001) is None, "only the probe itself makes room"
    if kind:
        health.fail(probe, Fault(kind), NOW + 1_001, 0.0)
    else:
        health.release(probe)
    assert tried(health, "a/1", NOW + 1_001).probe


def test_a_request_with_nowhere_else_to_go_is_let_through() -> None:
    health = well()
    failed(health, "a/1", "overloaded")
    assert health.force("a/1", "a", NOW + 1) == Trial("a/1", "a", NOW + 1, probe=True)
    health.succeed(health.force("a/1", "a", NOW + 2), NOW + 3)
    assert rests(health, NOW + 3) == {}
    assert health.force("b/1", "b", NOW) == Trial("b/1", "b", NOW, probe=False)


def test_a_hundred_requests_that_were_under_way_are_one_fault() -> None:
    health = well()
    for later in range(100):
        health.fail(Trial("a/1", "a", NOW - 1_000 + later), Fault("overloaded"), NOW + later, 0.0)
    assert health.wards["a/1"].faults == 1
    assert rests(health) == {"a/1": 1_000}
    health.fail(Trial("a/1", "a", NOW - 500), Fault("overloaded", after=9_000), NOW + 200, 0.0)
    assert (health.wards["a/1"].faults, rests(health)) == (1, {"a/1": 9_200})


def test_an_answer_that_was_on_its_way_before_the_fault_is_no_recovery() -> None:
    health = well()
    failed(health, "a/1", "rate_limit")
    health.succeed(Trial("a/1", "a", NOW - 50), NOW + 50)
    assert rests(health) == {"a/1": 1_000}


@pytest.mark.parametrize("kind", sorted(WIDE))
def test_what_concerns_the_provider_rests_all_it_sells(kind: str) -> None:
    health = well()
    failed(health, "a/1", kind)
    assert set(health.down(NOW)) == {"a/1", "a/2"}
    assert health.admit("a/2", "a", NOW) is None
    assert health.admit("b/1", "b", NOW) is not None
    health.succeed(tried(health, "a/2", NOW + 10**7), NOW + 10**7)
    assert rests(health, NOW + 10**7) == {}


def test_an_endpoint_alone_is_to_blame_where_another_of_its_provider_has_just_served() -> None:
    health = proven()
    failed(health, "a/2", "auth")
    assert set(health.down(NOW)) == {"a/2"}
    health = proven()
    failed(health, "a/1", "auth")
    assert set(health.down(NOW)) == {"a/1", "a/2"}, "it served last itself"
    health = proven()
    failed(health, "a/2", "auth", NOW + LATELY)
    assert set(health.down(NOW + LATELY)) == {"a/1", "a/2"}, "that was long ago"


def test_of_two_rests_the_longer_one_holds() -> None:
    health = well()
    failed(health, "a/1", "rate_limit", after=400_000)
    failed(health, "a/2", "refused")
    assert rests(health) == {"a/1": 400_000, "a/2": 1_000}
    failed(health, "a/2", "rate_limit", NOW + 1, after=10)
    assert rests(health) == {"a/1": 400_000, "a/2": 1_001}


def test_a_provider_that_sells_nothing_here_is_no_outage() -> None:
    health = well()
    failed(health, "z/1", "dns")
    assert health.down(NOW) == {}
    assert health.admit("z/1", "z", NOW) is None


def test_nothing_is_said_of_lateness_before_enough_is_known() -> None:
    health = well()
    assert health.late("a/1") is None
    for _ in range(SAMPLES - 1):
        health.succeed(Trial("a/1", "a", NOW), NOW, 5)
    health.succeed(Trial("a/1", "a", NOW), NOW)
    assert health.late("a/1") is None
    health.succeed(Trial("a/1", "a", NOW), NOW, 5)
    assert health.late("a/1") == 5


@given(st.lists(st.integers(0, 10_000), min_size=SAMPLES, max_size=3 * RING))
def test_an_answer_is_late_when_nineteen_in_twenty_of_the_last_came_sooner(times: list[int]) -> None:
    health = well()
    for one in times:
        health.succeed(Trial("a/1", "a", NOW), NOW, one)
    last, late = times[-RING:], health.late("a/1")
    assert late in last
    assert sum(one <= late for one in last) * 20 >= 19 * len(last)
    assert sum(one < late for one in last) * 20 < 19 * len(last)


def lives(data: st.DataObject, health: Health) -> Iterator[int]:
    """A run of tries and outcomes as they may come; the time after each."""
    now, under_way = NOW, list[Trial]()
    for _ in range(data.draw(st.integers(1, 25))):
        now += data.draw(st.integers(0, 3_000))
        if data.draw(st.booleans()) or not under_way:
            name = data.draw(st.sampled_from(["a/1", "a/2", "b/1"]))
            trial = health.admit(name, name[0], now)
            under_way += [trial] if trial else []
        else:
            trial = under_way.pop(data.draw(st.integers(0, len(under_way) - 1)))
            kind = data.draw(st.sampled_from(["", "", "overloaded", "auth", "rate_limit", "bad_request", "dns"]))
            if kind:
                health.fail(trial, Fault(kind, after=data.draw(st.none() | st.integers(0, 5_000))), now, data.draw(st.floats(0, 1)))
            else:
                health.succeed(trial, now, 7)
        yield now


@given(st.data())
def test_who_is_down_is_not_let_through_and_who_is_not_down_is(data: st.DataObject) -> None:
    health = well()
    for now in lives(data, health):
        name = data.draw(st.sampled_from(["a/1", "a/2", "b/1"]))
        down = name in health.down(now)
        trial = health.admit(name, name[0], now)
        assert (trial is None) == down
        if trial is not None and trial.probe:
            assert health.admit(name, name[0], now) is None, "a probe is single"
        if trial is not None:
            health.release(trial)
            assert name not in health.down(now)


@given(st.data())
def test_everybody_is_let_through_again_in_the_end(data: st.DataObject) -> None:
    health = well()
    now = max(lives(data, health))
    later = now + max(longest for _, longest in RESTS.values()) + PROBE
    assert health.down(later) == {}


@given(st.sampled_from(sorted(kind for kind, row in FAULTS.items() if row.rests)), st.integers(0, 100_000), st.floats(0, 1))
def test_a_wait_asked_for_is_never_undercut(kind: str, after: int, roll: float) -> None:
    health = proven()
    health.fail(Trial("b/1", "b", NOW), Fault(kind, after=after), NOW, roll)
    assert (
        NOW + after
        <= max(NOW, health.down(NOW).get("b/1", Outage(NOW, "")).until)
        <= NOW + max(after * 11 // 10 + 1, RESTS.get(kind, USUAL)[1])
    )


def test_replicas_with_other_dice_come_back_at_other_times() -> None:
    for kind, after in (("overloaded", None), ("rate_limit", 10_000)):
        ends = set()
        for roll in (0.0, 0.25, 0.5, 1.0):
            health = well()
            health.fail(Trial("a/1", "a", NOW), Fault(kind, after=after), NOW, roll)
            ends.add(health.down(NOW)["a/1"].until)
        assert len(ends) == 4


def test_an_endpoint_rests_and_serves_as_one_at_whatever_effort() -> None:
    health = well()
    failed(health, "a/1@low", "rate_limit")
    assert set(rests(health)) == {"a/1"}
    assert health.admit("a/1@high", "a", NOW) is health.admit("a/1", "a", NOW) is None
    probe = health.force("a/1@high", "a", NOW)
    assert probe == Trial("a/1@high", "a", NOW, probe=True)
    health.succeed(probe, NOW + 5)
    assert health.admit("a/1@low", "a", NOW) is not None


def test_its_answers_at_one_effort_speak_for_it_at_another_but_not_for_its_provider() -> None:
    health = well()
    for _ in range(FINE):
        health.succeed(Trial("a/1@low", "a", NOW), NOW)
    failed(health, "a/1@high", "server_error", NOW + 1)
    assert rests(health, NOW + 1) == {}
    failed(health, "a/1@high", "auth", NOW + 1)
    assert set(rests(health, NOW + 2)) == {"a/1", "a/2"}


def test_how_long_an_answer_takes_is_known_of_each_effort() -> None:
    health = well()
    for _ in range(SAMPLES):
        health.succeed(Trial("a/1@low", "a", NOW), NOW, 10)
        health.succeed(Trial("a/1@high", "a", NOW), NOW, 900)
    assert (health.late("a/1@low"), health.late("a/1@high"), health.late("a/1")) == (10, 900, None)
