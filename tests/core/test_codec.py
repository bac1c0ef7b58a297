"""JSON of core values: equal values, equal text; what does not fit is named."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from tierwise.core.codec import decoded, digest, encoded


class Thing(Struct, frozen=True):
    """Something to write down."""

    share: float
    named: dict[str, int] = {}


things = st.builds(Thing, st.floats(allow_nan=False, allow_infinity=False), st.dictionaries(st.text(), st.integers(-(2**63), 2**63)))


@given(things)
def test_a_value_is_read_back_as_it_was(thing: Thing) -> None:
    again = decoded(encoded(thing), Thing)
    assert again == thing
    assert math.copysign(1, again.share) == math.copysign(1, thing.share)
    assert digest(again) == digest(thing)


@given(st.dictionaries(st.text(), st.integers(0, 9), min_size=2), st.randoms())
def test_the_order_in_which_keys_came_leaves_no_trace(named: dict[str, int], dice: Any) -> None:
    keys = list(named)
    dice.shuffle(keys)
    shuffled = {key: named[key] for key in keys}
    assert encoded(shuffled) == encoded(named)
    assert digest(shuffled) == digest(named)


@given(things, things)
def test_two_values_share_a_digest_only_if_they_are_equal(left: Thing, right: Thing) -> None:
    assert (digest(left) == digest(right)) == (encoded(left) == encoded(right))


@given(things)
def test_the_text_is_json_that_others_read_alike(thing: Thing) -> None:
    assert json.loads(encoded(thing)) == {"share": thing.share, "named": thing.named}


def test_a_digest_is_sixteen_hex_digits_and_the_same_on_every_machine() -> None:
    """The digest that `printf '{"a":[0.1,null],"b":1}' | sha256sum` begins with."""
    assert digest({"b": 1, "a": [0.1, None]}) == "39c1a64c21a6f8de"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b'{"share":"a lot"}', "$.share"),
        (b'{"share":0.5,"named":{"x":"y"}}', "$.named"),
        (b"{}", "share"),
        (b"{", "truncated"),
        (b"", "truncated"),
        (b'{"share":0.5,"named":{"\xff":1}}', "utf-8"),
        (b'{"share":0.5,"other":' + b"[" * 100_000, "depth"),
        (b'{"share":1e400}', "range"),
    ],
)
def test_what_does_not_fit_is_a_value_error_that_says_where(text: bytes, named: str) -> None:
    with pytest.raises(ValueError, match=r"^not a Thing: ") as refused:
        decoded(text, Thing)
    assert named in str(refused.value)
    assert type(refused.value) is ValueError
