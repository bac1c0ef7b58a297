"""Runs in a client's own environment: `anthropic_calls.py plain|tool PROMPT MODEL` prints the final answer.

Every way of asking is used: whole, streamed, structured, counted, with a tool. What is wrong ends it with an error.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from anthropic import Anthropic
from pydantic import BaseModel

CLIENT = Anthropic(max_retries=0)
SCHEMA = {"type": "object", "properties": {"folder": {"type": "string"}}, "required": ["folder"]}
TOOLS: Any = [{"name": "list_files", "description": "List the files in a folder.", "input_schema": SCHEMA}]


class Greeting(BaseModel):
    """What is asked for in a fixed form; a model cannot lose itself in it."""

    tone: Literal["warm", "cold"]
    loud: bool


def listing(given: Any) -> str:
    """What the tool answers; its input has to be what its schema asks for."""
    folder = given["folder"]
    return "\n".join(sorted(path.name for path in Path.cwd().iterdir())) if isinstance(folder, str) else "no folder"


def sure(holds: object, what: str) -> None:
    """End with an error unless something holds."""
    if not holds:
        sys.exit(f"not so: {what}")


def text_of(message: Any) -> str:
    """The text of an answer."""
    return "".join(block.text for block in message.content if block.type == "text")


def plain(prompt: str, model: str) -> str:
    """Whole, streamed, structured, counted."""
    messages: Any = [{"role": "user", "content": prompt}]
    whole = CLIENT.messages.create(model=model, max_tokens=300, messages=messages)
    sure(whole.usage.output_tokens > 0, "a whole answer has usage")
    with CLIENT.messages.stream(model=model, max_tokens=300, messages=messages, system="Be brief.") as stream:
        text = "".join(stream.text_stream)
        sure(text == text_of(stream.get_final_message()), "the pieces of a stream are its whole text")
    sure(text, "a stream has text")
    parsed = CLIENT.messages.parse(model=model, max_tokens=300, messages=messages, output_format=Greeting)
    sure(isinstance(parsed.parsed_output, Greeting), "a structured answer is parsed")
    sure(CLIENT.messages.count_tokens(model=model, messages=messages).input_tokens > 0, "tokens are counted")
    sure(any(one.id for one in CLIENT.models.list()), "models are listed")
    return text_of(whole)


def tool(prompt: str, model: str) -> str:
    """A tool round trip, whole and then streamed."""
    messages: Any = [{"role": "user", "content": prompt}]
    asked = CLIENT.messages.create(model=model, max_tokens=300, messages=messages, tools=TOOLS)
    calls = [block for block in asked.content if block.type == "tool_use"]
    sure(asked.stop_reason == "tool_use" and calls, "a tool is called")
    results = [{"type": "tool_result", "tool_use_id": one.id, "content": listing(one.input)} for one in calls]
    messages += [{"role": "assistant", "content": asked.content}, {"role": "user", "content": results}]
    whole = text_of(CLIENT.messages.create(model=model, max_tokens=300, messages=messages, tools=TOOLS))
    with CLIENT.messages.stream(model=model, max_tokens=300, messages=messages[:1], tools=TOOLS) as stream:
        again = stream.get_final_message()
    sure([listing(block.input) for block in again.content if block.type == "tool_use"], "a tool is called in a stream")
    return whole


SCENES: dict[str, Callable[[str, str], str]] = {"plain": plain, "tool": tool}

if __name__ == "__main__":
    print(SCENES[sys.argv[1]](sys.argv[2], sys.argv[3]))
