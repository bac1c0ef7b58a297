"""What logged calls cost: at the prices of their moment, and unknown where nobody knows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise import assembly
from tierwise.assembly import House
from tierwise.catalog import book
from tierwise.catalog.build import Offer, Sources, entry, resolved
from tierwise.core.catalog import Rates
from tierwise.core.money import PER_DOLLAR, Unknown
from tierwise.core.usage import Usage
from tierwise.lab.call import Call
from tierwise.lab.logged import Logged

AT = 1_780_315_200_000
SIZES = st.integers(0, 10**6)
USAGES = st.builds(Usage, fresh=SIZES, read=SIZES, write_5m=SIZES, write_1h=SIZES, output=SIZES)


def call(usage: Usage | Unknown, model: str = "big", provider: str = "", at: int = AT) -> Call:
    return Call("s", "c", at, model, usage, provider=provider)


@pytest.fixture(scope="module")
def house() -> House:
    return assembly.opened(None)


@given(usage=USAGES)
def test_a_call_costs_what_its_parts_cost(usage: Usage, toy: Any) -> None:
    rate = toy.big
    parts = usage.fresh * rate.fresh + usage.read * rate.read + usage.write_5m * rate.write_5m + usage.write_1h * rate.write_1h
    assert Logged(toy.sources()).price(call(usage)) == parts + usage.output * rate.output


@given(usage=USAGES, searches=st.integers(0, 3), reasoning=st.integers(0, 10))
@pytest.mark.parametrize("model", ["claude-opus-4-8", "gpt-5.5", "gemini-2.5-pro", "deepseek-chat", "claude-sonnet-4-5"])
def test_a_listed_call_costs_what_the_price_book_says(model: str, usage: Usage, searches: int, reasoning: int, house: House) -> None:
    told = Usage(usage.fresh, usage.read, usage.write_5m, usage.write_1h, usage.output + reasoning, reasoning, searches)
    listing = entry(house.sources, resolved(house.sources, model)).listing
    assert listing is not None
    assert Logged(house.sources).price(call(told, model)) == book.price(house.sources.book, listing, told, AT)


@pytest.mark.parametrize(
    ("usage", "dollars"), [(Usage(fresh=10**6), 5), (Usage(output=10**6), 25), (Usage(read=10**6), 0.5), (Usage(write_1h=10**6), 10)]
)
def test_a_million_tokens_of_opus_cost_what_the_list_says(usage: Usage, dollars: float, house: House) -> None:
    assert Logged(house.sources).price(call(usage, "claude-opus-4-8", "anthropic")) == dollars * PER_DOLLAR


def test_what_is_not_known_costs_an_unknown_amount(toy: Any) -> None:
    logged = Logged(toy.sources())
    assert logged.price(call(Unknown("nothing said"))) == Unknown("nothing said")
    assert logged.price(call(Usage(fresh=1), "nobody's")) == Unknown("unknown model nobody's")
    assert logged.price(call(Usage(fresh=1), "mute")) == Unknown("no prices does not list acme/mute")


def test_an_operator_s_price_holds_for_reasoning_and_searches_too(house: House) -> None:
    own = (Rates(above=0, fresh=10, read=1, write_5m=10, write_1h=10, output=20, per=10),)
    names = {**house.sources.names, "anthropic/claude-opus-4-8": "anthropic/claude-opus-4-8"}
    sources = Sources(**{**_fields(house.sources), "offers": {"anthropic/claude-opus-4-8": Offer(rates=own)}, "names": names})
    usage = Usage(fresh=15, output=30, reasoning=20, searches=1)
    assert Logged(sources).price(call(usage, "claude-opus-4-8", "anthropic")) == (15 * 10 + 30 * 20) // 10


def _fields(sources: Sources) -> dict[str, Any]:
    return {name: getattr(sources, name) for name in sources.__struct_fields__}


def test_a_model_is_looked_up_once_and_priced_again_only_where_its_price_changes(house: House) -> None:
    logged = Logged(house.sources)
    listing = entry(house.sources, resolved(house.sources, "deepseek-chat", "deepseek")).listing
    assert listing is not None
    moments = [AT + hours * 3_600_000 for hours in range(-24 * 400, 24, 37)]
    usage = Usage(fresh=1000, read=1000, output=1000)
    found = [logged.price(call(usage, "deepseek-chat", "deepseek", at)) for at in moments]
    assert found == [book.price(house.sources.book, listing, usage, at) for at in moments]
    assert len(set(found)) > 1
    assert len(logged.found) == 1


def test_an_endpoint_is_the_one_it_was_at_the_time(house: House) -> None:
    logged = Logged(house.sources)
    first = logged.endpoint("claude-opus-4-8", "anthropic", AT)
    assert first is not None
    assert first.id == "anthropic/claude-opus-4-8"
    assert logged.endpoint("claude-opus-4-8", "anthropic", AT + 1) is first
    assert logged.endpoint("nobody's", "", AT) is logged.endpoint("nobody's", "", AT + 1) is None
