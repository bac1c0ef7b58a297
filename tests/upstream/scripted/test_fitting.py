from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.upstream.scripted.fitting import fitted

NAMES = st.sampled_from("command path city title name age tags inner".split())

LEAVES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.just({"type": ["string", "null"]}),
    st.builds(lambda least, most: {"type": "string", "minLength": least, "maxLength": least + most}, st.integers(0, 9), st.integers(0, 9)),
    st.builds(lambda low, size: {"type": "integer", "minimum": low, "maximum": low + size}, st.integers(-9, 9), st.integers(0, 9)),
    st.builds(lambda low: {"type": "number", "exclusiveMinimum": low}, st.integers(-9, 9)),
    st.builds(lambda high: {"type": "integer", "exclusiveMaximum": high}, st.integers(-9, 9)),
    st.builds(lambda step: {"type": "integer", "multipleOf": step, "minimum": 1}, st.integers(1, 9)),
    st.builds(lambda value: {"const": value}, st.none() | st.integers() | st.text(max_size=3)),
    st.builds(lambda values: {"enum": values}, st.lists(st.integers() | st.text(max_size=3), min_size=1, max_size=3)),
    st.sampled_from(["date", "date-time", "email", "uuid", "uri"]).map(lambda form: {"type": "string", "format": form}),
)


def grown(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    properties = st.dictionaries(NAMES, inner, max_size=3)
    objects = properties.map(lambda found: {"type": "object", "properties": found, "required": list(found), "additionalProperties": False})
    some = properties.map(lambda found: {"type": "object", "properties": found, "required": list(found)[:1]})
    none = properties.map(lambda found: {"type": "object", "properties": found})
    lists = st.builds(
        lambda item, least, most: {"type": "array", "items": item, "minItems": least, "maxItems": least + most},
        inner,
        st.integers(0, 3),
        st.integers(0, 3),
    )
    tuples = st.lists(inner, min_size=1, max_size=3).map(lambda found: {"type": "array", "prefixItems": found, "items": False})
    ways = st.sampled_from(["anyOf", "oneOf"]).flatmap(lambda key: inner.map(lambda one: {key: [{"type": "null"}, {**one, "title": "x"}]}))
    both = st.tuples(objects, some).map(lambda two: {"allOf": [{**one, "additionalProperties": True} for one in two]})
    return st.one_of(objects, some, none, lists, tuples, ways, both)


SCHEMAS = st.recursive(LEAVES, grown, max_leaves=8)


@given(schema=SCHEMAS, words=st.text(max_size=20))
def test_what_is_made_fits_the_schema(schema: dict[str, Any], words: str) -> None:
    value = fitted(schema, words)
    if "oneOf" not in str(schema) and "allOf" not in str(schema):
        jsonschema.validate(value, schema)


def test_definitions_are_followed_and_do_not_go_on_for_ever() -> None:
    node = {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}, "value": {"type": "integer"}}}
    schema = {"$defs": {"node": {**node, "required": ["value"]}}, "$ref": "#/$defs/node"}
    assert fitted(schema) == {"value": 1}
    endless = {"$defs": {"n": {"type": "object", "properties": {"n": {"$ref": "#/$defs/n"}}, "required": ["n"]}}, "$ref": "#/$defs/n"}
    assert set(fitted(endless)) == {"n"}
    assert fitted({"$ref": "#/nowhere"}, "words") == "text"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("command", "ls"),
        ("path", "."),
        ("file_path", "README.md"),
        ("city", "Rome"),
        ("query", "what is up in Rome"),
        ("url", "https://example.com/"),
        ("anything", "anything"),
    ],
)
def test_texts_are_filled_by_their_names(name: str, value: str) -> None:
    schema = {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}
    assert fitted(schema, "what is up in Rome") == {name: value}


def test_a_command_that_is_a_list_is_one_too() -> None:
    schema = {"type": "object", "properties": {"command": {"type": "array", "items": {"type": "string"}}}, "required": ["command"]}
    assert fitted(schema) == {"command": ["ls"]}


def test_only_what_is_needed_is_filled_except_where_nothing_is_said_at_the_top() -> None:
    properties = {"a": {"type": "integer"}, "b": {"type": "object", "properties": {"c": {"type": "integer"}}}}
    assert fitted({"type": "object", "properties": properties, "required": ["a"]}) == {"a": 1}
    assert fitted({"type": "object", "properties": properties}) == {"a": 1, "b": {}}
    assert fitted({"type": "object", "required": ["unknown"]}) == {"unknown": "unknown"}
