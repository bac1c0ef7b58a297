"""A neutral prompt as a request's body.

| quirk | what the server does | what is done |
|---|---|---|
| `no_namespaces` | knows neither namespaces nor searches for tools | names are folded, searches are functions |
| `no_custom_tools` | knows no tools with free text | functions with one field |
| `no_developer_role` | knows no role `developer` | `system` |
| `merge_system` | takes system text only first | all of the head is instructions; later system text is the user's, in tags |
| `no_summaries` | gives no summaries of reasoning | none are asked for |
| `three_efforts` | knows the efforts low, medium and high | the nearest of them |
| `no_max`, `no_xhigh` | does not know these efforts | the next lower |
| `fixed_sampling` | refuses `temperature` and `top_p` | left out |
| `no_json_schema` | has no JSON schema for answers | a JSON object, and the schema in words |
| `no_prompt_cache_key` | refuses that field | left out |
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from tierwise.core.losses import LOSSES, lost
from tierwise.core.prompt import Format, Prompt, Result, Text, Turn
from tierwise.core.wire import Dialect
from tierwise.wires.openai_responses.names import NAME
from tierwise.wires.openai_responses.offers import choice_of, offered, speech_of
from tierwise.wires.openai_responses.saying import Manner, items_of

ELSEWHERE: Final = frozenset({"signed thinking", "stop sequences", "several choices", "prefilled answer", "sampling", "prediction"})
"""What this wire carries for nobody."""

CARRIED: Final = frozenset({"documents", "document links", "image links", "json mode", "verbosity", "tool grammar", "service tier"})
"""What this wire carries for others; for itself it carries nearly all."""

TIERS: Final = frozenset({"auto", "default", "flex", "priority"})
EFFORTS: Final[Mapping[str, Mapping[str, str]]] = {
    "no_max": {"max": "xhigh"},
    "no_xhigh": {"max": "high", "xhigh": "high"},
    "three_efforts": {"max": "high", "xhigh": "high", "minimal": "low", "none": "low"},
}
"""For each quirk, what is said for which effort."""

BUDGETS: Final = ((2048, "low"), (16384, "medium"), (1 << 40, "high"))
"""Up to how many tokens of thinking each effort is worth."""

BY_SCHEMA: Final = "Answer with one JSON object that fits this JSON schema, and nothing else:\n"
TAGGED: Final = "<system>\n{}\n</system>"

LEAST: Final = 16
"""The smallest limit of output tokens that is accepted."""

SHORT: Final = 64
"""Characters that the user's name may have."""

_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])


def losses(prompt: Prompt) -> tuple[str, ...]:
    """What this wire cannot carry of a prompt."""
    carries = frozenset(LOSSES) - ELSEWHERE if prompt.wire == NAME else CARRIED
    return lost(prompt.uses, carries - ({"service tier"} if prompt.tier not in TIERS and prompt.wire != NAME else set()))


def rendered(prompt: Prompt, dialect: Dialect) -> bytes:
    """The body of a request that says a prompt."""
    own = prompt.wire == NAME
    fields = {
        "model": dialect.model,
        **_said(prompt, dialect),
        **_tools(prompt, dialect),
        **_shape(prompt, dialect),
        **_reasoning(prompt, dialect),
        **_sampling(prompt, dialect),
        "max_output_tokens": max(LEAST, prompt.limit) if prompt.limit is not None else UNSET,
        "prompt_cache_key": UNSET if "no_prompt_cache_key" in dialect.quirks else prompt.cache_key or UNSET,
        "user": prompt.user if prompt.user and (own or len(prompt.user) <= SHORT) else UNSET,
        "service_tier": prompt.tier if prompt.tier and (own or prompt.tier in TIERS) else UNSET,
        "stream": prompt.stream,
        **(_own(prompt) if own else {"store": False}),
    }
    return msgspec.json.encode({name: value for name, value in fields.items() if value is not UNSET})


def _own(prompt: Prompt) -> dict[str, Raw]:
    """What this wire keeps of its own requests; what a prompt says in other words is said already."""
    return {name: raw for name, raw in prompt.extras.items() if name not in {"instructions", "text", "reasoning"}}


def _said(prompt: Prompt, dialect: Dialect) -> dict[str, Any]:
    """Instructions and input."""
    quirks, own = dialect.quirks, prompt.wire == NAME
    system = "system" if "no_developer_role" in quirks else "developer"
    manner = Manner(speech_of(quirks, own=own), system, dialect.reasons, marks=own)
    head, turns = _headed(prompt, quirks)
    first = 1 if head and ("merge_system" in quirks or not own or "instructions" in prompt.extras) else 0
    rest = (Turn("system", head[first:]),) if head[first:] else ()
    return {"instructions": head[0].text if first else UNSET, "input": items_of((*rest, *turns), manner)}


