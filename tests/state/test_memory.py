"""Which prompts are warm where: what a session left is found by its next call, and the memory is bounded."""

from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.decision import Prefix, Seen
from tierwise.core.request import Mark
from tierwise.state import memory


def prefix(head: list[str], *said: str, ttl: int = 300) -> Prefix:
    names = [*head, *said]
    return Prefix(tuple(Mark("/".join(names[: end + 1]), 100 * (end + 1)) for end in range(len(names))), len(head), ttl)


HEAD = ["tools", "system"]


def test_the_next_call_of_a_session_finds_the_end_of_the_last_one() -> None:
    state = memory.opened()
    state.served("p/a", prefix(HEAD, "one"), 5)
    assert state.warm(prefix(HEAD, "one", "two", "three")) == {"p/a": {"tools/system": Seen(5), "tools/system/one": Seen(5)}}


def test_another_session_finds_the_head() -> None:
    state = memory.opened()
    state.served("p/a", prefix(HEAD, "one", ttl=3600), 5)
    assert state.warm(prefix(HEAD, "other")) == {"p/a": {"tools/system": Seen(5, 3600)}}


def test_another_head_finds_nothing() -> None:
    state = memory.opened()
    state.served("p/a", prefix(HEAD, "one"), 5)
    assert state.warm(prefix(["tools", "else"], "one")) == {}


def test_each_endpoint_has_its_own() -> None:
    state = memory.opened()
    state.served("p/a", prefix(HEAD, "one"), 5)
    state.served("p/b", prefix(HEAD, "one", "two"), 9)
    found = state.warm(prefix(HEAD, "one", "two", "three"))
    assert found["p/a"] == {"tools/system": Seen(5), "tools/system/one": Seen(5)}
    assert found["p/b"] == {"tools/system": Seen(9), "tools/system/one/two": Seen(9)}


def test_a_prompt_without_anything_leaves_nothing() -> None:
    state = memory.opened()
    state.served("p/a", Prefix(), 5)
    assert state.warm(Prefix()) == {}


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=3), st.integers(0, 9)), max_size=60))
def test_there_are_never_more_marks_than_allowed(served: list[tuple[str, int]]) -> None:
    state = memory.opened(10)
    for name, now in served:
        state.served("p/a", prefix([name], str(now)), now)
        assert len(state.marks) <= 10
