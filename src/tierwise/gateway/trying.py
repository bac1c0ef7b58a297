"""A decided request's tries: down the chain until an endpoint has content, each of them noted, with health and rate limits told.

The chain is the decision's, then whatever else could serve, then what is resting: a client must not see a failure while any endpoint can
answer. With hedging on, a second endpoint is asked when the first is later than nineteen in twenty of its own answers; the first content
wins, the other request is given up and what it cost is noted.
"""

import asyncio
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.decision import Cost, Decision, Priced
from tierwise.core.entry import Attempt, charged
from tierwise.core.faults import Fault
from tierwise.core.money import Amount, Unknown
from tierwise.core.usage import Usage
from tierwise.gateway.attempting import Job, Live, attempted
from tierwise.gateway.deciding import resting
from tierwise.gateway.paying import covered, landed
from tierwise.recovery.attempts import Bounds, Candidate, State, Stop, Try, begun, hedged, instead, noted, step
from tierwise.recovery.health import Trial
from tierwise.recovery.pacing import hedge_delay
from tierwise.upstream.door import Broken

MS: Final = 1000
MORE: Final = 4
"""Tries beyond one for each endpoint of the chain."""

GIVEN_UP: Final = Fault("hung_up", "given up before its answer was complete")


class Trail(Struct):
    """The tries that did not serve, in the order in which they ended.

    Of a cascade, `had` are the endpoints whose answers are there already, and `because` says why the one that serves was taken.
    """

    attempts: list[Attempt] = []
    had: tuple[str, ...] = ()
    because: str = ""


async def answered(job: Job, trail: Trail) -> Live:
    """An answer with its first content; Broken with what tells the client most where no endpoint has one."""
    first = job.decided.decision.chain[:1]
    if first and not job.gateway.settings.hedge and not job.decided.wanted.only:
        trial = _admitted(job, first[0])
        if trial is not None:
            try:
                return await _noted(job, trail, Try(first[0]), trial)
            except Broken as error:
                return await _course(job, trail).run(error.fault)
    return await _course(job, trail).run(None)


async def alone(job: Job, trail: Trail, endpoint: str) -> Live:
    """An answer of one endpoint and no other; Broken where it has none, or rests."""
    trial = _admitted(job, endpoint)
    if trial is None:
        raise Broken(Fault("no_endpoint", f"{endpoint} rests"))
    return await _noted(job, trail, Try(endpoint), trial)


def _admitted(job: Job, endpoint: str) -> Trial | None:
    """Leave to try an endpoint; None while it rests or another request is probing it."""
    gateway = job.gateway
    return gateway.health.admit(endpoint, gateway.sites[endpoint].endpoint.provider, gateway.clock.now())


def _course(job: Job, trail: Trail) -> "Course":
    total = round(job.gateway.settings.timeouts.total * MS)
    chain = [_candidate(job, name) for name in _chain(job) if name not in trail.had]
    return Course(job, trail, begun(chain, Bounds(job.at + total, len(chain) + MORE)))


