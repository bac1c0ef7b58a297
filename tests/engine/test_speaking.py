"""What the person's words say of the work before them, in the languages that developers write most."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.signs import SIGNS
from tierwise.engine.speaking import FIRST, LONG, alike, heard

BEFORE = "add a login page with tests"

SAID = {
    "complaint": (
        *("still failing", "it still doesn't work", "that's wrong", "this is not correct", "no, that's wrong", "hmm, it's broken again"),
        *("that didn't fix it", "you forgot the tests", "you deleted my config!", "why did you remove the header?", "same error"),
        *("ok the e2e tests are still failing", "Still getting TypeError: x", "we still have merge issues", "not what I asked for"),
        *("das funktioniert immer noch nicht", "nein, das ist falsch", "ça marche toujours pas", "todavía no funciona"),
        *("ainda não funciona", "ancora non funziona", "всё ещё не работает", "还是不行", "不对", "まだ動かない", "아직도 안 돼요"),
    ),
    "correction": (
        *(
            "revert that",
            "please undo the last change",
            "no, don't do that",
            "no don't set it",
            "nah let's roll back",
            "I meant the other file",
        ),
        *(
            "don't use mocks",
            "actually, let's use postgres",
            "it should be in the header",
            "wrong file",
            "stop",
            "you should not have changed it",
        ),
        *(
            "restore the old version",
            "mach das rückgängig",
            "nein, nicht so",
            "annule ça",
            "revierte eso",
            "desfaça isso",
            "откати",
            "撤销",
            "元に戻して",
        ),
    ),
    "asked_again": ("add a login page with a few tests", "Please add a login page with tests", "add the login page, with tests!"),
    "praised": (
        "perfect, thanks!",
        "looks good, commit it",
        "ok great. looks good",
        "it works",
        "Works!",
        "danke",
        "merci",
        "gracias",
        "很好",
        "ありがとう",
    ),
    "went_on": (
        *(
            "now write the docs",
            "what does this function do?",
            "the users are on v1, migrate them",
            "thanks, but the header is off",
            "is it perfect?",
        ),
        *(
            "I still feel an id in a paths package is odd",
            "they'll still get a checkpoint trailer",
            "no, this is fine",
            "no, then it's good",
        ),
        *("can you restore the sessions table?", "Write a test that fails when the key is wrong"),
    ),
}


@pytest.mark.parametrize(("words", "kind"), [(one, kind) for kind, several in SAID.items() for one in several])
def test_words_after_work_are_a_sign(words: str, kind: str) -> None:
    assert [one.kind for one in heard(words, BEFORE)] == [kind]


@pytest.mark.parametrize("words", ["yes", "no", "ok", "Continue.", "go ahead", "ja", "да", "2", "b"])
def test_an_answer_or_a_nod_is_none(words: str) -> None:
    assert heard(words, BEFORE) == ()


def test_the_first_words_of_a_session_are_none() -> None:
    assert heard("that's wrong", "") == ()
    assert heard("", BEFORE) == ()


def test_who_writes_much_describes_new_work() -> None:
    said = "that's wrong. " + "The page has to show every user with a role. " * 30
    assert len(said) > LONG
    assert [one.kind for one in heard(said, BEFORE)] == ["went_on"]


def test_only_the_beginning_counts() -> None:
    said = "Please go through the list of users and write to each of them what is new. " * 4 + "that's wrong"
    assert FIRST < len(said) < LONG
    assert [one.kind for one in heard(said, BEFORE)] == ["went_on"]


@given(st.text(max_size=400), st.text(max_size=400))
def test_there_is_at_most_one_sign_and_it_is_of_the_table(words: str, previous: str) -> None:
    signs = heard(words, previous)
    assert len(signs) <= 1
    assert all(one.kind in SIGNS for one in signs)


@given(st.lists(st.text("abcdefgh", min_size=2, max_size=6), min_size=4, max_size=12, unique=True))
def test_the_same_words_are_the_same_request_and_others_are_not(words: list[str]) -> None:
    said = " ".join(words)
    assert alike(said, said.upper())
    assert alike(said, " ".join(reversed(words)))
    assert not alike(said, " ".join(f"x{one}x" for one in words))


def test_few_words_are_not_compared() -> None:
    assert not alike("fix the test", "fix the test")
    assert alike("把登录页面改成蓝色", "把登录页面改成蓝色吧")
