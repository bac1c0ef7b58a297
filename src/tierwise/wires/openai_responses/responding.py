"""The response object: what an answer's first and last events, and a whole answer, tell of it and of the request.

Strict clients want every key, with null or the default where the request says nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from tierwise.core.prompt import FUNCTION, SERVER, Prompt, Tool
from tierwise.core.usage import Usage
from tierwise.core.wire import Voice
from tierwise.wires.openai_responses.names import NAME
from tierwise.wires.openai_responses.offers import choice_of, offered
from tierwise.wires.openai_responses.rendering import format_of
from tierwise.wires.openai_responses.shapes import spending

PREFIX: Final = "resp_"
NOBODY: Final = Prompt(wire="", model="")
REPEATED: Final[Mapping[str, Raw]] = {
    "instructions": Raw(b"null"),
    "metadata": Raw(b"{}"),
    "previous_response_id": Raw(b"null"),
    "store": Raw(b"false"),
    "truncation": Raw(b'"disabled"'),
    "top_logprobs": Raw(b"0"),
    "max_tool_calls": Raw(b"null"),
    "background": Raw(b"false"),
    "safety_identifier": Raw(b"null"),
    "prompt_cache_retention": Raw(b"null"),
}
"""Fields of the request that are repeated as they came, and what stands for them where they did not come."""

STATUSES: Final[Mapping[str, str]] = {"limit": "incomplete", "context": "incomplete", "filtered": "incomplete"}
"""The status of an answer by why it ended; all others are complete."""

CUTS: Final[Mapping[str, str]] = {"limit": "max_output_tokens", "context": "max_output_tokens", "filtered": "content_filter"}


class State(Struct, frozen=True):
    """How far an answer is."""

    status: str = "in_progress"
    output: Sequence[Any] = ()
    error: Mapping[str, str] | None = None
    cut: str = ""
    usage: Usage | None = None


class Repeated(Struct, frozen=True):
    """What all of an answer's response objects have in common: its id, and the fields of the request, encoded once."""

    id: str
    voice: Voice
    model: str
    fields: Mapping[str, Raw]


def repeated(voice: Voice, known: str = "", model: str = "") -> Repeated:
    """What an answer's response objects have in common; `known` is the provider's id of it."""
    return Repeated(known if known.startswith(PREFIX) else PREFIX + voice.id, voice, voice.model or model, _fields(voice.prompt or NOBODY))


def _fields(prompt: Prompt) -> Mapping[str, Raw]:
    kept = prompt.extras if prompt.wire == NAME else {}
    knobs = prompt.knobs
    said = {
        "parallel_tool_calls": prompt.choice.parallel is not False,
        "reasoning": {"effort": knobs.effort, "summary": knobs.summary},
        "text": _text(prompt),
        "tool_choice": choice_of(prompt),
        "tools": offered(_callable(prompt.tools)),
        "temperature": 1.0 if knobs.temperature is None else knobs.temperature,
        "top_p": 1.0 if knobs.top_p is None else knobs.top_p,
        "max_output_tokens": prompt.limit,
        "prompt_cache_key": prompt.cache_key or None,
        "service_tier": prompt.tier or "default",
    }
    repeats = {name: kept.get(name, usual) for name, usual in REPEATED.items()}
    named = {"user": Raw(msgspec.json.encode(prompt.user))} if prompt.user else {}
    return {**repeats, **{name: Raw(msgspec.json.encode(value)) for name, value in said.items()}, **named}


def _callable(tools: Sequence[Tool]) -> list[Tool]:
    """Tools as answers repeat them: a function always has a schema."""
    return [
        replace(one, schema=one.schema or Raw(b"{}")) if one.kind == FUNCTION else one for one in tools if one.kind != SERVER or one.raw
    ]


def _text(prompt: Prompt) -> dict[str, Any]:
    form = {"type": "text"} if prompt.format is None else format_of(prompt.format)
    return {"format": form, **({"verbosity": prompt.knobs.verbosity} if prompt.knobs.verbosity else {})}


def response_of(common: Repeated, state: State) -> dict[str, Any]:
    """The response object of an answer."""
    done = state.status == "completed"
    response: dict[str, Any] = {
        "id": common.id,
        "object": "response",
        "created_at": common.voice.at,
        "status": state.status,
        "completed_at": common.voice.at if done else None,
        "error": state.error,
        "incomplete_details": {"reason": state.cut} if state.cut else None,
        "model": common.model,
        "output": state.output,
        **common.fields,
    }
    response["usage"] = None if state.status == "in_progress" else spending(state.usage)
    return response


def ended(reason: str, output: Sequence[Any], usage: Usage | None) -> State:
    """The state of an answer that ended for a reason."""
    return State(STATUSES.get(reason, "completed"), output, cut=CUTS.get(reason, ""), usage=usage)
