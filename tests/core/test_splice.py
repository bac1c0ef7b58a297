"""Another model's name in a body, and nothing else changed; top-level fields set and left out."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.splice import edited, outline, with_model, with_value

NEW = 'sirius/3 \u00e4"\\'
scalars = (
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4) | st.sampled_from(['"model":"x"', "\\", "}", "model", "\u00e4"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["model", "a", 'b"', "\\"]), inner, max_size=3),
    max_leaves=6,
)
LAYOUTS: list[dict[str, Any]] = [{}, {"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False}]
layouts = st.sampled_from(LAYOUTS)


@given(
    st.dictionaries(st.sampled_from(["a", "models", "", 'm"', "messages"]), values, max_size=4),
    values,
    st.text(max_size=6),
    layouts,
    st.integers(0, 4),
)
def test_only_the_value_of_the_model_changes(fields: dict[str, Any], inner: Any, model: str, layout: dict[str, Any], place: int) -> None:
    items = [*fields.items(), ("tools", inner)]
    items.insert(min(place, len(items)), ("model", "HERE\u2603"))
    body = json.dumps(dict(items), **layout).encode()
    old = json.dumps("HERE\u2603", ensure_ascii=layout.get("ensure_ascii", True)).encode()
    before, after = body.split(old)
    assert with_model(body, model) == before + json.dumps(model, ensure_ascii=False).encode() + after
    assert with_model(with_model(body, "other"), model) == with_model(body, model)


@pytest.mark.parametrize("value", [b'"a"', b'""', b'"a\\/b"', b'"\\u00e4\\""', b"null", b'["a","model"]', b'{"model":"a"}'])
@pytest.mark.parametrize(
    "body",
    [
        b'{"model":@}',
        b' { "model" : @ , "x" : 1 } \n',
        b'{"x":"\\"model\\":\\"y\\"","model":@}',
        b'{"x":{"model":"y"},"model":@}',
        b'{"model":@,"x":{"model":"y"}}',
        b'{"model":@, "x":{"model":"a"}}',
        b'{"x":["model",":","model"],"model": @}',
        b'{"mod\\u0065l":@}',
        b'{"metadata":{"model":"y"},"model":@,"tools":[{"model":{"type":"string"}}]}',
        b'{"messages":[{"content":"' + b"x" * 5000 + b'"}],"model":@}',
        b'{"messages":[{"content":"' + b"x" * 5000 + b'","model":"y"}], "model":@}',
    ],
)
def test_whatever_else_is_called_model_stays(body: bytes, value: bytes) -> None:
    before, after = body.split(b"@")
    assert with_model(before + value + after, NEW) == before + json.dumps(NEW, ensure_ascii=False).encode() + after


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"a","model":"b"}',
        b'{"model":"a","x":1,"model":"bb"}',
        b'{"model":"a","mod\\u0065l":"b"}',
        b'{"mod\\u0065l":"b","model":"a"}',
        b'{"x":1,"x":22,"model":"a"}',
        b'{"model":"a","x":1,"x":{"model":"b"}}',
        b'{"model":"aaaaaaaa","x":1,"model":"b"}',
    ],
)
def test_a_field_that_comes_twice_is_told_once_and_no_other_model_gets_through(body: bytes) -> None:
    found = with_model(body, NEW)
    pairs = json.loads(found, object_pairs_hook=list)
    assert [value for name, value in pairs if name == "model"] == [NEW]
    assert json.loads(found) == json.loads(body) | {"model": NEW}


def test_halves_of_surrogate_pairs_which_cannot_be_decoded_are_mended() -> None:
    assert with_model(b'{"model":"a\\ud83d","x": "\\ud83d"}', "m") == b'{"model":"m","x": "\\ufffd"}'
    assert with_model(b'{"\\ud83d": 1, "model":"a"}', "m") == b'{"\\ufffd": 1, "model":"m"}'


def test_a_body_without_a_model_gets_one_at_its_end() -> None:
    assert with_model(b'{"x": {"model":"y"}}', "m") == b'{"x":{"model":"y"},"model":"m"}'
    assert with_model(b"{}", "m") == b'{"model":"m"}'


def test_the_model_of_every_recorded_request_is_cut_out_and_nothing_else(shared: Path) -> None:
    seen = 0
    for path in sorted(shared.glob("captures/*/*/*.req.json")):
        value = json.loads(path.read_bytes())["body"]
        if not isinstance(value, dict) or not isinstance(value.get("model"), str):
            continue
        seen += 1
        for layout in LAYOUTS:
            before, after = json.dumps(value | {"model": "HERE"}, **layout).encode().split(b'"HERE"')
            old = json.dumps(value["model"]).encode()
            assert with_model(before + old + after, "sirius") == before + b'"sirius"' + after
    assert seen > 100


@pytest.mark.parametrize(
    ("body", "changes", "found"),
    [
        (b'{"a": 1, "b": [1, 2]}', {}, b'{"a":1,"b":[1, 2]}'),
        (b'{"a": 1, "b": 2}', {"a": b"3"}, b'{"a":3,"b":2}'),
        (b'{"a": 1, "b": 2}', {"a": None}, b'{"b":2}'),
        (b'{"a": 1}', {"c": b'"x"'}, b'{"a":1,"c":"x"}'),
        (b'{"a": 1}', {"b": None}, b'{"a":1}'),
        (b'{"a":1,"a":2}', {}, b'{"a":2}'),
        (b'{"\\u00e4":1,"\\"":2}', {}, '{"\u00e4":1,"\\"":2}'.encode()),
        (b"{}", {"a": None}, b"{}"),
    ],
)
def test_fields_are_set_and_left_out_and_the_others_keep_their_bytes(body: bytes, changes: dict[str, bytes | None], found: bytes) -> None:
    assert edited(body, changes) == found


@given(
    st.dictionaries(st.text(max_size=3), values, max_size=4), st.dictionaries(st.text(max_size=3), st.none() | values, max_size=3), layouts
)
def test_an_edited_object_has_what_it_had_with_the_changes(fields: dict[str, Any], changes: dict[str, Any], layout: dict[str, Any]) -> None:
    raws = {name: None if value is None else json.dumps(value).encode() for name, value in changes.items()}
    kept = {name: value for name, value in (fields | changes).items() if name not in changes or changes[name] is not None}
    assert json.loads(edited(json.dumps(fields, **layout).encode(), raws)) == kept


def test_fields_that_were_looked_up_before_need_no_second_look() -> None:
    body, fields = outline(b'{"messages":[],"model":"old","x":"\\ud800"}')
    assert body == b'{"messages":[],"model":"old","x":"\\ufffd"}'
    assert with_model(body, "new", fields) == b'{"messages":[],"model":"new","x":"\\ufffd"}'


FIELD, INNER = "reasoning", "effort"
LOW = b'"low"'


@given(
    st.dictionaries(st.sampled_from(["a", "input", "", 'b"', INNER, "messages"]), values, max_size=4),
    st.dictionaries(st.sampled_from(["summary", FIELD, "x"]), values, max_size=3),
    layouts,
    st.integers(0, 4),
    st.integers(0, 3),
)
def test_only_the_value_at_the_path_changes(
    fields: dict[str, Any], around: dict[str, Any], layout: dict[str, Any], at: int, deep: int
) -> None:
    inner = list(around.items())
    inner.insert(min(deep, len(inner)), (INNER, "HERE\u2603"))
    items = list(fields.items())
    items.insert(min(at, len(items)), (FIELD, dict(inner)))
    body = json.dumps(dict(items), **layout).encode()
    before, after = body.split(json.dumps("HERE\u2603", ensure_ascii=layout.get("ensure_ascii", True)).encode())
    assert with_value(body, (FIELD, INNER), LOW) == before + LOW + after


@given(
    st.dictionaries(st.sampled_from(["a", "input", "", 'b"', INNER, "messages"]), values, max_size=4),
    layouts,
    st.sampled_from(["", "\n ", "\t"]),
)
def test_what_is_missing_is_added_at_the_end_and_every_byte_before_it_stays(
    fields: dict[str, Any], layout: dict[str, Any], end: str
) -> None:
    body = (json.dumps(fields, **layout) + end).encode()
    start = body.rstrip()[:-1]
    found = with_value(body, (FIELD, INNER), LOW)
    assert found.startswith(start)
    assert json.loads(found) == fields | {FIELD: {INNER: "low"}}
    assert list(json.loads(found)) == [*fields, FIELD]
    assert with_value(found, (FIELD, INNER), LOW) == found


@pytest.mark.parametrize("given_", [b"null", b'"high"', b"[]", b"7", b"{}", b" { } "])
def test_what_is_no_object_gives_way_to_one(given_: bytes) -> None:
    found = with_value(b'{"a":1, "reasoning":' + given_ + b', "b":[ 2 ]}', (FIELD, INNER), LOW)
    assert found.startswith(b'{"a":1, "reasoning":')
    assert found.endswith(b', "b":[ 2 ]}')
    assert json.loads(found) == {"a": 1, FIELD: {INNER: "low"}, "b": [2]}


@pytest.mark.parametrize(
    "body",
    [
        b'{"messages":[{"content":"\\"reasoning_effort\\":\\"high\\""}],"tools":[{"reasoning_effort":"high"}]}',
        b'{"metadata":{"reasoning_effort":"high"},"x":"reasoning_effort"}',
        b'{"x":["reasoning_effort","high",{"reasoning_effort":"high"}]}',
    ],
)
def test_whatever_else_is_called_so_stays(body: bytes) -> None:
    assert with_value(body, ("reasoning_effort",), LOW) == body[:-1] + b',"reasoning_effort":"low"}'


@pytest.mark.parametrize(
    "body",
    [
        b'{"reasoning_effort":"high","x":1,"reasoning_effort":"max"}',
        b'{"reasoning_effort":"low","x":1,"reasoning_effort":"low"}',
        b'{"reasoning_effort":"high","reasoning_\\u0065ffort":"max"}',
        b'{"x":1,"x":2,"reasoning_effort":"high"}',
    ],
)
def test_an_effort_that_comes_twice_is_told_once_and_no_other_gets_through(body: bytes) -> None:
    pairs = json.loads(with_value(body, ("reasoning_effort",), LOW), object_pairs_hook=list)
    assert [value for name, value in pairs if name == "reasoning_effort"] == ["low"]
    assert len({name for name, _ in pairs}) == len(pairs)
