"""Outcome tables from files, long and wide, and every mistake in them by name."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tierwise.lab.call import Unreadable
from tierwise.lab.outcomes import BadOutcomes, Query
from tierwise.lab.outcomes.reading import outcomes, read

Put = Callable[[str, str], Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


LONG = "qid,model,correct,cost_usd,category,prompt\n" + "".join(
    f"{place},{model},{(place + len(model)) % 2},0.0{len(model)},c{place % 2},words {place}\n"
    for place in range(50)
    for model in ("a", "bb")
)


def test_a_long_csv_holds_all_there_is(put: Put) -> None:
    found = outcomes(put("t.csv", LONG))
    assert found.models == ("a", "bb")
    assert found.known[1] == Query("words 1", "", "c1")


def test_json_lines_say_the_same(put: Put) -> None:
    header, *lines = LONG.splitlines()
    records = [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]
    assert read(put("t.jsonl", "\n".join(map(json.dumps, records)))) == read(put("t.csv", LONG))


def test_a_wide_table_has_a_column_for_each_score_and_cost(put: Put) -> None:
    text = "sample_id,prompt,a,a|total_cost,bb,bb|total_cost\n1,hello,1,0.5,0,0.1\n2,there,true,0.5,,\n"
    rows, known = read(put("t.csv", text))
    assert [(row.query, row.model, row.score, row.cost) for row in rows] == [
        ("1", "a", 1.0, 0.5),
        ("1", "bb", 0.0, 0.1),
        ("2", "a", 1.0, 0.5),
        ("2", "bb", None, None),
    ]
    assert known["2"].text == "there"
    assert read(put("bare.csv", "id,a,a_cost\n1,1,0.5\n"))[1] == {}


def test_parquet_and_the_prompts_beside_it(tmp_path: Path, put: Put) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "x_outcomes.parquet"
    parquet.write_table(arrow.table({"qid": [1, 1], "model": ["a", "b"], "score": [1, 0], "cost": [0.1, None]}), path)
    put("x_prompts.parquet", "qid,task\n1,sums\n")
    rows, known = read(path)
    assert rows[1].cost is None
    assert known == {"1": Query(task="sums")}
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(Unreadable, match="x_outcomes"):
        read(path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("query,model,score\n1,a,1\n", "no column for the cost"),
        ("query,model,score,cost\n", "has no rows"),
        ("", "has no rows|empty"),
        ("query,model,score,cost\n1,a,nan,1\n", "row 2: score is nan"),
        ("query,model,score,cost\n1,a,1,inf\n", "row 2: cost is inf"),
        ("query,model,score,cost\n1,a,good,1\n", "row 2: score is 'good', not a number"),
        ("query,model,score,cost\n1,a,1,-1\n", "the cost is -1, below zero"),
        ("query,model,score,cost\n,a,1,1\n", "row 2 has no query"),
        ("query,model,score,cost\n1,a,1\n", "has not 4 columns"),
        ("when,what\n1,2\n", "neither a long table .* nor a wide one"),
        ('{"query": 1\n', "line 1 is not a record"),
        ('{"query": "1", "model": "a", "score": NaN, "cost": 1}\n', "score is nan"),
        ('{"query": "1", "model": "a", "score": 1, "cost": 1}\n[1]\n', "line 2 is not a record"),
    ],
)
def test_mistakes_are_named(put: Put, text: str, problem: str) -> None:
    with pytest.raises((BadOutcomes, Unreadable), match=problem):
        read(put("t.csv", text))


def test_prompts_need_the_query_and_ids_that_are_known(put: Put) -> None:
    path = put("t.csv", LONG.replace(",category,prompt", ",c,p"))
    with pytest.raises(BadOutcomes, match="no column for the query"):
        read(path, put("p.csv", "text\nhello\n"))
    with pytest.raises(BadOutcomes, match=r"t.csv: there are prompts or labels for 1 ids .* 'stranger'"):
        outcomes(path, put("p.csv", "qid,task\nstranger,sums\n"))
