"""Content blocks as pieces, each kind of them, and what is wrong with some."""

import json
import re
from typing import Any

import pytest
from msgspec import Raw

from tierwise.core.prompt import Call, Media, Opaque, Piece, Result, Text, Thought, Tool
from tierwise.core.wire import Malformed
from tierwise.wires.anthropic.blocks import Context, head, pieces

MARK = {"cache_control": {"type": "ephemeral"}}
HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
SEARCH = {"type": "search_result", "title": "T", "source": "s", "content": [{"type": "text", "text": "found"}]}
SERVED = "server tool history"


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value, separators=(",", ":")).encode())


def read(*blocks: Any) -> tuple[Piece, ...]:
    return pieces(raw(list(blocks)), Context("here", {"ls": Tool("ls", description="list")}))


def opaque(loss: str, **fields: Any) -> Opaque:
    return Opaque("anthropic", raw(fields), loss)


def document(**source: Any) -> dict[str, Any]:
    return {"type": "document", "source": source}


def result(content: Any, **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": "a", "content": content, **more}


@pytest.mark.parametrize(("content", "said"), [("hi", (Text("hi"),)), (None, ()), ([], ())])
def test_content_is_a_text_or_blocks(content: Any, said: tuple[Piece, ...]) -> None:
    assert pieces(raw(content), Context("here")) == said


def test_no_content_is_nothing() -> None:
    assert pieces(Raw(), Context("here")) == ()


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ({"type": "text", "text": "hi"}, (Text("hi"),)),
        ({"type": "text", "text": "hi", "citations": None} | MARK, (Text("hi", 300),)),
        ({"type": "text", "text": "hi"} | HOUR, (Text("hi", 3600),)),
        ({"type": "text", "text": "hi", "cache_control": None}, (Text("hi"),)),
        (
            {"type": "text", "text": "hi", "citations": [{"type": "page_location"}], "new": 1},
            (Text("hi"), opaque("citations", citations=[{"type": "page_location"}]), opaque("unknown fields", new=1)),
        ),
        (IMAGE | MARK, (Media("image", "image/png", "AAAA", keep=300),)),
        ({"type": "image", "source": {"type": "url", "url": "https://x/y.png"}}, (Media("image", url="https://x/y.png"),)),
        ({"type": "image", "source": {"type": "file", "file_id": "file_1"}}, (Media("image", file="file_1"),)),
        (
            document(type="base64", media_type="application/pdf", data="AAAA") | {"title": "T"} | MARK,
            (Media("document", "application/pdf", "AAAA", name="T", keep=300),),
        ),
        (document(type="text", media_type="text/plain", data="words"), (Media("document", "text/plain", text="words"),)),
        (document(type="url", url="https://x/y.pdf"), (Media("document", url="https://x/y.pdf"),)),
        (
            document(type="file", file_id="f") | {"citations": {"enabled": True}},
            (Media("document", file="f"), opaque("citations", citations={"enabled": True})),
        ),
        (
            document(type="content", content=[{"type": "text", "text": "a"}, IMAGE, {"type": "text", "text": "b"}]),
            (
                Media("document", text="a\nb"),
                opaque(
                    "unknown fields",
                    source={"type": "content", "content": [{"type": "text", "text": "a"}, IMAGE, {"type": "text", "text": "b"}]},
                ),
            ),
        ),
        ({"type": "thinking", "thinking": "hm", "signature": "sig"}, (Thought("hm", "anthropic", "sig"),)),
        ({"type": "thinking", "thinking": "hm"}, (Thought("hm", "anthropic"),)),
        ({"type": "thinking", "thinking": "hm", "signature": "tierwise.w.aQ.cw"}, (Thought("hm", "w", "s", "i"),)),
        ({"type": "redacted_thinking", "data": "xyz"}, (Thought(wire="anthropic", seal="xyz", redacted=True),)),
        ({"type": "tool_use", "id": "a", "name": "ls", "input": {"at": [1.50, "é"]}}, (Call("a", "ls", '{"at":[1.5,"\\u00e9"]}'),)),
        ({"type": "tool_use", "id": "toolu_tw_ZjowOjE", "name": "ls", "input": None} | MARK, (Call("f:0:1", "ls", "{}", keep=300),)),
        (
            {"type": "tool_use", "id": "a", "name": "ls", "caller": {"type": "direct"}},
            (Call("a", "ls", "{}"), opaque("unknown fields", caller={"type": "direct"})),
        ),
        (
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
            (opaque(SERVED, type="server_tool_use", id="s", name="web_search", input={}),),
        ),
        ({"type": "web_search_tool_result", "content": []}, (opaque(SERVED, type="web_search_tool_result", content=[]),)),
        ({"type": "tool_addition", "x": 1}, (opaque("context management", type="tool_addition", x=1),)),
        ({"type": "compaction", "content": "sum"}, (opaque("unknown blocks", type="compaction", content="sum"),)),
        ({"type": "new"}, (opaque("unknown blocks", type="new"),)),
        (SEARCH, (opaque("unknown blocks", **SEARCH),)),
    ],
)
def test_a_block_is_read(block: Any, said: tuple[Piece, ...]) -> None:
    assert read(block) == said


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (result("out"), (Result("a", (Text("out"),)),)),
        ({"type": "tool_result", "tool_use_id": "a"}, (Result("a"),)),
        (
            result([{"type": "text", "text": "out"}, IMAGE], is_error=True) | MARK,
            (Result("a", (Text("out"), Media("image", "image/png", "AAAA")), failed=True, keep=300),),
        ),
        (result([{"type": "tool_reference", "tool_name": "ls"}]), (Result("a", tools=(Tool("ls", description="list"),)),)),
        (result([{"type": "tool_reference", "tool_name": "other"}]), (Result("a", tools=(Tool("other"),)),)),
        (result([SEARCH]), (Result("a", (Text("T\ns\nfound"),)), opaque("citations", content=[SEARCH]))),
        (
            result([SEARCH, {"type": "new"}]),
            (Result("a", (Text("T\ns\nfound"),)), opaque("unknown blocks", content=[SEARCH, {"type": "new"}])),
        ),
        (
            result([{"type": "tool_use", "id": "b", "name": "x", "input": {}}]),
            (Result("a"), opaque("unknown blocks", content=[{"type": "tool_use", "id": "b", "name": "x", "input": {}}])),
        ),
        (result("out", toolset_name="t"), (Result("a", (Text("out"),)), opaque("unknown fields", toolset_name="t"))),
    ],
)
def test_what_a_tool_answered_is_read(block: Any, said: tuple[Piece, ...]) -> None:
    assert read(block) == said


