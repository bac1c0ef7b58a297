"""What sessions are given before they are replayed: the words that were typed, the items they make, and the tiers those need."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

from evaluation import sessions
from evaluation.sessions import Case
from tierwise.core.usage import Usage
from tierwise.lab.call import Call
from tierwise.lab.sessions import Session
from tierwise.lab.tiering import Needed, Scheduled, Told

FLASH, MID, PREMIUM = 0, 1, 2
READ = Case("read", (), sessions.read_off)


def call(at: int, *tools: str) -> Call:
    return Call("s", f"c{at}", at, "m", Usage(fresh=10, output=1), tools=tools)


def needed(case: Case, *told: Told) -> list[Needed]:
    return [*sessions.needs(case, "seed")(told)]


def test_words_are_put_to_the_turn_that_came_after_them_and_old_ones_are_left(tmp_path: Path) -> None:
    said = [
        ("s", "2026-01-01T00:00:00+00:00", "first"),
        ("s", "2026-01-01T00:00:40+00:00", "unheard"),
        ("s", "2026-01-01T00:00:50+00:00", "second"),
        ("s", "2026-01-01T01:00:00+00:00", "too late"),
        ("t", "2026-01-01T00:00:00+00:00", "another's"),
    ]
    with gzip.open(tmp_path / "prompts.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"session_id": name, "ts": at, "text": text}) + "\n" for name, at, text in said)
    start = 1_767_225_600_000
    calls = (call(start + 3_000, "Read"), call(start + 30_000), call(start + 49_000, "Edit"), call(start + 70_000), call(start + 90_000))
    found = sessions.worded(Session("s", "", calls), sessions.words(tmp_path / "prompts.gz"))
    assert [one.words for one in found.calls] == ["first", "", "second", "", ""]
    assert [one.id for one in found.calls] == [one.id for one in calls]


def test_an_item_is_what_a_person_asked_for_and_needs_the_tier_of_its_kind() -> None:
    told = [Told("docs", opens=True), Told("docs", opens=False), Told("security", opens=True), Told("unknown", opens=True)]
    assert needed(READ, *told) == [Needed(0, FLASH), Needed(0, FLASH), Needed(1, PREMIUM), Needed(2, PREMIUM)]
    assert needed(READ, Told("docs", opens=True), Told("unknown", opens=True))[1] == Needed(1, FLASH)
    assert needed(READ, Told("unknown", opens=True)) == [Needed(0, PREMIUM)]


def test_an_item_that_rises_does_so_once_half_way_and_never_beyond_the_top() -> None:
    always = Case("rising", (), sessions.read_off, rises=1.0)
    told = [Told("debug", opens=place == 0) for place in range(4)]
    assert needed(always, *told) == [Needed(0, MID), Needed(0, MID), Needed(0, PREMIUM, raised=True), Needed(0, PREMIUM)]
    assert needed(always, *(Told("security", opens=place == 0) for place in range(3))) == [Needed(0, PREMIUM)] * 3
    assert needed(always, Told("debug", opens=True)) == [Needed(0, MID)]


def test_tiers_by_lot_are_the_same_every_time() -> None:
    case = Case("lot", (), sessions.drawn, rises=0.5)
    told = [Told("docs", opens=True)] * 40
    assert needed(case, *told) == needed(case, *told)
    assert {one.height for one in needed(case, *told)} == {FLASH, MID, PREMIUM}
    assert sessions.drawn(told[0], -1, random.Random(1)) in {FLASH, MID, PREMIUM}  # noqa: S311  # dice for a test


def test_a_row_says_whether_the_bar_is_met() -> None:
    def one(ours: int, pinned: int) -> Any:
        fields: dict[str, int] = dict.fromkeys(Scheduled.__struct_fields__, 10**12)
        return Scheduled(**{**fields, "ours": ours, "pinned": pinned, "clairvoyant": 10**12})

    rows = [
        sessions.line("sessions_codex_calls.parquet", READ, [one(*sums)]) for sums in ((103 * 10**10, 2 * 10**12), (2 * 10**12, 10**12))
    ]
    assert [(row[1], row[-3], row[-2], row[-1]) for row in rows] == [("codex", "3.0%", "0%", "met"), ("codex", "100.0%", "100%", "missed")]
