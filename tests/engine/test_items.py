"""Work items: what a call belongs to, what its signs say and of whom, and when a model has failed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise.core.decision import Held
from tierwise.core.signs import SIGNS, Step
from tierwise.engine.items import STRIKE, STRIKES, WORDS, Arrival, Call, Item, Served, arrived, begun, held, inherited, served

ASKED = "make the date parser accept leap days"
POLICY = b"usual"


class Session:
    """A session under way: every call is answered by `model`."""

    def __init__(self, model: str = "small") -> None:
        self.model, self.calls, self.count = model, 0, 0
        self.words, self.previous = "", ""
        self.item: Item | None = None

    def _came(self, call: Call) -> Arrival:
        self.count += 1
        found = arrived(self.item, call)
        item = found.item if found.item.id else replace(found.item, id=f"tw-{self.count}")
        one = Served(f"tw-{self.count}", f"shop/{self.model}", self.model, "test", POLICY)
        self.item, self.calls = served(item, one), self.calls + 1
        return found

    def says(self, words: str, *, spoken: bool = True, escalates: bool = True) -> Arrival:
        self.previous, self.words = self.words, words
        return self._came(Call(words=words, previous=self.previous, calls=self.calls, spoken=spoken, escalates=escalates))

    def ran(self, line: str, result: str) -> Arrival:
        return self.did("bash", json.dumps({"command": line}), result)

    def did(self, tool: str, said: str, result: str) -> Arrival:
        step = Step("c1", tool, said, result)
        return self._came(Call("tool", self.words, "", self.calls, spoken=False, steps=(step,)))

    def edits(self, number: int) -> Arrival:
        return self.did("edit", f'{{"path": "a.py", "old_string": "x", "new_string": "try {number}"}}', "done")

    def fails(self) -> Arrival:
        return self.ran("pytest -q", "Exit code: 1\n1 failed, 2 passed in 0.1s")

    def passes(self) -> Arrival:
        return self.ran("pytest -q", "Exit code: 0\n3 passed in 0.1s")


def told(found: Arrival) -> list[tuple[str, str]]:
    return [(one.outcome, one.model) for one in found.findings]


def begins(words: str = ASKED) -> Session:
    one = Session()
    assert one.says(words).fresh
    return one


def test_the_first_call_of_a_session_begins_an_item_and_tells_nothing() -> None:
    found = arrived(None, Call(words=ASKED))
    assert (found.fresh, found.findings, found.before, found.item.id) == (True, (), None, "")
    assert found.item == begun(Call(words=ASKED))


def test_results_of_tools_stay_in_the_item() -> None:
    one = begins()
    for number in range(5):
        found = one.ran(f"ls {number}", "a.py")
        assert (found.fresh, found.item.id, found.escalated) == (False, "tw-1", False)


@pytest.mark.parametrize(
    ("words", "stays", "outcomes"),
    [
        ("that's wrong, it still fails", True, [("rejected", "small")]),
        ("no, use the other library", True, [("rejected", "small")]),
        (ASKED + " please", True, [("rejected", "small")]),
        ("go on", True, []),
        ("thanks, that works. now write a changelog", False, [("accepted", "small")]),
        ("write a page on the parser for the new people", False, [("kept", "small")]),
    ],
)
def test_what_the_person_says_next_ends_the_item_or_goes_on_with_it(words: str, *, stays: bool, outcomes: list[tuple[str, str]]) -> None:
    one = begins()
    found = one.says(words)
    assert (found.fresh, told(found)) == (not stays, outcomes)
    assert (found.item.id == "tw-1") is stays


def test_words_said_by_the_harness_stay_in_the_item() -> None:
    one = begins()
    assert not one.says(ASKED, spoken=False).fresh
    assert not arrived(one.item, Call(words="", calls=one.calls)).fresh


def test_the_same_words_again_after_an_answer_are_a_strike_and_a_retry_is_none() -> None:
    one = begins()
    one.ran("ls", "a.py")
    assert one.item is not None
    retried = arrived(one.item, Call(words=ASKED, calls=one.item.calls))
    assert (retried.fresh, retried.item.strikes, retried.findings) == (False, 0, ())
    again = one.says(ASKED)
    assert (again.fresh, again.item.strikes, told(again)) == (False, 1, [("rejected", "small")])


def test_the_same_first_request_again_is_another_item_once_it_was_answered() -> None:
    asked = Call(words=ASKED)
    waiting = replace(begun(asked), id="tw-1")
    assert not arrived(waiting, asked).fresh
    assert arrived(served(waiting, Served("tw-1", "shop/small", "small")), asked).fresh


def test_an_item_survives_compaction() -> None:
    one = begins()
    for number in range(4):
        one.ran(f"ls {number}", "a.py")
    assert one.item is not None
    for words in ("", ASKED):
        assert not arrived(one.item, Call(words=words, calls=0)).fresh
    complaint = arrived(one.item, Call(words="still failing", calls=0))
    assert (complaint.fresh, complaint.escalated) == (False, True)
    other = arrived(one.item, Call(words="write a page on the parser", calls=0))
    assert (other.fresh, other.findings) == (True, ())


def test_a_session_without_a_name_begins_anew_with_a_conversation() -> None:
    one = begins()
    one.ran("ls", "a.py")
    for words in ("still failing", ASKED):
        assert arrived(one.item, Call(words=words, calls=0, named=False)).fresh


def test_tests_that_fail_after_two_edits_are_a_failure_and_count_for_the_model_that_made_them() -> None:
    one = begins()
    one.edits(1)
    first = one.fails()
    assert (first.escalated, first.findings) == (False, ())
    one.edits(2)
    second = one.fails()
    assert (second.escalated, second.item.level, second.item.failed) == (True, 1, ("small",))
    assert second.item.because == f"small: {WORDS['tests_failed']}"
    assert told(second) == [("tests_failed", "small")]
    assert (second.item.strikes, second.item.trail.lost) == (0, 0)


def test_a_test_that_fails_and_is_made_good_is_never_told() -> None:
    one = begins()
    one.edits(1)
    one.fails()
    one.edits(2)
    found = one.passes()
    assert told(found) == [("tests_passed", "small")]
    assert (found.item.waiting, found.item.good, found.well) == ((), True, True)


def test_what_waits_counts_after_so_many_calls_or_when_the_item_ends() -> None:
    one = begins()
    one.fails()
    assert one.item is not None
    assert arrived(one.item, Call("tool", ASKED, calls=one.item.calls)).findings == ()
    ended = arrived(one.item, Call(words="write a page on the parser", previous=ASKED, calls=one.calls))
    assert told(ended) == [("kept", "small"), ("tests_failed", "small")]
    praised = arrived(one.item, Call(words="perfect, thanks!", previous=ASKED, calls=one.calls))
    assert told(praised) == [("accepted", "small")]
    quiet = [one.ran(f"ls {number}", "a.py") for number in range(3)]
    assert [told(each) for each in quiet] == [[], [("tests_failed", "small")], []]


def test_a_model_that_repeats_a_call_three_times_has_failed() -> None:
    one = begins()
    found = [one.ran("ls", "a.py") for _ in range(3)]
    assert [each.escalated for each in found] == [False, False, True]
    assert found[-1].item.because == "small: the same tool call was repeated"


@pytest.mark.parametrize("line", ["pytest -q", "make build"])
def test_a_check_that_passes_over_and_over_is_a_loop_all_the_same(line: str) -> None:
    one = begins()
    assert [one.ran(line, "Exit code: 0\n3 passed in 0.1s").escalated for _ in range(3)] == [False, False, True]


def test_a_build_that_passes_does_not_make_good_tests_that_fail() -> None:
    one = begins()
    one.fails()
    one.ran("make build", "Exit code: 2\nmake: *** [all] Error 2")
    found = one.ran("cargo build", "Exit code: 0\nFinished")
    assert (told(found), found.item.waiting) == ([("success", "small"), ("tests_failed", "small")], ())


def test_the_same_error_three_times_is_a_failure() -> None:
    one = begins()
    found = [one.ran(f"python make{number}.py", "Exit code: 1\nKeyError: 'x'") for number in range(3)]
    assert [each.escalated for each in found] == [False, False, True]


def test_what_speaks_for_a_model_wipes_its_strikes_away() -> None:
    one = begins()
    one.says("no, use the other library")
    one.edits(1)
    assert one.passes().item.strikes == 0
    assert not one.says("no, use the other library again, not this one").escalated


def test_a_model_is_left_once_and_the_next_begins_without_strikes() -> None:
    one = begins()
    assert one.says("that's wrong").escalated
    again = one.says("still broken")
    assert (again.escalated, again.item.level, again.item.failed) == (False, 1, ("small",))
    one.model = "middle"
    one.ran("ls", "a.py")
    third = one.says("this is wrong")
    assert (third.escalated, third.item.level, third.item.failed) == (True, 2, ("small", "middle"))
    assert third.item.because == "small: the person complained; middle: the person complained"
    assert told(third) == [("rejected", "middle")]


def test_the_next_item_begins_at_the_bottom() -> None:
    one = begins()
    one.says("that's wrong")
    found = one.says("write a page on the parser for the new people")
    assert (found.fresh, found.item.level, found.item.failed) == (True, 0, ())
    assert found.before is not None
    assert (found.before.failed, found.well) == (("small",), False)


def test_where_nothing_may_escalate_strikes_are_kept_for_when_it_may() -> None:
    one = begins()
    assert not one.says("that's wrong", escalates=False).escalated
    assert one.ran("ls", "a.py").escalated


def test_signs_speak_of_the_model_that_served_and_a_stand_in_has_no_strikes_of_another() -> None:
    one = begins()
    one.says("no, use the other library")
    assert one.item is not None
    assert one.item.strikes == 1
    one.model = "other"
    one.ran("ls", "a.py")
    assert one.item.strikes == 0
    assert told(one.says("no, use the third library")) == [("rejected", "other")]


def test_before_anybody_has_served_there_is_nobody_to_speak_of() -> None:
    item = replace(begun(Call(words=ASKED)), id="tw-1", calls=1)
    found = arrived(item, Call(words="that's wrong", previous=ASKED, calls=2))
    assert (found.escalated, found.findings) == (False, ())


def test_providers_that_count_calls_from_the_same_number_are_told_apart() -> None:
    one = begins()
    first, second = (one.ran("ls", "a.py") for _ in range(2))
    assert len(first.item.trail.seen) == 1
    assert len(second.item.trail.seen) == 2


@pytest.mark.parametrize(
    ("sticks", "escalates", "policy", "expected"),
    [
        (True, True, POLICY, Held("tw-1", "shop/large", 1, ("small",), "small: x")),
        (True, False, POLICY, Held("tw-1", "shop/large")),
        (False, True, POLICY, Held("tw-1", "shop/large", 1, ("small",), "small: x")),
        (True, True, b"other", Held("tw-1", "", 1, ("small",), "small: x")),
    ],
)
def test_a_choice_is_held_to_the_endpoint_at_work(*, sticks: bool, escalates: bool, policy: bytes, expected: Held) -> None:
    item = Item("tw-1", endpoint="shop/large", model="large", policy=POLICY, level=1, failed=("small",), because="small: x")
    assert held(item, policy, sticks=sticks, escalates=escalates) == expected


def test_without_stickiness_an_item_that_goes_well_is_not_held() -> None:
    item = Item("tw-1", endpoint="shop/small", model="small", policy=POLICY)
    assert held(item, POLICY, sticks=False, escalates=True) == Held("tw-1")


def test_a_subagent_that_inherits_begins_where_its_parent_stands() -> None:
    parent = Item("tw-1", endpoint="shop/large", model="large", policy=POLICY, level=1, failed=("small",), because="small: x", strikes=1)
    child = inherited(begun(Call(words="look for callers")), parent)
    assert held(child, POLICY, sticks=True, escalates=True) == Held("", "shop/large", 1, ("small",), "small: x")
    assert (child.strikes, child.model) == (0, "")


def test_strikes_are_signs_there_are_and_none_speaks_for_a_model() -> None:
    assert STRIKE.keys() <= SIGNS.keys()
    assert STRIKE.keys() <= WORDS.keys()
    assert all(SIGNS[kind].outcome in {"failure", "rejected", "reverted"} for kind in STRIKE)


LINES = st.sampled_from(["ls", "pytest -q", "git commit -m x", "git push", "python x.py", "cat a.py"])
RESULTS = st.sampled_from(["a.py", "Exit code: 1\n1 failed", "Exit code: 0\n3 passed", "Exit code: 1\nKeyError: 1", "[main abc1234] x"])
SAID = st.sampled_from(["go on", "still failing", ASKED, "no, not that", "thanks", "write a page on the parser"])


@given(st.lists(st.one_of(st.tuples(LINES, RESULTS), SAID, st.sampled_from(["small", "middle", "large"])), max_size=40))
def test_whatever_happens_levels_count_failed_models_and_findings_name_who_worked(events: list[str | tuple[str, str]]) -> None:
    one = begins()
    worked = {""}
    for event in events:
        worked.add(one.item.model if one.item else "")
        if isinstance(event, tuple):
            found = one.ran(event[0], event[1])
        elif event in {"small", "middle", "large"}:
            one.model = event
            continue
        else:
            found = one.says(event)
        assert found.item.level == len(found.item.failed) == len(set(found.item.failed))
        assert set(found.item.failed) <= worked
        assert {each.model for each in found.findings} <= worked
        assert found.item.strikes < STRIKES
        assert all(0 < each.weight <= 1 for each in found.findings)
        assert not (found.fresh and found.item.failed)
