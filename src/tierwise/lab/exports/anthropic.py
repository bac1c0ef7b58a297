"""Anthropic: the usage and cost reports of the Admin API as JSON, and what the Console exports of either as CSV.

Costs of the API are decimal text in cents, those of the Console in dollars. The Console's cost table calls models by their titles.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.lab.export import BadExport, Export, Line, day_of, pico
from tierwise.lab.located import Count, buckets, more, place, read, shaped
from tierwise.lab.sheet import Record, amount, day, headed, table, whole

PROVIDER: Final = "anthropic"

COLUMNS: Final = {
    "usage_input_tokens_no_cache": "fresh",
    "usage_input_tokens_cache_read": "read",
    "usage_input_tokens_cache_write_5m": "write_5m",
    "usage_input_tokens_cache_write_1h": "write_1h",
    "usage_output_tokens": "output",
}
"""Columns of the Console's usage, and the kind of token each counts."""

TERMS: Final = {
    "input_no_cache": "fresh",
    "input_cache_read": "read",
    "input_cache_write_5m": "write_5m",
    "input_cache_write_1h": "write_1h",
    "output": "output",
    "uncached_input_tokens": "fresh",
    "cache_read_input_tokens": "read",
    "cache_creation.ephemeral_5m_input_tokens": "write_5m",
    "cache_creation.ephemeral_1h_input_tokens": "write_1h",
    "output_tokens": "output",
}
"""What a cost is for, by the Console's and the API's word for it."""

USAGE: Final = ("usage_date_utc", "model_version", "usage_input_tokens_no_cache", "usage_output_tokens")
COSTS: Final = ("usage_date_utc", "model", "cost_usd")
USUAL: Final = frozenset({"", "standard", "message"})


class Written(Struct, frozen=True):
    """Tokens written to the cache, by lifetime."""

    ephemeral_5m_input_tokens: Count = 0
    ephemeral_1h_input_tokens: Count = 0


class Result(Struct, frozen=True):
    """A result of either report: the usage of a model, or a cost."""

    uncached_input_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    cache_creation: Written = Written()
    output_tokens: Count = 0
    model: str | None = None
    service_tier: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    cost_type: str | None = None
    token_type: str | None = None
    description: str | None = None


class Bucket(Struct, frozen=True):
    """A stretch of time."""

    starting_at: str
    ending_at: str
    results: list[Result]


def claims(text: str) -> bool:
    """Whether a text is a page of a report, or a table of the Console's."""
    start = text[:4000]
    return headed(text, USAGE) or headed(text, COSTS) or '"starting_at"' in start


def lines(path: Path, text: str) -> Iterator[Line]:
    """The lines of an export."""
    if text.lstrip().startswith(("{", "[")):
        return _pages(path, text)
    return map(_usage, table(path, text, USAGE)) if headed(text, USAGE) else map(_cost, table(path, text, COSTS))


def _pages(path: Path, text: str) -> Iterator[Line]:
    for found in buckets(read(path, text)):
        bucket = shaped(path, text, found, Bucket)
        on = day_of(bucket.starting_at)
        if on is None:
            line, column = place(text, (*found.path, "starting_at"))
            raise BadExport(f"{path}:{line}:{column}: starting_at: {bucket.starting_at[:40]!r} is no time")
        for index, result in enumerate(bucket.results):
            if (result.currency or "USD").upper() != "USD":
                line, column = place(text, (*found.path, "results", index, "currency"))
                raise BadExport(f"{path}:{line}:{column}: costs are in {result.currency}, and only US dollars are read")
            yield _result(on, result)


def _result(on: int, result: Result) -> Line:
    remark = "" if (result.service_tier or "") in USUAL else str(result.service_tier)
    if result.amount is None:
        written = result.cache_creation
        counts = (result.uncached_input_tokens, result.cache_read_input_tokens)
        lasting = (written.ephemeral_5m_input_tokens, written.ephemeral_1h_input_tokens, result.output_tokens)
        tokens = dict(zip(COLUMNS.values(), (*counts, *lasting), strict=True))
        return Line(on, result.model or "", tokens=tokens, remark=remark)
    term, cost = TERMS.get(result.token_type or "", ""), pico(result.amount / 100)
    if result.cost_type not in {None, "tokens"}:
        return Line(on, "", cost=cost, what=result.description or str(result.cost_type))
    return Line(on, result.model or "", cost=cost, term=term, remark=remark)


def _usage(record: Record) -> Line:
    tokens = {kind: whole(record.cell(name)) for name, kind in COLUMNS.items()}
    usual = record.said("usage_type").lower()
    return Line(
        day(record.cell("usage_date_utc")), record.said("model_version"), record.line, tokens=tokens, remark="" if usual in USUAL else usual
    )


def _cost(record: Record) -> Line:
    on, cost = day(record.cell("usage_date_utc")), amount(record.cell("cost_usd"))
    kind, usual = record.said("cost_type").lower(), record.said("usage_type").lower()
    if kind not in {"", "token", "tokens"}:
        return Line(on, "", record.line, cost=cost, what=kind)
    term = TERMS.get(record.said("token_type").lower(), "")
    return Line(on, record.said("model"), record.line, cost=cost, term=term, remark="" if usual in USUAL else usual)


EXPORT: Final = Export("anthropic", "Anthropic usage or cost (Admin API as JSON, Console CSV)", PROVIDER, claims, lines, more)
