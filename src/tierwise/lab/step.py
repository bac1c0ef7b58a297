"""A logged call in its session: the turn it belongs to, what came just before it, and what a client's habits say about it."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from tierwise.lab.call import Call
from tierwise.lab.sessions import Session


class Step(Struct, frozen=True, gc=False):
    """A call in its session: the turn it belongs to, what is known of the turn before, and the prompt sizes around it.

    `before` are the tokens of the prompt before, `answered` those of the answer to it, `number` counts the session's calls from 0.
    """

    call: Call
    number: int
    prompt: int
    before: int
    answered: int
    first: bool
    opens: bool
    turn: int
    positions: int
    thought_before: bool
    thought_now: bool
    skill: bool
    skilled: bool
    searched: bool
    remote: bool
    gap: float


class Habits(Struct, frozen=True):
    """A client's habits: odds and sizes that its logs do not show, each worked out from a step or its call.

    `head(call)` is the size of the fixed head (tools and system text) of a session that begins with this call; `background(step)` the
    odds that a session not in the log has kept that head warm. `breaks(step)` are the odds that the text before a call is not what
    the call before left; `lost(step)` says whether everything after the head is new. A client that `sheds` drops a turn's reasoning
    from the prompt when the next turn begins, so that only the prompt of the turn's first call stands; `shed(step)` says whether it
    just did.
    """

    client: str
    head: Callable[[Call], int]
    background: Callable[[Step], float]
    breaks: Callable[[Step], float]
    lost: Callable[[Step], bool]
    shed: Callable[[Step], bool]
    sheds: bool = False


def prompt_of(call: Call) -> int:
    """Tokens of a call's prompt, zero where the log does not say."""
    return getattr(call.usage, "prompt", 0)


def turns(calls: Sequence[Call]) -> list[list[Call]]:
    """Calls by turn: a turn begins with a call that follows an answer without tools."""
    grouped: list[list[Call]] = []
    for call in calls:
        if not grouped or not grouped[-1][-1].tools:
            grouped.append([])
        grouped[-1].append(call)
    return grouped


def steps(session: Session) -> Iterator[Step]:
    """A session's calls with what surrounds them."""
    last: list[Call] = []
    number = before = answered = 0
    skilled = False
    for place, turn in enumerate(turns(session.calls)):
        thought = any(call.thought for call in turn)
        for index, call in enumerate(turn):
            prompt = prompt_of(call)
            behind = turn[index - 1 : index] if index else last
            yield Step(
                call=call,
                number=number,
                prompt=prompt,
                before=before,
                answered=answered,
                first=not number,
                opens=not index,
                turn=place,
                positions=sum(one.blocks + len(one.tools) for one in behind),
                thought_before=any(one.thought for one in last),
                thought_now=thought,
                skill=_used(behind, "Skill"),
                skilled=skilled,
                searched=_used(behind, "ToolSearch"),
                remote=_used(behind, "mcp__"),
                gap=max(call.gap, 0) / 1000,
            )
            number, before, answered = number + 1, prompt or before, getattr(call.usage, "output", 0)
            skilled = skilled or _used([call], "Skill")
        last = turn


def _used(calls: Sequence[Call], beginning: str) -> bool:
    return any(name.startswith(beginning) for call in calls for name in call.tools)
