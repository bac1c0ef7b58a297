"""Rows into calls: every name, every way to write a value, and what is refused."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.money import Unknown
from tierwise.core.tasks import KINDS
from tierwise.core.usage import Usage
from tierwise.lab import table
from tierwise.lab.call import MOST, Call
from tierwise.lab.table import FIELDS, BadRow

AT = "2026-06-01T12:00:00Z"
INSTANT = 1780315200000
LEAST: Mapping[str, Any] = {"session": "s", "at": AT, "model": "gpt-5", "fresh": 10, "output": 2}

SAID: Mapping[str, tuple[Any, str, Any]] = {
    "session": ("mine", "session", "mine"),
    "at": (AT, "at", INSTANT),
    "model": ("o3", "model", "o3"),
    "output": ("7", "usage", Usage(fresh=10, output=7)),
    "fresh": ("8", "usage", Usage(fresh=8, output=2)),
    "prompt": ("9", "usage", Usage(fresh=9, output=2)),
    "read": ("3", "usage", Usage(fresh=10, read=3, output=2)),
    "written": ("4", "usage", Usage(fresh=10, write_5m=4, output=2)),
    "write_5m": ("5", "usage", Usage(fresh=10, write_5m=5, output=2)),
    "write_1h": ("6", "usage", Usage(fresh=10, write_1h=6, output=2)),
    "reasoning": ("1", "usage", Usage(fresh=10, output=2, reasoning=1)),
    "output_shown": ("20", "usage", Usage(fresh=10, output=20)),
    "thread": ("explorer", "thread", "explorer"),
    "id": ("c7", "id", "c7"),
    "seconds": ("2.5", "ended", INSTANT + 2500),
    "gap": ("1.25", "gap", 1250),
    "provider": ("azure", "provider", "azure"),
    "client": ("codex", "client", "codex"),
    "version": ("0.1", "version", "0.1"),
    "claude_version": ("2.1.7", "client", "claude_code"),
    "workspace": ("shop", "workspace", "shop"),
    "words": ("go on", "words", "go on"),
    "tools": ("Read, Edit,,", "tools", ("Read", "Edit")),
    "tool_calls": ("2", "tools", ("tool", "tool")),
    "thinking": ("12", "thought", True),
    "text": ("12", "blocks", 1),
    "task": ("debug", "task", "debug"),
    "difficulty": ("3", "difficulty", 3),
    "ttl": ("3600", "ttl", 3600),
    "failed": ("TRUE", "failed", True),
}


def read(record: Mapping[str, Any]) -> Call:
    return table.call(table.row(record), 1)


@pytest.mark.parametrize(("field", "name"), [(field, name) for field, (names, _) in FIELDS.items() for name in names])
def test_every_documented_name_is_read(field: str, name: str) -> None:
    value, attribute, meant = SAID[field]
    others = {one: said for one, said in LEAST.items() if one != field and not (field == "prompt" and one == "fresh")}
    assert getattr(read({**others, name: value}), attribute) == meant


def test_every_field_is_documented_under_all_its_names() -> None:
    shown = table.documented().splitlines()
    assert shown[:2] == ["| column | also called | meaning |", "|---|---|---|"]
    assert len(shown) == len(FIELDS) + 2
    for line, (names, meaning) in zip(shown[2:], FIELDS.values(), strict=True):
        column, others, said = (cell.strip() for cell in line.strip("|").split("|"))
        assert [column, *filter(None, others.split(", "))] == [f"`{name}`" for name in names]
        assert said == meaning


def test_no_name_stands_for_two_fields() -> None:
    names = [name for names, _ in FIELDS.values() for name in names]
    assert len(names) == len(set(names))


def test_the_page_shows_the_documented_columns() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "table.md"
    assert table.documented() in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("missing", ["session", "at", "model"])
def test_a_row_says_which_call_it_is(missing: str) -> None:
    with pytest.raises(BadRow, match=rf"^{missing} is empty$"):
        read({**LEAST, missing: " "})


@pytest.mark.parametrize("missing", ["session", "at", "model", "output"])
def test_a_table_has_columns_for_the_least_that_is_needed(missing: str) -> None:
    with pytest.raises(BadRow, match=rf"has no column for {missing} \(one of {missing}\b"):
        table.columns([name for name in (*LEAST, "colour") if name != missing])


def test_columns_are_known_by_any_of_their_names() -> None:
    found = table.columns(["conversation_id", "colour", "ts", "model", "completion_tokens"])
    assert found == {"conversation_id": "session", "ts": "at", "model": "model", "completion_tokens": "output"}


@pytest.mark.parametrize("nothing", [None, "", " ", float("nan")])
def test_an_empty_value_is_as_good_as_none(nothing: Any) -> None:
    blank = dict.fromkeys((names[0] for names, _ in FIELDS.values()), nothing)
    assert read({**blank, **LEAST}) == read(LEAST)


@pytest.mark.parametrize("left_out", [{"fresh"}, {"output"}, {"fresh", "output"}])
def test_a_row_without_counts_has_unknown_usage(left_out: set[str]) -> None:
    found = read({name: value for name, value in LEAST.items() if name not in left_out})
    assert found.usage == Unknown("the row has no token counts")
    assert not found.estimated


@given(count=st.integers(0, MOST))
def test_numbers_may_come_as_text(count: int) -> None:
    for written in (count, str(count), f" {count} ", float(count), f"{count}.0", Decimal(count)):
        assert table.number(written, "n") == count


WRONG = {
    "below zero": -1,
    "below zero as text": "-1",
    "far too much": MOST + 1,
    "endless": float("inf"),
    "endless as text": "1e999",
    "no number": "many",
    "a number of Python's only": "0x10",
    "a list": [1],
    "an object": {"n": 1},
    "not a number": "nan",
}
COUNTED = (
    "fresh",
    "output",
    "read",
    "written",
    "write_5m",
    "write_1h",
    "reasoning",
    "seconds",
    "difficulty",
    "ttl",
    "thinking",
    "n_tool_calls",
)


@pytest.mark.parametrize("why", WRONG)
@pytest.mark.parametrize("name", COUNTED)
def test_a_count_that_cannot_be_is_refused(name: str, why: str) -> None:
    with pytest.raises(BadRow, match=r"not a number|below zero|more than 1,000,000,000"):
        read({**LEAST, name: WRONG[why]})


def test_a_long_wrong_value_is_shown_in_part() -> None:
    with pytest.raises(BadRow) as caught:
        read({**LEAST, "fresh": "x" * 10_000})
    assert len(str(caught.value)) < 120


TIMES = {
    "seconds": 1780315200,
    "seconds as text": "1780315200",
    "parts of seconds": 1780315200.0,
    "milliseconds": 1780315200000,
    "microseconds": 1780315200000000,
    "nanoseconds": 1780315200000000000,
    "nanoseconds as text": "1780315200000000000",
    "ISO": AT,
    "ISO with blanks": f" {AT} ",
    "another zone": "2026-06-01T14:00:00+02:00",
    "a datetime": datetime(2026, 6, 1, 12, tzinfo=UTC),
    "a datetime without zone": datetime(2026, 6, 1, 12),  # noqa: DTZ001  # what a table without zones holds
}


@pytest.mark.parametrize("how", TIMES)
def test_a_moment_is_told_however_it_is_written(how: str) -> None:
    assert table.stamp(TIMES[how]) == INSTANT


def test_a_day_is_its_first_moment() -> None:
    assert table.stamp(date(2026, 6, 1)) == table.stamp("2026-06-01") == INSTANT - 12 * 3_600_000


@pytest.mark.parametrize(
    "when", [0, -1, "", "soon", "20260601", 20260601, float("inf"), float("nan"), 1e40, [1], None, {}, "0001-01-01", True]
)
def test_what_is_no_moment_is_refused(when: Any) -> None:
    with pytest.raises(BadRow, match="is not a time between 2000 and 9999"):
        table.stamp(when)


@given(when=st.integers(946_684_800_000, 4_102_444_800_000))
def test_units_of_time_tell_themselves_apart(when: int) -> None:
    assert table.stamp(when) == table.stamp(when * 1000) == table.stamp(when * 1_000_000) == when
    assert table.stamp(when / 1000) == when


SIZES = st.integers(0, 10**6)


@given(fresh=SIZES, read_=SIZES, short=SIZES, long=SIZES)
def test_the_whole_prompt_and_its_parts_say_the_same(fresh: int, read_: int, short: int, long: int) -> None:
    least = {name: value for name, value in LEAST.items() if name != "fresh"}
    cached = {"read": read_, "write_5m": short, "write_1h": long}
    by_parts = read({**least, **cached, "fresh": fresh}).usage
    by_whole = read({**least, **cached, "prompt": fresh + read_ + short + long}).usage
    by_sum = read({**least, "read": read_, "written": short + long, "write_1h": long, "fresh": fresh}).usage
    assert by_parts == by_whole == by_sum == Usage(fresh=fresh, read=read_, write_5m=short, write_1h=long, output=2)


def test_more_cached_than_there_is_prompt_is_refused() -> None:
    with pytest.raises(BadRow, match=r"cached tokens \(12\) are more than the prompt \(10\)"):
        read({"session": "s", "at": AT, "model": "m", "prompt": 10, "read": 8, "written": 4, "output": 1})


def test_the_lifetime_is_told_by_what_was_written() -> None:
    assert read({**LEAST, "write_1h": 5, "write_5m": 5}).ttl == 3600
    assert read({**LEAST, "write_5m": 5}).ttl == 300
    assert read({**LEAST, "written": 5}).ttl == 0
    assert read({**LEAST, "write_1h": 5, "ttl": 60}).ttl == 60
    assert read({"session": "s", "at": AT, "model": "m", "ttl": 60}).ttl == 60


def test_an_output_worked_out_from_text_counts_where_it_is_more() -> None:
    more, less = read({**LEAST, "output_tokens_est": 90}), read({**LEAST, "output_tokens_est": 1})
    assert (more.usage, more.estimated) == (Usage(fresh=10, output=90), True)
    assert (less.usage, less.estimated) == (Usage(fresh=10, output=2), False)


@pytest.mark.parametrize(
    ("said", "names"), [(["Read", " Edit ", ""], ("Read", "Edit")), ("Read", ("Read",)), (("A", "B"), ("A", "B")), ([], ())]
)
def test_tools_come_as_text_or_as_a_list(said: Any, names: tuple[str, ...]) -> None:
    assert read({**LEAST, "tools": said}).tools == names


def test_a_number_of_tools_is_no_reason_to_fill_the_memory() -> None:
    assert len(read({**LEAST, "n_tool_calls": MOST}).tools) == table.MOST_TOOLS


def test_calls_side_by_side_have_no_gap() -> None:
    assert read({**LEAST, "gap_s": "-0.4"}).gap == 0
    assert read({**LEAST, "gap_s": -3}).gap == 0
    assert read({**LEAST, "gap_s": "-0"}).gap == 0
    assert read(LEAST).gap == -1


@pytest.mark.parametrize("gap", ["soon", "-soon", "1e40", "--1"])
def test_a_gap_that_is_none_is_refused(gap: str) -> None:
    with pytest.raises(BadRow, match="gap is"):
        read({**LEAST, "gap_s": gap})


def test_the_session_s_own_thread_has_no_name() -> None:
    assert read({**LEAST, "thread": "main"}).thread == read(LEAST).thread == ""


def test_kinds_of_work_are_those_of_the_list() -> None:
    assert [read({**LEAST, "task": kind}).task for kind in KINDS] == list(KINDS)
    with pytest.raises(BadRow, match="task is 'gardening', not one of completion"):
        read({**LEAST, "task": "gardening"})


def test_work_is_no_harder_than_the_hardest() -> None:
    with pytest.raises(BadRow, match="difficulty is 4, not 1 to 3"):
        read({**LEAST, "difficulty": 4})


def test_the_answer_s_parts_are_counted() -> None:
    assert read({**LEAST, "tools": "A,B", "text_chars": 5, "thinking_chars": 5}).blocks == 4
    assert read({**LEAST, "tools": "A"}).blocks == read(LEAST).blocks == 1


@given(
    st.dictionaries(
        st.sampled_from([name for names, _ in FIELDS.values() for name in names]), st.text() | st.floats() | st.integers() | st.none()
    )
)
def test_any_row_is_a_call_or_refused(record: dict[str, Any]) -> None:
    try:
        found = read({**LEAST, **record})
    except BadRow:
        return
    assert found.session
    assert found.model
    assert found.ended >= found.at > 0
    assert isinstance(found.usage, Unknown) or min(found.usage.prompt, found.usage.output) >= 0
