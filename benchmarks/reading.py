"""Reading a request: parsing it on its wire, finding the person's words in it, and every signal's fact about it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Final

from benchmarks.deciding import NOW
from benchmarks.kit.bench import Bar, Benchmark, Take
from benchmarks.kit.clock import cpu_each
from benchmarks.kit.requests import SHAPES, body
from tierwise import assembly
from tierwise.config.settings import Settings
from tierwise.core.client import Client, cleaned
from tierwise.core.wire import Wire
from tierwise.engine.decide import read
from tierwise.engine.plan import Plan, plan

MILLI: Final = 1000
SIZES: Final = {"2 KB": (2_000, 0.1), "30 KB": (30_000, 0.3), "400 KB": (400_000, 2.0)}
"""Bytes of a body, and the milliseconds its features may take."""

TOGETHER: Final = 120_000
"""Bytes of bodies, but two at least, that are measured together."""

SENDERS: Final = {"anthropic": "claude_code", "openai_responses": "codex", "openai_chat": "opencode"}


def stages(prepared: Plan, wire: Wire, client: Client, bodies: Sequence[bytes]) -> tuple[float, float]:
    """Milliseconds to read the features of a request, and before that to parse it and find the person's words."""
    parsed = [wire.parse(raw) for raw in bodies]
    requests = [cleaned(client, one, {}) for one in parsed]
    parsing, finding = cpu_each(wire.parse, bodies), cpu_each(lambda one: cleaned(client, one, {}), parsed)
    return MILLI * cpu_each(lambda one: read(prepared, one), requests), MILLI * (parsing + finding)


@contextmanager
def run() -> Iterator[Take]:
    """Requests of three sizes on three wires, as clients send them; new ones in every round, since a tokenizer remembers words."""
    house = assembly.house(Settings())
    catalog = assembly.shelf(house, assembly.candidates(house)).at(NOW)
    prepared = plan(catalog, assembly.policy(house), house.parts)
    wires = {wire.name: wire for wire in house.wires}
    clients = {client.name: client for client in house.clients}
    seeds = count()

    def take() -> Mapping[str, float]:
        found: dict[str, float] = {}
        for label, (size, _) in SIZES.items():
            for name in SHAPES:
                bodies = [body(name, size, next(seeds)) for _ in range(max(2, TOGETHER // size))]
                features, before = stages(prepared, wires[name], clients[SENDERS[name]], bodies)
                found |= {f"{label} {name}: features": features, f"{label} {name}: parsing, words": before}
        return found

    yield take


BENCHMARK: Final = Benchmark(
    "read a request",
    {f"{label} {name}: features": Bar("ms", most) for label, (_, most) in SIZES.items() for name in SHAPES}
    | {f"{label} {name}: parsing, words": Bar("ms") for label in SIZES for name in SHAPES},
    run,
)
