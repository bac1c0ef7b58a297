from typing import Any

from tierwise.catalog.book import Card, Clause, Model, PriceBook, Rate, Seller, Unit
from tierwise.catalog.build import Offer, shelf
from tierwise.core.decision import Policy
from tierwise.core.money import Unknown
from tierwise.lab.tariffs import Plans

DAY = 86_400_000
HOUR = 3_600_000


def prices(dollars: int) -> tuple[Rate, ...]:
    return tuple(Rate(unit, dollars, 0) for unit in ("input_tokens", "output_tokens"))


def plans(toy: Any, *cards: Card) -> Plans:
    """Plans for one model with some cards of prices."""
    units = {"input_tokens": Unit(10**6, {"direction": "input"}), "output_tokens": Unit(10**6, {"direction": "output"})}
    model = Model("dated", Clause("equals", "dated"), cards)
    book = PriceBook("test", units, (Seller("acme", "Acme", (model,)),))
    sources = toy.sources(book=book, offers={"acme/other": Offer()})
    return Plans(shelf(sources, ["acme/dated"]).at, Policy(), toy.parts())


def fresh(found: Plans, instant: int) -> int:
    rates = found.at(instant).endpoints["acme/dated"].rates
    assert not isinstance(rates, Unknown)
    return rates[0].fresh


def test_a_price_changes_at_the_first_instant_of_its_day(toy: Any) -> None:
    found = plans(toy, Card(prices(1)), Card(prices(3), since=20))
    assert [fresh(found, at) for at in (0, 20 * DAY - 1, 20 * DAY, 50 * DAY)] == [10**6, 10**6, 3 * 10**6, 3 * 10**6]


def test_a_price_changes_at_the_hours_of_its_window_every_day(toy: Any) -> None:
    found = plans(toy, Card(prices(1)), Card(prices(3), window=(16 * 3600, 18 * 3600)))
    times = (16 * HOUR - 1, 16 * HOUR, 18 * HOUR - 1, 18 * HOUR, DAY + 17 * HOUR)
    assert [fresh(found, at) // 10**6 for at in times] == [1, 3, 3, 1, 3]


def test_equal_prices_share_one_plan_whatever_the_instant(toy: Any) -> None:
    found = plans(toy, Card(prices(1)), Card(prices(3), window=(16 * 3600, 18 * 3600)))
    tables = {id(found.at(day * DAY + hour * HOUR).endpoints) for day in range(5) for hour in (0, 17, 20)}
    assert len(tables) == len(found.known) == 2


def test_the_plan_holds_at_the_instant_it_is_asked_for(toy: Any) -> None:
    found = plans(toy, Card(prices(1)), Card(prices(3), since=20), Card(prices(1), since=30))
    for at in (5 * DAY, 35 * DAY, 25 * DAY, 19 * DAY):
        catalog = found.at(at).catalog
        assert catalog.since <= at < catalog.until


def test_standings_do_not_depend_on_prices_and_are_taken_over(toy: Any) -> None:
    found = plans(toy, Card(prices(1)), Card(prices(3), since=20))
    assert found.at(0).table is found.at(30 * DAY).table


def test_a_price_nobody_knows_is_one_set_of_prices(toy: Any) -> None:
    found = plans(toy)
    assert isinstance(found.at(0).endpoints["acme/dated"].rates, Unknown)
    assert found.at(DAY).endpoints is found.at(0).endpoints
