"""genai-prices' data, compiled into a price book. The only importer of that package outside the tests."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from genai_prices import types
from genai_prices.data import providers
from genai_prices.data_units import unit_data

from tierwise.catalog.book import Card, Clause, Model, PriceBook, Rate, Seller, Unit, Variant

EPOCH = date(1970, 1, 1)

SIMPLE = (
    (types.ClauseEquals, "equals", "equals"),
    (types.ClauseStartsWith, "starts", "starts_with"),
    (types.ClauseEndsWith, "ends", "ends_with"),
    (types.ClauseContains, "contains", "contains"),
)


def book() -> PriceBook:
    """The price book of the installed genai-prices."""
    units = {name: Unit(raw["per"], dict(raw["dimensions"])) for name, raw in unit_data.items()}
    by_key = {raw["price_key"]: name for name, raw in unit_data.items()}
    return PriceBook(f"genai-prices {version('genai-prices')}", units, tuple(_seller(one, by_key) for one in providers))


def _seller(provider: types.Provider, by_key: dict[str, str]) -> Seller:
    return Seller(
        provider.id,
        provider.name,
        tuple(_model(one, by_key) for one in provider.models),
        None if provider.provider_match is None else _clause(provider.provider_match),
        None if provider.model_match is None else _clause(provider.model_match),
        tuple(provider.fallback_model_providers or ()),
    )


def _model(model: types.ModelInfo, by_key: dict[str, str]) -> Model:
    listed = model.prices if isinstance(model.prices, list) else [types.ConditionalPrice(prices=model.prices)]
    cards = tuple(_card(one.prices, one.constraint, by_key) for one in listed)
    variants = tuple(Variant(dict(one.when), _card(one.prices, one.constraint, by_key)) for one in model.price_variants or ())
    return Model(model.id, _clause(model.match), cards, variants, model.context_window)


def _clause(clause: Any) -> Clause:
    for kind, op, field in SIMPLE:
        if isinstance(clause, kind):
            return Clause(op, getattr(clause, field).lower())
    if isinstance(clause, types.ClauseRegex):
        return Clause("regex", clause.regex)
    parts = clause.or_ if isinstance(clause, types.ClauseOr) else clause.and_
    return Clause("or" if isinstance(clause, types.ClauseOr) else "and", parts=tuple(_clause(part) for part in parts))


def _card(prices: types.ModelPrice, constraint: Any, by_key: dict[str, str]) -> Card:
    rates = tuple(_rate(by_key[key], value) for key, value in vars(prices).items() if value is not None and key in by_key)
    if isinstance(constraint, types.StartDateConstraint):
        return Card(rates, since=(constraint.start_date - EPOCH).days)
    if isinstance(constraint, types.TimeOfDateConstraint):
        return Card(rates, window=(_second(constraint.start_time), _second(constraint.end_time)))
    return Card(rates)


def _rate(unit: str, value: Decimal | types.TieredPrices) -> Rate:
    if isinstance(value, Decimal):
        return Rate(unit, *_parts(value))
    return Rate(unit, *_parts(value.base), tuple((tier.start, *_parts(tier.price)) for tier in value.tiers))


def _parts(value: Decimal) -> tuple[int, int]:
    _, digits, exponent = value.as_tuple()
    return int("".join(map(str, digits))), int(exponent)


def _second(value: time) -> int:
    """The second of the day in UTC."""
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    moment = datetime.combine(EPOCH, aware).astimezone(UTC)
    return moment.hour * 3600 + moment.minute * 60 + moment.second
