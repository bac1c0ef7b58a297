"""Connections that are used again: not after an error, not after the pool was cleared, and never another process's."""

import os
import threading
from typing import Any

import pytest
from msgspec import Struct

from tierwise.ledger import pooling
from tierwise.ledger.pooling import Pool, Single


class Connection(Struct):
    closed: bool = False

    def close(self) -> None:
        self.closed = True


def pool() -> tuple[Pool, list[Connection]]:
    made: list[Connection] = []

    def opened() -> Connection:
        made.append(Connection())
        return made[-1]

    return Pool(opened), made


def test_one_connection_serves_again_and_again() -> None:
    one, made = pool()
    for _ in range(3):
        with one.one() as connection:
            assert connection is made[0]
    assert len(made) == 1


def test_two_at_once_have_two() -> None:
    one, made = pool()
    with one.one() as left, one.one() as right:
        assert left is not right
    assert len(one.free) == len(made) == 2


def test_after_an_error_a_connection_is_closed() -> None:
    one, made = pool()
    with pytest.raises(KeyError), one.one():
        raise KeyError
    assert made[0].closed
    assert one.free == []


def test_a_cleared_pool_closes_what_comes_back() -> None:
    one, made = pool()
    with one.one() as used:
        with one.one():
            pass
        one.clear()
        assert [connection.closed for connection in made] == [False, True]
        assert not used.closed
    assert all(connection.closed for connection in made)


def test_a_child_process_makes_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    one, made = pool()
    with one.one():
        pass
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with one.one() as connection:
        assert connection is made[1]
    assert not made[0].closed


def test_whoever_would_be_one_too_many_waits() -> None:
    one, made = pool()
    entered, leave = threading.Semaphore(0), threading.Event()

    def use() -> None:
        with one.one():
            entered.release()
            leave.wait(5)

    threads = [threading.Thread(target=use) for _ in range(pooling.MOST + 3)]
    for thread in threads:
        thread.start()
    for _ in range(pooling.MOST):
        assert entered.acquire(timeout=5)
    assert not entered.acquire(timeout=0.02)
    leave.set()
    for thread in threads:
        thread.join()
    assert len(made) == pooling.MOST


def test_the_only_connection_is_had_by_one_at_a_time() -> None:
    connection: Any = Connection()
    single = Single(connection)
    with single.one() as found:
        assert found is connection
        assert single.lock.locked()
    single.clear()
    assert connection.closed
