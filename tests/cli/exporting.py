"""Exports as providers would give them of what a ledger holds, in every format, written independently of what reads them."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from tierwise.lab.reconciling import DAY, Used

CENT = 10**10


class Sold(Struct):
    """What a provider has of a day and a model. Amounts are pico-dollars."""

    day: int
    model: str
    requests: int = 0
    fresh: int = 0
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    output: int = 0
    cost: int = 0


def sold(used: Iterable[Used]) -> list[Sold]:
    """What a provider should have of a ledger's attempts."""
    found: dict[tuple[int, str], Sold] = {}
    for one in used:
        here = found.setdefault((one.at // DAY, one.model), Sold(one.at // DAY, one.model))
        here.requests += one.usage is not None or not one.failed
        if one.usage is not None:
            here.cost += one.cost or 0
            for kind in ("fresh", "read", "write_5m", "write_1h", "output"):
                setattr(here, kind, getattr(here, kind) + getattr(one.usage, kind))
    return [found[key] for key in sorted(found)]


def iso(day: int) -> str:
    return datetime.fromtimestamp(day * DAY / 1000, tz=UTC).strftime("%Y-%m-%dT00:00:00Z")


def dollars(amount: int) -> str:
    return f"{amount // 10**12}.{amount % 10**12:012d}"


def table(rows: Iterable[dict[str, Any]]) -> str:
    listed = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(listed[0]))
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue()


def anthropic_usage(found: list[Sold]) -> str:
    return json.dumps(
        {
            "data": [
                {
                    "starting_at": iso(one.day),
                    "ending_at": iso(one.day + 1),
                    "results": [
                        {
                            "uncached_input_tokens": one.fresh,
                            "cache_creation": {"ephemeral_1h_input_tokens": one.write_1h, "ephemeral_5m_input_tokens": one.write_5m},
                            "cache_read_input_tokens": one.read,
                            "output_tokens": one.output,
                            "model": one.model,
                        }
                    ],
                }
                for one in found
            ],
            "has_more": False,
        }
    )


def anthropic_cost(found: list[Sold]) -> str:
    return json.dumps(
        {
            "data": [
                {
                    "starting_at": iso(one.day),
                    "ending_at": iso(one.day + 1),
                    "results": [{"amount": f"{one.cost // CENT}.{one.cost % CENT:010d}", "currency": "USD", "model": one.model}],
                }
                for one in found
            ]
        }
    )


def console_usage(found: list[Sold]) -> str:
    return table(
        {
            "usage_date_utc": iso(one.day)[:10],
            "model_version": one.model,
            "usage_type": "standard",
            "usage_input_tokens_no_cache": one.fresh,
            "usage_input_tokens_cache_write_5m": one.write_5m,
            "usage_input_tokens_cache_write_1h": one.write_1h,
            "usage_input_tokens_cache_read": one.read,
            "usage_output_tokens": one.output,
        }
        for one in found
    )


def console_cost(found: list[Sold]) -> str:
    return table({"usage_date_utc": iso(one.day)[:10], "model": one.model, "cost_usd": dollars(one.cost)} for one in found)


def openai_usage(found: list[Sold]) -> str:
    return json.dumps(
        {
            "object": "page",
            "data": [
                {
                    "object": "bucket",
                    "start_time": one.day * 86_400,
                    "end_time": (one.day + 1) * 86_400,
                    "results": [
                        {
                            "input_tokens": one.fresh + one.read + one.write_5m,
                            "input_cached_tokens": one.read,
                            "input_cache_write_tokens": one.write_5m,
                            "output_tokens": one.output,
                            "num_model_requests": one.requests,
                            "model": f"{one.model}",
                        }
                    ],
                }
                for one in found
            ],
        }
    )


def openai_costs(found: list[Sold]) -> str:
    """All of a model's cost under one direction: it is the sums that are held to the ledger's."""
    return table(
        {"start_time": one.day * 86_400, "amount_value": dollars(one.cost), "amount_currency": "usd", "line_item": f"{one.model}, output"}
        for one in found
    )


def openrouter(found: list[Sold]) -> str:
    return json.dumps(
        {
            "data": [
                {
                    "date": iso(one.day)[:10],
                    "model": f"maker/{one.model}",
                    "model_permaslug": f"maker/{one.model}",
                    "usage": float(dollars(one.cost)),
                    "requests": one.requests,
                    "prompt_tokens": one.fresh + one.read + one.write_5m + one.write_1h,
                    "completion_tokens": one.output,
                }
                for one in found
            ]
        }
    )


Written = Callable[[list[Sold]], str]

USAGE: dict[str, list[Written]] = {"anthropic": [anthropic_usage, console_usage], "openai": [openai_usage]}
COST: dict[str, list[Written]] = {"anthropic": [anthropic_cost, console_cost], "openai": [openai_costs], "openrouter": [openrouter]}
