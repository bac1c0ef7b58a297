"""Commands: what they print, how they end, and what becomes of what they leave behind."""

import asyncio
import os
from pathlib import Path

import pytest

from tierwise.runner import processes
from tierwise.runner.processes import Command, Ended, NotRun, Output, Watch


def ran(where: Path, *argv: str, limit: float | None = 20.0, watch: Watch | None = None) -> Ended:
    command = Command(argv, where, {"PATH": os.environ["PATH"]}, where / "out.log", limit)
    return asyncio.run(processes.ran(command, watch or Watch()))


def test_what_it_prints_on_both_ways_is_kept_in_order(tmp_path: Path) -> None:
    found = ran(tmp_path, "sh", "-c", "echo one; echo two >&2; echo three; exit 4")
    assert (found.code, found.tail, found.late) == (4, "one\ntwo\nthree\n", False)
    assert (tmp_path / "out.log").read_text() == found.tail


def test_it_has_no_input(tmp_path: Path) -> None:
    assert ran(tmp_path, "cat").code == 0


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (("no-such-command",), "no-such-command: no such command"),
        (("./plain.txt",), "./plain.txt: cannot be run: Permission denied"),
        (("sh", "\0"), "sh: cannot be run: embedded null byte"),
    ],
)
def test_what_cannot_be_run_says_so(tmp_path: Path, argv: tuple[str, ...], why: str) -> None:
    (tmp_path / "plain.txt").write_text("x")
    with pytest.raises(NotRun) as error:
        ran(tmp_path, *argv)
    assert str(error.value) == why


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    command = Command(("true",), tmp_path / "gone", {"PATH": os.environ["PATH"]}, tmp_path / "out.log")
    with pytest.raises(NotRun, match=r"there is no folder .*gone"):
        asyncio.run(processes.ran(command, Watch()))


def test_one_that_is_too_slow_is_late_and_what_it_said_is_kept(tmp_path: Path) -> None:
    found = ran(tmp_path, "sh", "-c", "echo begun; exec sleep 600", limit=1.5)
    assert (found.code, found.late, found.tail) == (None, True, "begun\n")


def test_the_middle_of_long_output_is_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "MOST", 100)
    monkeypatch.setattr(processes, "TAIL", 30)
    found = ran(tmp_path, "sh", "-c", "echo first; seq 1 20000; echo last")
    kept = (tmp_path / "out.log").read_text()
    assert kept.startswith("first\n1\n2\n")
    assert kept.endswith("20000\nlast\n")
    assert f"{found.size} bytes in all" in kept
    assert len(kept) < 250
    assert found.tail.endswith("last\n")


def test_a_file_that_cannot_be_written_to_costs_the_file_only(tmp_path: Path) -> None:
    full = Output(Path("/dev/full"))
    if not full.path.exists():
        pytest.skip("needs a device that is always full")
    full.file = full.path.open("wb", buffering=0)
    full.take(b"one\n")
    full.take(b"two\n")
    full.close()
    assert full.text() == "one\ntwo\n"
    assert "No space left" in full.note
    command = Command(("sh", "-c", "echo one"), tmp_path, {"PATH": os.environ["PATH"]}, tmp_path / "nowhere/out.log")
    assert asyncio.run(processes.ran(command, Watch())).tail == "one\n"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\r\nb\rc\n", "a\nb\nc\n"),
        (b"\x1b[31mred\x1b[0m", "\ufffd[31mred\ufffd[0m"),
        (b"\xff\x00", "\ufffd\ufffd"),
        ("ü\t€".encode(), "ü\t€"),
    ],
)
def test_text_is_what_a_terminal_and_a_database_can_take(data: bytes, text: str) -> None:
    assert processes.readable(data) == text


def test_whoever_listens_hears_of_output_while_it_comes(tmp_path: Path) -> None:
    heard: list[str] = []

    async def main() -> None:
        first = asyncio.Event()

        def listen(output: Output) -> None:
            heard.append(output.text())
            first.set()

        command = Command(
            ("sh", "-c", "echo one; while [ ! -e go ]; do sleep 0.01; done; echo two"),
            tmp_path,
            {"PATH": os.environ["PATH"]},
            tmp_path / "o",
        )
        task = asyncio.ensure_future(processes.ran(command, Watch(), listen))
        await first.wait()
        (tmp_path / "go").touch()
        await task

    asyncio.run(main())
    assert heard[0] == "one\n"


def test_a_guard_that_is_gone_is_not_missed(tmp_path: Path) -> None:
    watch = processes.watching()
    assert watch.process is not None
    watch.process.kill()
    watch.process.wait()
    assert ran(tmp_path, "true", watch=watch).code == 0
    watch.close()


def test_a_guard_goes_home_when_all_is_over(tmp_path: Path) -> None:
    watch = processes.watching()
    assert ran(tmp_path, "true", watch=watch).code == 0
    watch.close()
    assert watch.process is not None
    assert watch.process.returncode == 0
