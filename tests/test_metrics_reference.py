"""docs/reference/metrics.md says what there is, all of it and nothing else."""

import re
from pathlib import Path

import pytest

from tierwise.core.notices import NOTICES
from tierwise.gateway import gauges, metrics
from tierwise.gateway.exposition import Family
from tierwise.gateway.telemetry import spans
from tierwise.gateway.telemetry.spans import INSTRUMENTS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    part = PAGE.partition(f"# {heading}\n")[2].partition("\n#")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize(
    ("heading", "families"), [("Counted", metrics.FAMILIES), ("Looked at when the page is read", gauges.FAMILIES)], ids=["counted", "read"]
)
def test_the_metrics_are_those_of_the_page(heading: str, families: tuple[Family, ...]) -> None:
    expected = [[f"`{one.name}`", one.kind, ", ".join(f"`{label}`" for label in one.labels), one.says] for one in families]
    assert rows(heading) == expected


def test_every_label_is_explained() -> None:
    labels = {label for one in (*metrics.FAMILIES, *gauges.FAMILIES) for label in one.labels} - {"version"}
    assert {row[0].strip("`") for row in rows("Labels")} == labels


def test_the_measurements_are_those_that_are_sent() -> None:
    assert rows("Traces") == [[f"`{one.name}`", one.kind, f"`{one.unit}`", one.says] for one in INSTRUMENTS]


def test_every_attribute_of_a_span_is_on_the_page() -> None:
    source = Path(spans.__file__).read_text(encoding="utf-8")
    named = set(re.findall(r'"((?:gen_ai|tierwise)\.[\w.]+)"', source)) - {one.name for one in INSTRUMENTS}
    quiet = {"gen_ai.token.type", "tierwise.hedge"}
    assert {name for name in named - quiet if f"`{name}`" not in PAGE} == set()


def test_the_events_are_those_that_can_be_told() -> None:
    expected = [[f"`{kind}`", row.weight, row.says or "what a plugin has to say"] for kind, row in NOTICES.items()]
    assert rows("Events") == expected


def test_the_buckets_are_those_of_the_page() -> None:
    for bounds in (metrics.SECONDS, metrics.OVERHEAD):
        assert ", ".join(map(str, bounds)) in PAGE
