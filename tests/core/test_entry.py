"""What is written down of a request, and what its tokens cost."""

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import endpoint
from tierwise.core import codec
from tierwise.core.catalog import Rates
from tierwise.core.entry import Asker, Attempt, Bill, Entry, Latency, billed, charged
from tierwise.core.faults import Fault
from tierwise.core.money import Unknown
from tierwise.core.usage import Usage

PRICES = (Rates(0, 10, 1, 12, 20, 50), Rates(1000, 20, 2, 24, 40, 100))
COUNTS = st.integers(0, 10**6)


def test_each_kind_of_token_has_its_price() -> None:
    one = endpoint("p/m", rates=PRICES)
    assert charged(one, Usage(fresh=7, read=5, write_5m=3, write_1h=2, output=11)) == 7 * 10 + 5 * 1 + 3 * 12 + 2 * 20 + 11 * 50


def test_a_prompt_above_a_tier_is_charged_at_it() -> None:
    assert charged(endpoint("p/m", rates=PRICES), Usage(fresh=1001, output=1)) == 1001 * 20 + 100


def test_what_nobody_knows_is_unknown() -> None:
    assert isinstance(charged(endpoint("p/m", rates=PRICES), None), Unknown)
    assert charged(endpoint("p/m", rates=Unknown("not listed")), Usage(1)) == Unknown("not listed")


@given(COUNTS, COUNTS, COUNTS)
def test_reading_from_the_cache_never_costs_more(fresh: int, read: int, output: int) -> None:
    one = endpoint("p/m", rates=PRICES)
    cold, warm = charged(one, Usage(fresh=fresh + read, output=output)), charged(one, Usage(fresh=fresh, read=read, output=output))
    assert isinstance(cold, int)
    assert isinstance(warm, int)
    assert warm <= cold


@given(st.builds(Usage, *[COUNTS] * 5), st.sampled_from([1, 3, 1000]))
def test_the_terms_of_a_bill_add_up_to_the_cost(usage: Usage, per: int) -> None:
    one = endpoint("p/m", rates=(Rates(0, 10, 1, 12, 20, 50, per),))
    bill = billed(one, usage)
    assert bill is not None
    assert sum((bill.fresh, bill.read, bill.write_5m, bill.write_1h, bill.output)) == charged(one, usage)
    assert min(bill.fresh, bill.read, bill.write_5m, bill.write_1h, bill.output) >= 0


def test_a_bill_has_each_term_at_its_price() -> None:
    one = endpoint("p/m", rates=PRICES)
    assert billed(one, Usage(fresh=7, read=5, write_5m=3, write_1h=2, output=11)) == Bill(70, 5, 36, 40, 550)


def test_there_is_no_bill_for_what_nobody_knows() -> None:
    assert billed(endpoint("p/m", rates=PRICES), None) is None
    assert billed(endpoint("p/m", rates=Unknown("not listed")), Usage(1)) is None


def test_an_entry_is_the_same_after_json() -> None:
    tried = Attempt("p/m", "openai_chat", 5, 1.5, 529, Fault("overloaded"), None)
    asker = Asker("", "plain", "s", "openai_chat", "auto")
    entry = Entry("tw-1", 5, asker, None, (tried,), Latency(0.1, 2.0, 3.0, 4.0), 200, usage=Usage(1), cost=5)
    assert codec.decoded(codec.encoded(entry), Entry) == entry
