"""What watching a request costs it: counting it, hiding secrets in its record, and making its line."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from benchmarks.kit.bench import Bar, Benchmark, Take
from benchmarks.kit.clock import cpu_each
from benchmarks.kit.requests import body
from tierwise import assembly
from tierwise.assembly import serving
from tierwise.config.settings import Settings
from tierwise.core.entry import Entry
from tierwise.gateway import metrics
from tierwise.gateway.lines import Lines
from tierwise.gateway.routes import app
from tierwise.gateway.veil import veil
from tierwise.gateway.wording import Human, Json
from tierwise.upstream.scripted import Scripted

MICRO: Final = 1_000_000
TIMES: Final = 2_000
SIZE: Final = 2_000
KEYS: Final = [f"sk-{number:04}-{'x' * 40}" for number in range(40)]
"""As many secrets as a large installation knows."""


def entry() -> Entry:
    """The record of a request of 2 KB, decided over every endpoint of the demo."""
    house = assembly.house(Settings())
    transports = serving.Transports(Scripted(pace=0), Scripted(pace=0))
    made = serving.gateway(house, serving.stocked(house, {}, transports), {}, transports)
    said = body("openai_chat", SIZE, 1)

    async def ask() -> None:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": said, "more_body": False}

        async def send(_message: object) -> None:
            """Nobody listens."""

        scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "query_string": b"", "headers": []}
        await app(made)(scope, receive, send)

    asyncio.run(ask())
    return made.ledger.recent(1)[0]


@contextmanager
def run() -> Iterator[Take]:
    """One record, again and again."""
    one = entry()
    many = [one] * TIMES
    hidden, counting = veil(KEYS), metrics.opened()
    human, json = Human(hidden), Json(hidden)
    waiting: deque[str] = deque()
    lines = Lines(human, lambda _: None, lambda: 0, waiting, threading.Event())

    def take() -> Mapping[str, float]:
        waiting.clear()
        return {
            "count it": MICRO * cpu_each(counting.count, many),
            "hide secrets in its record": MICRO * cpu_each(hidden.entry, many),
            "a line for people, made and left to the thread": MICRO * cpu_each(lines.record, many[: TIMES // 2]),
            "a line as JSON": MICRO * cpu_each(json.entry, many),
            "the page of metrics": 1000 * cpu_each(lambda _: counting.text(), many[:10]),
        }

    yield take


BENCHMARK: Final = Benchmark(
    "watch a request",
    {
        "count it": Bar("us", 4),
        "hide secrets in its record": Bar("us", 4),
        "a line for people, made and left to the thread": Bar("us", 12),
        "a line as JSON": Bar("us", 40),
        "the page of metrics": Bar("ms", 10),
    },
    run,
)
