"""What rows prove: sums that can be worked out by hand, what is not known, and how sure a saving is."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.money import Amount, Unknown
from tierwise.core.usage import Usage
from tierwise.lab.proof import DAY, KEYS, NONE, Proof, Saved, proof
from tierwise.ledger import Row

PRICES = {"a/dear": 10, "b/cheap": 2, "c/same": 2}
USED = Usage(fresh=100, read=800, write_5m=100, output=50)


def charge(endpoint: str, usage: Usage, _at: int) -> Amount:
    price = PRICES.get(endpoint)
    return Unknown("nobody knows") if price is None else price * (usage.prompt + usage.output)


def row(number: int, **said: Any) -> Row:
    """An answered request that cost 60 pico-dollars, where the reference costs 100."""
    usual: dict[str, Any] = {
        "id": f"r{number:04}",
        "at": number,
        "key": "ana",
        "session": "s",
        "endpoint": "b/cheap",
        "model": "cheap",
        "status": 200,
        "committed": True,
        "attempts": 1,
        "turn": "person",
        "usage": USED,
        "predicted": 700,
        "cost": 60,
        "bill": (10, 10, 10, 10, 20),
        "baseline": 100,
        "prices": "v1",
    }
    return Row(**(usual | said))


def proved(rows: Sequence[Row], by: str = "model") -> Proof:
    return proof(rows, by, charge)


def test_cost_baseline_and_saving_add_up() -> None:
    whole = proved([row(1), row(2, cost=70, bill=(70, 0, 0, 0, 0))]).whole
    assert (whole.requests, whole.sessions, whole.cost, whole.compared, whole.baseline) == (2, 1, 130, 130, 200)
    assert whole.saved == Saved(70, 0.35)


def test_an_unknown_price_is_in_no_comparison_and_is_counted() -> None:
    whole = proved([row(1), row(2, cost=None, cost_because="no price", bill=None)]).whole
    assert (whole.cost, whole.compared, whole.baseline, whole.unpriced, whole.uncompared) == (60, 60, 100, 1, 1)
    assert whole.saved == Saved(40, 0.4)


def test_an_unknown_reference_leaves_its_cost_out_of_the_comparison() -> None:
    found = proved([row(1), row(2, baseline=None, baseline_because="no reference")])
    assert (found.whole.cost, found.whole.compared, found.whole.uncompared, found.whole.unpriced) == (120, 60, 1, 0)
    assert found.reasons == {"no reference": 1}


def test_unknown_usage_is_counted_of_answers_only() -> None:
    refused = row(
        3, usage=None, cost=0, bill=None, baseline=None, committed=False, status=404, fault="unknown_model", endpoint="", attempts=0
    )
    whole = proved([row(1), row(2, usage=None, cost=None, bill=None, baseline=None), refused]).whole
    assert (whole.unmeasured, whole.uncompared, whole.refused) == (1, 1, 1)


def test_what_an_unanswered_request_cost_counts_against_the_saving() -> None:
    failed = row(2, committed=False, status=502, fault="server_error", endpoint="", baseline=None, bill=None, cost=30, faults=1)
    whole = proved([row(1), failed]).whole
    assert (whole.compared, whole.baseline, whole.caution) == (90, 100, 30)
    assert whole.saved is not None
    assert (whole.saved.amount, round(whole.saved.share, 9)) == (10, 0.1)


def test_nothing_compared_is_no_saving() -> None:
    assert proved([row(1, baseline=None)]).whole.saved is None
    assert (proved([]).whole.requests, proved([]).whole.saved, proved([]).parts) == (0, None, ())


def test_the_interval_is_over_sessions_and_holds_the_saving() -> None:
    rows = [row(number, session=f"s{number}", cost=20 + number % 70) for number in range(1, 200)]
    saved = proved([row(one.at, session=one.session, cost=(one.cost or 0) * 10**6, baseline=10**8) for one in rows]).whole.saved
    assert saved is not None
    assert saved.low is not None
    assert saved.high is not None
    assert saved.low < saved.amount < saved.high
    assert (saved.share_low or 0) < saved.share < (saved.share_high or 0)


def test_sessions_of_two_keys_are_two_whatever_they_are_called() -> None:
    assert proved([row(1), row(2, key="ben")]).whole.sessions == 2
    assert proved([row(1, session=""), row(2, session="")]).whole.sessions == 2


@pytest.mark.parametrize(
    ("said", "absorbed", "failed", "hedges", "refused"),
    [
        ({"attempts": 2, "faults": 1}, 1, 1, 0, 0),
        ({"attempts": 2, "faults": 1, "hedges": 1}, 0, 0, 1, 0),
        ({"attempts": 3, "faults": 2, "hedges": 1}, 1, 1, 1, 0),
        ({"attempts": 1, "faults": 1, "fault": "hung_up"}, 0, 0, 0, 1),
        ({"attempts": 2, "faults": 2, "fault": "server_error", "committed": False, "status": 502, "endpoint": ""}, 0, 2, 0, 1),
    ],
)
def test_faults_are_told_from_hedges_and_from_answers_cut_short(
    said: dict[str, Any], absorbed: int, failed: int, hedges: int, refused: int
) -> None:
    whole = proved([row(1, **said)]).whole
    assert (whole.absorbed, whole.failed, whole.hedges, whole.refused) == (absorbed, failed, hedges, refused)


def test_what_other_attempts_cost_is_told_apart_and_counted() -> None:
    whole = proved([row(1, cost=75, attempts=2, hedges=1, faults=1)]).whole
    assert (whole.cost, whole.caution) == (75, 15)


def test_switches_and_escalations_are_within_a_session() -> None:
    order = ["b/cheap", "a/dear", "a/dear", "c/same", "b/cheap", "a/dear"]
    rows = [row(number, endpoint=one, model=one[2:]) for number, one in enumerate(order, 1)]
    found = proved([*rows, row(9, session="other", endpoint="a/dear")])
    assert (found.whole.switches, found.whole.up) == (4, 2)
    assert found.top[0].path == (("cheap", 1), ("dear", 2), ("same", 1), ("cheap", 1), ("dear", 1))


def test_background_calls_are_no_switch() -> None:
    assert proved([row(1, endpoint="a/dear"), row(2, turn="side"), row(3, endpoint="a/dear")]).whole.switches == 0


def test_an_unknown_price_is_no_escalation() -> None:
    whole = proved([row(1), row(2, endpoint="x/unknown"), row(3, usage=None, endpoint="a/dear")]).whole
    assert (whole.switches, whole.up) == (2, 0)


def test_hits_are_compared_where_both_are_known() -> None:
    whole = proved([row(1), row(2, predicted=None), row(3, usage=None)]).whole
    assert (whole.prompt, whole.predicted, whole.observed) == (1000, 700, 800)
    assert whole.usage == Usage(200, 1600, 200, 0, 100)


def test_a_request_counts_in_each_of_its_tags_and_once_in_all() -> None:
    found = proved([row(1, tags=("x", "y", "x")), row(2)], "tag")
    assert {part.name: part.requests for part in found.parts} == {"x": 1, "y": 1, NONE: 1}
    assert found.whole.requests == 2


def test_days_come_in_order_and_everything_else_by_cost() -> None:
    rows = [row(number, at=number * DAY, cost=100 - number, model=f"m{number}") for number in (3, 20, 100)]
    assert [part.name for part in proved(rows, "day").parts] == ["3", "20", "100"]
    assert [part.name for part in proved(rows).parts] == ["m3", "m20", "m100"]
    assert [day.day for day in proved(rows).days] == [3, 20, 100]


def test_the_dearest_sessions_are_told_with_their_models() -> None:
    rows = [row(number, session=f"s{number:02}", cost=number) for number in range(1, 15)]
    assert [one.session for one in proved(rows).top] == [f"s{number:02}" for number in range(14, 4, -1)]


def test_a_long_path_is_cut() -> None:
    rows = [row(number, endpoint=f"p/m{number}", model=f"m{number}") for number in range(1, 14)]
    assert proved(rows).top[0].path[-1] == ("others", 5)


def test_versions_of_prices_are_counted() -> None:
    assert proved([row(1), row(2, prices="v2"), row(3, endpoint="", committed=False)]).prices == {"v1": 1, "v2": 1}


@pytest.mark.parametrize("by", KEYS)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", ""]), st.integers(0, 3 * DAY), st.none() | st.integers(0, 10**15)), max_size=20))
def test_parts_add_up_to_the_whole(by: str, said: list[tuple[str, int, int | None]]) -> None:
    fields = {
        "session": "session",
        "key": "key",
        "team": "team",
        "model": "model",
        "task": "task",
        "project": "project",
        "client": "client",
    }
    marked = [one for one in said if one[0]] if by == "cascade" else said  # what belongs to no cascade is in no part
    rows = [
        row(number, at=at, cost=cost, bill=None, **({fields[by]: name} if by in fields else {}), tags=(f"cascade:{name}",) if name else ())
        for number, (name, at, cost) in enumerate(sorted(marked, key=lambda one: one[1]))
    ]
    found = proved(rows, by)
    for name in ("requests", "cost", "baseline", "compared", "unpriced", "uncompared", "caution"):
        assert sum(getattr(part, name) for part in found.parts) == getattr(found.whole, name)
    assert found.whole.requests == len(rows)
