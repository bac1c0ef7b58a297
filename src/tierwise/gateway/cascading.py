"""A cascade run: cheap answers one after the other, each checked, then the strong model down its chain (recovery/cascade says who is next).

Every answer is an attempt of the request and is charged, taken or not; the entry says why one was taken. A cheap endpoint that fails or
rests is not waited for: what comes after it answers. When the client hangs up, or nothing has an answer, what came so far is noted all the
same.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.events import TEXT, folded
from tierwise.core.faults import Fault
from tierwise.core.money import Unknown
from tierwise.core.wire import Wire
from tierwise.gateway.attempting import Job, Live
from tierwise.gateway.paying import landed
from tierwise.gateway.trying import Trail, alone, answered, reported
from tierwise.recovery.cascade import Answer, Ask, Plan, step
from tierwise.upstream.door import Broken

WHOLE: Final = frozenset({"end", "sequence"})
"""Reasons for an end with which an answer is complete: one that ran into a limit or was refused is nothing to be compared."""


async def cascaded(job: Job, trail: Trail, plan: Plan) -> Live:
    """The answer that a cascade takes; Broken with the strong model's fault where there is none at all."""
    return await Run(job, trail, plan).run()


class Run(Struct):
    """A cascade under way: its answers, and each as it came (None where it did not)."""

    job: Job
    trail: Trail
    plan: Plan
    answers: list[Answer] = []
    lives: list[Live | None] = []
    fault: Fault = Fault("no_endpoint")

    async def run(self) -> Live:
        """The answer that is taken; all others are noted, whatever happens."""
        taken: Live | None = None
        try:
            while isinstance(move := step(self.plan, self.answers), Ask):
                await self._asked(move.endpoint)
            taken = None if move.place is None else self.lives[move.place]
        finally:
            self._noted(taken)
        if taken is None:
            raise Broken(self.fault)
        self.trail.because = move.because
        return taken

    async def _asked(self, endpoint: str) -> None:
        """One more answer, or what went wrong with it."""
        strong, before = endpoint == self.plan.strong, len(self.trail.attempts)
        try:
            live = await (answered(self.job, self.trail) if strong else alone(self.job, self.trail, endpoint))
        except Broken as error:
            self.fault = error.fault
            self.answers.append(Answer(endpoint, None))
            self.lives.append(None)
            return
        finally:
            if not strong:
                self.trail.attempts[before:] = [replace(one, cheap=True) for one in self.trail.attempts[before:]]
        self.lives.append(live)
        self.trail.had += () if strong else (endpoint,)
        self.answers.append(Answer(endpoint, "") if strong else self._heard(live))

    def _heard(self, live: Live) -> Answer:
        """A cheap answer: noted at once, since what it cost is known and its endpoint has nothing more to do with the request."""
        live.told = replace(reported(self.job, live, None, live.usage), cheap=True)
        landed(self.job.reservation, live.most, live.told.cost)
        self.job.gateway.state.served(live.site.endpoint.id, self.job.decided.features.prefix, self.job.gateway.clock.now())
        cost = live.told.cost
        return Answer(live.site.endpoint.id, said(self.job.decided.asked.wire, live.body), 0 if isinstance(cost, Unknown) else cost)

    def _noted(self, taken: Live | None) -> None:
        """Put the answers that are not taken with the tries that did not serve."""
        for live in self.lives:
            if live is not None and live is not taken and live.told is not None:
                live.reply.close()
                self.trail.attempts.append(live.told)


def said(wire: Wire, body: bytes) -> str | None:
    """The text of a whole answer; None where it is not complete, or says anything but text."""
    answer = folded(wire.whole(body))
    if answer.fault is not None or answer.stop is None or answer.stop.reason not in WHOLE:
        return None
    if any(one.open.kind not in {TEXT, "thought"} for one in answer.blocks):
        return None
    return "".join(one.text for one in answer.blocks if one.open.kind == TEXT).strip() or None
