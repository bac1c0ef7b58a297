"""What a model's name and the headers of one request mean."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.gateway.within import Sold, gateway
from tierwise.core.tasks import KINDS
from tierwise.gateway import asking
from tierwise.gateway.asking import Asking, Refused, Wanted
from tierwise.upstream.scripted import Scripted

FINE = Scripted(pace=0)


@pytest.fixture(scope="module")
def wanted() -> Any:
    """What a name and headers mean where an operator sells two models and has an alias for one and for a way to choose."""
    made = gateway(
        Sold("one/Alpha", FINE), Sold("two/beta", FINE, price=2), aliases={"mine": "two/beta", "Fast": "two/beta"}, policy="value"
    )
    return lambda model, **headers: made.asking.wanted(
        model, {name.replace("_", "-"): value for name, value in headers.items()}, made.everybody.wanted
    )


def told(**headers: str) -> dict[str, str]:
    return {f"x_tierwise_{name}": value for name, value in headers.items()}


@pytest.mark.parametrize("name", ["auto", "AUTO", "tierwise", "tierwise/auto", "Tierwise/Auto"])
def test_auto_in_any_case_means_the_settings_policy(wanted: Any, name: str) -> None:
    found = wanted(name)
    assert (found.policy.name, found.policy.floor, found.policy.pin) == ("value", 0.1, "")
    assert found.only is False


@pytest.mark.parametrize(("name", "floor"), [("tierwise/best", 0.0), ("TIERWISE/best", 0.0)])
def test_best_has_the_floor_of_the_reference(wanted: Any, name: str, floor: float) -> None:
    assert (wanted(name).policy.name, wanted(name).policy.floor) == ("cheapest", floor)


def test_cheap_is_the_cheapest_of_the_flash_tier_whatever_the_work(wanted: Any) -> None:
    policy = wanted("tierwise/cheap").policy
    assert policy.name == "tiered"
    assert set(policy.tiers.values()) == {"flash"}


@pytest.mark.parametrize(
    ("name", "pin"),
    [
        ("two/beta", "two/beta"),
        ("TWO/Beta", "two/beta"),
        ("beta", "beta"),
        ("BETA", "beta"),
        ("alpha", "Alpha"),
        ("one/alpha", "one/Alpha"),
        ("mine", "beta"),
        ("Mine", "beta"),
        ("fast", "beta"),
        ("claude-opus-4-8", "claude-opus-4-8"),
        ("anthropic/claude-opus-4-8", "claude-opus-4-8"),
    ],
)
def test_a_model_is_pinned_by_any_of_its_names(wanted: Any, name: str, pin: str) -> None:
    found = wanted(name)
    assert (found.policy.name, found.policy.pin) == ("pinned", pin)


def test_an_endpoint_that_is_named_to_the_letter_is_that_endpoint_and_a_model_all_that_sell_it() -> None:
    made = gateway(Sold("one/alpha", FINE), Sold("two/alpha", FINE, price=2))
    assert made.asking.wanted("two/alpha", {}, made.everybody.wanted).policy.pin == "two/alpha"
    assert made.asking.wanted("alpha", {}, made.everybody.wanted).policy.pin == "alpha"


@pytest.mark.parametrize(("name", "near"), [("two/bata", "two/beta"), ("claude-opus-4-9", "claude-opus-4-8"), ("one/alpah", "one/Alpha")])
def test_an_unknown_name_is_refused_with_the_nearest_one(wanted: Any, name: str, near: str) -> None:
    with pytest.raises(Refused) as error:
        wanted(name)
    assert error.value.fault.kind == "unknown_model"
    assert name in str(error.value)
    assert near in str(error.value)
    assert "auto" in str(error.value)


@pytest.mark.parametrize("name", ["", " ", "\0", "no-such-thing", "/", "//", "auto/x", "tierwise/none", "💥"])
def test_names_that_mean_nothing_are_refused(wanted: Any, name: str) -> None:
    with pytest.raises(Refused) as error:
        wanted(name)
    assert error.value.fault.kind == "unknown_model"


def test_the_error_about_a_name_without_end_is_short(wanted: Any) -> None:
    with pytest.raises(Refused) as error:
        wanted("gpt-4o-" + "x" * 1_000_000)
    assert len(str(error.value)) < 300


def test_an_alias_may_stand_for_a_way_to_choose() -> None:
    made = gateway(Sold("one/alpha", FINE), aliases={"gpt-4o": "tierwise/best", "sonnet": "Auto"})
    found = made.asking.wanted("GPT-4o", {}, made.everybody.wanted)
    assert (found.policy.name, found.policy.floor) == ("cheapest", 0.0)
    assert made.asking.wanted("sonnet", {}, made.everybody.wanted).policy == made.everybody.wanted.policy


def test_names_are_kept_apart_by_the_policy_they_are_asked_under(wanted: Any) -> None:
    made = gateway(Sold("one/alpha", FINE))
    usual = made.everybody.wanted
    other = Wanted(replace(usual.policy, floor=0.5), b"other")
    assert made.asking.wanted("auto", {}, usual).policy.floor == 0.1
    assert made.asking.wanted("auto", {}, other).policy.floor == 0.5
    assert made.asking.wanted("auto", {}, usual).policy.floor == 0.1
    assert wanted("auto").key != b"other"


def test_only_so_many_names_are_kept() -> None:
    made = gateway(Sold("one/alpha", FINE))
    asks = Asking(asking.Lookup(lambda name: name, frozenset(), lambda *_: "", {}))
    for number in range(asking.MOST * 2 + 10):
        asks.wanted(f"model-{number}", {}, made.everybody.wanted)
    assert len(asks.known) <= asking.MOST


# Headers


def test_a_header_changes_the_policy_of_one_request_only(wanted: Any) -> None:
    assert wanted("auto", **told(policy=" cheapest ")).policy.name == "cheapest"
    assert wanted("auto", **told(floor="0.25")).policy.floor == 0.25
    assert wanted("auto").policy.floor == 0.1
    assert wanted("auto").policy.name == "value"


def test_models_named_in_a_header_limit_the_choice(wanted: Any) -> None:
    assert wanted("auto", **told(models="two/beta, one/alpha,,")).policy.models == ("one/Alpha", "two/beta")
    assert wanted("auto", **told(models="")).policy.models == ()


def test_the_task_and_the_session_are_taken_from_headers(wanted: Any) -> None:
    found = wanted("auto", **told(task=" Review ", session=" s-1 "))
    assert (found.hints.task, found.session) == ("review", "s-1")
    assert wanted("auto", **told(session="x")).hints.task is None


def test_route_off_asks_for_a_model_or_nothing(wanted: Any) -> None:
    assert wanted("beta", **told(route="OFF")).only
    assert not wanted("beta", **told(route="on")).only
    with pytest.raises(Refused, match="exact model"):
        wanted("auto", **told(route="off"))


@pytest.mark.parametrize("headers", [told(policy="pinned", route="off"), told(policy="pinned")])
def test_a_choice_cannot_be_pinned_to_nothing_by_a_header(wanted: Any, headers: dict[str, str]) -> None:
    with pytest.raises(Refused) as error:
        wanted("auto", **headers)
    assert error.value.fault.kind == "malformed"


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        (told(policy="valeu"), "did you mean 'value'"),
        (told(policy=""), "unknown policy"),
        (told(floor="a lot"), "between 0 and 1"),
        (told(floor="nan"), "between 0 and 1"),
        (told(floor="inf"), "between 0 and 1"),
        (told(floor="-0.1"), "between 0 and 1"),
        (told(floor="1.01"), "between 0 and 1"),
        (told(floor=""), "between 0 and 1"),
        (told(task="dance"), KINDS[0]),
    ],
)
def test_a_header_that_means_nothing_is_refused_with_what_would(wanted: Any, headers: dict[str, str], says: str) -> None:
    with pytest.raises(Refused) as error:
        wanted("auto", **headers)
    assert error.value.fault.kind == "malformed"
    assert says in str(error.value)
    assert "x-tierwise-" in str(error.value)


def test_a_model_in_a_header_that_nobody_knows_is_refused(wanted: Any) -> None:
    with pytest.raises(Refused) as error:
        wanted("auto", **told(models="one/alpha,two/bata"))
    assert error.value.fault.kind == "unknown_model"
    assert "two/beta" in str(error.value)


def test_headers_of_others_and_unknown_ones_of_ours_change_nothing(wanted: Any) -> None:
    assert wanted("auto", x_other="1", accept="*").policy == wanted("auto").policy
    assert wanted("auto", **told(nonsense="1")).policy == wanted("auto").policy
