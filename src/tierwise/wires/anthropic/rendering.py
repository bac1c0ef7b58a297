"""A prompt of any wire as an Anthropic Messages body for one model.

Of this wire's own prompts everything is said again, as far as the model takes it. A cached prefix ends at a mark, and there may be four:
those that a prompt brings are carried, and where it brings none the tools, the system text and the user's last two messages get one.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from tierwise.core.prompt import Prompt
from tierwise.core.wire import Dialect, present
from tierwise.wires.anthropic import thinking, tools
from tierwise.wires.anthropic.messages import CALL, ECHO, RESULT, Block, Manner, Message, begun, messages
from tierwise.wires.anthropic.models import Habits, habits_of
from tierwise.wires.anthropic.stamps import NAME

MARK: Final = "cache_control"
MARKS: Final = 4
LATEST: Final = 2
MARKED: Final = frozenset({"text", "image", "document", CALL, RESULT})
"""Types of blocks that may carry a mark."""

SAID: Final = frozenset({"thinking", "output_config", "output_format", "metadata", "service_tier"})
"""Fields of this wire's own that are not just carried over."""

MANAGED: Final = "context_management"
CLEARS: Final = b"clear_thinking"
NOT_THINKING: Final = tuple({"type": one} for one in thinking.OFF)

AS_JSON: Final = "Answer with one JSON object and nothing else: no words before or after it, no code fence."
BY_SCHEMA: Final = (
    "Answer with one JSON value and nothing else: no words before or after it, no code fence. It must fit this JSON schema: {}"
)


class Told(Struct):
    type: str = ""
    effort: str | None = None


_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_TOLD: Final = msgspec.json.Decoder(Told)
EMPTY: Final = Raw(b"{}")


def render(prompt: Prompt, dialect: Dialect) -> bytes:
    """The body."""
    habits = habits_of(dialect.model)
    habits = habits if dialect.reasons else replace(habits, thinking=(), efforts=())
    own = prompt.wire == NAME
    said = messages(prompt.turns, Manner(own, habits.asides, ECHO in dialect.quirks))
    system = _system(prompt, habits)
    offered = tools.said(prompt, strict=habits.schema)
    _marked(offered, system, said, place=dialect.keep and MARK not in prompt.extras)
    body: dict[str, Any] = {"model": dialect.model, "max_tokens": thinking.limit_of(prompt.limit, habits)}
    body |= {"system": system} if system else {}
    body |= {"tools": offered} if offered else {}
    body |= _choice(prompt, offered) | _mind(prompt, habits, said) | _config(prompt, habits)
    body |= _stops(prompt) | _person(prompt) | ({"stream": True} if prompt.stream else {})
    body |= _carried(prompt, body.get("thinking")) if own else {}
    body["messages"] = [{"role": one.role, "content": one.blocks, **one.fields} for one in said]
    return msgspec.json.encode(body)


def _system(prompt: Prompt, habits: Habits) -> list[Block]:
    """System text, and after it what the form of the answer needs where the model cannot be held to it."""
    kept = ((one.text, {MARK: tools.mark(one.keep)} if one.keep else {}) for one in prompt.head)
    blocks: list[Block] = [{"type": "text", "text": text} | mark for text, mark in kept if text.strip()]
    form = prompt.format
    if form is None or (form.kind == "schema" and habits.schema):
        return blocks
    asked = BY_SCHEMA.format(bytes(form.schema).decode()) if present(form.schema) else AS_JSON
    return [*blocks, {"type": "text", "text": asked}]


def _choice(prompt: Prompt, offered: Sequence[Block]) -> Block:
    chosen = tools.chosen(prompt, offered)
    return {} if chosen is None else {"tool_choice": chosen}


def _mind(prompt: Prompt, habits: Habits, said: Sequence[Message]) -> Block:
    """How to think; a thinking field of this wire's own stays as it is where the model takes it."""
    forced = prompt.choice.kind in {"required", "named"} and bool(prompt.tools)
    limit = thinking.limit_of(prompt.limit, habits)
    wanted = thinking.Wanted(prompt.knobs, _on(prompt), forced, begun(said), limit)
    made = thinking.fields(wanted, habits)
    given = prompt.extras.get("thinking")
    if given is not None and made.get("thinking", {}).get("type") == _TOLD.decode(given).type and not _smaller(prompt, made):
        made["thinking"] = given
    return made


