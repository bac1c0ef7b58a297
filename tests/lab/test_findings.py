"""What a proof comes to in words: nothing is claimed that it does not show."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.lab.test_proof import proved, row
from tierwise.core.money import PER_DOLLAR
from tierwise.lab import findings
from tierwise.lab.proof import Part, Proof, Saved


def said(found: Proof, reference: str = "opus") -> str:
    return " ".join(findings.headline(found, reference))


def rows(count: int = 3, **more: Any) -> list[Any]:
    usual = {"cost": PER_DOLLAR, "baseline": 2 * PER_DOLLAR, "bill": (0, 0, 0, 0, PER_DOLLAR)}
    return [row(number, session=f"s{number}", **(usual | more)) for number in range(1, count + 1)]


def test_a_saving_is_told_with_its_interval_and_its_reference() -> None:
    words = said(proved(rows(30)))
    assert words.startswith(
        "$30.00 for 30 requests in 30 sessions. opus for everything would have cost $60.00: 50.0% saved ($30.00), 95% interval"
    )


def test_a_loss_is_told_as_one() -> None:
    assert "would have cost $30.00: 100.0% more was spent" in said(proved(rows(30, cost=2 * PER_DOLLAR, baseline=PER_DOLLAR)))


def test_an_interval_that_holds_nothing_is_told() -> None:
    found = proved(rows(30))
    saved = Saved(1, 0.01, -5, 5, -0.05, 0.06)
    assert "which may be nothing" in said(replace(found, whole=replace(found.whole, saved=saved)))


def test_few_sessions_and_one_session_are_told() -> None:
    assert "the interval itself is rough" in said(proved(rows(3)))
    assert "there is no interval from one session" in said(proved(rows(1)))


def test_nothing_compared_claims_nothing() -> None:
    assert "no saving can be shown" in said(proved(rows(baseline=None)))
    assert "saved" not in said(proved(rows(baseline=None)))


def test_what_is_compared_is_told_where_it_is_not_all() -> None:
    words = said(proved([*rows(), row(9, cost=PER_DOLLAR, baseline=None)]))
    assert "$6.00 where $3.00 was spent" in words
    assert "25.0% (1) of the requests are in no comparison" in words


def test_everything_known_is_told_too() -> None:
    assert "Of every request, price and usage are known." in said(proved(rows()))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"faults": 1, "attempts": 2}, "3 failed attempts and 0 hedges cost $0.00, counted above; 3 requests met a fault no client saw."),
        ({"status": 502, "fault": "server_error"}, "3 requests ended with an error or without their client."),
        ({}, "Cached prompt tokens: 70.0% predicted, 80.0% observed."),
    ],
)
def test_faults_and_hits_are_told(more: dict[str, Any], words: str) -> None:
    assert words in said(proved(rows(**more)))


def test_switches_are_told() -> None:
    found = proved([row(1), row(2, endpoint="a/dear"), row(3)])
    assert "2 switches of model within a session, 1 of them to a dearer one." in said(found)


def test_versions_of_prices() -> None:
    found = proved(rows())
    assert findings.versions(found) == "v1"
    assert findings.versions(replace(found, prices={"": 1})) == "prices of unknown version"
    assert findings.versions(replace(found, prices={"v1": 1, "v2": 2})) == "v1 (1 request), v2 (2 requests)"
    assert findings.versions(replace(found, prices={})) == "no prices"


def test_a_day_is_called_by_its_date() -> None:
    part: Part = replace(proved(rows()).whole, name="20728")
    assert (findings.named(part, "day"), findings.named(part, "model")) == ("2026-10-02", "20728")
