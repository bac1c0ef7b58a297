"""What is lost on a wire, and which losses change the answer."""

from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.losses import LOSSES, hard, lost

names = st.sets(st.sampled_from(sorted(LOSSES)))


@given(names, names)
def test_what_is_used_and_not_carried_is_lost_in_order_of_name(uses: set[str], carries: set[str]) -> None:
    found = lost([*uses, *uses], frozenset(carries))
    assert set(found) == uses - carries
    assert list(found) == sorted(set(found))


def test_losses_that_change_the_answer_are_told_from_those_that_do_not() -> None:
    assert hard(("audio", "cache marks", "server tools")) == ("audio", "server tools")
    assert hard(("cache marks", "unknown fields")) == ()
    assert hard(()) == ()


def test_a_loss_that_nobody_has_named_is_taken_for_a_hard_one() -> None:
    assert hard(("something new",)) == ("something new",)
