import pytest

from tests.engine.worlds import TABLES
from tierwise.core.decision import Place
from tierwise.core.request import Hints, Request
from tierwise.engine.horizon import NOTHING
from tierwise.engine.signals.place import SIGNAL


def place(turn: str = "tool", client: str = "claude_code", calls: int = 8, needs: tuple[str, ...] = ("tools",), **more: object) -> Place:
    """The place of a request in the middle of an agent's session, unless something else is said of it."""
    found = SIGNAL.read(Request("anthropic", "m0", turn=turn, client=client, calls=calls, needs=needs, **more), TABLES, {})  # type: ignore[arg-type]  # limit, hints
    assert isinstance(found, Place)
    return found


def test_what_follows_is_read_from_the_horizon_of_the_client_and_the_calls_so_far() -> None:
    assert place() == Place("tool", 8, 61, 1236, 671)
    assert place(calls=2) == Place("tool", 2, 63, 813, 342)
    assert place(client="somebody", turn="person") == Place("person", 8, 20, 900, 400)


def test_the_caller_is_believed_on_calls_and_output() -> None:
    assert place(hints=Hints(calls=0, output=50)) == Place("tool", 0, 63, 813, 50)
    assert place(calls=0, hints=Hints(calls=6)).remaining == 61


@pytest.mark.parametrize(("turn", "needs"), [("side", ("tools",)), ("person", ()), ("person", ("images",))])
def test_nothing_follows_a_background_call_or_one_without_tools(turn: str, needs: tuple[str, ...]) -> None:
    assert place(turn=turn, needs=needs) == Place(turn, 8, 0, 0, NOTHING.output)


@pytest.mark.parametrize(("limit", "output"), [(None, 671), (670, 670), (32_000, 671), (1, 1)])
def test_no_more_output_is_expected_than_the_client_allows(limit: int | None, output: int) -> None:
    assert place(limit=limit).output == output


def test_a_callers_word_on_output_is_bounded_by_the_limit_too() -> None:
    assert place(limit=100, hints=Hints(output=5000)).output == 100
