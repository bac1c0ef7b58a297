"""The readable rules: plain cases, and how sums, beginnings and ties are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.tasks import KINDS, UNKNOWN_KIND
from tierwise.engine import rules


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("complete this: def parse(", "completion"),
        ("rename getUserID to get_user_id", "boilerplate"),
        ("update the README with the new flags", "docs"),
        ("write a docstring for this function", "docs"),
        ("ok, commit this and push to the branch", "chore"),
        ("create a PR please", "chore"),
        ("what does getSessionStateDir do?", "explain"),
        ("how does the cache decide what to keep?", "explain"),
        ("review my changes", "review"),
        ("can you check the PR comments for anything we missed?", "review"),
        ("the login page crashes with an exception, find the bug", "debug"),
        ("why is this not working? I get an unexpected error", "debug"),
        ("please add unit tests for the parser", "test"),
        ("implement support for dark mode", "feature"),
        ("refactor this: there is too much duplication", "refactor"),
        ("is there an SQL injection vulnerability in the login?", "security"),
        ("set up a github action that runs on release", "infra"),
        ("design an architecture for the plugin system, with its trade-offs", "plan"),
        ("should we use a queue here? what are the options?", "plan"),
        ("Generate a title for this conversation", "side"),
    ],
)
def test_plain_requests_are_read_for_what_they_are(words: str, kind: str) -> None:
    assert rules.kind_of(words)[0] == kind


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        ("Implement the following plan:\n\n# Plan: Show totals in the header\n\n## Context\n\nTests fail, docs are missing", "feature"),
        ("Implement the following plan:\n\n# Fix: totals are wrong\n\nrefactor, review, security", "feature"),
        ("implement this plan: Implementation Plan: Rewrite the README and the changelog", "docs"),
    ],
)
def test_of_a_plan_to_be_carried_out_only_the_title_is_read(plan: str, kind: str) -> None:
    assert rules.kind_of(plan)[0] == kind


def test_of_a_document_that_is_named_its_name_counts() -> None:
    assert rules.kind_of("put this into changelog.md")[0] == "docs"
    assert rules.kind_of("put this into notes/setup.md")[0] == "docs"


def test_a_long_answer_is_more_than_a_yes() -> None:
    assert not rules.acknowledges(["yes"] * 13)
    assert rules.acknowledges(["yes"] * 12)
    assert not rules.acknowledges([])


@pytest.mark.parametrize(
    ("words", "difficulty"),
    [
        ("fix the crash", 2),
        ("just a quick fix for the crash", 1),
        ("fix the race between the two threads, quickly", 2),
        ("fix the deadlock: a race in the concurrent migration", 3),
        ("is there an sql injection vulnerability in the login", 3),
        ("quick: any sql injection vulnerability", 2),
        ("rename it", 1),
        ("fix the crash " + "of the parser " * 30 + "quickly", 2),
    ],
)
def test_words_speak_for_more_or_less_difficulty_than_the_kind_usually_has(words: str, difficulty: int) -> None:
    assert rules.difficulty_of(rules.kind_of(words)[0], rules.words_of(words)) == difficulty


def test_what_comes_late_counts_half() -> None:
    early, late = rules.scores("docker " + "lorem " * 50), rules.scores("lorem " * 50 + "docker")
    assert early["infra"] == 2 * late["infra"] > 0


def test_a_word_or_pair_said_again_counts_once() -> None:
    assert rules.scores("docker docker docker")["infra"] == rules.scores("docker")["infra"]
    assert rules.scores("code review of the code review")["review"] == rules.scores("code review of the")["review"]


def test_a_question_mark_asks_more_the_nearer_it_is_to_the_end() -> None:
    end, inside, late = (rules.scores(text).get("explain", 0.0) for text in ("parser?", "parser? yes.", "parser " * 60 + "? yes."))
    assert end > inside > late == 0


def test_a_statement_that_begins_with_who_is_not_a_question() -> None:
    assert rules.opener_of(["we", "have", "a", "bug"]) == ""
    assert rules.opener_of(["ok", "is", "this", "right"]) == "is"
    assert rules.opener_of(["can", "you", "please", "review", "it"]) == "review"
    assert rules.opener_of(["please", "now"]) == ""


def test_of_two_kinds_that_are_equally_likely_the_harder_is_taken() -> None:
    assert rules.kind_of("docker readme") == ("infra", 0.3)


def test_nothing_that_is_known_is_no_kind_and_a_yes_is_a_chore() -> None:
    assert rules.kind_of("lorem ipsum dolor") == (UNKNOWN_KIND, 0.0)
    assert rules.kind_of("yes") == ("chore", 0.5)


@pytest.mark.parametrize(("asked", "got"), [(-3, 1), (1, 1), (2, 2), (9, 3)])
def test_a_difficulty_is_one_of_those_there_are(asked: int, got: int) -> None:
    assert rules.bounded(asked) == got


@given(st.text(max_size=300))
def test_any_text_has_a_kind_and_a_share_of_certainty(text: str) -> None:
    kind, sure = rules.kind_of(text)
    assert kind in {*KINDS, UNKNOWN_KIND}
    assert 0 <= sure <= 1
