"""What a request shows of itself: words, pairs, marks, and the rules' sums."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.tasks import KINDS
from tierwise.engine import traits
from tierwise.engine.traits import MARKS, STRONGEST


def marks(said: str, before: str = "") -> set[str]:
    return {mark for mark, has in zip(MARKS, traits.traits(said, before).marks, strict=True) if has}


@pytest.mark.parametrize(
    ("said", "mark"),
    [
        ("why?", "a question mark"),
        ("why? how?", "more question marks"),
        ("is it so?", "ends with a question mark"),
        ("```\ncode\n```", "a code fence"),
        ("call `run`", "code in a line"),
        ("look at src/main.c", "a slash"),
        ("see https://example.org", "an address"),
        ("rename getName", "names of code"),
        ("rename get_name", "names of code"),
        ("call run()", "names of code"),
        ("option 2", "a digit"),
        ("Fix it", "a capital first"),
        ("do\n- this\n- that", "a list"),
        ("do:\n1. this", "a list"),
        ("Traceback (most recent call last)", "what a failing program prints"),
        ("Implement the following plan:\n\n# Show totals", "a plan handed over"),
        ("yes please", "only says yes"),
        ("warum läuft das nicht", "not in ASCII"),
        ("a" * 13, "more than 12 characters"),
        ("a b c", "more than 2 words"),
        ("a\nb", "at least 1 line ends"),
    ],
)
def test_a_mark_is_there_when_it_is_there(said: str, mark: str) -> None:
    assert mark in marks(said)
    assert mark not in marks("hm")


def test_the_turn_before_leaves_marks_of_its_own() -> None:
    assert "the first turn" in marks("go")
    assert "the first turn" not in marks("go", "shall I?")
    assert "a question before" in marks("go", "shall I?")
    assert "much said before" in marks("go", "blah " * 100)


def test_a_yes_is_read_by_the_rules_together_with_what_was_asked() -> None:
    docs = KINDS.index("docs")
    assert traits.traits("yes", "update the readme?").rules[docs] > traits.traits("yes", "").rules[docs] == 0


def test_of_a_plan_only_the_title_is_read_word_by_word() -> None:
    assert traits.traits("Implement the following plan:\n\n# Show totals\n\nmuch more", "").words == ["show", "totals"]


def test_a_long_text_is_read_at_its_head_and_tail() -> None:
    words = traits.words_of("first " + "x" * 2000 + " last")
    assert (words[0], words[-1]) == ("first", "last")
    assert len(traits.words_of("word " * 5000)) <= traits.MOST


def test_pairs_know_the_order_of_words() -> None:
    assert traits.pairs(["a", "b"]) != traits.pairs(["b", "a"])
    assert traits.pairs(["a"]) == traits.pairs([]) == []


def test_a_strange_word_is_known_by_its_ends_and_one_without_spaces_by_its_characters() -> None:
    assert set(traits.parts("refactoring")) & set(traits.parts("refactored"))
    assert set(traits.parts("testing")) & set(traits.parts("linting"))
    assert set(traits.parts("\u6d4b\u8bd5\u4ee3\u7801")) & set(traits.parts("\u5199\u6d4b\u8bd5"))


@given(st.text(max_size=2000), st.text(max_size=400))
def test_any_text_shows_something_in_bounds(said: str, before: str) -> None:
    seen = traits.traits(said, before)
    assert len(seen.marks) == len(MARKS)
    assert len(seen.rules) == len(KINDS)
    assert all(0 <= half <= STRONGEST for half in seen.rules)
    assert max(len(seen.words), len(seen.before)) <= traits.MOST


def test_a_word_said_before_is_another_thing_than_the_same_word_now() -> None:
    assert traits.numbers(["parser"], traits.PRECEDING) == [traits.number("parser", traits.PRECEDING)]
    assert traits.number("parser") != traits.number("parser", traits.PRECEDING)
