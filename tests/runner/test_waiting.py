"""Work that has begun is finished."""

import asyncio

import pytest

from tierwise.runner.waiting import threaded, undisturbed


def test_a_cancellation_waits_until_the_work_is_done() -> None:
    done: list[str] = []

    async def main() -> None:
        go = asyncio.Event()

        async def work() -> None:
            await go.wait()
            done.append("work")

        task = asyncio.ensure_future(undisturbed(work()))
        await asyncio.sleep(0)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        assert not task.done()
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert done == ["work"]


def test_what_a_thread_finds_or_raises_comes_back() -> None:
    def wrong() -> None:
        raise ValueError("wrong")

    assert asyncio.run(threaded(divmod, 7, 2)) == (3, 1)
    with pytest.raises(ValueError, match="wrong"):
        asyncio.run(threaded(wrong))
