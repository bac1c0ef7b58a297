from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise import assembly
from tierwise.config.settings import Settings
from tierwise.core.catalog import Rates
from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.lab.harness import chains
from tierwise.lab.logged import Logged
from tierwise.lab.physics import (
    NOBODY,
    Compared,
    Heads,
    Memory,
    Pair,
    compared,
    heads,
    lifetime,
    logged_input,
    neighbours,
    place,
    predicted_input,
    prefix_of,
    recalled,
    remember,
    span,
    verdict,
)
from tierwise.lab.sessions import Reading, read
from tierwise.lab.sessions import found as files
from tierwise.lab.step import Step, steps

CLIENTS = st.sampled_from([("", ""), ("codex", "0.142.1"), ("claude_code", "2.1.5"), ("claude_code", "2.1.50"), ("claude_code", "2.1.217")])
LOGGED = st.tuples(st.integers(0, 150_000), st.integers(0, 5000), st.integers(0, 900), st.booleans())
"""Prompt, answer, seconds since the call before, whether tools were called."""


def parts(draw: Any, prompt: int) -> Usage:
    """A prompt divided in any way."""
    read = draw(st.integers(0, prompt))
    short = draw(st.integers(0, prompt - read))
    long = draw(st.integers(0, prompt - read - short))
    return Usage(fresh=prompt - read - short - long, read=read, write_5m=short, write_1h=long)


@given(st.data())
def test_the_prediction_never_looks_at_how_the_log_divides_a_prompt(toy: Any, data: Any) -> None:
    (client, version), ttl = data.draw(CLIENTS), data.draw(st.sampled_from([0, 300, 3600]))
    calls, others, at = [], [], 1_000_000
    for number, (prompt, output, gap, tools) in enumerate(data.draw(st.lists(LOGGED, min_size=1, max_size=8))):
        at += 1000 * gap
        told = {"client": client, "version": version, "ttl": ttl, "tools": ("Read",) if tools else (), "gap": 1000 * gap if number else -1}
        call = replace(toy.call(number, prompt, output, **told), at=at, ended=at)
        calls.append(replace(call, usage=replace(parts(data.draw, prompt), output=output)))
        others.append(replace(call, usage=replace(parts(data.draw, prompt), output=output)))
    one, other = (compared(toy.session(*some), lambda *_: toy.endpoint("acme/big"), NOBODY) for some in (calls, others))
    assert one is not None
    assert other is not None
    assert (one.predicted, one.read_predicted) == (other.predicted, other.read_predicted)
    assert one.logged == sum(logged_input((toy.big,), call.usage) for call in calls)


def test_a_session_is_predicted_as_its_prompts_grow(toy: Any) -> None:
    usages = (Usage(write_5m=1000), Usage(read=1000, write_5m=500), Usage(fresh=1600))
    session = toy.session(*(toy.call(number, 0, usage=usage) for number, usage in enumerate(usages)))
    row = compared(session, lambda *_: toy.endpoint("acme/big"), NOBODY)
    assert row is not None
    assert row.predicted == 1000 * 12 + (1000 + 500 * 12) + (1500 + 100 * 12)
    assert row.logged == 1000 * 12 + (1000 + 500 * 12) + 1600 * 10
    assert (row.calls, row.read, row.read_predicted) == (3, 1000, 2500)
    assert row.places == {"first call": Pair(1, 12_000, 12_000, 0, 0), "within a turn": Pair(2, 23_000, 9700, 1000, 2500)}


def test_each_model_of_a_session_has_a_cache_of_its_own(toy: Any) -> None:
    session = toy.session(toy.call(0, 1000), toy.call(1, 1500, model="other"), toy.call(2, 1600))
    row = compared(session, lambda model, *_: toy.endpoint(f"acme/{model}"), NOBODY)
    assert row is not None
    assert row.read_predicted == 500  # the third call finds the head its model had at the first


