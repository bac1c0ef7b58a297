"""Cascades of answers: what is asked next, what is taken, and what all of it costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.recovery.cascade import Answer, Ask, Plan, Take, agree, good, spent, step, suits

CHECKED = Plan(("a",), "s", "json")
SHAPED = Plan(("a",), "s", "json", {"type": "object", "properties": {"a": {"type": "integer"}}})
TWO = Plan(("a", "b"), "s")
BOTH = Plan(("a", "b"), "s", "python")


def said(*texts: str | None, plan: Plan = TWO) -> list[Answer]:
    return [Answer(name, text, 10) for name, text in zip((*plan.cheap, plan.strong), texts, strict=False)]


@pytest.mark.parametrize(
    ("plan", "texts", "endpoint"),
    [
        (CHECKED, (), "a"),
        (CHECKED, ("no json",), "s"),
        (CHECKED, (None,), "s"),
        (TWO, (), "a"),
        (TWO, ("it is 5",), "b"),
        (TWO, ("it is 5", "it is 6"), "s"),
        (TWO, (None,), "s"),
        (BOTH, (None,), "b"),
        (SHAPED, ('{"a": "x"}',), "s"),
        (SHAPED, ("[]",), "s"),
        (TWO, ("it is 5", None), "s"),
        (BOTH, ("x = (",), "b"),
        (BOTH, ("x = (", "y = ("), "s"),
    ],
)
def test_who_is_asked_next(plan: Plan, texts: tuple[str | None, ...], endpoint: str) -> None:
    assert step(plan, said(*texts, plan=plan)) == Ask(endpoint)


@pytest.mark.parametrize(
    ("plan", "texts", "place", "because"),
    [
        (CHECKED, ('{"a": 1}',), 0, "a passed the check json"),
        (SHAPED, ('{"a": 1}',), 0, "a passed the check json"),
        (TWO, ("It is 5.", "the answer: 5"), 0, "a and b agree"),
        (BOTH, ("x = (", "x = 1"), 1, "b passed the check python"),
        (TWO, ("5", "6", "7"), 2, "s was asked: the cheap answers did not agree"),
        (CHECKED, ("5", "6"), 1, "s was asked: no cheap answer passed the check json"),
        (TWO, ("5", "6", None), 1, "s failed; what is left of the cheap answers"),
        (TWO, (None, None, None), None, "s failed; what is left of the cheap answers"),
    ],
)
def test_what_is_taken_and_why(plan: Plan, texts: tuple[str | None, ...], place: int | None, because: str) -> None:
    assert step(plan, said(*texts, plan=plan)) == Take(place, because, 10 * len(texts))


@given(st.sampled_from([CHECKED, TWO, BOTH]), st.lists(st.none() | st.sampled_from(["1", "2", "[1]", "x ="]), min_size=3, max_size=3))
def test_every_cascade_ends_and_every_answer_is_paid(plan: Plan, texts: list[str | None]) -> None:
    answers: list[Answer] = []
    while isinstance(move := step(plan, answers), Ask):
        answers.append(Answer(move.endpoint, texts[len(answers)], 7))
    assert len(answers) <= len(plan.cheap) + 1
    assert move.cost == spent(answers) == 7 * len(answers)
    assert move.place is None or answers[move.place].text is not None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('{"a": 1, "b": [2]}', '```json\n{"b": [2], "a": 1}\n```', True),
        ('{"a": 1}', '{"a": 2}', False),
        ('{"a": 1}', "one", False),
        ("Paris!", "paris", True),
        ("The sum is 1,200.", "so we get 1200.", True),
        ("The sum is 1,200", "so we get 1200", True),
        ("B", "The answer is B", True),
        ("The answer is A", "The answer is B", False),
        ("yes", "no", False),
        ("yes", "no 5", False),
        (None, "x", False),
        ("x", None, False),
        ("-3", "3", False),
        ("x < 5 holds", "x > 5 holds", False),
        ("I think it is Paris", "I think it is London", False),
        ("The answer is a good one", "The answer is a bad one", False),
        ("so \\boxed{12}.", "#### 12", True),
        ("\\boxed{x^2}", "Answer: \\boxed{x^2}", True),
        ("\\boxed{x^2}", "Answer: \\boxed{x^3}", False),
        ("**Answer:** (C)", "I would take C", True),
        ("The sum is 1,200.50", "it costs 1200.5 dollars", True),
        ("In 2020 they went home", "In 2020 they stayed", False),
        ("", "x", False),
        ("[" * 100_000, "x", False),
    ],
)
def test_answers_agree_when_they_say_the_same(one: str | None, other: str | None, same: bool) -> None:  # noqa: FBT001  # a case's verdict
    assert agree(one, other) is same


def test_checks_look_at_what_is_fenced() -> None:
    assert good("python", "Here:\n```python\nx = 1\n```\nDone")
    assert not good("python", "```python\nx = (\n```")
    assert not good("json", "7")
    assert good("", "anything")
    with pytest.raises(KeyError):
        good("magic", "x")


def test_a_cascade_is_for_answers_nobody_sees_come() -> None:
    assert suits(streamed=False, tools=False, interactive=False)
    assert not suits(streamed=True, tools=False, interactive=False)
    assert not suits(streamed=False, tools=True, interactive=False)
    assert not suits(streamed=False, tools=False, interactive=True)
