"""Names to endpoints, endpoints to catalogs, over a small price list with everything in it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise.catalog import build
from tierwise.catalog.book import Card, Clause, Model, PriceBook, Rate, Seller, Unit
from tierwise.catalog.build import Offer, Sources, Terms, UnknownModel
from tierwise.catalog.sheets import Card as Known
from tierwise.catalog.sheets import Family
from tierwise.core.catalog import CachePhysics, Capability, Evidence, Rates, Tables
from tierwise.core.money import Unknown
from tierwise.core.provider import CacheRow, Provider

DAY = 86_400_000
UNITS = {name: Unit(10**6, {"direction": name}) for name in ("input_tokens", "output_tokens")}
CHEAP = Card((Rate("input_tokens", 1, 0), Rate("output_tokens", 2, 0)))
DEAR = Card((Rate("input_tokens", 10, 0), Rate("output_tokens", 20, 0)), since=100)


def listed(name: str, *cards: Card, window: int | None = None) -> Model:
    return Model(name, Clause("starts", name), cards, context_window=window)


BOOK = PriceBook(
    "prices 1",
    UNITS,
    (
        Seller("acme", "Acme", (listed("swift-9", CHEAP, DEAR), listed("swift-pro", CHEAP)), owns=Clause("starts", "swift")),
        Seller("broker", "Broker", (listed("acme/swift-9", CHEAP), listed("stray", CHEAP, window=5000)), named=Clause("contains", "brok")),
    ),
)
SWIFT = Known(
    model="swift-9",
    provider="acme",
    vendor="acme",
    family="quick",
    tier="flash",
    aliases=("swift-nine", "acme/swift-9"),
    released="2026-01-01",
    capability=Capability(context_window=1000, tools=True, efforts=("low",)),
    cache="automatic",
    as_of="2026-11-24",
    source="here",
)
ACME = Provider("acme", "Acme", ("anthropic",), (CacheRow("", CachePhysics("marked", minimum=7)),), region="us", keeps_prompts=True)
OTHER = Provider("compatible", "Any", ("openai_chat",), (CacheRow("", CachePhysics("unknown", minimum=3)),))
OWN = (Rates(above=0, fresh=1, read=2, write_5m=3, write_1h=4, output=5),)


def sources(aliases: dict[str, str] | None = None, offers: dict[str, Offer] | None = None, **more: Any) -> Sources:
    cards = {"swift-9": SWIFT}
    rows = tuple(Evidence(model, "bench", 0.5, "2026-01-01", "here") for model in ("swift-9", "stray"))
    return Sources(
        book=BOOK,
        cards=cards,
        families={"quick": Family("quick", 1.5, 0.1), "other": Family("other", 1.1, 0.3)},
        efforts={"swift-9": 700, "*": 2000, "gone": 1},
        evidence=rows,
        tables=Tables((), (), (), 1, 2, "here"),
        providers={"acme": ACME, "compatible": OTHER},
        names=build.names(cards, aliases or {}, offers or {}),
        offers=offers or {},
        version="0",
        **more,
    )


@pytest.mark.parametrize(
    ("name", "provider", "endpoint"),
    [
        ("swift-9", "", "acme/swift-9"),
        ("SWIFT-Nine", "", "acme/swift-9"),
        ("acme/swift-9", "", "acme/swift-9"),
        ("ACME/swift-nine", "", "acme/swift-9"),
        ("swift-9", "Broker", "broker/swift-9"),
        ("broker/swift-nine", "", "broker/swift-9"),
        ("broker/acme/swift-9", "", "broker/swift-9"),
        ("the-brokers/stray-2", "", "broker/stray-2"),
        ("swift-pro-3", "", "acme/swift-pro"),
        ("stray-7", "broker", "broker/stray"),
        ("swift-pro", "nobody", "acme/swift-pro"),
    ],
)
def test_a_name_stands_for_an_endpoint(name: str, provider: str, endpoint: str) -> None:
    assert build.resolved(sources(), name, provider) == endpoint


@pytest.mark.parametrize("name", ["stray", "broker/nothing", "nobody/swift-9", "acme/", "/", ""])
def test_a_name_that_stands_for_nothing_is_refused(name: str) -> None:
    with pytest.raises(UnknownModel, match="unknown model"):
        build.resolved(sources(), name)


def test_the_refusal_names_the_nearest_or_where_they_are_listed() -> None:
    with pytest.raises(UnknownModel, match="'swft-nine'; did you mean swift-nine"):
        build.resolved(sources(), "swft-nine")
    with pytest.raises(UnknownModel, match="tierwise models lists"):
        build.resolved(sources(), "zzzzzz")


def test_aliases_go_before_shipped_names_and_over_other_aliases() -> None:
    found = sources(
        {"Fast": "faster", "faster": "SWIFT-nine", "swift-pro": "broker/stray", "mine": "Local/Model"}, {"Local/Model": Offer()}
    )
    assert build.resolved(found, "fast") == "acme/swift-9"
    assert build.resolved(found, "swift-pro") == "broker/stray"
    assert build.resolved(found, "MINE") == build.resolved(found, "local/model") == "Local/Model"


@given(st.dictionaries(st.sampled_from("abc"), st.sampled_from("abcd")))
def test_aliases_that_lead_in_a_circle_end_somewhere(aliases: dict[str, str]) -> None:
    assert set(build.names({}, aliases)) == set(aliases)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("ACME/swift-nine", "acme/swift-9"),
        ("brokers/acme/swift-9", "broker/swift-9"),
        ("acme/New-Model", "acme/New-Model"),
        ("vllm/Swift-9", "vllm/Swift-9"),
    ],
)
def test_ids_are_spelt_as_the_data_spells_them_except_at_unknown_providers(said: str, kept: str) -> None:
    assert build.spelt(sources(), said) == kept


def test_an_operators_endpoint_stands_for_itself_in_any_case() -> None:
    found = sources(offers={"acme/swift-9": Offer(rates=OWN), "vllm/Tuned": Offer(model="swift-nine")})
    assert build.own(found, "VLLM/tuned") == "vllm/Tuned"
    assert build.own(found, "acme/other") == "acme/other"
    assert build.model_of(found, "vllm/tuned") == "swift-9"
    assert list(build.measured(found)) == ["acme/swift-9"]


def test_a_known_endpoint_has_everything_the_data_says() -> None:
    one, span = build.endpoint(sources(), "acme/swift-9", 0)
    assert (one.vendor, one.tier, one.family, one.scale, one.scale_error) == ("acme", "flash", "quick", 1.5, 0.1)
    assert (one.capability, one.cache.minimum, one.region, one.keeps_prompts, one.wires) == (
        SWIFT.capability,
        7,
        "us",
        True,
        ("anthropic",),
    )
    assert (one.effort, one.effort_known) == (700, True)
    assert one.rates == (Rates(above=0, fresh=10**6, read=10**6, write_5m=10**6, write_1h=10**6, output=2 * 10**6),)
    assert span == (0, 100 * DAY)


def test_a_model_nobody_described_can_be_used_with_its_unknowns_shown() -> None:
    one, _ = build.endpoint(sources(), "broker/stray", 0)
    assert (one.model, one.vendor, one.tier, one.family) == ("stray", "unknown", "premium", "other")
    assert one.capability == Capability(context_window=5000)
    assert (one.cache.minimum, one.region, one.keeps_prompts, one.wires) == (3, None, None, ("openai_chat",))
    assert (one.effort, one.effort_known) == (2000, False)
    assert isinstance(one.rates, tuple)


def test_an_endpoint_nobody_lists_has_an_unknown_price_forever() -> None:
    one, span = build.endpoint(sources(), "vllm/Tuned", 0)
    assert one.rates == Unknown("prices 1 does not list vllm/Tuned")
    assert one.capability == Capability()
    assert span == (0, build.FOREVER)


def test_the_operators_word_goes_over_the_data() -> None:
    offer = Offer(
        vendor="me", tier="mid", region="eu", keeps_prompts=False, wires=("openai_chat",), capability=Capability(tools=False), rates=OWN
    )
    one, span = build.endpoint(sources(offers={"acme/swift-9": offer}), "acme/swift-9", 0)
    assert (one.vendor, one.tier, one.region, one.keeps_prompts, one.wires) == ("me", "mid", "eu", False, ("openai_chat",))
    assert one.capability == replace(SWIFT.capability, tools=False)
    assert (one.rates, span) == (OWN, (0, build.FOREVER))


@pytest.mark.parametrize(
    ("terms", "region", "keeps"), [(Terms(region="eu"), "eu", True), (Terms(keeps_prompts=False), "us", False), (Terms(), "us", True)]
)
def test_what_was_agreed_with_a_provider_goes_over_what_it_publishes(terms: Terms, region: str, keeps: bool) -> None:  # noqa: FBT001  # a case
    one, _ = build.endpoint(sources(terms={"acme": terms}), "acme/swift-9", 0)
    assert (one.region, one.keeps_prompts) == (region, keeps)


def test_a_catalog_holds_until_the_first_of_its_prices_changes() -> None:
    shelf = build.shelf(sources(), ["broker/stray", "acme/swift-9", "acme/swift-9"])
    before, after = shelf.at(0), shelf.at(100 * DAY)
    assert [one.id for one in before.endpoints] == ["acme/swift-9", "broker/stray"]
    assert (before.since, before.until, after.since, after.until) == (0, 100 * DAY, 100 * DAY, build.FOREVER)
    assert before.versions == {"prices": "prices 1", "tierwise": "0"}


def test_the_digest_names_the_content_and_not_the_instant() -> None:
    shelf = build.shelf(sources(), ["acme/swift-9"])
    assert shelf.at(0).digest == shelf.at(99 * DAY).digest != shelf.at(100 * DAY).digest
    assert len({build.shelf(sources(), ids).at(0).digest for ids in ([], ["acme/swift-9"], ["broker/stray"])}) == 3


def test_an_empty_catalog_holds_forever() -> None:
    found = build.shelf(sources(), []).at(5)
    assert (found.since, found.until, found.endpoints, found.evidence) == (0, build.FOREVER, (), ())


def test_the_evidence_is_on_the_models_at_hand_and_on_those_beside_them() -> None:
    assert [row.model for row in build.shelf(sources(), ["acme/swift-9"]).evidence] == ["swift-9"]
    assert [row.model for row in build.shelf(sources(), ["acme/swift-9"], ["stray"]).evidence] == ["swift-9", "stray"]


@given(st.integers(1, 50), st.integers(1, 50), st.sampled_from(("automatic", "marked")))
def test_on_an_automatic_cache_no_token_that_is_not_cached_costs_less_than_input(fresh: int, write: int, kind: str) -> None:
    rates = (Rates(above=0, fresh=fresh, read=1, write_5m=write, write_1h=write, output=1),)
    bare = replace(build.entry(sources(), "acme/big").bare, cache=CachePhysics(kind))
    found = build._uncached(rates, bare)
    assert isinstance(found, tuple)
    assert found[0].write_5m == found[0].write_1h == (max(write, fresh) if kind == "automatic" else write)
    assert build._uncached(Unknown("?"), bare) == Unknown("?")


EFFORTS = {"swift-9": 700, "swift-9@low": 350, "*": 2000, "*acme": 900}
MANY = replace(SWIFT, capability=replace(SWIFT.capability, efforts=("low", "high")))


def thinking(offers: dict[str, Offer] | None = None, aliases: dict[str, str] | None = None) -> Sources:
    made = sources(aliases, offers)
    cards = {"swift-9": MANY}
    return replace(made, cards=cards, efforts=EFFORTS, names=build.names(cards, aliases or {}, offers or {}))


@pytest.mark.parametrize(
    ("name", "provider", "found"),
    [
        ("swift-9@low", "", "acme/swift-9@low"),
        ("SWIFT-Nine@HIGH", "", "acme/swift-9@high"),
        ("broker/swift-9@low", "", "broker/swift-9@low"),
        ("acme/swift-nine@low", "", "acme/swift-9@low"),
        ("swift-9@low", "broker", "broker/swift-9@low"),
        ("quick", "", "acme/swift-9@low"),
        ("mine/one@none", "", "mine/one@none"),
        ("swift-9@20260101", "", "acme/swift-9"),
        ("swift-9@latest", "", "acme/swift-9"),
    ],
)
def test_a_name_may_ask_for_an_effort(name: str, provider: str, found: str) -> None:
    known = thinking({"mine/one": Offer(capability=Capability(efforts=("none",)), rates=OWN)}, {"quick": "swift-9@low"})
    resolved = build.resolved(known, name, provider)
    assert resolved.partition("@")[0] == found.partition("@")[0]
    assert build.entry(known, resolved).bare.reasoning == found.partition("@")[2]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("swift-9@max", "unknown effort 'max' of swift-9; known: low, high"),
        ("swift-9@hihg", "unknown effort 'hihg' of swift-9; known: low, high"),
        (
            "swift-pro@low",
            "unknown effort 'low' of swift-pro, of which no effort is known; state those of an endpoint of your own as endpoints: efforts",
        ),
        ("quick@high", "unknown effort 'high' of 'quick': that is acme/swift-9@low, which names an effort already"),
        ("swfit-9@low", "unknown model 'swfit-9'; did you mean swift-9"),
        ("me@nowhere", "unknown model 'me@nowhere'; tierwise models lists the known ones"),
    ],
)
def test_an_effort_that_a_model_does_not_take_is_refused_with_those_it_takes(name: str, problem: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        build.resolved(thinking(aliases={"quick": "swift-9@low"}), name)
    assert str(caught.value).startswith(problem)


def test_an_effort_is_its_model_but_for_what_was_measured_of_it() -> None:
    known = thinking()
    plain, low, high = (build.endpoint(known, f"acme/swift-9{end}", 0)[0] for end in ("", "@low", "@high"))
    assert low == replace(plain, id="acme/swift-9@low", model="swift-9@low", reasoning="low", effort=350)
    assert high == replace(plain, id="acme/swift-9@high", model="swift-9@high", reasoning="high", effort=900, effort_known=False)
    assert plain.effort_known is low.effort_known is True
    assert not build.endpoint(replace(known, efforts={"swift-9@low": 5, "*": 7}), "acme/swift-9@low", 0)[0].effort_known


def test_what_an_operator_says_of_a_model_holds_at_every_effort_unless_they_say_more() -> None:
    dear = (replace(OWN[0], fresh=9),)
    offers = {"acme/swift-9": Offer(region="eu", rates=OWN), "acme/swift-9@high": Offer(tier="premium", rates=dear)}
    known = thinking(offers)
    low, high = (build.endpoint(known, f"acme/swift-9@{effort}", 0)[0] for effort in ("low", "high"))
    assert (low.region, low.rates, low.tier) == ("eu", OWN, "flash")
    assert (high.region, high.rates, high.tier, high.reasoning) == ("eu", dear, "premium", "high")
    assert build.spelt(known, "acme/Swift-NINE@LOW") == "acme/swift-9@low"
    assert build.spelt(known, "acme/other@low") == "acme/other@low"


def test_evidence_on_an_effort_comes_with_its_models() -> None:
    known = replace(
        thinking(), evidence=(Evidence("swift-9", "b", 0.5, "2026-01-01", "x"), Evidence("swift-9@low", "b", 0.4, "2026-01-01", "x"))
    )
    assert [row.model for row in build.shelf(known, ["acme/swift-9@low"]).evidence] == ["swift-9", "swift-9@low"]
    assert [row.model for row in build.shelf(known, ["acme/swift-9"]).evidence] == ["swift-9"]
    assert build.measured(known) == ["acme/swift-9"]
