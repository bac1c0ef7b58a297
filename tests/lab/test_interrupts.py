import signal
import threading

import pytest

from tierwise.lab.interrupts import Interrupts, caught, ignored


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_is_raised_at_once() -> None:
    with caught(), pytest.raises(KeyboardInterrupt):
        interrupt()


def held(interrupts: Interrupts, done: list[str]) -> None:
    with interrupts.held():
        interrupt()
        done.append("all of it")


def test_an_interrupt_waits_until_what_is_held_is_done() -> None:
    done: list[str] = []
    with caught() as interrupts, pytest.raises(KeyboardInterrupt):
        held(interrupts, done)
    assert done == ["all of it"]
    assert (interrupts.busy, interrupts.waiting) == (False, False)


def test_without_an_interrupt_nothing_is_raised() -> None:
    interrupts = Interrupts()
    with interrupts.held():
        assert interrupts.busy
    assert not interrupts.busy


def test_what_goes_wrong_while_held_is_raised_as_it_is() -> None:
    with caught() as interrupts, pytest.raises(ZeroDivisionError), interrupts.held():
        _ = 1 // 0
    assert not interrupts.busy


def test_interrupts_are_handled_as_before_when_the_block_is_left() -> None:
    before = signal.getsignal(signal.SIGINT)
    with caught():
        assert signal.getsignal(signal.SIGINT) is not before
    with ignored():
        interrupt()
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_nothing_is_changed() -> None:
    seen = []

    def look() -> None:
        with caught() as interrupts, ignored(), interrupts.held():
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]
