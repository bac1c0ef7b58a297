import pytest

from tierwise.upstream.scripted.directives import directives, without


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nothing", ()),
        ("[[say: hi there]]", (("say", "hi there"),)),
        ("a [[hang]] b", (("hang", ""),)),
        ("[[ slow : 50 ]]", (("slow", "50"),)),
        ('[[tool: bash {"a": [[1]]}]] x', (("tool", 'bash {"a": [[1]]}'),)),
        ('[[tool: bash {"a": "{"}]]', (("tool", 'bash {"a": "{"}'),)),
        ("[[say: one]] [[say: two]]", (("say", "one"), ("say", "two"))),
        ("[[say: two\nlines]]", (("say", "two\nlines"),)),
        ("[[Not: one]] [[]] [not]", ()),
    ],
)
def test_directives_are_found(text: str, found: tuple[tuple[str, str], ...]) -> None:
    assert directives([text]).found == found


def test_the_last_of_several_counts_and_numbers_are_read() -> None:
    told = directives(["[[say: one]]", "[[say: two]] [[fail: 529 2]]"])
    assert told.text("say") == "two"
    assert told.all("say") == ("one", "two")
    assert (told.number("fail"), told.number("fail", 1), told.number("fail", 2), told.number("slow")) == (529, 2, 0, 0)
    assert told.text("slow") is None


def test_words_are_what_is_left() -> None:
    assert without("please [[slow: 5]] list the files [[hang]]") == "please  list the files"
