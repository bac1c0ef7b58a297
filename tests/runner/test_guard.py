"""The guard, and what it is told."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tierwise.runner import guard


@pytest.mark.parametrize(
    ("lines", "left", "marks"),
    [
        ([], set(), set()),
        (["=r/1\n", "+12\n"], {12}, {"r/1"}),
        (["=r/1\n", "+12\n", "-12\n", "=r/2\n", "+13\n"], {13}, {"r/1", "r/2"}),
        (["-12\n", "+\n", "+x\n", "=\n", "\n", "12"], set(), set()),
    ],
)
def test_it_remembers_what_has_begun_and_not_ended(lines: list[str], left: set[int], marks: set[str]) -> None:
    assert guard.left(lines) == left
    assert guard.marks(lines) == marks


def test_nothing_is_a_stray_of_no_mark() -> None:
    assert list(guard.strays([])) == []


def test_a_group_that_is_gone_is_no_error() -> None:
    assert not guard.ended([], signal.SIGKILL)
    process = subprocess.Popen(["true"], start_new_session=True)  # noqa: S607  # a command of every system
    process.wait()
    assert not guard.ended([process.pid], 0)


@pytest.mark.skipif(sys.platform != "linux", reason="marks are seen in /proc")
def test_when_its_input_ends_it_ends_groups_and_what_has_a_mark() -> None:
    argv = [sys.executable, "-I", "-S", str(Path(guard.__file__))]
    lead = subprocess.Popen(["sleep", "600"], start_new_session=True)  # noqa: S607  # a command of every system
    stray = subprocess.Popen(["sleep", "600"], env={**os.environ, guard.MARK: "a-run/7"})  # noqa: S607  # a command of every system
    other = subprocess.Popen(["sleep", "600"], env={**os.environ, guard.MARK: "a-run/70"})  # noqa: S607  # a command of every system
    try:
        subprocess.run(argv, input=f"=a-run/7\n+{lead.pid}\n".encode(), check=True, timeout=60)  # noqa: S603  # our own file
        assert lead.wait(60) == -signal.SIGTERM
        assert stray.wait(60) == -signal.SIGKILL
        assert other.poll() is None
    finally:
        for one in (lead, stray, other):
            one.kill()
            one.wait()


def test_it_ignores_what_ends_its_runner() -> None:
    argv = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"exec(open({guard.__file__!r}).read().replace('lines = list', 'print(1, flush=True); lines = list'))",
    ]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603  # our own file
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process.send_signal(number)
        time.sleep(0.05)
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(60) == 0
