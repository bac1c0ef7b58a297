"""Lines on their way to standard error: nobody waits for them, and nothing is lost without a word."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Struct

from tierwise.core.entry import Asker, Entry, Latency, Outcome
from tierwise.core.notices import Notice, told
from tierwise.gateway.lines import MOST, SOME, Lines, Write, lines


class Short(Struct, frozen=True):
    """Lines as short as can be."""

    def entry(self, entry: Entry) -> str:
        return entry.id

    def notice(self, notice: Notice) -> str:
        return f"{notice.kind} {notice.at} {told(notice)}"


def entry(name: str) -> Entry:
    return Entry(name, 0, Asker("", "", "", "openai_chat", "auto"), None, (), Latency(), 200)


def written(write: Write) -> Lines:
    return lines(Short(), write, lambda: 7)


def settled(true: Callable[[], Any]) -> None:
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends, "it never came true"
        time.sleep(0.005)


def test_every_line_is_written_in_its_order() -> None:
    out: list[bytes] = []
    made = written(out.append)
    for number in range(SOME * 3 + 1):
        made.record(entry(f"e{number}"))
    made.tell(Notice("other", "a word"))
    assert out == []
    made.flush()
    assert b"".join(out).decode().split("\n")[:-1] == [*(f"e{number}" for number in range(SOME * 3 + 1)), "other 7 a word"]
    assert max(piece.count(b"\n") for piece in out) == SOME


def test_a_thread_writes_while_the_gateway_runs_and_the_rest_at_its_end() -> None:
    out: list[bytes] = []
    made = written(out.append)
    made.start()
    made.record(entry("first"))
    settled(lambda: out == [b"first\n"])
    made.record(entry("last"))
    made.close()
    assert out == [b"first\n", b"last\n"]
    assert made.thread is None


def test_what_was_told_afterwards_has_no_line() -> None:
    out: list[bytes] = []
    made = written(out.append)
    made.record(Outcome("o", 0, "e", "", "success"))
    made.flush()
    assert out == []


def test_a_notice_keeps_its_own_time() -> None:
    out: list[bytes] = []
    made = written(out.append)
    made.tell(Notice("store_back", at=3))
    made.flush()
    assert out == [b"store_back 3 the store can be reached again\n"]


def test_what_nobody_takes_is_dropped_and_the_next_line_says_how_much() -> None:
    out: list[bytes] = []
    made = written(out.append)
    for number in range(MOST + 5):
        made.record(entry(f"e{number}"))
    assert made.dropped() == 5
    made.flush()
    found = b"".join(out).decode().split("\n")
    assert found[0].startswith("lines_shed 7 ")
    assert found[0].endswith(": 5")
    assert len(found[1:-1]) == MOST
    made.record(entry("after"))
    made.flush()
    assert out[-1] == b"after\n"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), BrokenPipeError(), ValueError("I/O operation on closed file")])
def test_what_cannot_be_written_is_counted_and_told_when_it_can_again(error: Exception) -> None:
    out: list[bytes] = []
    full = True

    def write(text: bytes) -> None:
        if full:
            raise error
        out.append(text)

    made = written(write)
    made.record(entry("one"))
    made.flush()
    made.record(entry("two"))
    made.flush()
    assert made.dropped() == 2
    full = False
    made.record(entry("three"))
    made.flush()
    assert b"".join(out).endswith(b": 2\nthree\n")


def test_a_reader_that_stands_still_stops_nobody() -> None:
    reading, out = threading.Event(), list[bytes]()

    def write(text: bytes) -> None:
        reading.wait(5)
        out.append(text)

    made = written(write)
    made.start()
    made.record(entry("one"))
    settled(lambda: not made.waiting)
    began = time.perf_counter()
    for number in range(MOST + 100):
        made.record(entry(str(number)))
    assert time.perf_counter() - began < 4
    assert made.dropped() == 100
    reading.set()
    made.close()
    assert b"".join(out).count(b"\n") == MOST + 2
