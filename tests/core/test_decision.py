"""A decision and its receipt survive being written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.codec import decoded, encoded
from tierwise.core.decision import (
    Conditions,
    Cost,
    Decision,
    Features,
    Needs,
    Outage,
    Place,
    Policy,
    Prefix,
    Priced,
    Receipt,
    Rejected,
    Seen,
    Size,
    Standing,
    Task,
    Verdict,
)
from tierwise.core.money import Unknown
from tierwise.core.request import Mark

names = st.text(max_size=8)
whole = st.integers(0, 10**15)
share = st.floats(0, 1)
costs = st.builds(Cost, whole, whole, whole, whole, whole, whole, whole, whole, whole, whole)
standings = st.builds(Standing, st.none() | share, st.none() | st.floats(-1, 1))
verdicts: st.SearchStrategy[Verdict] = st.one_of(
    st.builds(Rejected, names, names, names), st.builds(Priced, names, costs | st.builds(Unknown, names), standings, st.booleans())
)
features = st.builds(
    Features,
    st.builds(Size, whole, whole, share),
    st.builds(Prefix, st.lists(st.builds(Mark, names, whole, share), max_size=3).map(tuple), whole),
    st.builds(Task, names, st.integers(1, 3), share, names),
    st.builds(Place, names, whole, whole, whole, whole),
    st.builds(Needs, st.lists(names, max_size=3).map(tuple), st.none() | whole),
    st.dictionaries(names, whole, max_size=2),
)
FEATURES = Features(Size(0, 0, 0.0), Prefix(), Task("", 1, 0.0, ""), Place("", 0, 0, 0, 0), Needs())
receipts = st.builds(
    Receipt, features, st.builds(Conditions, whole), names, st.builds(Policy, names), st.lists(verdicts, max_size=4).map(tuple), names
)


@given(st.builds(Decision, st.lists(names, max_size=3).map(tuple), receipts, names))
def test_a_decision_is_read_back_as_it_was(decision: Decision) -> None:
    assert decoded(encoded(decision), Decision) == decision


@given(
    st.builds(
        Conditions,
        whole,
        st.dictionaries(names, st.builds(Outage, whole, names), max_size=2),
        st.dictionaries(names, st.dictionaries(names, st.builds(Seen, whole, whole, share), max_size=2), max_size=2),
        st.none() | whole,
    )
)
def test_conditions_are_read_back_as_they_were(conditions: Conditions) -> None:
    assert decoded(encoded(conditions), Conditions) == conditions


def test_a_verdict_of_neither_kind_is_refused() -> None:
    whole = encoded(Receipt(FEATURES, Conditions(0), "", Policy(), (Rejected("a", "health", "down"),), ""))
    with pytest.raises(ValueError, match=r"not a Receipt: .*'neither'.*verdicts"):
        decoded(whole.replace(b'"rejected"', b'"neither"'), Receipt)


def test_policies_and_features_do_not_share_what_they_hold() -> None:
    assert Policy().tiers is not Policy().tiers
    assert Conditions(0).warm is not Conditions(0).warm
