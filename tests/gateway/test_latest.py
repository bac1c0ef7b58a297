"""The latest request of each session: the one an outcome is told of."""

from tierwise.core.entry import Asker
from tierwise.gateway.latest import KEPT, opened


def asker(session: str, key: str = "ana", turn: str = "person") -> Asker:
    return Asker(key, "pi", session, "openai_chat", "auto", turn)


def test_the_latest_request_of_a_session_is_known_by_its_key() -> None:
    latest = opened()
    for name, one in (("tw-1", asker("s")), ("tw-2", asker("s")), ("tw-3", asker("s", "ben")), ("tw-4", asker("t"))):
        latest.remember(name, one)
    assert [latest.of("ana", "s"), latest.of("ben", "s"), latest.of("ana", "t"), latest.of("ana", "u")] == ["tw-2", "tw-3", "tw-4", ""]


def test_background_calls_and_requests_without_a_session_are_not_judged() -> None:
    latest = opened()
    latest.remember("tw-1", asker("s"))
    latest.remember("tw-2", asker("s", turn="side"))
    latest.remember("tw-3", asker(""))
    assert latest.of("ana", "s") == "tw-1"
    assert len(latest.ids) == 1


def test_the_session_that_was_silent_longest_is_forgotten() -> None:
    latest = opened()
    for number in range(KEPT + 1):
        latest.remember(f"tw-{number}", asker(f"s{number}"))
        latest.remember("tw-a", asker("s0"))
    assert len(latest.ids) == KEPT
    assert (latest.of("ana", "s0"), latest.of("ana", "s1"), latest.of("ana", "s2")) == ("tw-a", "", "tw-2")
