"""The Grafana dashboard: it has the shape that Grafana imports, and asks for nothing that /metrics does not have."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tierwise.gateway import gauges, metrics

ROOT = Path(__file__).parents[1]
BOARD = json.loads((ROOT / "examples/grafana.json").read_text(encoding="utf-8"))
FAMILIES = {one.name: one for one in (*metrics.FAMILIES, *gauges.FAMILIES)}
SERIES = {
    **{name: {*one.labels} for name, one in FAMILIES.items() if one.kind != "histogram"},
    **{f"{name}{end}": {*one.labels} for name, one in FAMILIES.items() if one.kind == "histogram" for end in ("_sum", "_count")},
    **{f"{name}_bucket": {*one.labels, "le"} for name, one in FAMILIES.items() if one.kind == "histogram"},
}
"""Every series of the page, with its labels."""

NAME = re.compile(r"\btierwise_\w+")
ASKED = re.compile(r"(tierwise_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(?:=~|!~|!=|=)"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")
SHOWN = re.compile(r"\{\{(\w+)\}\}")
VARIABLES = {one["name"] for one in BOARD["templating"]["list"]}
BUILT_IN = {"__rate_interval", "__range", "__all", "__interval"}
PANELS = [one for one in BOARD["panels"] if one["type"] != "row"]
QUERIES = [(panel["title"], target["expr"], target["legendFormat"]) for panel in PANELS for target in panel["targets"]]


def labels(expression: str) -> set[str]:
    """The labels that all series of an expression have."""
    found = [SERIES[name] for name, _ in ASKED.findall(expression)]
    return set.union(*found)


@pytest.mark.parametrize(("title", "expression", "legend"), QUERIES)
def test_every_query_asks_for_series_and_labels_that_there_are(title: str, expression: str, legend: str) -> None:
    asked = ASKED.findall(expression)
    assert asked, title
    for name, matchers in asked:
        assert name in SERIES, f"{title}: {name}"
        assert {*MATCHER.findall(matchers)} <= SERIES[name], f"{title}: {matchers}"
    grouped = {one.strip() for group in GROUPED.findall(expression) for one in group.split(",")}
    assert grouped <= labels(expression), title
    assert {*SHOWN.findall(legend)} <= (grouped or labels(expression)), title


@pytest.mark.parametrize(("title", "expression", "legend"), QUERIES)
def test_every_query_is_well_formed(title: str, expression: str, legend: str) -> None:
    for opening, closing in ("()", "{}", "[]"):
        assert expression.count(opening) == expression.count(closing), title
    assert {*re.findall(r"\$(\w+)", expression)} <= VARIABLES | BUILT_IN, title
    for name in NAME.findall(expression):
        counts = name.endswith(("_total", "_bucket", "_sum", "_count"))
        assert bool(re.search(rf"(?:rate|increase)\({name}\b", expression)) == counts, f"{title}: {name}"
    assert isinstance(legend, str)


def test_every_family_that_changes_is_on_a_panel() -> None:
    asked = {name for _, expression, _ in QUERIES for name in NAME.findall(expression)}
    missing = {name for name in FAMILIES if not asked & {name, f"{name}_bucket"}}
    assert missing == {"tierwise_build_info"}


def test_variables_ask_for_labels_that_there_are() -> None:
    for one in BOARD["templating"]["list"]:
        if one["type"] == "query":
            match = re.fullmatch(r"label_values\((\w+), (\w+)\)", one["query"]["query"])
            assert match
            assert match[2] in SERIES[match[1]]


def test_it_has_the_shape_that_grafana_imports() -> None:
    assert BOARD["title"]
    assert isinstance(BOARD["schemaVersion"], int)
    assert "id" not in BOARD
    assert len({one["id"] for one in BOARD["panels"]}) == len(BOARD["panels"])
    for one in PANELS:
        assert one["type"] in {"timeseries", "stat", "bargauge"}
        assert one["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert len({target["refId"] for target in one["targets"]}) == len(one["targets"])
        assert {"defaults", "overrides"} <= set(one["fieldConfig"])


def test_no_two_panels_lie_on_each_other() -> None:
    taken: dict[tuple[int, int], Any] = {}
    for one in BOARD["panels"]:
        place = one["gridPos"]
        assert place["x"] + place["w"] <= 24
        for at in ((x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])):
            assert at not in taken, (one["title"], taken[at])
            taken[at] = one["title"]
