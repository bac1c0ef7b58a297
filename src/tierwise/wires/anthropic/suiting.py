"""A client's own body as another model behind the same wire takes it.

Clients write for the model they know. What the one that is chosen would refuse (a way to think, an effort, a temperature, system messages
among the others, more tokens than it gives) is said anew; a body without any of that keeps every byte, and its cached prefix with them.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.splice import with_value
from tierwise.core.wire import Dialect, Malformed
from tierwise.wires.anthropic.models import Habits, habits_of
from tierwise.wires.anthropic.reading import prompt_of
from tierwise.wires.anthropic.rendering import render
from tierwise.wires.anthropic.stripping import own
from tierwise.wires.anthropic.thinking import effort_of


class Typed(Struct):
    type: str = ""


class Setting(Struct):
    effort: str | None = None
    format: Typed | None = None


class Speaker(Struct):
    role: str = ""


class Asked(Struct):
    messages: list[Speaker]
    thinking: Typed | None = None
    output_config: Setting | None = None
    output_format: Typed | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_tokens: int | None = None


_ASKED: Final = msgspec.json.Decoder(Asked)


EFFORT: Final = ("output_config", "effort")


def asks(body: bytes, effort: str, dialect: Dialect) -> bytes:
    """A body that asks for an effort, as the model knows it."""
    said = effort_of(effort, habits_of(dialect.model))
    return body if said is None else with_value(body, EFFORT, msgspec.json.encode(said))


def suited(body: bytes, dialect: Dialect) -> bytes:
    """The body as the model takes it, without reasoning that other wires sealed; what is wrong with it is left for the provider to say."""
    clean = own(body)
    habits = habits_of(dialect.model)
    try:
        if all(_fits(_ASKED.decode(clean), habits if dialect.reasons else replace(habits, thinking=(), efforts=()))):
            return clean
        return render(prompt_of(clean), replace(dialect, keep=False))
    except (msgspec.DecodeError, Malformed):
        return clean


def _fits(asked: Asked, habits: Habits) -> Sequence[bool]:
    """What has to hold for a body to be taken as it is."""
    setting = asked.output_config or Setting()
    sampled = [one is not None for one in (asked.temperature, asked.top_p, asked.top_k)]
    return (
        asked.thinking is None or asked.thinking.type in habits.thinking,
        setting.effort is None or setting.effort in habits.efforts,
        (setting.format is None and asked.output_format is None) or habits.schema,
        habits.samples or not any(sampled),
        habits.pair or not (sampled[0] and sampled[1]),
        asked.max_tokens is None or asked.max_tokens <= habits.most,
        habits.asides or all(one.role != "system" for one in asked.messages),
    )
