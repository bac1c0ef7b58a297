"""Tasks and their results."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tierwise.core.run import Run, Stage
from tierwise.runner import Broken, batch
from tierwise.runner.batch import Task


def written(where: Path, *lines: str) -> Path:
    path = where / "tasks.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_tasks_are_read_and_empty_lines_are_none(tmp_path: Path) -> None:
    found = batch.read(written(tmp_path, '{"id": "a", "verify": "make"}', "", '{"id": "b", "verify": ["x", "y"], "prompt": "p"}'))
    assert found == (Task("a", verify="make"), Task("b", verify=("x", "y"), prompt="p"))
    assert [batch.several(one.verify) for one in found] == [("make",), ("x", "y")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("not json", "line 2: no JSON object"),
        ("[1]", "line 2: Expected `object`"),
        ('{"verify": "make"}', "line 2: .*`id`"),
        ('{"id": "b", "comit": "x"}', "line 2: .*comit.*did you mean 'commit'"),
        ('{"id": "b", "verify": 3}', "line 2: .*verify"),
        ('{"id": ""}', "line 2: an id"),
        ('{"id": "a"}', "two tasks have the id 'a'"),
    ],
)
def test_a_line_that_is_no_task_is_named(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(Broken, match=why):
        batch.read(written(tmp_path, '{"id": "a"}', line))


def test_a_file_has_to_have_tasks(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="no tasks"):
        batch.read(written(tmp_path))
    with pytest.raises(Broken, match="No such file"):
        batch.read(tmp_path / "gone")


def test_a_result_says_what_became_of_a_task_and_unknown_is_null() -> None:
    stages = (Stage(1, "a", cost=5, requests=2, result="refuted"), Stage(2, "b", cost=7 * 10**12, requests=3, result="verified"))
    run = Run("r", 1000, "/r", "c", ("sh",), ("true",), ended=3500, task="t", status="verified", branch="x", stages=stages)
    found = batch.result(run)
    assert (found["id"], found["model"], found["stages"], found["requests"], found["seconds"]) == ("t", "b", 2, 5, 2.5)
    assert found["cost"] == pytest.approx(7.000000000005)
    unknown = batch.result(Run("r", 1, "/r", "c", ("sh",), (), stages=(Stage(1, "a"),)))
    assert [unknown[name] for name in ("cost", "requests", "seconds", "model")] == [None, None, None, ""]
    assert set(batch.failed(Task("t"), "why")) == set(found)


def test_of_results_the_last_of_a_task_counts_and_half_a_line_is_none(tmp_path: Path) -> None:
    path = written(tmp_path, '{"id": "a", "status": "budget"}', '{"id": "a", "status": "verified"}', "3", '{"id": "b", "sta')
    assert {name: one["status"] for name, one in batch.known(path).items()} == {"a": "verified"}
    assert batch.known(tmp_path / "gone") == {}


def test_so_many_are_worked_on_at_once_and_results_are_in_the_order_of_tasks() -> None:
    now, most = 0, 0

    async def work(task: Task) -> dict[str, Any]:
        nonlocal now, most
        now += 1
        most = max(most, now)
        for _ in range(3):
            await asyncio.sleep(0)
        now -= 1
        return {"id": task.id}

    tasks = [Task(str(number)) for number in range(9)]
    found = list(asyncio.run(batch.worked(tasks, 3, work)))
    assert [one["id"] for one in found] == [one.id for one in tasks]
    assert most == 3


def test_whoever_stops_a_batch_waits_for_what_is_under_way() -> None:
    away: list[str] = []

    async def work(task: Task) -> dict[str, Any]:
        try:
            await asyncio.sleep(600)
        finally:
            await asyncio.sleep(0)
            away.append(task.id)
        return {}

    async def main() -> None:
        going = asyncio.ensure_future(batch.worked([Task("a"), Task("b"), Task("c")], 2, work))
        await asyncio.sleep(0.01)
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going

    asyncio.run(main())
    assert sorted(away) == ["a", "b"]
