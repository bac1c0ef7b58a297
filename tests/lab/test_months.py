"""A month under a budget: it lasts, on toy sessions, on the repository's own sample and on real sessions."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tierwise import assembly
from tierwise.catalog import build
from tierwise.cli import rigs
from tierwise.core.budgets import Budget
from tierwise.core.money import PER_DOLLAR
from tierwise.lab import sessions
from tierwise.lab.months import at_price, lasted
from tierwise.lab.replay import Rig
from tierwise.lab.sessions import Session

SAMPLE = Path(__file__).parents[2] / "examples" / "sessions.jsonl"
DAY = 86_400_000
MONTH = 31 * DAY


def day(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def paced() -> Rig:
    """What a replay under the policy needs, over every measured model."""
    built = assembly.opened(None)
    reference = build.resolved(built.sources, built.settings.reference)
    return rigs.rig(None, sorted({*assembly.candidates(built), reference}), assembly.policy(built, "paced"), reference)


def logged(path: Path) -> list[Session]:
    built = assembly.opened(None)
    return list(sessions.read(sessions.found([path], built.importers), sessions.Reading()))


def spread(found: Sequence[Session], times: int) -> list[Session]:
    """Sessions again and again, evenly over a month: a small log as a team would make it of its like."""
    first = min(one.calls[0].at for one in found)
    copies = []
    for number in range(times):
        one = found[number % len(found)]
        moved = first + number * MONTH // times - one.calls[0].at
        calls = tuple(replace(each, at=each.at + moved, ended=each.ended + moved, session=f"s{number}") for each in one.calls)
        copies.append(Session(f"s{number}", one.thread, calls))
    return copies


@pytest.fixture(scope="module")
def rig() -> Rig:
    return paced()


@pytest.fixture(scope="module")
def real(shared: Path) -> list[Session]:
    return logged(shared / "data" / "sessions_claude_code_calls.parquet")


def test_the_sample_logs_month_lasts_under_any_budget_between_the_cheapest_and_the_best(rig: Rig) -> None:
    found = spread(logged(SAMPLE), 150)
    since = found[0].calls[0].at // DAY * DAY
    low, high = (at_price(found, rig, (since, since + MONTH), price) for price in (0, 10**15))
    assert low.spent < high.spent
    assert low.mean < high.mean
    for share in (0.15, 0.6):
        limit = low.spent + round(share * (high.spent - low.spent))
        month = lasted(found, rig, Budget("m", limit), since)
        assert 0.93 <= month.spent / limit <= 1.0
        assert month.refused <= 0.01 * month.calls
        assert low.mean < month.mean < high.mean


@pytest.mark.parametrize(("since", "dollars"), [("2026-01-01", 200), ("2026-01-01", 900), ("2026-01-22", 400), ("2026-01-22", 1500)])
def test_real_months_last(rig: Rig, real: list[Session], since: str, dollars: int) -> None:
    """January as it was (6,506 calls, $38 to $1,501), and the busiest 31 days laid over a month ($77 to $2,461)."""
    month = lasted(real, rig, Budget("m", dollars * PER_DOLLAR), day(since))
    assert 0.95 <= month.spent / (dollars * PER_DOLLAR) <= 1.0
    assert month.refused == 0
    assert max(month.days.values()) < dollars * PER_DOLLAR / 3


def test_what_never_ends_cannot_last(toy: Any) -> None:
    with pytest.raises(ValueError, match="never ends"):
        lasted([toy.three()], toy.rig(), Budget("t", PER_DOLLAR, "total"), 0)


def test_what_a_budget_does_not_hold_is_refused_and_counted(rig: Rig) -> None:
    found = spread(logged(SAMPLE), 3)
    month = lasted(found, rig, Budget("m", 1), found[0].calls[0].at // DAY * DAY)
    assert month.refused > 0
    assert (month.calls, month.spent, month.mean) == (0, 0, 0.0)
