"""The shipped data files: rows of facts, each with its date or source, read into core values.

A file that is damaged is a defect of the package, so errors name the file and the row and are not meant for users.
"""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files

from msgspec import Struct

from tierwise.core.catalog import Benchmark, Capability, Evidence, Outlook, Step, Tables
from tierwise.core.money import pico

EVIDENCE = ("evidence-published.csv", "evidence-openhands.csv", "evidence-aider.csv")
SUMMARY = 2200
"""Neutral tokens of a compaction's summary: one logged in full has 2,182."""

RESTART = 43_000
"""Neutral tokens of context a session goes on with after a compaction: the median of 70 logged ones (52,660 Claude tokens)."""


class Card(Struct, frozen=True):
    """What is known of a model: who sells it by default, its names, its tokenizer's family, its tier, and what it can do."""

    model: str
    provider: str
    vendor: str
    family: str
    tier: str
    aliases: tuple[str, ...]
    released: str
    capability: Capability
    cache: str
    as_of: str
    source: str


class Family(Struct, frozen=True):
    """How many tokens of a family one neutral token takes, and the relative error of that at 95 %."""

    name: str
    scale: float
    error: float


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a shipped file."""
    text = files("tierwise.catalog").joinpath("data", name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def _yes(text: str) -> bool | None:
    return {"yes": True, "no": False}.get(text)


def _whole(text: str) -> int | None:
    return int(text) if text else None


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


def _card(row: dict[str, str]) -> Card:
    can = Capability(
        context_window=_whole(row["context_window"]),
        max_output=_whole(row["max_output"]),
        tools=_yes(row["tools"]),
        images=_yes(row["images"]),
        json_schema=_yes(row["json_schema"]),
        reasoning=None if row["reasoning"] == "unknown" else row["reasoning"],
        efforts=_list(row["efforts"]),
    )
    return Card(
        model=row["model"],
        provider=row["provider"],
        vendor=row["vendor"],
        family=row["family"],
        tier=row["tier"],
        aliases=_list(row["aliases"]),
        released=row["released"],
        capability=can,
        cache=row["cache"],
        as_of=row["as_of"],
        source=row["source"],
    )


def capabilities() -> dict[str, Card]:
    """Models by name."""
    return {row["model"]: _card(row) for row in rows("capabilities.csv")}


def families() -> dict[str, Family]:
    """Tokenizer families by name."""
    return {row["family"]: Family(row["family"], float(row["scale"]), float(row["error"])) for row in rows("families.csv")}


def _evidence(row: dict[str, str]) -> Evidence:
    return Evidence(
        model=row["model"],
        benchmark=row["benchmark"],
        score=float(row["score"]),
        date=row["date"],
        source=row["source"],
        n=_whole(row["n"]),
        cost=pico(row["cost"]) if row["cost"] else None,
        harness=row["harness"],
    )


def evidence(until: str = "9999-12-31") -> tuple[Evidence, ...]:
    """All shipped measurements dated no later than a day."""
    found = (_evidence(row) for name in EVIDENCE for row in rows(name))
    return tuple(one for one in found if one.date <= until)


def efforts() -> dict[str, int]:
    """Effort by model, in thousandths."""
    return {row["model"]: int(row["effort"]) for row in rows("effort.csv")}


def _benchmark(row: dict[str, str]) -> Benchmark:
    return Benchmark(
        name=row["name"],
        kinds=_list(row["kinds"]),
        n=int(row["n"]),
        mean=float(row["mean"]),
        loading=float(row["loading"]),
        spread=float(row["spread"]),
        correlation=float(row["correlation"]),
        source=row["source"],
    )


def _step(row: dict[str, str]) -> Step:
    return Step(int(row["difficulty"]), float(row["middle"]), float(row["centre"]), float(row["slope"]))


def _outlook(row: dict[str, str]) -> Outlook:
    return Outlook(row["client"], *(int(row[name]) for name in ("calls", "remaining", "growth", "output", "ceiling")))


def tables() -> Tables:
    """The fitted tables."""
    return Tables(
        outlooks=tuple(map(_outlook, rows("outlooks.csv"))),
        steps=tuple(map(_step, rows("steps.csv"))),
        benchmarks=tuple(map(_benchmark, rows("benchmarks.csv"))),
        summary=SUMMARY,
        restart=RESTART,
        source="shipped with tierwise",
    )


def day(text: str) -> datetime:
    """Noon, UTC, of a day written YYYY-MM-DD; ValueError if it is none."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
        raise ValueError(f"{text!r} is not a day of the form YYYY-MM-DD")
    return datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC)


def priced_as(card: Card) -> tuple[str, ...]:
    """The names under which a model's price may be listed, the likeliest first."""
    return (card.model, *reversed(card.aliases))
