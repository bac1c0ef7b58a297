"""What a key may do, and how keys are told apart."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise.core.keys import (
    ALPHABET,
    LENGTH,
    PREFIX,
    BadKey,
    NoKey,
    Role,
    VirtualKey,
    checked,
    chosen,
    may,
    past,
    permits,
    secrets_of,
    shaped,
    span,
    taken,
)

ANN = VirtualKey("k-1", "aa", "ann", created=10)
ROTATED = VirtualKey("k-1~9", "ab", "ann", created=10, expires=500)
BOB = VirtualKey("k-2", "bb", "bob", created=20, revoked=30)
BOB_AGAIN = VirtualKey("k-3", "cc", "bob", created=40)
ALL = (ANN, ROTATED, BOB, BOB_AGAIN)


@given(st.text(alphabet=sorted(ALPHABET), min_size=LENGTH, max_size=LENGTH))
def test_a_secret_of_ours_has_the_shape_of_one(text: str) -> None:
    assert shaped(PREFIX + text)
    assert not shaped(PREFIX + text[1:])
    assert not shaped(PREFIX + text + "a")
    assert not shaped("sk-" + text)
    assert not shaped(PREFIX + text[:-1] + "!")


@pytest.mark.parametrize(
    ("expires", "revoked", "now", "over"),
    [(0, 0, 10**15, ""), (100, 0, 99, ""), (100, 0, 100, "expired"), (100, 50, 60, "revoked"), (100, 50, 200, "revoked"), (0, 50, 49, "")],
)
def test_a_key_is_good_until_it_expires_or_is_revoked(expires: int, revoked: int, now: int, over: str) -> None:
    assert past(replace(ANN, expires=expires, revoked=revoked), now) == over


@pytest.mark.parametrize(
    ("role", "needed", "enough"),
    [
        ("client", "client", True),
        ("client", "reader", False),
        ("reader", "admin", False),
        ("reader", "client", True),
        ("admin", "admin", True),
    ],
)
def test_a_role_may_do_what_those_below_it_may(role: Role, needed: Role, enough: bool) -> None:  # noqa: FBT001  # a column of the table
    assert may(role, needed) is enough


def test_where_nothing_is_named_all_is_allowed() -> None:
    assert permits((), "cheapest")
    assert permits(("one/alpha",), "alpha", "one/alpha")
    assert not permits(("one/alpha",), "beta", "one/beta")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": "  "}, "key '  ': its name has to have between 1 and 100 printable characters"),
        ({"name": "a\nb"}, "printable"),
        ({"name": "a" * 101}, "printable"),
        ({"role": "root"}, "unknown role 'root'; known: client, reader, admin"),
        ({"expires": 10}, "it would expire before it is made"),
        ({"pin": "alpha", "role": "admin"}, "it pins a model, so it is a client's and no admin's"),
        ({"floor": 1.5}, "floor 1.5 is not between 0 and 1"),
        ({"requests": 0}, "requests 0 is not at least 1"),
        ({"tokens": -1}, "tokens -1 is not at least 1"),
        ({"concurrency": 0}, "concurrency 0 is not at least 1"),
    ],
)
def test_a_key_that_makes_no_sense_says_why(change: dict[str, Any], wrong: str) -> None:
    with pytest.raises(BadKey, match=r"^key ") as error:
        checked(replace(ANN, **change))
    assert wrong in str(error.value)


def test_a_key_that_makes_sense_is_itself() -> None:
    one = replace(ANN, expires=11, floor=0.0, requests=1, tokens=1, concurrency=1, role="admin")
    pinned = replace(ANN, pin="alpha", role="client")
    assert checked(pinned) is pinned
    assert checked(one) is one


@pytest.mark.parametrize(
    ("text", "ms"), [("45m", 45 * 60_000), (" 12H ", 12 * 3_600_000), ("30d", 30 * 86_400_000), ("2w", 14 * 86_400_000)]
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, ms: int) -> None:
    assert span(text) == ms


@pytest.mark.parametrize("text", ["", "0d", "3y", "d", "-1d", "1.5h", "9999999d", "1d2h"])
def test_anything_else_is_no_length_of_time(text: str) -> None:
    with pytest.raises(BadKey, match="is no length of time; write 45m, 12h, 30d or 2w"):
        span(text)


def test_a_key_is_chosen_by_its_id_or_its_name() -> None:
    assert chosen(ALL, "k-1") is ANN
    assert chosen(ALL, "ann") is ANN
    assert chosen(ALL, "k-2") is BOB
    assert chosen(ALL, "bob") is BOB_AGAIN
    assert chosen((ANN, BOB), "bob") is BOB


def test_a_name_that_is_no_keys_or_several_says_what_there_is() -> None:
    with pytest.raises(NoKey, match=r"^no key 'anne'; did you mean 'ann'\?$"):
        chosen(ALL, "anne")
    with pytest.raises(NoKey, match=r"^no key 'zzz'$"):
        chosen((), "zzz")
    with pytest.raises(BadKey, match="2 keys are called 'ann'; say which by its id: k-1, k-9"):
        chosen((ANN, replace(ANN, id="k-9")), "ann")


def test_the_secrets_a_key_had_before_go_with_it_and_no_name_is_taken_twice() -> None:
    assert secrets_of(ALL, ANN) == (ANN, ROTATED)
    assert secrets_of(ALL, BOB) == (BOB,)
    assert taken(ALL, "ann", 10**15)
    assert not taken((BOB,), "bob", 31)
    assert not taken(ALL, "eve", 0)
