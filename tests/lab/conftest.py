"""A toy world for the lab: two or three endpoints with round prices, sessions in which every number can be worked out by hand."""

from collections.abc import Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import pytest

from tierwise import plugins
from tierwise.catalog.book import PriceBook
from tierwise.catalog.build import Offer, Sources, shelf
from tierwise.catalog.sheets import Family
from tierwise.core.catalog import Benchmark, CachePhysics, Capability, Catalog, Endpoint, Evidence, Outlook, Rates, Step, Tables
from tierwise.core.decision import Features, Policy, Priced
from tierwise.core.money import Unknown
from tierwise.core.provider import CacheRow, Provider
from tierwise.core.usage import Usage
from tierwise.engine.parts import Chooser, Parts, Setting
from tierwise.engine.ranking import work
from tierwise.lab.call import Call
from tierwise.lab.logged import Logged
from tierwise.lab.replay import Replayed, Rig, replayed
from tierwise.lab.sessions import Session
from tierwise.lab.tariffs import Plans

LASTING = CachePhysics("marked", survival=((0, 1.0), (300, 1.0), (301, 0.0)), survival_1h=((0, 1.0), (3600, 1.0), (3601, 0.0)))
BIG = Rates(above=0, fresh=10, read=1, write_5m=12, write_1h=20, output=50)
SMALL = Rates(above=0, fresh=2, read=1, write_5m=3, write_1h=4, output=10)
TABLES = Tables(
    outlooks=(Outlook("", 0, 0, 0, 100),),
    steps=tuple(Step(level, 0.5, 0.5, 1.0) for level in (1, 2, 3)),
    benchmarks=(Benchmark("bench", ("debug",), 100, 0.5, 0.1, 0.04, 0.3, "test"),),
    summary=100,
    restart=1000,
    source="test",
)


def _in_turn(candidates: Sequence[Priced], features: Features, _setting: Setting) -> tuple[Sequence[Priced], str]:
    """Odd calls go to the last candidate, even ones to the first."""
    ordered = list(candidates)
    return (ordered[::-1] if features.place.calls % 2 else ordered), "in turn"


def _nobody(_candidates: Sequence[Priced], _features: Features, _setting: Setting) -> tuple[Sequence[Priced], str]:
    return (), "nobody will do"


CHOOSERS = {"in turn": Chooser("in turn", _in_turn, work), "nobody": Chooser("nobody", _nobody, work)}


class Toy:
    """Builders for tests of the lab."""

    lasting = LASTING
    big = BIG
    small = SMALL
    tables = TABLES

    @staticmethod
    def endpoint(name: str, rates: tuple[Rates, ...] | Unknown = (BIG,), **more: Any) -> Endpoint:
        settings: dict[str, Any] = {"tier": "mid", "scale": 1.0, "cache": LASTING} | more
        provider, _, model = name.partition("/")
        return Endpoint(
            id=name, model=model, provider=provider, vendor="acme", family="other", rates=rates, capability=Capability(), **settings
        )

    @staticmethod
    def catalog(*endpoints: Endpoint, since: int = 0, until: int = 2**53, evidence: Sequence[Evidence] = ()) -> Catalog:
        digest = str(hash(tuple(str(one) for one in endpoints)))
        return Catalog(since, until, endpoints, tuple(evidence), TABLES, {"prices": "test"}, digest)

    @staticmethod
    def evidence(model: str, score: float) -> Evidence:
        return Evidence(model, "bench", score, "2026-01-01", "test", 100)

    @staticmethod
    def parts(chooser: str = "") -> Parts:
        """The real parts, with a chooser of these tests where it is asked for (other processes could not be given those)."""
        signals = tuple(sorted(plugins.found(plugins.SIGNALS), key=lambda signal: signal.rank))
        choosers = {one.name: one for one in plugins.found(plugins.POLICIES)}
        return Parts(signals, (), choosers | {name: one for name, one in CHOOSERS.items() if name == chooser})

    @classmethod
    def sources(cls, offers: dict[str, Offer] | None = None, **more: Any) -> Sources:
        """Three endpoints that an operator offers: acme/big, acme/small (twice the work) and acme/mute, whose price nobody knows."""
        offers = offers or {
            "acme/big": Offer(tier="premium", rates=(BIG,)),
            "acme/mute": Offer(tier="mid"),
            "acme/small": Offer(tier="flash", rates=(SMALL,)),
        }
        settings: dict[str, Any] = {
            "book": PriceBook("no prices", {}, ()),
            "cards": {},
            "families": {"other": Family("other", 1.0, 0.1)},
            "efforts": {"*": 1000},
            "evidence": (cls.evidence("big", 0.6), cls.evidence("small", 0.5)),
            "tables": TABLES,
            "providers": {"acme": Provider("acme", "Acme", ("openai_chat",), (CacheRow("", LASTING),))},
            "names": {name.partition("/")[2]: name for name in offers},
            "offers": offers,
        }
        return Sources(**(settings | more))

    @classmethod
    def rig(cls, names: Sequence[str] = ("acme/big", "acme/small"), chooser: str = "cheapest", **more: Any) -> Rig:
        sources = cls.sources(**more)
        policy = Policy(name=chooser, reference="big", floor=1.0)
        return Rig(Plans(shelf(sources, names).at, policy, cls.parts(chooser)), Logged(sources), "acme/big")

    @staticmethod
    def making(rig: Rig) -> Any:
        """A maker of a rig that other processes can be given."""
        return partial(itemgetter(0), (rig,))

    @staticmethod
    def call(number: int, prompt: int, output: int = 10, **more: Any) -> Call:
        """The call that begins ten seconds after the one before it (numbers count from 0), on acme/big unless said otherwise."""
        at = 1_000_000 + 10_000 * number
        told: dict[str, Any] = {
            "session": "s",
            "id": f"c{number}",
            "at": at,
            "ended": at,
            "model": "big",
            "gap": 10_000 if number else -1,
            "ttl": 300,
            "tools": ("Read",),
            "usage": Usage(fresh=prompt, output=output),
        }
        return Call(**(told | more))

    @staticmethod
    def session(*calls: Call) -> Session:
        return Session(calls[0].session, calls[0].thread, calls)

    @classmethod
    def three(cls, **more: Any) -> Session:
        """Prompts of 1000, 1500 and 1600 tokens, answers of 10, 20 and 5."""
        return cls.session(*(cls.call(number, prompt, output, **more) for number, (prompt, output) in enumerate(SIZES)))

    @classmethod
    def replayed(cls, session: Session, rig: Rig | None = None, **more: Any) -> Replayed:
        return replayed(session, rig or cls.rig(**more))


SIZES = ((1000, 10), (1500, 20), (1600, 5))


@pytest.fixture(scope="session")
def toy() -> type[Toy]:
    """The toy world."""
    return Toy
