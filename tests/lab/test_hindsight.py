from itertools import pairwise, product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tierwise.lab.hindsight import schedule

COSTS = st.integers(0, 50)


@st.composite
def sessions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Warm prices, cold prices no lower, and who is allowed (one at least for each call)."""
    calls, endpoints = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    shape = st.lists(st.lists(COSTS, min_size=endpoints, max_size=endpoints), min_size=calls, max_size=calls)
    warm = np.array(draw(shape), dtype=np.int64)
    cold = warm + np.array(draw(shape), dtype=np.int64)
    flags = [draw(st.integers(1, 2**endpoints - 1)) for _ in range(calls)]
    allowed = np.array([[bool(flag >> place & 1) for place in range(endpoints)] for flag in flags])
    return warm, cold, allowed


def costs(warm: np.ndarray, cold: np.ndarray, path: tuple[int, ...]) -> int:
    """What a path costs: the first call as it finds things, then warm while it stays and cold when it moves."""
    rows = [warm[0, path[0]]]
    rows += [(warm if here == before else cold)[call, here] for call, (before, here) in enumerate(pairwise(path), 1)]
    return int(sum(rows))


@given(sessions())
def test_the_best_schedule_agrees_with_brute_force(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    warm, cold, allowed = case
    calls, endpoints = warm.shape
    paths = [path for path in product(range(endpoints), repeat=calls) if all(allowed[call, here] for call, here in enumerate(path))]
    found = schedule(warm, cold, allowed, policy=10**6)
    assert found.best == min(costs(warm, cold, path) for path in paths)
    assert found.path in paths
    assert costs(warm, cold, found.path) == found.best
    assert found.warm == (True, *(here == before for before, here in pairwise(found.path)))


@given(sessions(), st.integers(0, 300))
def test_nothing_is_below_the_bound_and_the_policy_is_never_below_the_best(
    case: tuple[np.ndarray, np.ndarray, np.ndarray], policy: int
) -> None:
    found = schedule(*case, policy)
    assert found.least <= found.best <= policy


def test_a_policy_that_is_the_best_needs_no_path() -> None:
    warm, allowed = np.array([[5, 9], [5, 9]]), np.ones((2, 2), dtype=bool)
    found = schedule(warm, warm, allowed, 10)
    assert (found.best, found.least, found.path, found.warm) == (10, 10, (), ())


def test_a_switch_is_worth_its_cold_start_or_it_is_not_made() -> None:
    allowed = np.ones((3, 2), dtype=bool)
    warm = np.array([[10, 10], [50, 1], [50, 1]])
    dear, cheap = warm + 200, warm + 20
    assert schedule(warm, dear, allowed, 10**6).path == (1, 1, 1)
    only_first = np.array([[True, False], [True, True], [True, True]])
    assert schedule(warm, cheap, only_first, 10**6).path == (0, 1, 1)
    assert schedule(warm, dear, only_first, 10**6).path == (0, 0, 0)
