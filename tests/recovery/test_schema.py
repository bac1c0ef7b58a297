"""Whether a value keeps to a JSON schema: against the reference implementation, and where that has nothing to say."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.recovery.schema import keeps

values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, "", "a", "abc"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
TYPES = ["object", "array", "string", "boolean", "null", "number", "integer"]
leaves = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, max_size=2, unique=True),
        "enum": st.lists(values, min_size=1, max_size=3),
        "const": values,
        "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
        "minimum": st.integers(-2, 2),
        "maximum": st.integers(-2, 2),
        "exclusiveMinimum": st.integers(-2, 2),
        "exclusiveMaximum": st.integers(-2, 2),
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(0, 2),
        "minItems": st.integers(0, 2),
        "maxItems": st.integers(0, 2),
    },
)


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=2)
    parts = {
        "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
        "additionalProperties": inner,
        "items": inner,
        "prefixItems": some,
        "anyOf": some,
        "allOf": some,
        "oneOf": some,
    }
    return st.fixed_dictionaries({}, optional=parts) | inner


schemas = st.recursive(leaves | st.booleans(), _deeper, max_leaves=4)


@given(values, schemas)
def test_it_is_of_one_mind_with_the_reference_implementation(value: Any, schema: Any) -> None:
    assert keeps(value, schema) == jsonschema.Draft202012Validator(schema).is_valid(value)


TREE = {"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object", "properties": {"next": {"$ref": "#/$defs/tree"}}}}}


@pytest.mark.parametrize(
    ("value", "schema", "keeping"),
    [
        ({"next": {"next": {}}}, TREE, True),
        ({"next": {"next": 1}}, TREE, False),
        (1, {"$ref": "#/nowhere"}, True),
        (1, {"$ref": "https://example.org/schema"}, True),
        ({"a/b": 1}, {"$defs": {"x/y": {"type": "null"}}, "properties": {"a/b": {"$ref": "#/$defs/x~1y"}}}, False),
        ([1], {"items": {"$ref": "#/anyOf/0"}, "anyOf": [{"type": "array"}]}, True),
        ({"ab": 1}, {"patternProperties": {"^a": {}}, "additionalProperties": False}, True),
        ([1, "a"], {"items": [{"type": "integer"}, {"type": "integer"}]}, True),
        ("x", {"format": "date", "pattern": "^y$", "unheard of": 1}, True),
        (float("inf"), {"type": "integer"}, False),
        ("x", {"type": "colour"}, True),
        ("x", {"type": 7, "enum": 7, "required": 7, "anyOf": 7, "oneOf": {}, "allOf": None, "minLength": "a"}, True),
        ({"a": 1}, {"properties": [], "additionalProperties": False}, False),
        ({"a": 1}, {"properties": [], "required": [["a"]]}, False),
        ([1], {"prefixItems": 3, "items": False}, False),
        (1, "no schema", True),
        (1, False, False),
    ],
)
def test_references_and_what_is_no_schema(value: Any, schema: Any, keeping: bool) -> None:  # noqa: FBT001  # a case's verdict
    assert keeps(value, schema) is keeping


@pytest.mark.parametrize("schema", [{"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}, {"$ref": "#"}, {"allOf": [{"$ref": "#"}] * 9}])
def test_a_schema_that_goes_round_in_circles_ends(schema: Any) -> None:
    assert isinstance(keeps(1, schema), bool)
