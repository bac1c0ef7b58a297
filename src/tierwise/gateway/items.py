"""The work items under way, by key and session: where a request belongs, and what is told of the work before it.

They live in this process, as many as KEPT; those of the session that was silent longest are forgotten first. Replicas do not share them: a
session that goes to another replica in the middle of an item begins a new one there, which loses its hold and its escalation, and nothing
else. A request is placed without anything being changed, since it may be decided more than once; `take` and `served` change it.

A subagent's requests come in its parent's session. Each subagent has items of its own there, told by how its prompt begins.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.client import Client
from tierwise.core.decision import Held
from tierwise.core.entry import Outcome
from tierwise.core.request import Request
from tierwise.core.wire import Wire
from tierwise.engine import items
from tierwise.engine.items import PERSON, Arrival, Call, Finding, Item, Served

KEPT: Final = 8192
"""Items that are kept."""

SUBAGENT: Final = "subagent"
SOURCE: Final = "traffic"
"""Who tells of outcomes that were read from what clients send."""


class Clock(Protocol):
    """What is new every time."""

    @property
    def now(self) -> Callable[[], int]:
        """Milliseconds since the epoch."""

    @property
    def name(self) -> Callable[[], str]:
        """An id that no other request has."""


Place = tuple[str, str, str]
"""A key, a session, and ('' for the person's own) a subagent in it."""


class Rules(Struct, frozen=True, gc=False):
    """How a request's choice may be held: the policy it is made by, whether it stays, and whether models that failed are left.

    One that is `pinned` is neither held nor moved.
    """

    policy: bytes
    sticks: bool = True
    escalates: bool = True
    pinned: bool = False


class Placed(Struct, frozen=True, gc=False):
    """A request in its work item: where that is kept, the request's arrival in it, and what the choice is held to (None: nothing)."""

    place: Place
    arrival: Arrival
    rules: Rules
    held: Held | None = None

    @property
    def fresh(self) -> bool:
        """Whether the request begins its item."""
        return self.arrival.fresh


class Items(Struct):
    """Work items by place; `inherits` says whether a subagent begins where its parent stands."""

    known: OrderedDict[Place, Item]
    inherits: bool = False

    def placed(self, place: Place, call: Call, rules: Rules) -> Placed:
        """A request in its work item, with nothing changed."""
        arrival = items.arrived(self.known.get(place), call)
        if not arrival.fresh:
            return Placed(place, arrival, rules, _held(arrival.item, rules))
        parent = self.known.get((place[0], place[1], "")) if self.inherits and place[2] else None
        if parent is None:
            return Placed(place, arrival, rules)
        arrival = replace(arrival, item=items.inherited(arrival.item, parent))
        return Placed(place, arrival, rules, replace(_held(arrival.item, rules), id=parent.id))

    def take(self, placed: Placed, name: str) -> str:
        """Note that a request was placed; the id of its item, which is the request's own where it begins one."""
        item = placed.arrival.item
        if not item.id:
            item = replace(item, id=name)
        if placed.place[1]:
            self.known[placed.place] = item
            self.known.move_to_end(placed.place)
            if len(self.known) > KEPT:
                self.known.popitem(last=False)
        return item.id

    def served(self, placed: Placed, item: str, one: Served) -> None:
        """Note that a request of an item was answered; nothing where the session has gone on to another one meanwhile."""
        found = self.known.get(placed.place)
        if found is not None and found.id == item:
            self.known[placed.place] = items.served(found, one)


def opened(*, inherits: bool = False) -> Items:
    """No work under way."""
    return Items(OrderedDict(), inherits)


def _held(item: Item, rules: Rules) -> Held:
    """What a choice is held to."""
    if rules.pinned:
        return Held(item.id)
    return items.held(item, rules.policy, sticks=rules.sticks, escalates=rules.escalates)


def place(request: Request, key: str, session: str, own: Callable[[], str]) -> Place:
    """Where the item of a request is kept; `own` names a subagent by how its prompt begins."""
    return key, session, own() if request.errand == SUBAGENT else ""


def call(request: Request, wire: Wire, client: Client, *, known: bool, escalates: bool) -> Call:
    """A request as its work item takes it. Tool calls are only looked at where an item is known that they can be a part of."""
    person = request.turn == PERSON
    return Call(
        turn=request.turn,
        words=request.words,
        previous=request.previous if person else "",
        calls=request.calls,
        spoken=person and known and bool(request.said) and bool(client.words(request.aside) or client.words(request.said[0])),
        named=bool(request.session),
        steps=wire.steps(request) if known else (),
        tools=client.tools,
        escalates=escalates,
    )


def outcomes(placed: Placed, clock: Clock) -> list[Outcome]:
    """What is told of the work before a request, as it is recorded."""
    key, session, _ = placed.place
    return [_outcome(one, (key, session), clock) for one in placed.arrival.findings]


def _outcome(one: Finding, whose: tuple[str, str], clock: Clock) -> Outcome:
    name = f"out-{clock.name().removeprefix('tw-')}"
    key, session = whose
    return Outcome(
        name,
        clock.now(),
        one.entry,
        session,
        one.outcome,
        note=one.sign,
        source=SOURCE,
        key=key,
        model=one.model,
        task=one.task,
        weight=one.weight,
    )