def _smaller(prompt: Prompt, made: Block) -> bool:
    return bool(made["thinking"].get("budget_tokens", prompt.knobs.budget) != prompt.knobs.budget)


def _on(prompt: Prompt) -> bool | None:
    """Whether thinking is wanted: other wires say so with an effort, this one in so many words."""
    knobs = prompt.knobs
    if knobs.thinking is not None:
        return knobs.thinking == "on"
    if knobs.effort is None or prompt.wire == NAME:
        return None
    return knobs.effort != "none"


def _config(prompt: Prompt, habits: Habits) -> Block:
    """The effort, and the schema of the answer."""
    given: Block = dict(_FIELDS.decode(prompt.extras.get("output_config", EMPTY)))
    made = {name: raw for name, raw in given.items() if name not in {"format", "effort"}}
    effort = thinking.effort_of(_effort(prompt, habits), habits)
    if effort is not None:
        made["effort"] = effort
    form = prompt.format
    if form is not None and form.kind == "schema" and habits.schema and present(form.schema):
        made["format"] = {"type": "json_schema", "schema": form.schema}
    return {"output_config": made} if made else {}


def _effort(prompt: Prompt, habits: Habits) -> str | None:
    """The effort to ask for.

    The least where a model that cannot but think is not to; else what counts by now, or, where messages may change it, what was said first.
    """
    if _on(prompt) is False and habits.efforts and not set(thinking.OFF) & set(habits.thinking):
        return habits.efforts[0]
    if habits.asides and "output_config" in prompt.extras:
        return _TOLD.decode(prompt.extras["output_config"]).effort or prompt.knobs.effort
    return prompt.knobs.effort


def _carried(prompt: Prompt, mind: Any) -> Block:
    """Fields of this wire's own that stay as they are; what clears thinking away is refused where there is none after all."""
    carried = {name: raw for name, raw in prompt.extras.items() if name not in SAID}
    gone = prompt.knobs.thinking == "on" and (mind is None or mind in NOT_THINKING)
    if gone and CLEARS in bytes(carried.get(MANAGED, EMPTY)):
        del carried[MANAGED]
    return carried


def _stops(prompt: Prompt) -> Block:
    stops = [one for one in prompt.knobs.stop if one.strip()]
    return {"stop_sequences": stops} if stops else {}


def _person(prompt: Prompt) -> Block:
    """For whom and in which class the request is made."""
    given: Block = {name: prompt.extras[name] for name in ("metadata", "service_tier") if prompt.wire == NAME and name in prompt.extras}
    return given or ({"metadata": {"user_id": prompt.user}} if prompt.user else {})


def _marked(offered: Sequence[Block], system: Sequence[Block], said: Sequence[Message], *, place: bool) -> None:
    """Keep to four marks, the last ones; place them where there are none and some are wanted."""
    found = [one for one in _all(offered, system, said) if MARK in one]
    for one in found[:-MARKS]:
        del one[MARK]
    if not found and place:
        for one in _ends(offered, system, said):
            one[MARK] = tools.mark(1)


def _all(offered: Sequence[Block], system: Sequence[Block], said: Sequence[Message]) -> Iterator[Block]:
    yield from offered
    yield from system
    for one in said:
        for block in one.blocks:
            yield block
            inner = block.get("content")
            yield from (part for part in inner if isinstance(part, dict)) if isinstance(inner, list) else ()


def _ends(offered: Sequence[Block], system: Sequence[Block], said: Sequence[Message]) -> Iterator[Block]:
    """The blocks at which prefixes that will come again end."""
    yield from [one for one in offered if "defer_loading" not in one][-1:]
    yield from system[-1:]
    users = [one for one in said if one.role == "user"]
    for one in users[-LATEST:]:
        yield from [block for block in one.blocks if block["type"] in MARKED][-1:]