@pytest.mark.parametrize(
    ("more", "endpoint"),
    [({"usage": Unknown("no")}, "acme/big"), ({}, None), ({}, "unpriced")],
)
def test_what_cannot_be_priced_is_left_out(toy: Any, more: dict[str, Any], endpoint: str | None) -> None:
    found = None if endpoint is None else toy.endpoint("acme/big", Unknown("no")) if endpoint == "unpriced" else toy.endpoint("acme/big")
    assert compared(toy.session(toy.call(0, 1000, **more)), lambda *_: found, NOBODY) is None


def test_the_lifetime_is_the_one_most_calls_asked_for(toy: Any) -> None:
    assert lifetime(toy.session(toy.call(0, 1, ttl=0), toy.call(1, 2, ttl=3600), toy.call(2, 3, ttl=3600), toy.call(3, 4, ttl=300))) == 3600
    assert lifetime(toy.session(toy.call(0, 1, ttl=0))) == 300


TIERED = (Rates(0, 10, 1, 12, 20, 50), Rates(100, 20, 2, 24, 40, 100, per=10))


@pytest.mark.parametrize(
    ("prompt", "cached", "ttl", "cost"), [(100, 40, 300, 40 + 60 * 12), (100, 0, 3600, 100 * 20), (101, 1, 300, (2 + 100 * 24) // 10)]
)
def test_a_prompt_costs_what_is_read_and_what_is_written_at_the_prices_of_its_size(prompt: int, cached: int, ttl: int, cost: int) -> None:
    assert predicted_input(TIERED, prompt, cached, ttl=ttl) == cost


def test_a_prompt_too_short_to_be_cached_is_input() -> None:
    assert predicted_input(TIERED, 100, 0, ttl=300, minimum=101) == 100 * 10
    assert predicted_input(TIERED, 100, 0, ttl=300, minimum=100) == 100 * 12


def test_a_logged_prompt_costs_its_parts() -> None:
    assert logged_input(TIERED, Usage(fresh=1, read=2, write_5m=3, write_1h=4, output=99)) == 10 + 2 + 36 + 80


def test_a_head_was_last_used_by_the_latest_session_that_ended_before(toy: Any) -> None:
    spans = [("head/codex//", "big", 0, 100), ("head/codex//", "big", 200, 300), ("head/codex//", "other", 350, 360)]
    found = heads(spans)
    assert found.last_use(replace(toy.call(0, 1, client="codex"), at=400), first=True) == 300
    assert found.last_use(replace(toy.call(0, 1, client="codex"), at=200), first=True) == 100
    assert found.last_use(replace(toy.call(0, 1, client="codex"), at=50), first=True) == 50
    assert found.last_use(replace(toy.call(0, 1, client=""), at=400), first=True) is None


def test_a_session_does_not_keep_its_own_head_warm_for_itself(toy: Any) -> None:
    call = replace(toy.call(0, 1, client="codex"), at=50)
    assert heads([("head/codex//", "big", 0, 100)]).last_use(call, first=False) is None
    assert heads([("head/codex//", "big", 0, 100), ("head/codex//", "big", 20, 60)]).last_use(call, first=False) == 50


def test_a_session_says_when_its_head_was_used(toy: Any) -> None:
    assert span(toy.three()) == ("head///", "big", 1_000_000, 1_020_000)


def test_others_matter_at_the_start_and_after_a_pause(toy: Any) -> None:
    others = heads([("head/codex//", "big", 0, 900_000)])
    first, soon = steps(toy.session(toy.call(0, 1000, client="codex"), toy.call(1, 1500, client="codex", gap=60_000)))
    assert [(seen.at, seen.odds) for seen in neighbours(first, 300, others)] == [(1_000_000, 1.0), (900_000, 1.0)]
    assert neighbours(soon, 300, others) == ()
    assert len(neighbours(replace(soon, gap=60.1), 300, others)) == 2
    assert neighbours(next(iter(steps(toy.three()))), 300, NOBODY) == ()


def chained(session: Any) -> list[tuple[Step, Any]]:
    return [(step, prefix_of(step, known, 300)) for step, known in chains(session)]


def test_the_best_reason_for_a_warm_head_counts(toy: Any) -> None:
    (step, prefix), *_ = chained(toy.three())
    others = heads([("head///", "big", 0, 900_000), ("head///", "big", 0, 600_000)])
    assert recalled(Memory(), toy.lasting, prefix, step.call.at, ()) == 0
    assert recalled(Memory(), toy.lasting, prefix, step.call.at, neighbours(step, 300, others)) == 500
    assert recalled(Memory(), toy.lasting, prefix, step.call.at, neighbours(step, 300, heads([("head///", "big", 0, 600_000)]))) == 0


def test_a_resumed_conversation_may_be_warm_with_nobody_near(toy: Any) -> None:
    ((step, prefix),) = chained(toy.session(toy.call(0, 100_000)))
    assert recalled(Memory(), toy.lasting, prefix, step.call.at, ()) == pytest.approx(60_000)


def test_an_endpoint_remembers_its_head_the_start_of_the_turn_and_the_end(toy: Any) -> None:
    session = toy.session(
        *(toy.call(number, 10_000 + 1000 * number, client="codex", ended=1_000_000 + 10_000 * number + 500) for number in range(3))
    )
    memory = Memory()
    for step, prefix in chained(session):
        remember(memory, prefix, step.call)
    assert sorted(memory.had) == ["head/codex//", "s//0/0", "s//0/2"]
    assert {seen.at for seen in memory.had.values()} == {1_020_500}


@pytest.mark.parametrize(
    ("calls", "places"),
    [
        (((1000, True), (1500, True), (1600, True)), ["first call", "within a turn", "within a turn"]),
        (((1000, False), (1500, True), (100, True)), ["first call", "new turn", "new context"]),
    ],
)
def test_each_call_has_its_place(toy: Any, calls: tuple[tuple[int, bool], ...], places: list[str]) -> None:
    session = toy.session(*(toy.call(number, prompt, tools=("Read",) * tools) for number, (prompt, tools) in enumerate(calls)))
    assert [place(step) for step in steps(session)] == places


def row(logged: int, predicted: int, read: int = 100, read_predicted: int = 100) -> Compared:
    pair = Pair(1, logged, predicted, read, read_predicted)
    return Compared("s", "", 1, logged, predicted, read, read_predicted, {"first call": pair})


def test_the_verdict_is_over_sums_and_over_sessions() -> None:
    found = verdict([row(100, 100 + error, 100, 90) for error in (0, 1, -2, 3, 4, -5, 6, 7, 8, 50)])
    assert (found.sessions, found.calls) == (10, 10)
    assert (found.cost, found.read) == pytest.approx((0.072, -0.1))
    assert (found.median, found.ninth) == pytest.approx((0.05, 0.5))
    assert found.places == {"first call": Pair(10, 1000, 1072, 1000, 900)}


def test_nothing_logged_has_no_relative_error() -> None:
    found = verdict([row(0, 0, 0, 0)])
    assert (found.cost, found.read, found.median, found.ninth) == (0, 0, 0, 0)


def test_nobody_uses_no_head(toy: Any) -> None:
    assert Heads({}, {}).last_use(toy.call(0, 1), first=True) is None


SHARED = [("transcripts",), ("sessions_claude_code_calls.parquet",), ("sessions_codex_calls.parquet",)]


@pytest.mark.parametrize("names", [*SHARED, tuple(name for one in SHARED for name in one)])
def test_the_shared_sessions_are_predicted_within_the_bars(shared: Path, names: tuple[str, ...]) -> None:
    built = assembly.house(Settings())
    logged, paths = Logged(built.sources), [shared / "data" / name for name in names]
    found = list(read(files(paths, built.importers), Reading()))
    near = heads(map(span, found))
    told = verdict([one for session in found if (one := compared(session, logged.endpoint, near)) is not None])
    assert abs(told.cost) < 0.02
    assert abs(told.read) < 0.02
    assert told.median < 0.06
    assert told.ninth < 0.2
