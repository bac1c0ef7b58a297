"""Tries down a chain: transcripts of faults in and moves out, and laws that hold whatever fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise.core.faults import FAULTS, TELL, Fault
from tierwise.recovery.attempts import (
    PASSING,
    TELLING,
    Bounds,
    Candidate,
    Move,
    State,
    Stop,
    Try,
    begun,
    faults,
    hedged,
    instead,
    noted,
    step,
    told,
)

NOW = 1_790_000_000_000
BOUNDS = Bounds(deadline=NOW + 60_000)
A, A2, B, C = Candidate("a/1", "a", 1_000), Candidate("a/2", "a", 2_000), Candidate("b/1", "b", 1_000), Candidate("c/1", "c", 4_000)


def played(chain: list[Candidate], *said: str | Fault, bounds: Bounds = BOUNDS, roll: float = 0.0) -> list[Move]:
    """The moves of a request whose tries end with these faults; waits take their time."""
    state, now = begun(chain, bounds), NOW
    state, move = step(state, None, now, roll)
    moves = [move]
    for one in said:
        assert isinstance(move, Try), f"stopped before {one}"
        now += move.wait
        state, move = step(state, one if isinstance(one, Fault) else Fault(one), now, roll)
        moves.append(move)
    return moves


def names(moves: list[Move]) -> str:
    return " ".join(one.endpoint if isinstance(one, Try) else f"stop:{one.fault.kind}" for one in moves)


@pytest.mark.parametrize(
    ("chain", "said", "moves"),
    [
        ([], [], "stop:no_endpoint"),
        ([A, B], [], "a/1"),
        ([A, B], ["server_error"], "a/1 b/1"),
        ([A, A2, B], ["server_error"], "a/1 b/1"),
        ([A, A2, B], ["server_error", "server_error"], "a/1 b/1 a/2"),
        ([A, A2], ["auth"], "a/1 a/2"),
        ([A, A2], ["auth", "auth"], "a/1 a/2 stop:auth"),
        # Here once, then elsewhere.
        ([A, B], ["stale"], "a/1 a/1"),
        ([A, B], ["stale", "stale"], "a/1 a/1 b/1"),
        ([A, B], ["stale", "stale", "stale"], "a/1 a/1 b/1 b/1"),
        ([A, B], ["request_timeout", "server_error"], "a/1 a/1 b/1"),
        # Without the reasoning of others once, then elsewhere.
        ([A, B], ["signature"], "a/1 a/1"),
        ([A, B], ["signature", "signature"], "a/1 a/1 b/1"),
        ([A, B], ["signature", "signature", "signature"], "a/1 a/1 b/1 b/1"),
        # Larger ones only.
        ([A, B, A2], ["context"], "a/1 a/2"),
        ([A, B], ["context"], "a/1 stop:context"),
        ([A, B, C], ["context", "server_error"], "a/1 c/1 c/1"),
        ([A, replace(B, window=None)], ["context"], "a/1 b/1"),
        ([replace(A, window=None), B], ["context"], "a/1 b/1"),
        ([A, A2, B], ["too_large"], "a/1 b/1"),
        ([A, A2], ["too_large"], "a/1 stop:too_large"),
        # To the client.
        ([A, B], ["unsupported"], "a/1 stop:unsupported"),
        ([A, B], ["server_error", "hung_up"], "a/1 b/1 stop:hung_up"),
        ([A, B], ["rate_limit", "deadline"], "a/1 b/1 stop:rate_limit"),
        ([A, B], ["server_error", "deadline"], "a/1 b/1 stop:deadline"),
        # Once more around, with those that may have recovered.
        ([A], ["overloaded", "overloaded"], "a/1 a/1 stop:overloaded"),
        ([A, B], ["overloaded", "bad_request", "overloaded"], "a/1 b/1 a/1 stop:bad_request"),
        ([A, B], ["rate_limit", "refused", "refused", "rate_limit"], "a/1 b/1 a/1 b/1 stop:rate_limit"),
        ([A, B], ["bad_request", "filtered"], "a/1 b/1 stop:bad_request"),
        ([A, B], ["overloaded", "overloaded", "context"], "a/1 b/1 a/1 stop:context"),
        ([A, B], ["stale", "server_error", "stale", "dropped", "dropped"], "a/1 a/1 b/1 b/1 a/1 b/1"),
    ],
)
def test_faults_lead_where_their_rows_say(chain: list[Candidate], said: list[str], moves: str) -> None:
    assert names(played(chain, *said)) == moves


def test_a_second_try_here_is_on_a_new_connection_and_a_stripped_one_stays_stripped() -> None:
    assert played([A, B], "stale")[-1] == Try("a/1", fresh=True, force=True)
    assert played([A, B], "signature")[-1] == Try("a/1", strip=True, force=True)
    assert played([A, B], "signature", "stale")[-1] == Try("a/1", strip=True, fresh=True, force=True)
    assert played([A, B], "signature", "overloaded")[-1] == Try("b/1")
    assert played([A], "signature", "overloaded")[-1] == Try("a/1", strip=True, force=True)


def test_a_wait_asked_for_is_kept_and_the_endpoint_that_is_ready_first_comes_first() -> None:
    said = [Fault("rate_limit", after=4_000), Fault("rate_limit", after=1_000)]
    assert played([A, B], *said)[-1] == Try("b/1", wait=1_000, force=True)
    assert played([A, B], *said, roll=1.0)[-1] == Try("b/1", wait=2_000, force=True)
    assert played([A, B], *said, "overloaded")[-1] == Try("a/1", wait=3_000, force=True)


@pytest.mark.parametrize(
    ("after", "bounds"),
    [
        (10_001, BOUNDS),
        (60_000, Bounds(NOW + 60_000, wait=10**9)),
        (59_000, Bounds(NOW + 59_000, wait=10**9)),
    ],
)
def test_a_wait_that_is_too_long_or_passes_the_deadline_is_no_wait(after: int, bounds: Bounds) -> None:
    assert played([A], Fault("rate_limit", after=after), bounds=bounds)[-1] == Stop(Fault("rate_limit", after=after))


def test_a_request_can_end_after_any_number_of_rounds() -> None:
    assert names(played([A], *["overloaded"] * 3, bounds=replace(BOUNDS, rounds=3))) == "a/1 a/1 a/1 stop:overloaded"
    waits = [one.wait for one in played([A], *["overloaded"] * 3, bounds=replace(BOUNDS, rounds=4), roll=0.5) if isinstance(one, Try)]
    assert waits == [0, 500, 1_000, 2_000]
    assert names(played([A], "overloaded", bounds=replace(BOUNDS, rounds=1))) == "a/1 stop:overloaded"


def test_after_the_deadline_nothing_is_tried() -> None:
    late = replace(BOUNDS, deadline=NOW)
    assert played([A], bounds=late) == [Stop(Fault("deadline"))]
    state, _ = step(begun([A, B], BOUNDS), None, NOW, 0.0)
    assert step(state, Fault("server_error"), BOUNDS.deadline, 0.0)[1] == Stop(Fault("deadline"))
    assert step(state, Fault("overloaded", "x"), BOUNDS.deadline, 0.0)[1] == Stop(Fault("overloaded", "x"))


def test_of_several_faults_the_client_is_told_what_it_can_act_on() -> None:
    kinds = ["server_error", "auth", "deadline", "quota", "overloaded", "rate_limit", "context", "bad_request", "malformed"]
    for last in range(1, len(kinds) + 1):
        expected = kinds[last - 1] if last > 2 else "server_error"
        assert told(Fault(kind) for kind in kinds[:last]).kind == expected
    waits = [Fault("rate_limit"), Fault("rate_limit", after=9), Fault("rate_limit", after=3)]
    assert told(waits) == waits[2]
    assert told([]) == Fault("no_endpoint")


def test_every_kind_of_fault_has_one_rank() -> None:
    assert set().union(*TELLING, PASSING) <= set(FAULTS)
    assert sum(map(len, TELLING)) == len(set().union(*TELLING))
    assert not any(FAULTS[kind].then == TELL for kind in PASSING)


def test_an_endpoint_that_is_being_probed_is_passed_over_and_tried_last() -> None:
    state, move = step(begun([A, B, C], BOUNDS), None, NOW, 0.0)
    state, move = instead(state)
    assert move == Try("b/1")
    state, move = step(state, Fault("server_error"), NOW, 0.0)
    assert move == Try("c/1")
    state, move = step(state, Fault("server_error"), NOW, 0.0)
    assert move == Try("a/1", force=True)
    assert state.tries == 3


def test_where_all_are_being_probed_one_is_tried_regardless() -> None:
    state, move = step(begun([A, B], BOUNDS), None, NOW, 0.0)
    state, move = instead(state)
    state, move = instead(state)
    assert move == Try("a/1", force=True)
    state, move = step(state, Fault("auth"), NOW, 0.0)
    assert move == Try("b/1", force=True)
    assert step(state, Fault("auth"), NOW, 0.0)[1] == Stop(Fault("auth"))
    state, _ = step(begun([A], BOUNDS), None, NOW, 0.0)
    assert instead(state)[1] == Try("a/1", force=True)


def test_a_late_answer_is_hedged_at_another_provider() -> None:
    state, _ = step(begun([A, A2, B], BOUNDS), None, NOW, 0.0)
    found = hedged(state)
    assert found is not None
    state, move = found
    assert (move, state.tries) == (Try("b/1"), 2)
    assert hedged(state) is not None, "a third would go back to the first's provider"
    state = noted(state, "b/1", Fault("server_error"), NOW)
    assert faults(state) == (Fault("server_error"),)
    state, after = step(noted(state, "a/1", Fault("overloaded"), NOW), None, NOW, 0.0)
    assert after == Try("a/2")


def test_nothing_is_hedged_where_no_other_provider_or_no_try_is_left() -> None:
    state, _ = step(begun([A, A2], BOUNDS), None, NOW, 0.0)
    assert hedged(state) is None
    state, _ = step(begun([A, B], replace(BOUNDS, tries=1)), None, NOW, 0.0)
    assert hedged(state) is None
    state, _ = step(begun([A, B, A2], BOUNDS), None, NOW, 0.0)
    state, _ = step(state, Fault("overloaded"), NOW, 0.0)
    assert hedged(state) is None, "the other provider has failed"


candidates = st.lists(
    st.builds(lambda provider, window: (provider, window), st.sampled_from("abc"), st.none() | st.integers(1, 3)), max_size=5
).map(lambda many: [Candidate(f"{provider}/{place}", provider, window) for place, (provider, window) in enumerate(many)])
kinds = st.sampled_from([kind for kind, row in FAULTS.items() if row.then != TELL])
thrown = st.lists(
    st.tuples(st.builds(Fault, kinds, after=st.none() | st.integers(0, 20_000)), st.integers(0, 9_000), st.floats(0, 1)),
    min_size=40,
    max_size=40,
)
bounds = st.builds(Bounds, st.integers(NOW - 10, NOW + 40_000), st.integers(1, 12), st.integers(0, 15_000), st.integers(1, 4))


@given(candidates, thrown, bounds)
def test_whatever_fails_everything_ends_in_time_and_nobody_is_asked_too_early(
    chain: list[Candidate], said: list[tuple[Fault, int, float]], limits: Bounds
) -> None:
    state, now, wanted, tries = begun(chain, limits), NOW, dict[str, int](), 0
    state, move = step(state, None, now, said[0][2])
    seen: list[State] = [state]
    for fault, took, roll in said:
        if isinstance(move, Stop):
            break
        tries += 1
        assert now < limits.deadline
        assert now + move.wait < limits.deadline
        assert move.wait <= limits.wait
        if move.wait or state.round > 1:
            assert now + move.wait >= wanted.get(move.endpoint, 0)
        now += move.wait + took
        wanted[move.endpoint] = now + (fault.after or 0)
        state, move = step(state, fault, now, roll)
        seen.append(state)
    assert isinstance(move, Stop)
    assert tries == state.tries <= limits.tries
    assert move.fault in {*faults(state), Fault("deadline"), Fault("no_endpoint")}
    assert (move.fault.kind == "no_endpoint") == (not chain and now < limits.deadline)


@given(candidates.filter(bool), st.floats(0, 1), st.floats(0, 1))
def test_two_that_fail_at_once_do_not_come_back_at_once(chain: list[Candidate], one: float, other: float) -> None:
    waits = [played(chain, *["overloaded"] * len(chain), roll=roll)[-1] for roll in (one, other)]
    first, second = (move.wait for move in waits if isinstance(move, Try))
    assert abs((first - second) - (one - other) * 1_000) <= 1


@given(candidates)
def test_every_endpoint_is_tried_before_any_is_tried_again(chain: list[Candidate]) -> None:
    moves = played(chain, *["overloaded"] * len(chain))
    assert {move.endpoint for move in moves[: len(chain)] if isinstance(move, Try)} == {one.endpoint for one in chain}
