"""What a log does not show of a prompt: how much of it is the client's fixed head, and when the text before a call changed.

Logs hold sizes, times and tools, not the prompts themselves. So the chain of marks that tells what a cache can reuse has to be put
together from what coding tools are known to do (`habits`, one file per client):

* Each session starts with the client's tools and system text, the same for every session of one version: the head.
* A call whose prompt is much smaller than the one before it follows a compaction or a clearing of old tool results: everything after
  the head is new.
* Where a client drops a turn's reasoning when the next turn begins, what stands is the prompt of that turn's first call.
* Between a person's turns something else may change that the log hides (thinking switched on or off, a skill, tools that connected,
  an edited reminder): then too everything after the head is lost. Providers look back only some twenty blocks for a place they know,
  so the longer the turn before, the more often a change in it costs all. A client's `breaks` gives the odds; its weights are
  fitted on logged sessions (docs/reference/physics.md).
* Within a turn hardly anything breaks, unless a skill or a tool search changed the tools.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.request import Known, Mark
from tierwise.lab.call import Call
from tierwise.lab.habits import claude_code, codex, plain
from tierwise.lab.sessions import Session
from tierwise.lab.step import Habits, Step, steps

RESUMED: Final = 85_000
"""A first prompt of a session longer than this is a resumed conversation."""

FOUND: Final = 0.6
"""Odds that a resumed conversation is still cached: three in five were."""

BEFORE: Final = "resumed"
"""What the mark of a resumed conversation ends with."""

BY_CLIENT: Final = MappingProxyType({one.client: one for one in (claude_code.HABITS, codex.HABITS)})


def habits(client: str) -> Habits:
    """What is known of a client."""
    return BY_CLIENT.get(client, plain.HABITS)


def shared_by(call: Call) -> str:
    """What names the head: calls of one client, version and workspace have the same one."""
    return f"head/{call.client}/{call.version}/{call.workspace}"


class Thread(Struct):
    """What a chain of marks is carried on from: the head, the prompt of the turn's first call, the last prompt."""

    head: Mark = Mark("", 0)
    began: Mark = Mark("", 0)
    last: Mark = Mark("", 0)
    epoch: int = 0


def chains(session: Session) -> Iterator[tuple[Step, Known]]:
    """Each call with the marks of its prompt, sizes in the tokens of the model that answered.

    A call of unknown size stands on what was there before it and leaves nothing behind.
    """
    thread = Thread()
    for step in steps(session):
        known, starts = habits(step.call.client), not thread.last.digest
        if starts:
            thread.head = Mark(shared_by(step.call), known.head(step.call))
        fresh = bool(step.prompt) and not starts and known.lost(step)
        thread.epoch += fresh
        whole = Mark(f"{session.id}/{session.thread}/{thread.epoch}/{step.number}", step.prompt)
        standing, anchor = ((), 1) if fresh else _resumed(whole) if starts else _standing(step, thread, known)
        marks = (thread.head, *standing, whole)
        yield step, Known(step.prompt, tuple(_within(mark, step.prompt) for mark in marks), anchor)
        if step.prompt:
            _carry_on(thread, whole, anew=fresh or starts or known.shed(step))


Standing = tuple[tuple[Mark, ...], int]
"""The marks between the head and the whole prompt that earlier calls may have left, and how many marks are as firm as the head."""


def _resumed(whole: Mark) -> Standing:
    """What a session's first prompt stands on: nothing, or all of it where the conversation is an older one."""
    return ((Mark(f"{whole.digest}/{BEFORE}", whole.size, FOUND),) if whole.size > RESUMED else ()), 1


def _standing(step: Step, thread: Thread, known: Habits) -> Standing:
    """What a later prompt stands on."""
    odds = 1 - known.breaks(step)
    if known.shed(step):
        return (replace(thread.began, odds=odds),), 1
    last = replace(thread.last, odds=odds)
    if not known.sheds:
        return (last,), 1
    return ((last,) if last.digest == thread.began.digest else (thread.began, last)), 2


def _within(mark: Mark, prompt: int) -> Mark:
    return mark if mark.size <= prompt else replace(mark, size=prompt)


def _carry_on(thread: Thread, whole: Mark, *, anew: bool) -> None:
    """Note what the next call finds."""
    thread.last = whole
    if anew:
        thread.began = whole
