"""Small worlds to decide in: catalogs, requests, conditions and policies as Hypothesis draws them, and plain ones to start from."""

from typing import Any, Final

from hypothesis import strategies as st
from msgspec import Raw, json
from msgspec.structs import replace

from tierwise.core.catalog import Benchmark, CachePhysics, Capability, Catalog, Endpoint, Evidence, Outlook, Rates, Step, Tables
from tierwise.core.decision import (
    Conditions,
    Cost,
    Features,
    Held,
    Needs,
    Outage,
    Place,
    Policy,
    Prefix,
    Priced,
    Seen,
    Size,
    Standing,
    Task,
)
from tierwise.core.money import Unknown
from tierwise.core.request import Hints, Known, Mark, Request, Segment
from tierwise.core.tasks import KINDS, TIERS
from tierwise.engine.filters import budget, capability, fidelity, health, operator, window
from tierwise.engine.parts import Parts, Setting
from tierwise.engine.policies import cheapest, paced, pinned, tiered, value
from tierwise.engine.signals import needs, place, prefix, size, task

PARTS: Final = Parts(
    signals=(size.SIGNAL, prefix.SIGNAL, needs.SIGNAL, place.SIGNAL, task.SIGNAL),
    filters=(operator.FILTER, capability.FILTER, window.FILTER, fidelity.FILTER, health.FILTER, budget.FILTER),
    choosers={one.name: one for one in (cheapest.POLICY, tiered.POLICY, value.POLICY, pinned.POLICY, paced.POLICY)},
)
NOW: Final = 1_750_000_000_000
DAY: Final = 86_400_000
MODELS: Final = ("m0", "m1", "m2", "m3")
PROVIDERS: Final = ("p0", "p1", "p2")
DIGESTS: Final = ("tools", "system", "first", "last")
NEEDS: Final = ("tools", "images", "json_schema", "reasoning")
WIRES: Final = ("anthropic", "openai_chat", "openai_responses")

TABLES: Final = Tables(
    outlooks=(
        Outlook("", 0, 20, 900, 400),
        Outlook("", 10, 60, 700, 500),
        Outlook("claude_code", 0, 63, 813, 342),
        Outlook("claude_code", 6, 61, 1236, 671),
    ),
    steps=(Step(1, 0.72, 0.82, 0.7), Step(2, 0.72, 0.71, 1.1), Step(3, 0.72, 0.34, 1.4)),
    benchmarks=(
        Benchmark("swe", ("debug", "feature", "refactor"), 500, 0.75, 0.09, 0.03, 0.5, "made up"),
        Benchmark("swt", ("test",), 400, 0.6, 0.15, 0.06, 0.35, "made up"),
        Benchmark("gaia", ("explain", "plan"), 165, 0.6, 0.17, 0.08, 0.3, "made up"),
    ),
    summary=2200,
    restart=43_000,
    source="made up",
)
KEPT: Final = CachePhysics("automatic", 1024, 128, ((0, 1.0), (300, 0.9), (600, 0.1), (3600, 0.0)), ((0, 1.0), (3600, 0.9), (7200, 0.0)))


