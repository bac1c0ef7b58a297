"""What is looked at when the metrics are read."""

from collections.abc import Sequence

import pytest

from tests.gateway.test_exposition import Samples, parsed
from tierwise.core.decision import Outage
from tierwise.core.money import PER_DOLLAR
from tierwise.gateway import gauges, metrics
from tierwise.gateway.gauges import FAMILIES, Use


def everything(down: dict[str, Outage], depth: int = 0, uses: Sequence[Use] = (), *, up: bool = True) -> Samples:
    made = metrics.opened()
    made.watch(gauges.endpoints(lambda: 5, lambda now: {name: one for name, one in down.items() if one.until > now}, lambda: 10_000))
    made.watch(gauges.spool(lambda: depth, lambda: up))
    made.watch(gauges.shed({"bodies": lambda: 3, "lines": lambda: 0}))
    made.watch(gauges.shed({"spans": lambda: 7}))
    made.watch(gauges.budgets(lambda: uses))
    text = made.text()
    assert [text.count(f"# TYPE {one.name} {one.kind}\n") for one in FAMILIES] == [1] * len(FAMILIES)
    return parsed(text)


def test_who_rests_is_told_with_how_long_it_will() -> None:
    found = everything({"one/alpha": Outage(12_500, "tired"), "two/beta": Outage(9_000, "was tired")})
    assert (found["tierwise_endpoints", '{state="ready"}'], found["tierwise_endpoints", '{state="resting"}']) == (4, 1)
    assert found["tierwise_endpoint_resting_seconds", '{endpoint="one/alpha"}'] == 2.5
    assert ("tierwise_endpoint_resting_seconds", '{endpoint="two/beta"}') not in found


@pytest.mark.parametrize("up", [True, False])
def test_what_waits_for_the_store_is_told(up: bool) -> None:  # noqa: FBT001  # a column of the table
    found = everything({}, 3456, up=up)
    assert (found["tierwise_spool_bytes", ""], found["tierwise_store_up", ""]) == (3456, up)


def test_what_was_left_out_is_told_by_what_it_was() -> None:
    found = everything({})
    assert [found["tierwise_shed_total", f'{{what="{what}"}}'] for what in ("bodies", "lines", "spans")] == [3, 0, 7]


def test_budgets_are_told_in_dollars() -> None:
    found = everything({}, 0, [Use("team a", 50 * PER_DOLLAR, 12 * PER_DOLLAR, PER_DOLLAR // 2)])
    names = ("tierwise_budget_limit_dollars", "tierwise_budget_spent_dollars", "tierwise_budget_held_dollars")
    assert [found[name, '{budget="team a"}'] for name in names] == [50, 12, 0.5]
