"""What the planner is told of models: success, cost and how far attempts go together, out of a catalog."""

import pytest
from msgspec.structs import replace

from tests.engine import worlds
from tierwise import assembly
from tierwise.catalog import sheets
from tierwise.config.settings import Settings
from tierwise.core.catalog import Benchmark, Catalog, Evidence
from tierwise.core.money import PER_DOLLAR, Unknown
from tierwise.core.tasks import KINDS
from tierwise.runner.grounds import costs, grounds, together
from tierwise.runner.planner import Prospect, Wanted, planned

FIX = Benchmark("fix", ("debug",), 500, 0.7, 0.1, 0.03, 0.6, "test")
WRITE = Benchmark("write", ("test",), 400, 0.6, 0.15, 0.05, 0.4, "test")


def row(model: str, benchmark: str, cost: float | None, score: float = 0.7) -> Evidence:
    return Evidence(model, benchmark, score, "2026-01-01", "test", 500, None if cost is None else round(cost * PER_DOLLAR))


def made(*evidence: Evidence, endpoints: tuple[str, ...] = ("p/a", "p/b", "p/c")) -> Catalog:
    tables = replace(worlds.TABLES, benchmarks=(FIX, WRITE))
    sold = (worlds.endpoint(name, 10**6 * (place + 1), vendor=name[-1] * 2) for place, name in enumerate(endpoints))
    return worlds.catalog(*sold, evidence=evidence, tables=tables)


def known(found: dict[str, tuple[int, str]]) -> dict[str, tuple[float, str]]:
    """Dollars to a millionth, and where from."""
    return {model: (round(cost / PER_DOLLAR, 6), source) for model, (cost, source) in found.items()}


def test_a_cost_is_what_was_measured_where_it_was_measured() -> None:
    catalog = made(row("a", "fix", 1.0), row("a", "fix", 3.0), row("b", "fix", 4.0), row("a", "write", 9.0), row("b", "write", 9.0))
    found = known(costs(catalog, "debug"))
    assert found["a"] == (2.0, "measured")
    assert found["b"] == (4.0, "measured")


def test_what_was_measured_on_other_work_counts_in_proportion() -> None:
    catalog = made(row("a", "fix", 1.0), row("b", "fix", 3.0), row("a", "write", 10.0), row("c", "write", 20.0))
    assert known(costs(catalog, "debug"))["c"] == (2.666667, "measured")


def test_a_model_of_which_nothing_was_measured_costs_what_others_do_for_their_price() -> None:
    catalog = made(row("a", "fix", 1.0), row("b", "fix", 2.0))
    assert known(costs(catalog, "debug"))["c"] == (3.0, "guessed from its price")


def test_without_costs_or_prices_nothing_is_known() -> None:
    assert costs(made(row("a", "fix", None)), "debug") == {}
    assert costs(made(row("z", "fix", 1.0)), "debug") == {"z": (PER_DOLLAR, "measured")}
    priceless = replace(made(row("a", "fix", 1.0)), endpoints=(worlds.endpoint("p/b", rates=Unknown("no price")),))
    assert costs(priceless, "debug") == {"a": (PER_DOLLAR, "measured")}


def test_work_that_no_benchmark_stands_for_is_judged_by_all_of_them() -> None:
    catalog = made(row("a", "fix", 1.0), row("a", "write", 3.0))
    assert known(costs(catalog, "docs"))["a"] == (2.0, "measured")


def test_so_is_work_of_which_no_cost_was_measured() -> None:
    assert known(costs(made(row("a", "fix", 1.0), row("a", "write", None)), "test"))["a"] == (1.0, "measured")


def test_named_models_come_in_their_order_and_unknown_ones_as_unknown() -> None:
    found = grounds(made(row("a", "fix", 1.0, 0.9), row("b", "fix", 2.0, 0.5)), "debug", ("nobody", "b", "a"))
    nobody, b, a = found.prospects
    assert nobody == Prospect("nobody")
    assert (b.model, b.maker, a.maker, a.source) == ("b", "bb", "aa", "measured")
    assert (a.success or 0) > (b.success or 0)
    assert a.error > 0


def test_where_none_is_named_only_those_of_which_enough_is_known_are_there() -> None:
    assert [one.model for one in grounds(made(row("a", "fix", 1.0), row("b", "fix", 2.0))).prospects] == ["a", "b"]


def test_correlations_are_those_of_the_benchmarks_that_stand_for_the_work() -> None:
    tables = made().tables
    rows = [
        {"benchmark": name, "models": models, "akin": "0.8", "attempts": "0.9", "stretch": "0.2"}
        for name, models in (("fix", "0.7"), ("write", "0.5"))
    ]
    assert together(rows, tables, "debug").models == 0.7
    assert together(rows, tables, "test").source == "write"
    assert together(rows, tables, "docs").models == pytest.approx(0.6)
    assert together(rows[1:], tables, "debug").models == 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_evidence_makes_a_plan_for_every_kind_of_work(kind: str) -> None:
    house = assembly.house(Settings())
    catalog = assembly.shelf(house, assembly.candidates(house)).at(1_795_000_000_000)
    found = grounds(catalog, kind)
    assert len(found.prospects) > 20
    assert 0 < found.together.models <= found.together.akin <= found.together.attempts < 1
    plan = planned(found, Wanted())
    assert plan.single is not None
    assert (plan.resolved or 0) >= (plan.single.success or 0)
    assert (plan.cost or 0) < (plan.single.cost or 0)


def test_the_shipped_table_says_where_it_is_from() -> None:
    rows = list(sheets.rows("together.csv"))
    assert {row["benchmark"] for row in rows} <= {one.name for one in sheets.tables().benchmarks}
    for row in rows:
        assert 0 < float(row["models"]) <= float(row["akin"]) <= float(row["attempts"]) < 1
        assert "openhands" in row["source"].lower()
