"""The schema's steps: numbered, forward only, the same columns in every dialect."""

import re

import pytest

from tierwise.ledger import StoreWrong, rows, schema, telling
from tierwise.ledger.schema import STEPS, VERSION, Step


def test_steps_are_numbered_without_a_gap_and_say_what_they_do() -> None:
    assert [one.number for one in STEPS] == list(range(1, VERSION + 1))
    assert all(one.what and one.sqlite.strip() and one.postgres.strip() for one in STEPS)


def test_a_database_gets_only_the_steps_it_does_not_have() -> None:
    steps = tuple(Step(number, "", "", "") for number in (1, 2, 3))
    assert [one.number for one in schema.due(0, "here", steps)] == [1, 2, 3]
    assert [one.number for one in schema.due(2, "here", steps)] == [3]
    assert schema.due(3, "here", steps) == ()


def test_a_newer_schema_is_refused_in_a_line_that_says_what_to_do() -> None:
    with pytest.raises(StoreWrong, match=rf"^there: has schema version 99, and this tierwise knows up to {VERSION}: .*; upgrade tierwise$"):
        schema.due(99, "there")


def tables(text: str) -> dict[str, list[str]]:
    """Each table of a step with its columns."""
    found = {}
    for statement in schema.statements(text):
        made = re.match(r"CREATE TABLE (?:tierwise\.)?(\w+) \((.*)\)$", statement.removesuffix(" PARTITION BY RANGE (at)"), re.DOTALL)
        if made:
            columns = re.sub(r"PRIMARY KEY \([^)]*\)", "", made[2]).split(",")
            found[made[1]] = [name for name in (one.split()[0] for one in columns if one.strip()) if name != "seq"]
        added = re.match(r"ALTER TABLE (?:tierwise\.)?(\w+) ADD COLUMN (\w+)", statement)
        if added:
            found.setdefault(added[1], []).append(added[2])
    return found


def test_both_dialects_have_the_same_tables_and_columns() -> None:
    for one in STEPS:
        left, right = tables(one.sqlite), tables(one.postgres)
        for apart in ("receipts", "bodies"):  # joined by number in one, by id and time in the other
            left.pop(apart, None)
            right.pop(apart, None)
        assert left == right


def test_the_columns_of_an_entry_are_those_of_a_row() -> None:
    assert sorted(name for one in STEPS for name in tables(one.postgres).get("entries", [])) == sorted(rows.COLUMNS)


def test_the_columns_of_an_outcome_are_those_that_are_written() -> None:
    assert [name for one in STEPS for name in tables(one.sqlite).get("outcomes", [])] == list(telling.COLUMNS)


def test_statements_are_told_apart() -> None:
    assert list(schema.statements(" a ;\n\n b(1);; ")) == ["a", "b(1)"]
