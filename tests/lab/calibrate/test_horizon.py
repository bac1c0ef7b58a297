from pathlib import Path
from typing import Any

import pytest

from tierwise.lab.calibrate.horizon import SCALES, SHOWN, STARTS, USUAL, ceiling, fitted


def written(path: Path, sessions: dict[str, list[tuple[int, int]]], size: str, output: str) -> Path:
    """A log of sessions, their calls (size of the context, answer) in any order."""
    arrow: Any = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # noqa: PLC0415  # an extra

    rows = [
        {"session_id": name, "call_idx": index, size: prompt, output: answer}
        for name, calls in sessions.items()
        for index, (prompt, answer) in enumerate(calls)
    ]
    parquet.write_table(arrow.Table.from_pylist(rows[::-1]), path)
    return path


@pytest.fixture
def found(tmp_path: Path) -> dict[tuple[str, int], tuple[int, ...]]:
    """The rows of two Claude Code sessions (of four calls and of two) and one of Codex."""
    claude = {"a": [(12_300, 100), (24_600, 200), (36_900, 300), (12_300, 400)], "b": [(12_300, 100), (36_900, 500)]}
    codex = {"c": [(1000, 10), (1500, 30)]}
    one = written(tmp_path / "claude.parquet", claude, "context_tokens", "output_tokens_est")
    other = written(tmp_path / "codex.parquet", codex, "input_tokens_total", "output_tokens")
    return {(row[0], row[1]): row[2:] for row in fitted(one, other)}


def test_growth_and_answers_are_those_of_the_calls_to_come(found: dict[tuple[str, int], tuple[int, ...]]) -> None:
    scale = SCALES["claude_code"]
    first = ((12_300 + 12_300 + 24_600) / 3, (100 + 200 + 300 + 400 + 100 + 500) / 6)
    assert found["claude_code", 0] == (2, round(first[0] / scale), round(first[1] * SHOWN / scale), 0)
    later = (12_300, (200 + 300 + 400 + 300 + 400 + 500) / 6)
    assert found["claude_code", 1] == (1, round(later[0] / scale), round(later[1] * SHOWN / scale), 0)


def test_a_context_that_shrinks_is_no_growth(found: dict[tuple[str, int], tuple[int, ...]]) -> None:
    assert found["claude_code", 3] == (0, round(USUAL / SCALES["claude_code"]), round(400 * SHOWN / SCALES["claude_code"]), 0)


def test_any_client_is_taken_for_claude_code_and_codex_has_its_own(found: dict[tuple[str, int], tuple[int, ...]]) -> None:
    starts = [start for client, start in found if client == "claude_code"]
    assert starts == [0, 1, 3]
    assert [found["", start] for start in starts] == [found["claude_code", start] for start in starts]
    assert found["codex", 1] == (0, USUAL, 30, 0)
    assert set(starts) <= set(STARTS)


def test_a_client_that_compacts_its_largest_contexts_has_a_ceiling() -> None:
    assert ceiling([[200_000, 240_000, 40_000, 90_000], [230_000, 20_000]]) == 240_000


def test_a_client_with_contexts_above_what_it_compacted_goes_by_the_window() -> None:
    assert ceiling([[200_000, 240_000, 40_000], [241_000]]) == 0


def test_a_session_that_begins_anew_was_cleared_and_not_compacted() -> None:
    assert ceiling([[50_000, 10_000]]) == 0
    assert ceiling([[200_000, 120_000], []]) == 0
