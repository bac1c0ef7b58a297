"""How steps are found from the end of a conversation, and how little of it is looked at for them."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise.core.request import Request, Segment
from tierwise.core.signs import Step
from tierwise.core.steps import HEAD, MOST, TAIL, Called, Gave, Seen, cut, shown, steps

CALL = "call"
RESULT = "result"


def conversation(*said: str) -> Request:
    """A request of messages: 'user', 'answer', 'call 1 2' and 'result 1 2'."""
    segments = (Segment("system", "system", Raw(b"x")), *(Segment("message", one.split()[0], Raw(one.encode())) for one in said))
    return Request("toy", "m", segments=segments, calls=sum(one.startswith((CALL, "answer")) for one in said))


def reader(looked: list[str]) -> Callable[[Segment], Seen]:
    """How such messages are read; what was looked at is written down."""

    def seen(segment: Segment) -> Seen:
        words = bytes(segment.raw).decode().split()
        looked.append(" ".join(words))
        if words[0] == CALL:
            return Seen(answer=True, found=tuple(Called(one, f"tool{one}", "{}") for one in words[1:]))
        if words[0] == RESULT:
            return Seen(answer=False, found=tuple(Gave(one, f"gave {one}") for one in words[1:]))
        return Seen(answer=words[0] == "answer")

    return seen


def found(*said: str, turns: int = 1) -> list[tuple[str, str, str | None]]:
    return [(one.id, one.tool, one.result) for one in steps(conversation(*said), reader([]), turns)]


def looked(*said: str, turns: int = 1) -> int:
    at: list[str] = []
    steps(conversation(*said), reader(at), turns)
    return len(at)


def test_the_calls_of_the_latest_answer_come_with_their_results() -> None:
    assert found("user", "call 1", "result 1", "call 2 3", "result 3 2") == [("2", "tool2", "gave 2"), ("3", "tool3", "gave 3")]


def test_calls_and_results_may_stand_in_messages_of_their_own() -> None:
    assert found("user", "answer", "call 1", "call 2", "result 1", "result 2") == [("1", "tool1", "gave 1"), ("2", "tool2", "gave 2")]


def test_a_call_without_a_result_has_none_yet() -> None:
    assert found("user", "call 1 2", "result 2", "user") == [("1", "tool1", None), ("2", "tool2", "gave 2")]


def test_a_result_whose_call_is_not_shown_has_no_tool() -> None:
    assert found("user", "answer", "result 9") == [("9", "", "gave 9")]


def test_a_person_who_speaks_after_the_results_hides_them_not() -> None:
    assert found("user", "call 1", "result 1", "user") == [("1", "tool1", "gave 1")]


def test_an_answer_in_words_ends_it() -> None:
    assert found("user", "call 1", "result 1", "answer", "user") == []
    assert looked("user", "call 1", "result 1", "answer", "user") == 2


def test_more_turns_reach_further_back_but_not_past_the_person() -> None:
    said = ("user", "call 1", "result 1", "user", "call 2", "result 2", "call 3", "result 3")
    assert [one for one, _, _ in found(*said, turns=2)] == ["2", "3"]
    assert [one for one, _, _ in found(*said, turns=9)] == ["2", "3"]


def test_nothing_is_looked_at_before_the_first_answer() -> None:
    assert looked("user", "user") == 0


@given(st.integers(0, 300))
def test_what_came_before_the_latest_turn_is_not_looked_at(before: int) -> None:
    said = [one for nth in range(before) for one in (f"call {nth}", f"result {nth}")]
    assert looked("user", *said, "call x y", "result x y") <= 3


def test_there_is_an_end_to_how_far_is_looked() -> None:
    assert looked("call 1", *["user"] * 500) == MOST


def test_the_first_of_two_results_of_one_call_from_the_end_counts() -> None:
    assert found("user", "call 1", "result 1", "result 1") == [("1", "tool1", "gave 1")]


@given(st.text(max_size=20), st.integers(0, 3))
def test_a_long_text_keeps_its_beginning_and_its_end(end: str, times: int) -> None:
    text = "begin " + "middle " * (times * (HEAD + TAIL)) + end
    short = cut(text)
    assert len(short) <= HEAD + TAIL + 5
    assert short.startswith("begin ")
    assert short.endswith(end)
    assert (short == text) == (len(text) <= HEAD + TAIL)


def test_the_system_and_what_changes_on_every_call_take_no_part() -> None:
    segments = (
        Segment("message", "call", Raw(b"call 1")),
        Segment("message", "result", Raw(b"result 1")),
        Segment("volatile", "user", Raw(b"user")),
        Segment("system", "system", Raw(b"x")),
    )
    assert steps(Request("toy", "m", segments=segments, calls=1), reader([])) == (Step("1", "tool1", "{}", "gave 1"),)


def test_a_result_shows_its_texts_and_nothing_where_there_are_none() -> None:
    parts = rb'[{"type": "text", "text": "a"}, {"type": "image"}, {"text": "b"}]'
    assert [shown(Raw(raw)) for raw in (rb'"a\nb"', parts, b"null", b"7", b"")] == ["a\nb", "a\nb", "", "", ""]
