"""YAML text to plain values: what is read, what is refused, and where."""

from typing import Any

import pytest

from tierwise.config.plain import BadSettings, Where, dotted, plain, shown


def value(text: str) -> Any:
    return plain(text, "f")[0]


def problem(text: str) -> str:
    with pytest.raises(BadSettings) as caught:
        plain(text, "f")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a", "a"),
        ("4.1", 4.1),
        ("'4.1'", "4.1"),
        ('"4.1"', "4.1"),
        ("7", 7),
        ("-7", -7),
        ("+7", 7),
        ("010", 10),
        ("2e5", 200_000),
        ("1e-7", 1e-7),
        (".5", 0.5),
        ("1e300", 1e300),
        ("5.", 5),
        ("0.1234567", 0.1234567),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'null'", "null"),
        ("2026-01-01", "2026-01-01"),
        ("2026-13-45", "2026-13-45"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("0x1F", "0x1F"),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        ("é", "é"),
    ],
)
def test_a_word_is_what_it_looks_like(text: str, meant: object) -> None:
    found = value(f"a: {text}")["a"]
    assert found == meant
    assert type(found) is type(meant)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null", "\ufeff"])
def test_a_file_without_a_value_is_nothing(text: str) -> None:
    assert value(text) is None


def test_lists_and_mappings_are_read_with_their_lines() -> None:
    found, where = plain("a:\n  - b: 1\n    c: [2,\n      3]\n", "f")
    assert found == {"a": [{"b": 1, "c": [2, 3]}]}
    assert where.lines == {
        (): 1,
        ("a",): 1,
        ("a", 0): 2,
        ("a", 0, "b"): 2,
        ("a", 0, "c"): 3,
        ("a", 0, "c", 0): 3,
        ("a", 0, "c", 1): 4,
    }


def test_an_anchor_stands_for_its_value_wherever_it_is_named() -> None:
    assert value("a: &x {b: &y 1}\nc: *x\nd: [*y, *y]\n") == {"a": {"b": 1}, "c": {"b": 1}, "d": [1, 1]}


def test_many_aliases_of_aliases_take_no_room() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{step + 1}: &a{step + 1} [{', '.join([f'*a{step}'] * 9)}]" for step in range(40)]
    assert len(value("\n".join(lines))) == 41


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2", "f:2: a: is given twice"),
        ("a: {b: 1, b: 1}", "f:1: a.b: is given twice"),
        ("x: &a [*a]", "f:1: x[0]: *a stands for nothing that comes before it"),
        ("x: &a {b: *a}", "f:1: x.b: *a stands for nothing that comes before it"),
        ("x: *a", "f:1: x: *a stands for nothing that comes before it"),
        ("x: &a {b: 1}\ny:\n  <<: *a\n", "f:3: y.<<: merge keys are not read; write the keys out"),
        ("? [a]\n: b", "f:1: the file: has a key that is not plain text"),
        ("x:\n  {a: 1}: b", "f:2: x: has a key that is not plain text"),
        ("x: &a y\n*a : b", "f:2: the file: has a key that is not plain text"),
        ("!!str a: b", "f:1: the file: has a key that is not plain text"),
        ("a: !!python/object:os.system x", "f:1: a: tags ('tag:yaml.org,2002:python/object:os.system') are not read"),
        ("a: !mine [1]", "f:1: a: tags ('!mine') are not read"),
        ("--- {}\n--- {}\n", "f:1: the file: holds more than one document"),
        ("[" * 30 + "]" * 30, "f:1: [0]: is nested too deep"),
        ("a: 0.12345678901234567890", "f:1: a: '0.12345678901234567890' has more digits than can be kept; 15 are safe"),
        ("a: 9999999999999999999", "f:1: a: '9999999999999999999' has more digits than can be kept; 15 are safe"),
        ("a: 1e400", "f:1: a: '1e400' has more digits than can be kept; 15 are safe"),
        ("a: 1e-400", "f:1: a: '1e-400' has more digits than can be kept; 15 are safe"),
        ("a:\n\tb: 1", "f:2: not YAML: a tab; indent with spaces"),
        ("a: [1\n", "f:2: not YAML: did not find expected ',' or ']'"),
        ("a: b: c", "f:1: not YAML: mapping values are not allowed in this context"),
        ("'", "f:1: not YAML: found unexpected end of stream"),
        ("a: \x00", "f: not YAML: unacceptable character #x0000: control characters are not allowed"),
        ("a: \ud800", "f: not YAML: 'utf-8' codec can't encode character '\\ud800' in position 3: surrogates not allowed"),
    ],
)
def test_what_settings_have_no_use_for_is_refused_where_it_stands(text: str, said: str) -> None:
    assert problem(text) == said


def test_deep_nesting_of_any_size_is_refused_and_not_followed() -> None:
    assert problem("- " * 50_000 + "a").endswith("is nested too deep")


def test_a_quoted_merge_sign_is_a_key() -> None:
    assert value("'<<': 1") == {"<<": 1}


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ((), ""),
        (("endpoints", 0, "prices", "input"), "endpoints[0].prices.input"),
        (("aliases", "gpt-5.2"), "aliases.gpt-5.2"),
        (("aliases", "two\nlines"), "aliases.'two\\nlines'"),
        (("aliases", ""), "aliases.''"),
        (("x" * 99,), f"'{'x' * 60}...'"),
    ],
)
def test_a_path_is_written_on_one_line(path: tuple[str | int, ...], written: str) -> None:
    assert dotted(path) == written


@pytest.mark.parametrize(
    ("found", "words"),
    [([], "a list"), ({}, "a mapping"), (None, "nothing"), (True, "true"), (False, "false"), (1, "1"), (0, "0"), ("a\nb", "'a\\nb'")],
)
def test_a_value_is_shown_in_a_few_words(found: object, words: str) -> None:
    assert shown(found) == words


def test_a_place_without_a_line_takes_that_of_what_holds_it() -> None:
    where = Where("f", {(): 1, ("a",): 7})
    assert str(where.wrong(("a", 0, "b"), "is odd")) == "f:7: a[0].b: is odd"
    assert str(Where().wrong(("a",), "is odd")) == "tierwise.yaml: a: is odd"
