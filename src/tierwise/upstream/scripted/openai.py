"""What the two OpenAI shapes share: their errors."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from tierwise.upstream.scripted.asked import Refused
from tierwise.upstream.scripted.checks import encoded, unstrict

KINDS: Final[Mapping[int, tuple[str, str | None]]] = MappingProxyType(
    {
        401: ("invalid_request_error", "invalid_api_key"),
        402: ("insufficient_quota", "insufficient_quota"),
        403: ("invalid_request_error", "unsupported_country_region_territory"),
        404: ("invalid_request_error", "model_not_found"),
        429: ("requests", "rate_limit_exceeded"),
    }
)
"""Type and code of an error by its status; other 4xx are 'invalid_request_error', 5xx 'server_error', both without a code."""


def kind_of(status: int) -> tuple[str, str | None]:
    """Type and code of an error by its status."""
    return KINDS.get(status, ("server_error" if status >= 500 else "invalid_request_error", None))  # noqa: PLR2004  # 5xx


def told(refused: Refused) -> dict[str, Any]:
    """An error as these shapes have it."""
    kind, code = kind_of(refused.status)
    return {"message": refused.message, "type": refused.kind or kind, "param": refused.param, "code": refused.code or code}


def error(refused: Refused) -> bytes:
    """The body of an error."""
    return encoded({"error": told(refused)})


def missing(param: str) -> Refused:
    """A parameter that has to be there."""
    return Refused(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def wrong_type(param: str, expected: str, value: Any) -> Refused:
    """A parameter of the wrong type."""
    return mistyped(param, expected, named(value))


def mistyped(param: str, expected: str, got: str) -> Refused:
    """A parameter of the wrong type, where what came is known by its name."""
    return Refused(f"Invalid type for '{param}': expected {expected}, but got {got} instead.", param=param or None, code="invalid_type")


def invalid(param: str, said: str, code: str = "invalid_value") -> Refused:
    """A parameter with a value that is not allowed."""
    return Refused(said, param=param, code=code)


def too_small(param: str, least: int, value: Any) -> Refused:
    """A number that is below the least."""
    said = f"Invalid '{param}': integer below minimum value. Expected a value >= {least}, but got {value} instead."
    return Refused(said, param=param, code="integer_below_min_value")


def named(value: Any) -> str:
    """What sort of thing a JSON value is."""
    names = ((bool, "a boolean"), (str, "a string"), (int, "an integer"), (float, "a decimal"), (list, "an array"), (dict, "an object"))
    return next((name for kind, name in names if isinstance(value, kind)), "null")


def schema_checked(name: str, param: str, schema: Mapping[str, Any] | None, *, strict: bool) -> None:
    """Refuse a schema that is none, or that cannot be kept to though it is to be."""
    if schema is None:
        return
    if schema and schema.get("type") != "object" and "anyOf" not in schema and "$ref" not in schema:
        said = f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{schema.get('type')}\"'."
        raise Refused(f"Invalid schema for {name}: {said}", param=param, code="invalid_function_parameters")
    why = unstrict(schema) if strict else ""
    if why:
        raise Refused(f"Invalid schema for {name}: {why}", param=param, code="invalid_json_schema")
