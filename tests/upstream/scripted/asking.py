"""Requests on the three wires, and answers read back: what the tests of the scripted provider share."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tierwise.upstream.door import Patience, Reply, Sent
from tierwise.upstream.scripted import Script, Scripted

CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
WIRES = (CHAT, MESSAGES, RESPONSES)
HEADERS = {MESSAGES: {"anthropic-version": "2023-06-01"}}
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}


def body(path: str, words: str = "hello there", **more: Any) -> dict[str, Any]:
    """A small request that says something."""
    said = {"input": words} if path == RESPONSES else {"messages": [{"role": "user", "content": words}]}
    limit = {"max_tokens": 1000} if path.startswith(MESSAGES) else {}
    return {"model": "some-model", **said, **limit, **more}


def tool(path: str, name: str = "bash", schema: Mapping[str, Any] = SCHEMA) -> dict[str, Any]:
    """A tool's definition."""
    if path == MESSAGES:
        return {"name": name, "description": "does it", "input_schema": schema}
    function = {"name": name, "description": "does it", "parameters": schema}
    return {"type": "function", **function} if path == RESPONSES else {"type": "function", "function": function}


def sent(path: str, asked: Any, headers: Mapping[str, str] | None = None, method: str = "POST") -> Sent:
    raw = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    return Sent(method, f"http://demo.invalid{path}", {**HEADERS.get(path, {}), **(headers or {})}, raw)


def asked(path: str, request: Any, provider: Scripted | None = None, headers: Mapping[str, str] | None = None) -> Script:
    """The script that comes of a request."""
    return (provider or Scripted(pace=0)).script(sent(path, request, headers))


def raw(script: Script) -> bytes:
    return b"".join(one.data for one in script.pieces)


def told(script: Script) -> Any:
    """A whole answer."""
    return json.loads(raw(script))


def refusal(script: Script) -> str:
    """The message of an error."""
    return str(told(script)["error"]["message"])


def events(script: Script) -> list[dict[str, Any]]:
    """The data of a stream's frames, each of which came in a piece of its own."""
    lines = [line for one in script.pieces for line in one.data.decode().split("\n") if line.startswith("data: ")]
    assert len(lines) == len(script.pieces)
    return [json.loads(line[6:]) for line in lines if line != "data: [DONE]"]


def text(path: str, answer: Mapping[str, Any]) -> str:
    """The text of a whole answer."""
    if path == CHAT:
        return answer["choices"][0]["message"]["content"] or ""
    blocks = answer["content"] if path == MESSAGES else [part for item in answer["output"] for part in item.get("content", [])]
    return "".join(one.get("text", "") for one in blocks)


def calls(path: str, answer: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Names and inputs of the calls of a whole answer."""
    if path == CHAT:
        made = [one.get("function") or one["custom"] for one in answer["choices"][0]["message"].get("tool_calls", [])]
        return [(one["name"], json.loads(one["arguments"]) if "arguments" in one else one["input"]) for one in made]
    if path == MESSAGES:
        return [(one["name"], one["input"]) for one in answer["content"] if one["type"] == "tool_use"]
    found = [one for one in answer["output"] if one["type"].endswith("_call")]
    return [(one["name"], json.loads(one["arguments"]) if "arguments" in one else one["input"]) for one in found]


def streamed_text(path: str, frames: Iterable[Mapping[str, Any]]) -> str:
    """The text of a streamed answer."""
    return "".join(TEXTS[path](one) for one in frames)


TEXTS: dict[str, Callable[[Any], str]] = {
    CHAT: lambda one: "".join(choice["delta"].get("content") or "" for choice in one["choices"]),
    MESSAGES: lambda one: one.get("delta", {}).get("text", ""),
    RESPONSES: lambda one: one["delta"] if one["type"] == "response.output_text.delta" else "",
}


async def gathered(reply: Reply) -> bytes:
    pieces = []
    while piece := await reply.chunk():
        pieces.append(piece)
    return b"".join(pieces)


def over_the_door(path: str, request: Any, provider: Scripted) -> tuple[int, bytes]:
    """Status and body of an answer that is asked for as the gateway does."""

    async def exchange() -> tuple[int, bytes]:
        reply = await provider.ask(sent(path, request), Patience())
        return reply.status, await gathered(reply)

    return asyncio.run(exchange())
