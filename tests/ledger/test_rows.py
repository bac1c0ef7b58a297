"""Entries as rows and packed bytes: what is packed comes back the same, and a row is what any database takes."""

import math

import pytest
from hypothesis import given, settings
from msgspec import structs

from tests.ledger.samples import BODIES, NOON, decision, entry, of
from tierwise.core.entry import Attempt, Entry, Latency, Outcome
from tierwise.core.faults import Fault
from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.ledger import Row, rows
from tierwise.ledger.records import decoded, encoded
from tierwise.ledger.rows import LONGEST, MOST, REASON, Unreadable

ANY = of(Entry)


@given(ANY)
@settings(max_examples=60)
def test_what_was_packed_comes_back_the_same(one: Entry) -> None:
    assert rows.unpacked(rows.packed(one), rows.packed_bodies(one.bodies)) == one


@given(ANY)
@settings(max_examples=60)
def test_what_was_packed_of_its_own_bytes_comes_back_the_same(one: Entry) -> None:
    ready = rows.laid(one, encoded(one))
    assert rows.unpacked(ready.receipt, ready.bodies) == decoded(encoded(one))
    assert ready.columns == rows.values(rows.row_of(one))


@given(of(Outcome).filter(lambda one: abs(one.at) < 1 << 63))
def test_an_outcome_comes_back_the_same(one: Outcome) -> None:
    assert rows.unpacked_outcome(rows.packed_outcome(one)) == one


@given(ANY)
@settings(max_examples=60)
def test_a_row_comes_back_from_its_columns_and_fits_any_database(one: Entry) -> None:
    made = rows.row_of(one)
    columns = rows.values(made)
    assert rows.row(columns) == made
    assert len(columns) == len(rows.COLUMNS)
    for value in columns:
        if isinstance(value, int):
            assert -MOST - 1 <= value <= MOST
        elif isinstance(value, float):
            assert math.isfinite(value)
        else:
            assert value is None or (len(value) <= REASON and "\0" not in value) or value.startswith("[")


def test_bodies_are_packed_apart() -> None:
    bare, full = entry("a"), entry("a", bodies=BODIES)
    assert rows.packed(full) == rows.packed(bare)
    assert rows.unpacked(rows.packed(full)) == bare
    assert rows.unpacked(rows.packed(full), rows.packed_bodies(BODIES)) == full
    assert rows.packed_bodies(None) is None


@pytest.mark.parametrize(
    "data", [b"", b"\x01", b"\x01rubbish", b"\x07" + rows.packed(entry("a"))[1:], rows.packed(entry("a"))[:-9], b"\x02" + b"x"]
)
def test_what_is_no_packed_entry_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(Unreadable, match="not a packed entry"):
        rows.unpacked(data)


def test_a_row_says_who_asked_what_was_decided_and_what_came_of_it() -> None:
    failed = Attempt("two/beta", "openai_chat", NOON, 3.0, 429, Fault("rate_limit"), hedge=True)
    good = Attempt("one/alpha", "openai_chat", NOON, 9.0, 200)
    found = rows.row_of(entry("a", attempts=(failed, good), stream=True, turn="tool"))
    assert found == Row(
        "a", NOON, "ann", "core", "x", ("night", "batch"), "s1", "plain", "openai_chat", "tool", "code", 2, "cheapest", "auto",
        "one/alpha", "alpha", 200, "", True, True, 2, 1, 1, Usage(10, 700, 0, 0, 20, 5), 700, 5_000, "", 9_000, "",  # noqa: FBT003  # a row's columns
        (1_000, 2_000, 0, 0, 2_000), "2026-11-01", 1.0, 5.0, 6.0, 12.5, "one/alpha costs least",
    )  # fmt: skip


def test_a_request_that_nothing_served_has_no_endpoint() -> None:
    failed = Attempt("one/alpha", "openai_chat", NOON, 3.0, 500, Fault("server_error"))
    found = rows.row_of(entry("a", attempts=(failed,), committed=False, fault=Fault("server_error"), usage=None, bill=None, model=""))
    assert (found.endpoint, found.predicted, found.usage, found.bill, found.fault) == ("", None, None, None, "server_error")


@pytest.mark.parametrize(
    "made",
    [
        None,
        structs.replace(decision(), receipt=structs.replace(decision().receipt, verdicts=())),
        decision("two/beta"),
    ],
)
def test_without_a_price_of_the_endpoint_nothing_was_predicted(made: object) -> None:
    good = Attempt("two/beta" if made == decision("two/beta") else "one/alpha", "openai_chat", NOON, 9.0, 200)
    assert rows.row_of(entry("a", decision=made, attempts=(good,))).predicted in ({700} if made == decision("two/beta") else {None})


def test_an_unknown_amount_keeps_its_reason() -> None:
    found = rows.row_of(entry("a", cost=Unknown("no price"), baseline=Unknown("no reference")))
    assert (found.cost, found.cost_because, found.baseline, found.baseline_because) == (None, "no price", None, "no reference")


def test_what_is_cut_stays_apart_from_what_is_cut_elsewhere() -> None:
    left, right = "x" * 300 + "1", "x" * 300 + "2"
    assert rows.short(left) != rows.short(right)
    assert len(rows.short(left)) == LONGEST
    assert rows.short(left) == rows.short(left)
    assert rows.short("x" * LONGEST) == "x" * LONGEST
    assert rows.short("a\0b") == "a\N{REPLACEMENT CHARACTER}b"


def test_numbers_and_times_are_kept_to_what_fits() -> None:
    found = rows.row_of(entry("a", at=-5, cost=10**30, usage=Usage(10**20), latency=Latency(math.inf, math.nan, None, 1)))
    assert (found.at, found.cost, found.usage) == (0, MOST, Usage(MOST))
    assert (found.decide_ms, found.first_byte_ms, found.first_content_ms, found.total_ms) == (0.0, 0.0, None, 1.0)
    assert rows.row_of(entry("a", at=10**18)).at == rows.LATEST


def test_a_tag_that_is_given_twice_is_there_once() -> None:
    assert rows.row_of(entry("a", tags=("x", "y", "x"))).tags == ("x", "y")
