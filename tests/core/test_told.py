"""What was told of models, summed: the words it is passed on in."""

from tierwise.core import codec
from tierwise.core.told import Paid, Told


def test_sums_come_back_from_json_as_they_were() -> None:
    told, paid = Told("a", "debug", "header", "ann", 20_000, 1.5, 0.5, 3), Paid("a", "debug", 3, 10**30)
    assert codec.decoded(codec.encoded(told), Told) == told
    assert codec.decoded(codec.encoded(paid), Paid) == paid
    assert paid.deviation is None
