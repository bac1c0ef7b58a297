"""What all wires share: reading slices, finding what is not text, and saying where something is wrong."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise.core.request import Request, Segment
from tierwise.core.wire import (
    ABSENT,
    HOUR,
    RECENT,
    USUAL,
    Block,
    Extras,
    Malformed,
    Message,
    blocks,
    each,
    extras,
    heard,
    lifetime,
    messages_of,
    needed,
    no_steps,
    opened,
    ordered,
    patterns,
    present,
    read,
    readable,
    recent,
    repaired,
    texts,
)

NUMBERS = msgspec.json.Decoder(list[int])
DEEP = b"[" * 100_000 + b"]" * 100_000
KINDS = st.sampled_from(["tools", "system", "message"])


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value).encode())


def message(*content: Any) -> Segment:
    return Segment("message", "user", raw({"role": "user", "content": list(content)}))


def test_a_slice_is_read_as_its_type() -> None:
    assert opened(NUMBERS, b"[1, 2]", "body") == [1, 2]
    assert read(NUMBERS, Raw(b"[1]"), "body") == [1]
    assert each(NUMBERS, [raw([1]), raw([2, 3])], "list") == [[1], [2, 3]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[1, 2", "body: Input data was truncated"),
        (b'[1, "x"]', "body: Expected `int`, got `str` - at `$[1]`"),
        (b"[1, \xff]", "body: not UTF-8 at byte 4"),
        (b"\xff\xfe[\x00", "body: not UTF-8 at byte 0"),
        (DEEP, "body: Expected `int`, got `array` - at `$[0]`"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(body: bytes, said: str) -> None:
    with pytest.raises(Malformed) as refused:
        opened(NUMBERS, body, "body")
    assert str(refused.value) == said


def test_nesting_without_end_is_no_crash() -> None:
    with pytest.raises(Malformed, match=r"^body: nested too deeply$"):
        opened(msgspec.json.Decoder(list[Raw]), DEEP, "body")


def test_the_wrong_one_of_a_list_is_named_by_its_number() -> None:
    with pytest.raises(Malformed, match=r"^list\[1\]: Expected `int`, got `null`"):
        each(NUMBERS, [raw([1]), raw([None])], "list")
    with pytest.raises(Malformed, match=r"^x request, messages\[1\]: Object missing required field `role`"):
        messages_of([raw({"role": "user"}), raw({})], "x request")


@pytest.mark.parametrize(("value", "there"), [(b"", False), (b"null", False), (b'""', True), (b"[]", True), (b"0", True)])
def test_null_and_absent_are_the_same(value: bytes, there: bool) -> None:  # noqa: FBT001  # a column of the table
    assert present(Raw(value)) is there


@pytest.mark.parametrize(
    ("tools", "images", "schema", "effort", "names"),
    [
        (False, 0, False, None, ()),
        (False, 0, False, "medium", ()),
        (True, 0, False, "none", ("tools",)),
        (False, 2, False, "", ("images",)),
        (False, 0, True, "low", ("json_schema",)),
        (False, 0, False, "high", ("reasoning",)),
        (True, 1, True, "max", ("tools", "images", "json_schema", "reasoning")),
    ],
)
def test_needs_are_named(tools: bool, images: int, schema: bool, effort: str | None, names: tuple[str, ...]) -> None:  # noqa: FBT001  # columns of the table
    assert needed(tools=tools, images=images, schema=schema, effort=effort) == names


def test_what_was_left_for_later_is_heard_like_what_was_taken_out() -> None:
    said: list[dict[str, Any]] = [
        {"role": "user", "content": "a"},
        {"role": "user", "content": [{"type": "text", "text": "b"}]},
        {"role": "user"},
    ]
    left = messages_of([raw(one) for one in said], "x")
    taken = [Message(one["role"], raw(one["content"]) if "content" in one else ABSENT) for one in said]
    assert list(heard(left, "x")) == list(heard(taken, "x")) == [(), (Block("text", "b"),), (Block("text", "a"),)]


def test_a_text_is_heard_as_one_block_and_blocks_in_their_order() -> None:
    said = [Message("user", raw("a")), Message("assistant", raw("b")), Message("user", raw([{"type": "x", "text": "c"}, {"type": "y"}]))]
    found = list(heard(said, "messages"))
    assert [texts(one) for one in found] == [("c",), ("a",)]
    assert [block.type for one in found for block in one] == ["x", "y", "text"]


def test_an_empty_message_says_nothing() -> None:
    said = [Message("user"), Message("user", raw(None)), Message("user", raw("")), Message("user", raw([]))]
    assert [texts(one) for one in heard(said, "messages")] == [(), (), (), ()]
    assert recent(said, "messages") == ()


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "tool"]), st.text(max_size=3)), max_size=12))
def test_the_latest_texts_of_the_user_are_kept_the_latest_first(said: list[tuple[str, str]]) -> None:
    users = [(text,) for role, text in said if role == "user" and text]
    assert recent([Message(role, raw(text)) for role, text in said], "messages") == tuple(users[::-1][:RECENT])


def test_content_of_no_known_shape_is_named_by_its_message() -> None:
    with pytest.raises(Malformed, match=r"^x\[1\]\.content: Expected `str \| array`, got `int`"):
        recent([Message("user", raw("a")), Message("user", raw(7))], "x")


@given(st.lists(KINDS))
def test_the_head_ends_at_the_first_message(kinds: list[str]) -> None:
    segments = [Segment(kind, str(index), Raw(b"0")) for index, kind in enumerate(kinds)]
    found = [one.kind for one in ordered(segments)]
    head = kinds.index("message") if "message" in kinds else len(kinds)
    assert found[:head] == kinds[:head]
    assert "system" not in found[head:]
    assert [one.role for one in ordered(segments)] == [one.role for one in segments]


MARK = {"cache_control": {"type": "ephemeral"}}
HOURLY = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
IMAGE = {"type": "image", "source": {"type": "base64", "data": "AAAA"}}


@pytest.mark.parametrize(
    ("content", "images", "marks", "ttl"),
    [
        ([], 0, 0, USUAL),
        ([IMAGE, IMAGE | MARK], 2, 1, USUAL),
        ([{"type": "text", "text": "a"} | HOURLY, {"type": "text", "text": "b"} | MARK], 0, 2, HOUR),
        ([{"type": "tool_result", "content": [IMAGE, {"type": "text", "text": "a"} | MARK]} | MARK], 1, 2, USUAL),
        ([{"type": "document", "source": {"type": "content", "content": [IMAGE]}}], 1, 0, USUAL),
        # The words alone prove nothing: in a text, a text of just the word, a tool's input, or no mark at all.
        ([{"type": "text", "text": '{"type":"image","cache_control":{"ttl":"1h"}}'}], 0, 0, USUAL),
        ([{"type": "text", "text": "cache_control"}, {"type": "text", "text": "image"}], 0, 0, USUAL),
        ([{"type": "tool_use", "input": {"cache_control": {"ttl": "1h"}, "type": "image"}}], 0, 0, USUAL),
        ([{"type": "text", "text": "a", "cache_control": None}], 0, 0, USUAL),
        ([{"type": ["image"]}, {"type": "x", "cache_control": "image"}], 0, 0, USUAL),
    ],
)
def test_images_and_marks_are_counted_where_they_stand(content: list[Any], images: int, marks: int, ttl: int) -> None:
    assert extras([message(*content)], ("image",), "x") == Extras(images, marks, ttl)


def test_marks_of_tools_and_system_text_count_and_their_schemas_do_not() -> None:
    schema = {"type": "object", "properties": {"cache_control": {"type": "image"}}}
    tool = Segment("tools", "", raw({"name": "a", "input_schema": schema} | HOURLY))
    plain = Segment("tools", "", raw({"name": "b", "input_schema": schema}))
    system = Segment("system", "system", raw({"type": "text", "text": "be brief"} | MARK))
    assert extras([tool, plain, system], ("image",), "x") == Extras(0, 2, HOUR)


@given(st.lists(st.integers(0, 3), max_size=4), st.sampled_from([None, 2]))
def test_how_json_is_laid_out_makes_no_difference(counts: list[int], indent: int | None) -> None:
    content = [{"role": "user", "content": [IMAGE | MARK] * count} for count in counts]
    segments = [Segment("message", "user", Raw(json.dumps(one, indent=indent).encode())) for one in content]
    assert extras(segments, ("image",), "x") == Extras(sum(counts), sum(counts))


def test_a_slice_that_cannot_be_read_is_malformed() -> None:
    with pytest.raises(Malformed, match=r"^x, message: Number out of range"):
        extras([Segment("message", "user", Raw(b'{"content":[{"type":"image","size":1e999}]}'))], ("image",), "x")


@given(st.lists(st.sampled_from([{}, {"ttl": "5m"}, {"ttl": "1h"}, {"ttl": 3600}, {"ttl": ["1h"]}])))
def test_the_longest_lifetime_asked_for_holds(marks: list[dict[str, Any]]) -> None:
    assert lifetime(marks) == (HOUR if {"ttl": "1h"} in marks else USUAL)


def test_blocks_in_blocks_are_found_at_any_depth() -> None:
    value: dict[str, Any] = {"depth": 0}
    for depth in range(1, 5_000):
        value = {"depth": depth, "content": [value]}
    assert sorted(one["depth"] for one in blocks(value)) == list(range(5_000))


def test_what_is_no_object_holds_no_blocks() -> None:
    assert [list(blocks(value)) for value in (None, 1, "content", [], [[1]])] == [[]] * 5


@pytest.mark.parametrize(
    ("sent", "understood"),
    [
        (rb'"plain"', "plain"),
        (rb'"\ud83d\ude00 \uD83D\uDE00"', "\U0001f600 \U0001f600"),
        (rb'"\ud83d"', "\ufffd"),
        (rb'"\ude00\ud83d x"', "\ufffd\ufffd x"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (rb'"\\ud83d \\\ud83d"', "\\ud83d \\\ufffd"),
    ],
)
def test_half_a_pair_of_surrogates_is_read_as_the_sign_for_one(sent: bytes, understood: str) -> None:
    assert opened(msgspec.json.Decoder(str), sent, "x") == understood


def test_half_a_pair_of_surrogates_in_what_is_wrong_anyway_does_not_hide_what_is() -> None:
    with pytest.raises(Malformed, match=r"^list: "):
        read(NUMBERS, Raw(rb'["\ud83d"]'), "list")
    with pytest.raises(Malformed, match=r"^list: "):
        read(NUMBERS, Raw(rb'[1, "\ud83d'), "list")


def test_what_needs_no_repair_keeps_its_bytes() -> None:
    for sent in (b'"x"', rb'"\ud83d\ude00"', rb'"\\ud83d"'):
        assert repaired(sent) == sent


def test_what_is_only_looked_at_is_none_where_it_cannot_be_read() -> None:
    decoder = msgspec.json.Decoder(list[int])
    assert [readable(decoder, raw) for raw in (b"[1]", b'["a"]', b"[", b"[" * 100_000)] == [[1], None, None, None]
    assert readable(msgspec.json.Decoder(str), rb'"\ud83d"') == "\ufffd"


def test_a_wire_without_tools_has_no_steps() -> None:
    assert no_steps(Request("toy", "m", calls=3), turns=2) == ()


def test_what_to_look_for_is_found_wherever_it_stands() -> None:
    found = [one.search(b'data: {"usage" : {"a": 1}}') for one in patterns(rb"error", rb'usage"\s*:\s*\{')]
    assert [one is not None for one in found] == [False, True]