class Course(Struct):
    """A request on its way down the chain."""

    job: Job
    trail: Trail
    state: State

    async def run(self, fault: Fault | None) -> Live:
        """An answer from further down the chain after the first try's fault, or (None) from its beginning."""
        clock = self.job.gateway.clock
        if fault is not None:
            self.state, _ = step(self.state, None, clock.now(), 0.0)
        while True:
            self.state, move = step(self.state, fault, clock.now(), clock.chance())
            if isinstance(move, Stop):
                raise Broken(move.fault)
            if move.wait:
                await asyncio.sleep(move.wait / MS)
            try:
                return await self._tried(*self._let(move))
            except Broken as error:
                fault = error.fault

    def _let(self, move: Try) -> tuple[Try, Trial]:
        """A move that may be made now: another in the place of one that another request is probing."""
        gateway, trial = self.job.gateway, _admitted(self.job, move.endpoint)
        while trial is None and not move.force:
            self.state, move = instead(self.state)
            trial = _admitted(self.job, move.endpoint)
        if trial is None:
            trial = gateway.health.force(move.endpoint, gateway.sites[move.endpoint].endpoint.provider, gateway.clock.now())
        return move, trial

    async def _tried(self, move: Try, trial: Trial) -> Live:
        """One move: an attempt, with a second beside it where that is wanted and the first is late."""
        gateway = self.job.gateway
        late = gateway.health.late(move.endpoint) if gateway.settings.hedge else None
        delay = hedge_delay(late, round(gateway.settings.timeouts.total * MS))
        if delay is None:
            return await _noted(self.job, self.trail, move, trial)
        return await self._hedged(move, trial, delay)

    async def _hedged(self, move: Try, trial: Trial, delay: int) -> Live:
        """The first of two attempts that has content; the second begins when the first is late."""
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(_noted(self.job, self.trail, move, trial))]
        chosen: Live | None = None
        try:
            done, _ = await asyncio.wait(tasks, timeout=delay / MS)
            beside = None if done else self._beside()
            if beside is not None:
                tasks.append(loop.create_task(_noted(self.job, self.trail, *beside, hedge=True)))
            live = await self._winner(tasks, move)
            await _ended(tasks)
            chosen = live
            return live
        finally:
            if chosen is None:
                await _ended(tasks)
            self._forgo(tasks, chosen)

    def _forgo(self, tasks: "list[asyncio.Task[Live]]", chosen: Live | None) -> None:
        """Give up answers that came and are not wanted: the other one's, or both where the client has hung up meanwhile."""
        for live in [one.result() for one in tasks if not one.cancelled() and one.exception() is None]:
            if live is not chosen and live.trial is not None:
                live.reply.close()
                _given_up(self.job, self.trail, live.trial, hedge=live.hedge)
                landed(self.job.reservation, live.most, self.trail.attempts[-1].cost)

    def _beside(self) -> tuple[Try, Trial] | None:
        """A second try, at another provider that may be asked now."""
        found = hedged(self.state)
        trial = None if found is None else _admitted(self.job, found[1].endpoint)
        if found is None or trial is None:
            return None
        first = self.state.at
        self.state = replace(found[0], at=first)
        return found[1], trial

    async def _winner(self, tasks: "list[asyncio.Task[Live]]", move: Try) -> Live:
        """The answer of the first task that has one; the fault of the first task where none has, the other's is kept."""
        waiting = set(tasks)
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            good = [one for one in tasks if one in done and not one.exception()]
            if good:
                return good[0].result()
        for attempt in self.trail.attempts[-len(tasks) :]:
            if attempt.endpoint != move.endpoint and attempt.fault is not None:
                at = self.state.at
                self.state = replace(noted(self.state, attempt.endpoint, attempt.fault, self.job.gateway.clock.now()), at=at)
        return tasks[0].result()


async def _ended(tasks: "list[asyncio.Task[Live]]") -> None:
    """Stop what still runs, and wait until it has cleaned up."""
    for one in tasks:
        one.cancel()
    await asyncio.wait(tasks)


def _candidate(job: Job, name: str) -> Candidate:
    endpoint = job.gateway.sites[name].endpoint
    return Candidate(name, endpoint.provider, endpoint.capability.context_window)


def _chain(job: Job) -> list[str]:
    """Endpoints in the order in which to try them."""
    decision, gateway = job.decided.decision, job.gateway
    chain = [*decision.chain, *(name for name in _rest(decision) if name not in decision.chain)]
    if job.decided.wanted.only:
        pin = job.decided.wanted.policy.pin
        return [name for name in chain if pin in {name, gateway.sites[name].endpoint.model}]
    return chain


