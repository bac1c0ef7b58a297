"""The standard mix: what it costs at list prices, and where it comes from."""

from pathlib import Path

import pytest

from tierwise.core.catalog import Rates
from tierwise.core.mix import STANDARD, Mix, at_list
from tierwise.lab.calibrate import effort


def test_a_mix_at_list_prices_is_charged_by_its_parts() -> None:
    tokens = Mix(fresh=10, read=100, written=20, output=4)
    assert at_list(tokens, [Rates(0, 10, 1, 12, 20, 50), Rates(5, 99, 99, 99, 99, 99)]) == 100 + 100 + 240 + 200
    assert at_list(tokens, [Rates(0, 10, 1, 12, 20, 50, per=10)]) == 64


def test_the_standard_mix_is_that_of_the_logs(shared: Path) -> None:
    logged = effort.mix(shared / "data" / "sessions_claude_code_calls.parquet")
    parts = [(getattr(logged, name), getattr(STANDARD, name)) for name in STANDARD.__struct_fields__]
    assert sum(part for _, part in parts) == 10**6
    for of_logs, part in parts:
        assert part == pytest.approx(10**6 * of_logs / sum(one for one, _ in parts), abs=0.5)
