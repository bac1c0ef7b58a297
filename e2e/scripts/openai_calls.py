"""Runs in a client's own environment: `openai_calls.py chat|responses plain|tool PROMPT MODEL` prints the final answer.

Every way of asking is used: whole, streamed, with helpers of the SDK, structured, with a tool. What is wrong ends it with an error.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from openai import OpenAI
from pydantic import BaseModel

CLIENT = OpenAI(max_retries=0)
PARAMETERS = {"type": "object", "properties": {"folder": {"type": "string"}}, "required": ["folder"], "additionalProperties": False}
FUNCTION = {"name": "list_files", "description": "List the files in a folder.", "parameters": PARAMETERS, "strict": True}


class Greeting(BaseModel):
    """What is asked for in a fixed form; a model cannot lose itself in it."""

    tone: Literal["warm", "cold"]
    loud: bool


def listing(arguments: str) -> str:
    """What the tool answers; its arguments have to be what its schema asks for."""
    folder = json.loads(arguments)["folder"]
    return "\n".join(sorted(path.name for path in Path.cwd().iterdir())) if isinstance(folder, str) else "no folder"


def sure(holds: object, what: str) -> None:
    """End with an error unless something holds."""
    if not holds:
        sys.exit(f"not so: {what}")


def chat_plain(prompt: str, model: str) -> str:
    """Whole, streamed with usage, by the SDK's stream helper, and structured."""
    messages: Any = [{"role": "user", "content": prompt}]
    whole = CLIENT.chat.completions.create(model=model, messages=messages, max_completion_tokens=300)
    sure(whole.usage and whole.usage.total_tokens > 0, "a whole answer has usage")
    chunks = list(
        CLIENT.chat.completions.create(model=model, messages=messages, stream=True, stream_options={"include_usage": True}, max_tokens=300)
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    sure(text, "a stream has text")
    sure(chunks[-1].usage, "the last chunk has usage")
    sure(len({chunk.id for chunk in chunks}) == 1, "all chunks have one id")
    with CLIENT.chat.completions.stream(model=model, messages=messages, max_tokens=299) as stream:
        sure(stream.get_final_completion().choices[0].message.content, "the helper has the whole text")
    parsed = CLIENT.chat.completions.parse(model=model, messages=messages, response_format=Greeting, max_tokens=300)
    sure(isinstance(parsed.choices[0].message.parsed, Greeting), "a structured answer is parsed")
    sure(any(one.id for one in CLIENT.models.list()), "models are listed")
    return whole.choices[0].message.content or ""


def chat_tool(prompt: str, model: str) -> str:
    """A tool round trip, whole and then streamed."""
    tools: Any = [{"type": "function", "function": FUNCTION}]
    messages: Any = [{"role": "user", "content": prompt}]
    asked = CLIENT.chat.completions.create(model=model, messages=messages, tools=tools).choices[0]
    calls = asked.message.tool_calls or []
    sure(asked.finish_reason == "tool_calls" and calls, "a tool is called")
    messages.append(asked.message)
    messages += [
        {"role": "tool", "tool_call_id": one.id, "content": listing(one.function.arguments)} for one in calls if one.type == "function"
    ]
    whole = CLIENT.chat.completions.create(model=model, messages=messages, tools=tools).choices[0].message.content or ""
    with CLIENT.chat.completions.stream(model=model, messages=messages[:1], tools=tools) as stream:
        again: Any = stream.get_final_completion().choices[0].message
    sure([listing(one.function.arguments) for one in again.tool_calls or []], "a tool is called in a stream")
    return whole


def responses_plain(prompt: str, model: str) -> str:
    """Whole, streamed, and structured."""
    whole = CLIENT.responses.create(model=model, input=prompt, max_output_tokens=300)
    sure(whole.usage and whole.usage.total_tokens > 0, "a whole answer has usage")
    events = list(CLIENT.responses.create(model=model, input=prompt, stream=True, max_output_tokens=300))
    sure(events[0].type == "response.created" and events[-1].type == "response.completed", "a stream begins and ends as it should")
    sure([event.sequence_number for event in events] == list(range(len(events))), "events are numbered in order")
    with CLIENT.responses.stream(model=model, input=prompt, max_output_tokens=299) as stream:
        sure(stream.get_final_response().output_text, "the helper has the whole text")
    parsed = CLIENT.responses.parse(model=model, input=prompt, text_format=Greeting, max_output_tokens=300)
    sure(isinstance(parsed.output_parsed, Greeting), "a structured answer is parsed")
    return str(whole.output_text)


def responses_tool(prompt: str, model: str) -> str:
    """A tool round trip, whole and then streamed."""
    tools: Any = [{"type": "function", **FUNCTION}]
    said: Any = [{"role": "user", "content": prompt}]
    first = CLIENT.responses.create(model=model, input=said, tools=tools)
    calls = [item for item in first.output if item.type == "function_call"]
    sure(calls, "a tool is called")
    said += first.output
    said += [{"type": "function_call_output", "call_id": one.call_id, "output": listing(one.arguments)} for one in calls]
    whole = CLIENT.responses.create(model=model, input=said, tools=tools).output_text
    with CLIENT.responses.stream(model=model, input=said[:1], tools=tools) as stream:
        again: Any = stream.get_final_response().output
    sure([listing(one.arguments) for one in again if one.type == "function_call"], "a tool is called in a stream")
    return str(whole)


WAYS: dict[tuple[str, str], Callable[[str, str], str]] = {
    ("chat", "plain"): chat_plain,
    ("chat", "tool"): chat_tool,
    ("responses", "plain"): responses_plain,
    ("responses", "tool"): responses_tool,
}

if __name__ == "__main__":
    print(WAYS[sys.argv[1], sys.argv[2]](sys.argv[3], sys.argv[4]))
