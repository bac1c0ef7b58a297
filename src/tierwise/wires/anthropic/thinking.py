"""How hard to think and how to sample, in the words that one model takes.

Some models decide themselves how long they think and take an effort, earlier ones take a budget of tokens, and few take both. Thinking
excludes some things: other temperatures, tools that must be called, and, with a budget, an answer in the middle of its work that did
not begin with thinking. What is asked for more plainly wins: a tool that must be called before thinking.
"""

from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from tierwise.core.prompt import Knobs
from tierwise.wires.anthropic.models import ADAPTIVE, ALL, BETWEEN, DISABLED, ENABLED, Habits

USUAL: Final = 32000
"""Tokens that an answer may have where the client does not say."""

SMALLEST: Final = 1024
BUDGETS: Final = MappingProxyType({"minimal": 1024, "low": 4096, "medium": 10000, "high": 24000, "xhigh": 32000, "max": 48000})
"""Tokens for thinking that stand for an effort, where a model takes only a budget."""

LEVELS: Final = MappingProxyType({name: level for level, name in enumerate(("none", "minimal", *ALL))})
OFF: Final = (DISABLED, BETWEEN)
"""Types that stand for no thinking, the plainest first."""

HARMLESS: Final = 0.95
"""The least top_p that goes with thinking."""


class Wanted(Struct, frozen=True):
    """What is wanted of thinking.

    `on` is None where nothing is said, `forced` says that a tool must be called, `begun` that the model is in the middle of work that it
    began without thinking.
    """

    knobs: Knobs
    on: bool | None
    forced: bool
    begun: bool
    limit: int


def limit_of(limit: int | None, habits: Habits) -> int:
    """How many tokens the answer may have."""
    return min(USUAL if limit is None else limit, habits.most)


def effort_of(effort: str | None, habits: Habits) -> str | None:
    """The highest effort the model knows that is not above what is asked for, else its lowest; None where there is nothing to say."""
    level = LEVELS.get(effort or "")
    if level is None or not habits.efforts:
        return None
    return next((one for one in reversed(habits.efforts) if LEVELS[one] <= level), habits.efforts[0])


def fields(wanted: Wanted, habits: Habits) -> dict[str, Any]:
    """The fields of a request that say how to think and how to sample."""
    thinking = _thinking(wanted, habits)
    thinks = thinking is not None and thinking["type"] in {ADAPTIVE, ENABLED}
    made = _sampled(wanted.knobs, thinks=thinks) if habits.samples else {}
    if not habits.pair and "temperature" in made:
        made.pop("top_p", None)
    if thinking is not None:
        made["thinking"] = thinking
    return made


def _sampled(knobs: Knobs, *, thinks: bool) -> dict[str, Any]:
    if thinks:
        return {"top_p": knobs.top_p} if knobs.top_p is not None and knobs.top_p >= HARMLESS else {}
    given = {"temperature": None if knobs.temperature is None else min(knobs.temperature, 1.0), "top_p": knobs.top_p, "top_k": knobs.top_k}
    return {name: value for name, value in given.items() if value is not None}


def _thinking(wanted: Wanted, habits: Habits) -> dict[str, Any] | None:
    if wanted.on is None or not habits.thinking:
        return None
    if not wanted.on or wanted.forced:
        return _off(habits)
    if ADAPTIVE in habits.thinking:
        shown = {"display": "summarized"} if wanted.knobs.summary else {}
        return {"type": ADAPTIVE, **shown}
    budget = _budget(wanted)
    return _off(habits) if wanted.begun or budget < SMALLEST else {"type": ENABLED, "budget_tokens": budget}


def _off(habits: Habits) -> dict[str, Any] | None:
    """No thinking, as far as a model can do without."""
    return next(({"type": one} for one in OFF if one in habits.thinking), None)


def _budget(wanted: Wanted) -> int:
    """Tokens to think with: less than there may be in all."""
    asked = wanted.knobs.budget or BUDGETS.get(wanted.knobs.effort or "", BUDGETS["medium"])
    return asked if asked < wanted.limit else wanted.limit // 2
