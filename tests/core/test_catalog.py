"""Prices by the size of the prompt, and a catalog that survives being written down."""

from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.catalog import Benchmark, CachePhysics, Capability, Catalog, Endpoint, Evidence, Outlook, Rates, Step, Tables, rates_at
from tierwise.core.codec import decoded, digest, encoded
from tierwise.core.money import Unknown

ladders = st.lists(st.integers(1, 10**6), unique=True, max_size=5).map(
    lambda sizes: [Rates(above, number, 0, 0, 0, 0) for number, above in enumerate([0, *sorted(sizes)])]
)


@given(ladders, st.integers(0, 2 * 10**6))
def test_a_prompt_pays_the_prices_of_the_largest_size_it_exceeds(rates: list[Rates], prompt: int) -> None:
    exceeded = [one for one in rates[1:] if one.above < prompt]
    assert rates_at(rates, prompt) == (exceeded[-1] if exceeded else rates[0])


def test_a_prompt_of_just_the_size_still_pays_the_lower_prices() -> None:
    small, large = Rates(0, 1, 1, 1, 1, 1), Rates(200_000, 2, 2, 2, 2, 2)
    assert [rates_at((small, large), prompt) for prompt in (0, 200_000, 200_001)] == [small, small, large]


def test_one_row_holds_for_every_prompt() -> None:
    only = Rates(0, 1, 1, 1, 1, 1)
    assert rates_at((only,), 10**9) == only


def test_a_catalog_is_read_back_as_it_was() -> None:
    curve = ((0, 1.0), (300, 0.1))
    cache = CachePhysics("marked", 1024, 1, curve, ((0, 1.0),), "2026-08-31", "a page")
    priced = Endpoint("a/x", "x", "a", "v", "mid", "o200k", 1.1, (Rates(0, 1, 2, 3, 4, 5, 10**6),), Capability(10, efforts=("low",)), cache)
    unpriced = Endpoint("b/x", "x", "b", "v", "mid", "o200k", 1.1, Unknown("not listed"), Capability(), CachePhysics("unknown"))
    tables = Tables(
        (Outlook("", 0, 1, 2, 3),),
        (Step(1, 0.5, 0.6, 0.7),),
        (Benchmark("b", ("debug",), 500, 0.7, 0.1, 0.05, 0.5, "a page"),),
        1,
        2,
        "logs",
    )
    evidence = (Evidence("x", "b", 0.8, "2026-01-01", "a page", 500, 10**10),)
    catalog = Catalog(0, 10, (priced, unpriced), evidence, tables, {"prices": "1"}, "abc")
    again = decoded(encoded(catalog), Catalog)
    assert again == catalog
    assert digest(again) == digest(catalog)
