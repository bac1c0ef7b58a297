import pytest

from tests.engine.worlds import NOW, catalog, endpoint, features
from tierwise.core.decision import Conditions, Needs, Policy
from tierwise.engine.filters.fidelity import FILTER

LOSSES = {"openai_chat": ("cache marks", "server tools", "stored state"), "openai_responses": ("several choices", "signed thinking")}
WORLD = catalog(
    endpoint("p0/a", wires=("anthropic",)),
    endpoint("p0/b", wires=("openai_chat",)),
    endpoint("p0/c", wires=("openai_chat", "anthropic")),
    endpoint("p0/d", wires=("openai_responses", "openai_chat")),
    endpoint("p0/e", wires=()),
)


def objections(losses: dict[str, tuple[str, ...]], policy: Policy) -> dict[int, str]:
    """What the filter says to a request of which other wires would lose something."""
    return dict(FILTER.objections(FILTER.prepare(WORLD, policy), features(needs=Needs(losses=losses)), Conditions(NOW)))


def test_endpoints_that_speak_only_lossy_wires_are_refused_and_the_loss_is_named() -> None:
    assert objections(LOSSES, Policy()) == {
        1: "openai_chat would lose server tools, stored state",
        3: "openai_responses would lose several choices",
    }


SOFT = {"openai_chat": ("cache marks", "signed thinking"), "openai_responses": ("signed thinking",)}


@pytest.mark.parametrize("losses", [{}, {"openai_chat": ()}, SOFT])
def test_nothing_is_refused_where_nothing_would_be_lost_that_changes_the_answer(losses: dict[str, tuple[str, ...]]) -> None:
    assert objections(losses, Policy()) == {}


def test_a_policy_may_accept_losses() -> None:
    assert objections(LOSSES, Policy(lossy=True)) == {}
