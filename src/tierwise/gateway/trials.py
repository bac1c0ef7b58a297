"""Backtests that people run from the console: the one that runs, and the latest ones with their reports. Memory only."""

import asyncio

from msgspec import Struct


class Run(Struct):
    """A backtest: its secret id, when it began, what of, how far it is ('running', 'done', 'failed'), what was said, and its page."""

    id: str
    at: int
    name: str
    state: str = "running"
    said: str = ""
    page: bytes = b""


class Trials(Struct):
    """Runs, the latest first, and the task of the one that runs."""

    runs: list[Run] = []
    running: "asyncio.Task[None] | None" = None

    async def close(self) -> None:
        """End the one that runs."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
