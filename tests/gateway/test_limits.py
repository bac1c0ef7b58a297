"""What a key may have at once and in a minute."""

import pytest

from tests.gateway.fickle import NOW, key
from tierwise.gateway.asking import Refused
from tierwise.gateway.limits import Limits

MINUTE = 60_000


def refused(limits: Limits, *given: object, what: str = "enter") -> tuple[str, str, int | None]:
    with pytest.raises(Refused) as error:
        getattr(limits, what)(*given)
    return error.value.fault.kind, error.value.fault.message, error.value.fault.after


def test_a_key_without_limits_leaves_no_trace() -> None:
    limits = Limits()
    one = key()
    for _ in range(3):
        limits.enter(one, NOW)
        assert limits.take(one, 10**9, NOW) == 0
        limits.settle(one, 0, 10**9)
        limits.leave(one)
    assert limits == Limits()


def test_a_key_has_as_many_at_once_as_it_may() -> None:
    limits, one = Limits(), key(concurrency=2)
    limits.enter(one, NOW)
    limits.enter(one, NOW)
    assert refused(limits, one, NOW) == ("concurrency", "key ann may have 2 requests at once", 1000)
    limits.leave(one)
    limits.enter(one, NOW)
    for _ in range(2):
        limits.leave(one)
    assert limits.running == {}


def test_a_key_has_as_many_in_a_minute_as_it_may_and_hears_when_to_come_back() -> None:
    limits, one = Limits(), key(requests=3, concurrency=10)
    for _ in range(3):
        limits.enter(one, NOW)
    assert refused(limits, one, NOW) == ("key_rate", "key ann may have 3 requests a minute", MINUTE // 3)
    assert limits.running == {"ann": 3}
    assert refused(limits, one, NOW + MINUTE // 3 - 1)[2] == 1
    limits.enter(one, NOW + MINUTE // 3)


def test_tokens_are_taken_before_and_settled_after() -> None:
    limits, one = Limits(), key(tokens=1000)
    assert limits.take(one, 800, NOW) == 800
    assert refused(limits, one, 400, NOW, what="take") == ("key_rate", "key ann may have 1,000 tokens a minute", 12_000)
    limits.settle(one, 800, 100)
    assert limits.take(one, 400, NOW) == 400
    limits.settle(one, 400, None)
    assert refused(limits, one, 501, NOW, what="take")[0] == "key_rate"


def test_a_request_larger_than_a_minute_is_served_when_the_minute_is_full_and_leaves_a_debt() -> None:
    limits, one = Limits(), key(tokens=1000)
    assert limits.take(one, 5000, NOW) == 5000
    assert refused(limits, one, 1, NOW, what="take")[2] == pytest.approx(4 * MINUTE, rel=0.01)


def test_keys_of_one_name_are_told_apart_by_their_ids_and_a_limit_that_changes_holds_at_once() -> None:
    limits = Limits()
    limits.enter(key(requests=1, id="k-1"), NOW)
    limits.enter(key(requests=1, id="k-2"), NOW)
    assert refused(limits, key(requests=1, id="k-1"), NOW)[0] == "key_rate"
    limits.enter(key(requests=2, id="k-1"), NOW)


def test_to_settle_what_was_never_taken_changes_nothing() -> None:
    limits = Limits()
    limits.settle(key(tokens=5), 3, 3)
    limits.leave(key(concurrency=1))
    assert limits == Limits()
