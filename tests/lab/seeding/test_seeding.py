"""The demo's entries: what the gateway would have written, in every field that anybody reads."""

from collections import Counter

from tests.assembly.demoing import NOW, entries, house, records
from tierwise.assembly import seeding
from tierwise.core.entry import Outcome, charged
from tierwise.core.money import Unknown
from tierwise.lab.logged import Logged
from tierwise.lab.seeding import cast
from tierwise.lab.seeding.weeks import DAY, DAYS
from tierwise.ledger.rows import row_of


def test_one_moment_makes_one_ledger() -> None:
    again = seeding.records(house(), NOW)
    assert all(next(again) == one for one in records()[:300])


def test_another_moment_makes_the_same_people_work_at_other_times() -> None:
    later = next(seeding.records(house(), NOW + DAY))
    assert later != records()[0]


def test_there_are_some_thousand_entries_of_four_weeks_that_end_now() -> None:
    times = [one.at for one in entries()]
    assert 3000 < len(times) < 8000
    assert max(times) <= NOW
    assert NOW - max(times) < 120_000
    assert NOW - min(times) < (DAYS + 1) * DAY
    assert len({one.id for one in entries()}) == len(times)


def test_there_is_some_of_everything() -> None:
    rows = [row_of(one) for one in entries()]
    for field, least in (("key", 8), ("team", 4), ("project", 5), ("client", 6), ("model", 6), ("task", 6), ("policy", 4), ("turn", 3)):
        assert len(Counter(getattr(row, field) for row in rows if getattr(row, field))) >= least, field
    assert len({tag for row in rows for tag in row.tags}) >= 4
    assert {"", "hung_up", "unknown_model"} <= {row.fault for row in rows}
    assert sum(row.faults > 0 and row.committed for row in rows) > 20
    assert sum(row.hedges for row in rows) > 2
    assert {row.usage is None for row in rows if row.committed} == {True, False}
    assert sum(isinstance(one, Outcome) for one in records()) > 10


def test_cost_is_the_sum_of_attempts_and_the_bill_of_what_served() -> None:
    for one in entries():
        known = [attempt.cost for attempt in one.attempts if not isinstance(attempt.cost, Unknown)]
        if not isinstance(one.cost, Unknown):
            assert one.cost == sum(known)
        if one.bill is not None:
            assert sum(getattr(one.bill, name) for name in one.bill.__struct_fields__) == one.attempts[-1].cost


def test_costs_are_those_of_the_prices_of_that_moment() -> None:
    logged = Logged(house().sources)
    for one in entries()[::40]:
        for attempt in one.attempts:
            provider, _, model = attempt.endpoint.partition("/")
            endpoint = logged.endpoint(model, provider, attempt.at)
            if attempt.usage is not None and endpoint is not None:
                assert attempt.cost == charged(endpoint, attempt.usage)


def test_hits_come_as_often_as_they_are_expected() -> None:
    rows = [row for row in map(row_of, entries()) if row.usage is not None and row.predicted is not None]
    predicted, observed = sum(row.predicted or 0 for row in rows), sum(row.usage.read for row in rows if row.usage is not None)
    assert abs(observed / predicted - 1) < 0.03


def test_a_provider_has_trouble_for_a_while() -> None:
    begins = NOW - cast.INCIDENT[0] * 3_600_000
    ends = begins + cast.INCIDENT[1] * 3_600_000
    meanwhile = [one for one in entries() if begins <= one.at < ends]
    usual = [one for one in entries() if not begins <= one.at < ends]
    assert all(one.committed for one in meanwhile if one.decision is not None)
    assert not meanwhile or sum(len(one.attempts) > 1 for one in meanwhile) / len(meanwhile) > 2 * (
        sum(len(one.attempts) > 1 for one in usual) / len(usual)
    )


def test_nobody_has_the_secrets_of_the_keys() -> None:
    keys = cast.keys(0)
    assert len({one.digest for one in keys}) == len(keys) == len(cast.PEOPLE)
    assert all(int(one.digest, 16) <= len(keys) for one in keys)