@pytest.mark.parametrize(
    ("block", "wrong"),
    [
        (7, "here[0]: Expected `object`, got `int`"),
        ({"text": "hi"}, "here[0]: Object missing required field `type`"),
        ({"type": 7}, "here[0]: Expected `str`, got `int` - at `$.type`"),
        ({"type": "text", "text": 7}, "here[0]: Expected `str`, got `int` - at `$.text`"),
        ({"type": "image"}, "here[0]: Object missing required field `source`"),
        ({"type": "tool_use", "id": "a", "name": "ls", "input": "x"}, "here[0]: Expected `object | null`, got `str` - at `$.input`"),
        ({"type": "tool_result", "content": "x"}, "here[0]: Object missing required field `tool_use_id`"),
        (result([{"type": "text", "text": 7}]), "here[0].content[0]: Expected `str`, got `int` - at `$.text`"),
        (result({}), "here[0].content: Expected `str | array`, got `object`"),
        (document(type="content", content=7), "here[0].source.content: Expected `str | array`, got `int`"),
    ],
)
def test_a_block_that_is_none_is_named(block: Any, wrong: str) -> None:
    with pytest.raises(Malformed, match=f"^{re.escape(wrong)}"):
        read(block)


def test_system_text_is_text_and_nothing_else() -> None:
    assert [*head(raw([{"type": "text", "text": "a", "new": 1}, {"type": "text", "text": "b"} | MARK]), "s")] == [Text("a"), Text("b", 300)]
    assert [*head(raw("a"), "s")] == [Text("a")]
    with pytest.raises(Malformed, match=r"^s: only text blocks are allowed here$"):
        [*head(raw([IMAGE]), "s")]
    with pytest.raises(Malformed, match=r"^s: only text blocks are allowed here$"):
        [*head(raw([{"type": "new"}]), "s")]
