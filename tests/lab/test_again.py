"""A decision made again from its receipt: the same with the same catalog, and what differs with another."""

from msgspec.structs import replace

from tests.assembly.demoing import entries, house
from tierwise.assembly import serving
from tierwise.assembly.serving import Catalogs, Transports
from tierwise.core import codec
from tierwise.core.catalog import Catalog
from tierwise.core.decision import Decision
from tierwise.lab.again import MOST, again
from tierwise.upstream.scripted import Scripted


def catalog(decision: Decision) -> Catalog:
    stock = serving.stocked(house(), {}, Transports(Scripted(), Scripted()))
    receipt = decision.receipt
    return Catalogs(house(), stock, receipt.policy.reference)(receipt.conditions.now, receipt.policy.pin)


def some() -> list[Decision]:
    return [one.decision for one in entries()[::150] if one.decision is not None]


def test_every_stored_decision_comes_out_the_same_from_its_json() -> None:
    for decision in some():
        stored = codec.decoded(codec.encoded(decision), Decision)
        found = again(stored, [catalog(stored)], house().parts)
        assert (found.same_catalog, found.same, found.differs, found.decision) == (True, True, (), decision)


def test_of_several_catalogs_the_one_of_the_receipt_is_used() -> None:
    decision = some()[0]
    right = catalog(decision)
    other = replace(right, endpoints=right.endpoints[:3], digest="other")
    assert again(decision, [other, right], house().parts).same


def test_other_prices_are_told_endpoint_by_endpoint() -> None:
    decision = next(one for one in some() if one.receipt.policy.name == "cheapest")
    right = catalog(decision)
    dearer = tuple(
        replace(one, rates=(replace(one.rates[0], output=one.rates[0].output * 3),))
        for one in right.endpoints
        if isinstance(one.rates, tuple)
    )
    found = again(decision, [replace(right, endpoints=dearer, digest="other")], house().parts)
    assert (found.same_catalog, found.same) == (False, False)
    assert len(found.differs) == MOST + 1
    assert any("cost in all $" in one and "now" in one for one in found.differs)
    assert found.differs[-1].endswith("more")


def test_endpoints_that_are_gone_or_new_are_told() -> None:
    decision = some()[0]
    right = catalog(decision)
    gone = replace(right, endpoints=right.endpoints[1:], digest="other")
    told = again(decision, [gone], house().parts).differs
    assert f"{right.endpoints[0].id}: not among the endpoints now" in told
    fewer = replace(decision, receipt=replace(decision.receipt, verdicts=decision.receipt.verdicts[1:]))
    assert f"{right.endpoints[0].id}: not among the endpoints then" in again(fewer, [right], house().parts).differs


def test_another_choice_is_told_first() -> None:
    decision = replace(some()[0], chain=("x/y",))
    found = again(decision, [catalog(decision)], house().parts)
    assert found.same_catalog
    assert found.differs[0].startswith("chain: x/y then, ")


def test_a_verdict_that_was_a_rejection_is_told() -> None:
    decision = next(one for one in some() if one.receipt.conditions.down or len(one.receipt.verdicts) > 1)
    receipt = decision.receipt
    found = again(
        replace(decision, receipt=replace(receipt, conditions=replace(receipt.conditions, budget=0))), [catalog(decision)], house().parts
    )
    assert any("could serve then, rejected by budget" in one for one in found.differs)


def test_nothing_to_decide_among_is_told() -> None:
    assert again(some()[0], [], house().parts).differs == ("none of its endpoints is known any more",)


def test_a_policy_that_is_gone_is_told() -> None:
    decision = some()[0]
    strange = replace(decision, receipt=replace(decision.receipt, policy=replace(decision.receipt.policy, name="gone")))
    assert again(strange, [catalog(decision)], house().parts).differs == ("the policy 'gone' is not known here",)
