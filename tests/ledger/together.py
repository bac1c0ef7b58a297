"""Things that happen at once, in threads or in processes of their own."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any


def together(work: Callable[[Any], object], each: Iterable[Any]) -> None:
    """Do something in several threads at once; what one of them raises is raised."""
    failed: list[BaseException] = []

    def run(one: Any) -> None:
        try:
            work(one)
        except BaseException as error:  # noqa: BLE001  # it is raised again
            failed.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in each]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if failed:
        raise failed[0]


def apart(script: str, each: Sequence[Sequence[str]]) -> list[str]:
    """What a script prints in each of several processes that run at once, by their arguments."""
    command = [sys.executable, "-c", script]
    root = Path(__file__).parents[2]
    started = [subprocess.Popen([*command, *one], stdout=subprocess.PIPE, text=True, cwd=root) for one in each]  # noqa: S603  # ours
    printed = [one.communicate(timeout=30)[0] for one in started]
    assert [one.returncode for one in started] == [0] * len(started)
    return printed
