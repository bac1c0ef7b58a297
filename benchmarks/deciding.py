"""One decision over sixty endpoints with its receipt, for features already read."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from msgspec.structs import replace

from benchmarks.kit.bench import Bar, Benchmark, Take
from benchmarks.kit.clock import cpu_seconds
from benchmarks.kit.requests import body
from tierwise import assembly
from tierwise.catalog import build
from tierwise.config.settings import Settings
from tierwise.core import codec
from tierwise.core.catalog import Catalog
from tierwise.core.decision import Conditions, Decision, Outage
from tierwise.core.money import Unknown
from tierwise.engine import warmth
from tierwise.engine.decide import choose, read
from tierwise.engine.plan import plan

NOW: Final = 1_791_500_000_000
ENDPOINTS: Final = 60
TIMES: Final = 200
MICRO: Final = 1_000_000


def sixty(house: assembly.House) -> Catalog:
    """The first sixty models, by name, that have a price and may be chosen: all that are measured, then others."""
    measured = assembly.candidates(house)
    others = sorted({build.resolved(house.sources, name) for name in house.sources.cards} - set(measured))
    catalog = build.shelf(house.sources, [*measured, *others], [assembly.reference_model(house)]).at(NOW)
    priced = [one for one in catalog.endpoints if not isinstance(one.rates, Unknown)]
    known = {one.id for one in sorted(priced, key=lambda one: (one.id not in measured, one.id))[:ENDPOINTS]}
    return replace(catalog, endpoints=tuple(one for one in priced if one.id in known))


@contextmanager
def run() -> Iterator[Take]:
    """A 30 KB request in the middle of a session: nobody warm, its endpoint warm, a third of the endpoints down."""
    house = assembly.house(Settings())
    catalog = sixty(house)
    prepared = plan(catalog, assembly.policy(house), house.parts)
    request = next(wire for wire in house.wires if wire.name == "anthropic").parse(body("anthropic", 30_000))
    features = read(prepared, request)
    names = [one.id for one in catalog.endpoints]
    cold = Conditions(NOW)
    warm = replace(cold, warm=warmth.warmed(cold, "anthropic/claude-opus-4-8", features.prefix))
    down = replace(warm, down={name: Outage(NOW + 60_000, "rate limit") for name in names[::3]})
    encode: Callable[[Decision], bytes] = codec.encoded
    decision = choose(prepared, features, warm)

    def take() -> Mapping[str, float]:
        return {
            "nothing warm": MICRO * cpu_seconds(lambda: choose(prepared, features, cold), TIMES),
            "one endpoint warm": MICRO * cpu_seconds(lambda: choose(prepared, features, warm), TIMES),
            "one warm, twenty rejected": MICRO * cpu_seconds(lambda: choose(prepared, features, down), TIMES),
            "the receipt as JSON": MICRO * cpu_seconds(lambda: encode(decision), TIMES),
            "a plan for new prices": MICRO * cpu_seconds(lambda: plan(catalog, prepared.policy, house.parts, before=prepared), 5),
        }

    yield take


BENCHMARK: Final = Benchmark(
    "decide over 60 endpoints",
    {
        "nothing warm": Bar("us", 150),
        "one endpoint warm": Bar("us", 150),
        "one warm, twenty rejected": Bar("us", 150),
        "the receipt as JSON": Bar("us"),
        "a plan for new prices": Bar("us"),
    },
    run,
    rounds=15,
)