def _headed(prompt: Prompt, quirks: frozenset[str]) -> tuple[tuple[Text, ...], tuple[Turn, ...]]:
    """The head and the turns. The head's first text is the instructions, unless the client had put it among the items."""
    worded = "no_json_schema" in quirks and prompt.format is not None and prompt.format.kind == "schema"
    schema = (Text(BY_SCHEMA + bytes(prompt.format.schema).decode()),) if worded and prompt.format is not None else ()
    head = (*prompt.head, *schema)
    if "merge_system" not in quirks:
        return head, prompt.turns
    return (Text("\n\n".join(one.text for one in head)),) if head else (), tuple(map(_tagged, prompt.turns))


def _tagged(turn: Turn) -> Turn:
    """A turn; of the system's, one of the user's that says so."""
    if turn.role != "system":
        return turn
    return Turn("user", tuple(Text(TAGGED.format(one.text)) if isinstance(one, Text) else one for one in turn.pieces))


def _tools(prompt: Prompt, dialect: Dialect) -> dict[str, Any]:
    """Tools and the choice among them; what a search has found stands where it was found, unless the provider knows no searches."""
    speech = speech_of(dialect.quirks, own=prompt.wire == NAME)
    found = _found(prompt.turns) if speech.spaces else frozenset[tuple[str, str]]()
    listed = offered([one for one in prompt.tools if (one.namespace, one.name) not in found], speech)
    if not listed:
        return {}
    parallel: bool | UnsetType = UNSET if prompt.choice.parallel is None else prompt.choice.parallel
    return {"tools": listed, "tool_choice": choice_of(prompt, speech), "parallel_tool_calls": parallel}


def _found(turns: tuple[Turn, ...]) -> frozenset[tuple[str, str]]:
    results = [piece for turn in turns for piece in turn.pieces if isinstance(piece, Result)]
    return frozenset((tool.namespace, tool.name) for one in results for tool in one.tools)


def _shape(prompt: Prompt, dialect: Dialect) -> dict[str, Any]:
    """The form of the answer, and how wordy it may be."""
    form = prompt.format
    if form is not None and "no_json_schema" in dialect.quirks:
        form = Format("object")
    said = {
        **_kept(prompt, "text"),
        "format": UNSET if form is None else format_of(form),
        "verbosity": prompt.knobs.verbosity or UNSET,
    }
    return _field("text", said)


def format_of(form: Format) -> dict[str, Any]:
    """The form of an answer, as this wire says it."""
    if form.kind == "object":
        return {"type": "json_object"}
    said = {
        "type": "json_schema",
        "name": form.name or "answer",
        "description": form.description or UNSET,
        "schema": form.schema,
        "strict": UNSET if form.strict is None else form.strict,
    }
    return {name: value for name, value in said.items() if value is not UNSET}


def _reasoning(prompt: Prompt, dialect: Dialect) -> dict[str, Any]:
    """How hard to think; for other wires' prompts also that reasoning comes sealed, so that it can be sent back."""
    if not dialect.reasons:
        return {}
    asks = prompt.knobs.summary or ("auto" if prompt.knobs.thinking == "on" else None)
    said = {
        **_kept(prompt, "reasoning"),
        "effort": _effort(prompt, dialect.quirks) or UNSET,
        "summary": UNSET if asks is None or "no_summaries" in dialect.quirks else asks,
    }
    sealed = {} if prompt.wire == NAME else {"include": ["reasoning.encrypted_content"]}
    return {**_field("reasoning", said), **sealed}


def _effort(prompt: Prompt, quirks: frozenset[str]) -> str | None:
    knobs = prompt.knobs
    asked = knobs.effort
    if asked is None and knobs.thinking == "on" and knobs.budget is not None:
        asked = next(word for most, word in BUDGETS if knobs.budget <= most)
    return None if asked is None else effort_at(asked, quirks)


def effort_at(effort: str, quirks: frozenset[str]) -> str:
    """An effort as a server knows it."""
    for quirk in sorted(quirks & EFFORTS.keys()):
        effort = EFFORTS[quirk].get(effort, effort)
    return effort


def _sampling(prompt: Prompt, dialect: Dialect) -> dict[str, Any]:
    """How to sample. Models that reason refuse to be told, so what other wires say by habit is left out."""
    knobs = prompt.knobs
    habit = prompt.wire != NAME and (knobs.temperature == 1 or knobs.thinking == "on" or knobs.effort not in {None, "none"})
    quiet = "fixed_sampling" in dialect.quirks
    return {
        "temperature": UNSET if quiet or habit or knobs.temperature is None else knobs.temperature,
        "top_p": UNSET if quiet or habit or knobs.top_p is None else knobs.top_p,
    }


def _kept(prompt: Prompt, name: str) -> dict[str, Any]:
    """What a field of this wire's own request holds beside what is known of it."""
    return dict(_FIELDS.decode(prompt.extras[name])) if prompt.wire == NAME and name in prompt.extras else {}


def _field(name: str, said: Mapping[str, Any]) -> dict[str, Any]:
    present = {key: value for key, value in said.items() if value is not UNSET}
    return {name: present} if present else {}