def rates(fresh: int = 3_000_000, *, above: int = 0, per: int = 1) -> Rates:
    """Prices as they usually relate: reads a tenth, writes a quarter more, output five times as much."""
    return Rates(above, fresh, fresh // 10, fresh * 5 // 4, fresh * 2, fresh * 5, per)


def endpoint(name: str = "p0/m0", fresh: int = 3_000_000, **changed: Any) -> Endpoint:
    """A plain endpoint, with what is changed of it."""
    provider, _, model = name.partition("/")
    plain = Endpoint(
        id=name,
        model=model,
        provider=provider,
        vendor=f"v-{model}",
        tier="mid",
        family="o200k",
        scale=1.0,
        rates=(rates(fresh),),
        capability=Capability(context_window=200_000),
        cache=KEPT,
        region="us",
        keeps_prompts=False,
    )
    return replace(plain, **changed)


def catalog(*endpoints: Endpoint, evidence: tuple[Evidence, ...] = (), tables: Tables = TABLES) -> Catalog:
    """A catalog of some endpoints, in order of their ids."""
    ordered = tuple(sorted(endpoints, key=lambda one: one.id))
    return Catalog(NOW - DAY, NOW + DAY, ordered, evidence, tables, {"prices": "made up"}, "made-up")


def evidence(model: str, score: float, n: int | None = 500, benchmark: str = "swe") -> Evidence:
    """One measurement."""
    return Evidence(model, benchmark, score, "2026-06-01", "made up", n)


def features(tokens: int = 10_000, **changed: Any) -> Features:
    """A debugging request in the middle of a session, with what is changed of it."""
    plain = Features(
        size=Size(tokens, tokens, 0.0),
        prefix=Prefix(),
        task=Task("debug", 2, 1.0, "caller"),
        place=Place("tool", 5, 20, 1000, 500),
        needs=Needs(("tools",)),
    )
    return replace(plain, **changed)


def sometimes(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What a strategy gives, or nothing."""
    return st.none() | strategy


@st.composite
def tariffs(draw: st.DrawFn, tiers: int = 3) -> tuple[Rates, ...]:
    """Prices in up to so many tiers; reading never costs more than taking a token fresh, writing never less."""
    per = draw(st.sampled_from((1, 1, 10**6)))
    found, above = [], 0
    for _ in range(draw(st.integers(1, tiers))):
        fresh = draw(st.integers(1, 20_000_000)) * per
        read = fresh * draw(st.integers(0, 100)) // 100
        write = fresh * draw(st.sampled_from((100, 125, 200))) // 100
        found.append(Rates(above, fresh, read, write, write * draw(st.sampled_from((1, 2))), fresh * draw(st.integers(1, 8)), per))
        above += draw(st.integers(1, 300_000))
    return tuple(found)


@st.composite
def curves(draw: st.DrawFn) -> tuple[tuple[int, float], ...]:
    """Odds of survival that never rise with time."""
    odds = sorted(draw(st.lists(st.floats(0, 1), max_size=4)), reverse=True)
    times = sorted(draw(st.lists(st.integers(0, 7200), min_size=len(odds), max_size=len(odds), unique=True)))
    return tuple(zip(times, odds, strict=True))


def caches() -> st.SearchStrategy[CachePhysics]:
    """Cache physics of any kind."""
    return st.builds(
        CachePhysics,
        kind=st.sampled_from(("automatic", "automatic", "marked", "none", "unknown")),
        minimum=st.sampled_from((0, 64, 1024, 4096)),
        step=st.sampled_from((1, 64, 128)),
        survival=curves(),
        survival_1h=curves(),
        as_of=st.just(""),
        source=st.just(""),
    )


@st.composite
def capabilities(draw: st.DrawFn) -> Capability:
    """What a model can do, much of it not known."""
    said = st.none() | st.booleans()
    return Capability(
        context_window=draw(sometimes(st.sampled_from((8_192, 32_768, 128_000, 200_000, 1_000_000)))),
        max_output=draw(sometimes(st.sampled_from((4_096, 32_000, 128_000)))),
        tools=draw(said),
        images=draw(said),
        json_schema=draw(said),
        reasoning=draw(st.sampled_from((None, "none", "optional", "always"))),
    )


@st.composite
def endpoints(draw: st.DrawFn, name: str) -> Endpoint:
    """An endpoint of a name (provider/model)."""
    return Endpoint(
        id=name,
        model=name.partition("/")[2],
        provider=name.partition("/")[0],
        vendor=draw(st.sampled_from(("v0", "v1"))),
        tier=draw(st.sampled_from(TIERS)),
        family="o200k",
        scale=draw(st.sampled_from((1.0, 1.1, 1.64))),
        rates=draw(tariffs() | tariffs(1) | st.just(Unknown("nobody lists it"))),
        capability=draw(capabilities()),
        cache=draw(caches()),
        region=draw(st.sampled_from((None, "us", "eu"))),
        keeps_prompts=draw(st.none() | st.booleans()),
        wires=draw(st.lists(st.sampled_from(WIRES), min_size=1, max_size=2, unique=True).map(tuple)),
        scale_error=draw(st.sampled_from((0.0, 0.1, 0.25))),
        effort=draw(st.integers(100, 5000)),
    )


@st.composite
def catalogs(draw: st.DrawFn, least: int = 1) -> Catalog:
    """A catalog of up to six endpoints, with some evidence on their models."""
    every = [f"{seller}/{model}" for seller in PROVIDERS for model in MODELS]
    names = draw(st.lists(st.sampled_from(every), min_size=least, max_size=6, unique=True))
    measured = st.builds(
        evidence,
        st.sampled_from(MODELS),
        st.floats(0, 1),
        st.sampled_from((None, 20, 500)),
        st.sampled_from(("swe", "swt", "gaia", "not known here")),
    )
    return catalog(*(draw(endpoints(name)) for name in names), evidence=tuple(draw(st.lists(measured, max_size=8))))


@st.composite
def logged(draw: st.DrawFn) -> Known:
    """A prompt as a log knows it."""
    sizes = sorted(draw(st.lists(st.integers(0, 300_000), min_size=4, max_size=4)))
    marks = tuple(Mark(digest, place, draw(st.sampled_from((1.0, 0.9)))) for digest, place in zip(DIGESTS, sizes, strict=True))
    return Known(sizes[-1] + draw(st.integers(0, 5_000)), marks, 2)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """A request, from a log or with the slices of a prompt."""
    texts = draw(st.lists(st.text(max_size=30), min_size=1, max_size=4))
    kinds = ("tools", "system", "volatile", "message")
    slices = tuple(Segment(kind, "user", Raw(json.encode(text))) for kind, text in zip(kinds, texts, strict=False))
    return Request(
        wire="anthropic",
        model="m0",
        segments=slices,
        words=draw(st.sampled_from(("", "fix the failing test", "design a new architecture", "yes", "review this, please", "lorem ipsum"))),
        previous=draw(st.sampled_from(("", "write the release notes"))),
        client=draw(st.sampled_from(("", "claude_code", "somebody"))),
        turn=draw(st.sampled_from(("person", "tool", "side"))),
        needs=draw(st.lists(st.sampled_from(NEEDS), unique=True).map(tuple)),
        limit=draw(sometimes(st.integers(1, 128_000))),
        cache_ttl=draw(st.sampled_from((300, 3600))),
        cache_marks=draw(st.integers(0, 2)),
        calls=draw(st.integers(0, 30)),
        images=draw(st.integers(0, 2)),
        hints=draw(hints()),
        losses=draw(st.sampled_from(({}, {"openai_chat": ("signed thinking",)}))),
        known=draw(sometimes(logged())),
    )


@st.composite
def hints(draw: st.DrawFn) -> Hints:
    """What a caller says of a request, which may be nothing or nonsense."""
    return Hints(
        task=draw(sometimes(st.sampled_from((*KINDS, "unknown", "poetry")))),
        difficulty=draw(sometimes(st.integers(-1, 5))),
        output=draw(sometimes(st.integers(0, 5_000))),
        calls=draw(sometimes(st.integers(0, 20))),
    )


@st.composite
def conditions(draw: st.DrawFn) -> Conditions:
    """What is true now: some endpoints down or warm, perhaps a budget."""
    names = st.sampled_from([f"{seller}/{model}" for seller in PROVIDERS for model in MODELS])
    seen = st.builds(Seen, st.integers(NOW - 2 * 3_600_000, NOW), st.sampled_from((300, 3600)), st.sampled_from((1.0, 0.5)))
    outage = st.builds(Outage, st.integers(NOW - 60_000, NOW + 60_000), st.just("429"))
    return Conditions(
        now=NOW,
        down=draw(st.dictionaries(names, outage, max_size=2)),
        warm=draw(st.dictionaries(names, st.dictionaries(st.sampled_from(DIGESTS), seen, max_size=4), max_size=3)),
        budget=draw(st.none() | st.none() | st.integers(0, 10**13)),
        price=draw(st.none() | st.integers(0, 10**13)),
        item=draw(st.none() | st.none() | items(names)),
    )


def items(names: st.SearchStrategy[str]) -> st.SearchStrategy[Held]:
    """The work item under way: an endpoint it is held to, and models that failed."""
    failed = st.lists(st.sampled_from(MODELS), max_size=2, unique=True)
    return st.builds(lambda name, models: Held("tw-1", name, len(models), tuple(models), "it looped"), st.just("") | names, failed)


@st.composite
def policies(draw: st.DrawFn, name: str = "") -> Policy:
    """A policy, of a name or of any."""
    seldom = st.sampled_from((False, False, False, True))
    return Policy(
        name=name or draw(st.sampled_from(sorted(PARTS.choosers))),
        reference=draw(st.sampled_from((*MODELS, "unheard of"))),
        floor=draw(st.sampled_from((0.0, 0.05, 0.5))),
        pin=draw(st.sampled_from(("m0", "p0/m1", "p2/m3", "nothing"))),
        models=("m0", "m1", "p0/m2") if draw(seldom) else (),
        deny=("m3", "p2") if draw(seldom) else (),
        vendors=("v0",) if draw(seldom) else (),
        regions=("us", "eu") if draw(seldom) else (),
        no_retention=draw(seldom),
        lossy=draw(seldom),
        tiers=draw(st.sampled_from(({}, {"debug": "premium", "chore": "mid"}))),
        chain=draw(st.integers(1, 6)),
    )


def priced(name: str, work: int | Unknown, standing: Standing = Standing(None, None), floor: float = 0.05) -> Priced:  # noqa: B008  # a frozen value
    """A candidate of some work cost and standing."""
    known = work if isinstance(work, Unknown) else Cost(0, 0, 0, 0, 0, 0, 0, 0, 0, work)
    return Priced(name, known, standing, clears=standing.bound is not None and standing.bound >= -floor)


def candidates() -> st.SearchStrategy[list[Priced]]:
    """Candidates of distinct names, in order of them, some without a price."""
    work = st.integers(0, 6) | st.just(Unknown("not listed"))
    standing = st.builds(Standing, st.none() | st.floats(0, 1), st.none() | st.floats(-1, 1))
    names = st.lists(st.sampled_from([f"{seller}/{model}" for seller in PROVIDERS for model in MODELS]), unique=True, max_size=8)
    drawn = st.tuples(names, st.lists(st.tuples(work, standing), min_size=8, max_size=8))
    return drawn.map(lambda two: [priced(name, *rest) for name, rest in zip(sorted(two[0]), two[1], strict=False)])


def setting(policy: Policy, **tiers: str) -> Setting:
    """What a chooser may know: all endpoints there can be, in the tiers of their models (mid where not told)."""
    every = [endpoint(f"{seller}/{model}", tier=tiers.get(model, "mid")) for seller in PROVIDERS for model in MODELS]
    return Setting(policy, {one.id: one for one in every})
