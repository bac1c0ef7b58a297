"""OpenRouter: the activity API as JSON (a line for each day, model and provider), and the activity page's CSV (a line for each generation).

Prompt tokens hold the cached ones, completion tokens the reasoning. What is paid with a key of one's own is added to the credits used.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.lab.export import BadExport, Export, Line, day_of, pico
from tierwise.lab.located import Count, buckets, place, read, shaped
from tierwise.lab.sheet import Record, amount, day, headed, table, whole

PROVIDER: Final = "openrouter"

GENERATIONS: Final = ("created_at", "cost_total", "tokens_prompt", "tokens_completion", "model_permaslug")
FREE: Final = "free"


class Activity(Struct, frozen=True):
    """A day of a model at one provider."""

    date: str
    model: str
    usage: Decimal
    prompt_tokens: Count
    completion_tokens: Count
    requests: Count
    byok_usage_inference: Decimal = Decimal(0)
    model_permaslug: str = ""


def claims(text: str) -> bool:
    """Whether a text is the activity API's answer or the activity page's table."""
    start = text[:4000]
    return headed(text, GENERATIONS) or ('"model_permaslug"' in start and '"usage"' in start)


def lines(path: Path, text: str) -> Iterator[Line]:
    """The lines of an export."""
    return _days(path, text) if text.lstrip().startswith(("{", "[")) else map(_generation, table(path, text, GENERATIONS))


def _days(path: Path, text: str) -> Iterator[Line]:
    for found in buckets(read(path, text)):
        one = shaped(path, text, found, Activity)
        on = day_of(one.date)
        if on is None:
            line, column = place(text, (*found.path, "date"))
            raise BadExport(f"{path}:{line}:{column}: date: {one.date[:40]!r} is no date")
        tokens = {"prompt": one.prompt_tokens, "output": one.completion_tokens}
        yield Line(on, one.model, 0, one.requests, tokens, pico(one.usage + one.byok_usage_inference))


def _generation(record: Record) -> Line:
    own = record.cell("byok_usage_inference")
    cost = amount(record.cell("cost_total")) + (amount(own) if own.text.strip() else 0)
    prompt, cached = whole(record.cell("tokens_prompt")), record.cell("tokens_cached")
    tokens = {"prompt": prompt, "output": whole(record.cell("tokens_completion"))}
    if cached.text.strip():
        tokens |= {"read": whole(cached), "uncached": prompt - whole(cached)}
    variant = record.said("variant").lower()
    remark = variant if variant == FREE else ""
    return Line(day(record.cell("created_at")), record.said("model_permaslug"), record.line, 1, tokens, cost, remark=remark)


EXPORT: Final = Export("openrouter", "OpenRouter activity (API as JSON, activity CSV)", PROVIDER, claims, lines)
