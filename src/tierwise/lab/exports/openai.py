"""OpenAI: the usage and costs API's pages as JSON, and what the dashboard exports of either as CSV.

Input tokens hold the cached and the written ones. Costs are grouped by line item ('gpt-5.6, cached input'); without that grouping a day's
costs are of all models together.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.lab.export import DAY, BadExport, Export, Line, pico
from tierwise.lab.located import Count, buckets, more, place, read, shaped
from tierwise.lab.sheet import Record, amount, day, headed, table, whole

PROVIDER: Final = "openai"

TERMS: Final = {"input": "uncached", "cached input": "read", "cache writes": "write", "output": "output"}
"""What a line item's direction is called, and which kind of token it charges."""

USAGE: Final = ("start_time", "model", "input_tokens", "output_tokens")
COSTS: Final = ("start_time", "amount_value", "line_item")


class Amount(Struct, frozen=True):
    """Money."""

    value: Decimal
    currency: str = "usd"


class Result(Struct, frozen=True):
    """A result of either API: the usage of a model, or the cost of a line item."""

    input_tokens: Count | None = None
    input_cached_tokens: Count | None = None
    input_cache_write_tokens: Count | None = None
    output_tokens: Count | None = None
    num_model_requests: Count | None = None
    model: str | None = None
    batch: bool | None = None
    service_tier: str | None = None
    amount: Amount | None = None
    line_item: str | None = None


class Bucket(Struct, frozen=True):
    """A stretch of time, seconds since 1970."""

    start_time: int
    end_time: int
    results: list[Result]


def claims(text: str) -> bool:
    """Whether a text is a page of the usage or costs API, or a table of the dashboard's."""
    start = text[:4000]
    return headed(text, USAGE) or headed(text, COSTS) or ('"bucket"' in start and '"start_time"' in start)


def lines(path: Path, text: str) -> Iterator[Line]:
    """The lines of an export."""
    if text.lstrip().startswith(("{", "[")):
        return _pages(path, text)
    costs = headed(text, COSTS)
    return (found for record in table(path, text, COSTS if costs else USAGE) if (found := (_cost if costs else _usage)(record)) is not None)


def _pages(path: Path, text: str) -> Iterator[Line]:
    for found in buckets(read(path, text)):
        bucket = shaped(path, text, found, Bucket)
        if bucket.end_time - bucket.start_time > DAY:
            line, column = place(text, (*found.path, "end_time"))
            raise BadExport(f"{path}:{line}:{column}: the bucket is longer than a day; export with bucket_width 1d")
        for index, result in enumerate(bucket.results):
            if result.amount is not None and result.amount.currency.lower() != "usd":
                line, column = place(text, (*found.path, "results", index, "amount", "currency"))
                raise BadExport(f"{path}:{line}:{column}: costs are in {result.amount.currency}, and only US dollars are read")
            yield _result(bucket.start_time // DAY, result)


def _result(on: int, result: Result) -> Line:
    if result.amount is not None:
        return _item(Line(on, "", cost=pico(result.amount.value)), result.line_item or "")
    counts = (result.input_tokens or 0, result.input_cached_tokens or 0, result.input_cache_write_tokens, result.output_tokens or 0)
    remark = _remark(result.batch, result.service_tier)
    return Line(on, result.model or "", 0, result.num_model_requests, _tokens(*counts), remark=remark)


def _tokens(prompt: int, read_: int, written: int | None, output: int) -> dict[str, int]:
    """Tokens by kind, as far as they are told apart."""
    if written is None:
        return {"prompt": prompt, "read": read_, "uncached": prompt - read_, "output": output}
    return {
        "prompt": prompt,
        "read": read_,
        "write": written,
        "fresh": prompt - read_ - written,
        "uncached": prompt - read_,
        "output": output,
    }


def _remark(batch: bool | None, tier: str | None) -> str:  # noqa: FBT001  # as the export has it
    return "batch" if batch else tier if tier and tier not in {"default", "standard"} else ""


def _item(line: Line, item: str) -> Line:
    """A cost with what its line item is for."""
    name, comma, direction = item.rpartition(", ")
    term = TERMS.get(direction.strip().lower()) if comma else None
    if term is None:
        return Line(line.day, "", line.line, cost=line.cost, what=item)
    return Line(line.day, name.removesuffix(" text").strip(), line.line, cost=line.cost, term=term)


def _usage(record: Record) -> Line | None:
    """A row of the dashboard's usage; days without any have only their times."""
    if not record.said("num_model_requests", "input_tokens"):
        return None
    written = record.cell("input_cache_write_tokens")
    tokens = _tokens(
        whole(record.cell("input_tokens")),
        whole(record.cell("input_cached_tokens")),
        whole(written) if written.text.strip() else None,
        whole(record.cell("output_tokens")),
    )
    requests = record.cell("num_model_requests")
    counted = whole(requests) if requests.text.strip() else None
    remark = _remark(record.said("batch").lower() == "true", record.said("service_tier"))
    return Line(_day(record), record.said("model"), record.line, counted, tokens, remark=remark)


def _cost(record: Record) -> Line | None:
    if not record.said("amount_value"):
        return None
    currency = record.cell("amount_currency")
    if currency.text.strip().lower() not in {"usd", ""}:
        raise currency.wrong("is a currency that is not read; only US dollars are")
    return _item(Line(_day(record), "", record.line, cost=amount(record.cell("amount_value"))), record.said("line_item"))


def _day(record: Record) -> int:
    return day(record.cell("start_time_iso") if record.said("start_time_iso") else record.cell("start_time"))


EXPORT: Final = Export("openai", "OpenAI usage or costs (API pages as JSON, dashboard CSV)", PROVIDER, claims, lines, more)