def _rest(decision: Decision) -> Iterator[str]:
    """What else could serve: priced but further down, then what was left out because it is resting."""
    verdicts = decision.receipt.verdicts
    yield from (one.endpoint for one in verdicts if isinstance(one, Priced) and isinstance(one.cost, Cost))
    yield from resting(decision)


async def _noted(job: Job, trail: Trail, move: Try, trial: Trial, *, hedge: bool = False) -> Live:
    """An attempt; where it fails that is noted, and health and rate limits hear of it."""
    gateway, site = job.gateway, job.gateway.sites[move.endpoint]
    most = await _paid_for(job, trial)
    gateway.pace.begin(move.endpoint, job.decided.features.size.tokens)
    over = False
    try:
        live = await attempted(job, site, strip=move.strip)
        live.trial, live.hedge, live.most, over = trial, hedge, most, True
    except Broken as error:
        _failed(job, trail, trial, error.fault, hedge=hedge)
        landed(job.reservation, most, 0)
        over = True
        raise
    finally:
        if not over:
            _given_up(job, trail, trial, hedge=hedge)
            landed(job.reservation, most, trail.attempts[-1].cost)
    return live


async def _paid_for(job: Job, trial: Trial) -> int:
    """The worst case of a try, for which there is money; Broken where there is not, and nobody is asked then."""
    if not job.reservation.wallets:
        return 0
    most = -1
    try:
        most = await covered(job.gateway, job.reservation, job.decided, trial.endpoint)
    finally:
        if most < 0:
            job.gateway.health.release(trial)
    return most


def _failed(job: Job, trail: Trail, trial: Trial, fault: Fault, *, hedge: bool) -> None:
    """Note a failed attempt. A provider that refuses charges nothing; what it says it used is charged."""
    clock = job.gateway.clock
    job.gateway.health.fail(trial, fault, clock.now(), clock.chance())
    job.gateway.pace.hear(trial.endpoint, job.decided.features.size.tokens)
    trail.attempts.append(_attempt(job, trial, fault, 0, hedge=hedge))


def _given_up(job: Job, trail: Trail, trial: Trial, *, hedge: bool) -> None:
    """Note an attempt that was given up: its prompt was sent, so what that is expected to cost is charged."""
    job.gateway.health.release(trial)
    job.gateway.pace.hear(trial.endpoint, job.decided.features.size.tokens)
    found = job.decided.priced(trial.endpoint)
    cost: Amount = Unknown("given up")
    if found is not None and isinstance(found.cost, Cost):
        cost = found.cost.call - found.cost.output
    trail.attempts.append(_attempt(job, trial, GIVEN_UP, cost, hedge=hedge))


def _attempt(job: Job, trial: Trial, fault: Fault, cost: Amount, *, hedge: bool) -> Attempt:
    site = job.gateway.sites[trial.endpoint]
    wire = site.spoken(job.decided.asked.wire.name)
    return Attempt(trial.endpoint, wire, trial.began, job.gateway.clock.now() - trial.began, fault.status, fault, None, cost, hedge)


def reported(job: Job, live: Live, fault: Fault | None, usage: Usage | None) -> Attempt:
    """Note the attempt whose answer was served, whole or not."""
    if live.told is not None:
        return live.told
    gateway, trial, now = job.gateway, live.trial, job.gateway.clock.now()
    first = round((live.content - live.began) * MS)
    if trial is not None:
        gateway.pace.hear(trial.endpoint, job.decided.features.size.tokens)
        if fault is None:
            gateway.health.succeed(trial, now, first)
        elif fault.kind in {"hung_up", "deadline"}:
            gateway.health.release(trial)
        else:
            gateway.health.fail(trial, fault, now, gateway.clock.chance())
    at = trial.began if trial is not None else now
    cost = charged(job.decided.ready.plan.endpoints[live.site.endpoint.id], usage)
    return Attempt(live.site.endpoint.id, live.wire.name, at, now - at, live.reply.status, fault, usage, cost, live.hedge)
