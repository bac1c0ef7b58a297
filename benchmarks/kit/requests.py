"""Requests of a coding agent, of a wanted size, on each wire: system text, tools, and exchanges of tool calls and their results."""

import json
from collections.abc import Callable
from random import Random
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from benchmarks.kit.texts import text

RESULT: Final = 6000
"""Characters of a tool's result."""

ASK: Final = "Fix the failing test in the invoice importer and tell me what was wrong."
SCHEMA: Final = {
    "type": "object",
    "properties": {"path": {"type": "string", "description": "an absolute path"}, "limit": {"type": "integer"}},
    "required": ["path"],
}

Json = dict[str, Any]


class Talk(Struct, frozen=True):
    """What is in a request, in no wire's words: system text, names of tools, and results of tool calls."""

    system: str
    tools: tuple[str, ...]
    results: tuple[str, ...]


def talk(size: int, seed: int) -> Talk:
    """A conversation of about so many bytes."""
    dice = Random(seed)  # noqa: S311  # not for secrets
    system, tools = min(size // 3, 9000), ("read", "edit", "bash", "grep")[: 1 if size < RESULT else 4]
    results, left = [], size - system - 300 * len(tools) - 500
    while left > 0:
        kind = dice.choice(("code", "code", "code", "json", "log", "prose"))
        results.append(text(kind, min(left, RESULT), dice))
        left -= len(json.dumps(results[-1])) + 250
    return Talk(text("prose", system, dice), tools, tuple(results))


def anthropic(one: Talk) -> Json:
    """A Messages request with marked prefixes."""
    messages: list[Json] = [{"role": "user", "content": [{"type": "text", "text": ASK}]}]
    for index, result in enumerate(one.results):
        call = {"type": "tool_use", "id": f"toolu_{index}", "name": "read", "input": {"path": f"/src/{index}.py"}}
        answer = {"type": "tool_result", "tool_use_id": f"toolu_{index}", "content": result}
        messages += [{"role": "assistant", "content": [call]}, {"role": "user", "content": [answer]}]
    messages[-1]["content"][-1]["cache_control"] = {"type": "ephemeral"}
    return {
        "model": "claude-opus-4-8",
        "max_tokens": 32000,
        "stream": True,
        "system": [{"type": "text", "text": one.system, "cache_control": {"type": "ephemeral"}}],
        "tools": [{"name": name, "description": f"{name} something", "input_schema": SCHEMA} for name in one.tools],
        "messages": messages,
    }


def openai_chat(one: Talk) -> Json:
    """A Chat Completions request."""
    messages: list[Json] = [{"role": "system", "content": one.system}, {"role": "user", "content": ASK}]
    for index, result in enumerate(one.results):
        called = {"name": "read", "arguments": f'{{"path": "/src/{index}.py"}}'}
        call = {"id": f"call_{index}", "type": "function", "function": called}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"call_{index}", "content": result})
    tools = [{"type": "function", "function": {"name": name, "description": f"{name} it", "parameters": SCHEMA}} for name in one.tools]
    return {"model": "gpt-5.5", "stream": True, "messages": messages, "tools": tools}


def openai_responses(one: Talk) -> Json:
    """A Responses request."""
    items: list[Json] = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": ASK}]}]
    for index, result in enumerate(one.results):
        called = f'{{"path": "/src/{index}.py"}}'
        items.append({"type": "function_call", "call_id": f"call_{index}", "name": "read", "arguments": called})
        items.append({"type": "function_call_output", "call_id": f"call_{index}", "output": result})
    tools = [{"type": "function", "name": name, "description": f"{name} it", "parameters": SCHEMA} for name in one.tools]
    return {"model": "gpt-5.5", "stream": True, "store": False, "instructions": one.system, "input": items, "tools": tools}


SHAPES: Final = MappingProxyType[str, Callable[[Talk], Json]](
    {"anthropic": anthropic, "openai_chat": openai_chat, "openai_responses": openai_responses}
)


def body(wire: str, size: int, seed: int = 7) -> bytes:
    """A request body of about so many bytes, as compact as clients send it."""
    return json.dumps(SHAPES[wire](talk(size, seed)), ensure_ascii=False, separators=(",", ":")).encode()
