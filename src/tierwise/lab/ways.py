"""Three ways of serving a session, call by call in one shape: as it was, as the policy does, as the best schedule in hindsight would."""

from collections.abc import Iterator

from msgspec import Struct

from tierwise.core.money import Unknown
from tierwise.lab.replay import Item, Replayed


class Served(Struct, frozen=True, gc=False):
    """A call as one way of serving the log has it; `known` says whether its price is."""

    endpoint: str
    dollars: int
    tokens: int
    prompt: int
    cached: int
    known: bool


def actual(replay: Replayed) -> list[Served]:
    """The calls as they were."""
    return [_paid(item) for item in replay.items]


def _paid(item: Item) -> Served:
    was, known = item.actual, not isinstance(item.actual.price, Unknown)
    dollars = 0 if isinstance(was.price, Unknown) else was.price
    return Served(was.endpoint, dollars, dollars, was.prompt, was.cached, known)


def policy(replay: Replayed) -> list[Served]:
    """The calls as the policy serves them."""
    rows = ((item.chosen, item.policy) for item in replay.items)
    return [Served(name, one.dollars, one.tokens, one.prompt, one.cached, one.known) for name, one in rows]


def best(replay: Replayed) -> list[Served]:
    """The calls as the best schedule in hindsight serves them."""
    found = replay.hindsight
    if found is None or not found.path:
        return policy(replay)
    rows = zip(found.path, found.warm, strict=True)
    return [_scheduled(item, replay.endpoints, rows) if item.policy.known else _unknown(item) for item in replay.items]


def _unknown(item: Item) -> Served:
    return Served(item.chosen, 0, 0, 0, 0, known=False)


def _scheduled(item: Item, endpoints: tuple[str, ...], rows: Iterator[tuple[int, bool]]) -> Served:
    """A call as the next row of a schedule has it."""
    place, warm = next(rows)
    alone = item.alone
    dollars, cached = (alone.dollars, int(alone.cached[place])) if warm else (alone.cold, 0)
    return Served(endpoints[place], int(dollars[place]), 0, int(alone.prompt[place]), cached, known=True)


def switches(way: list[Served]) -> int:
    """How often a session's calls go to another endpoint than the call before."""
    return sum(one.endpoint != other.endpoint for one, other in zip(way[1:], way, strict=False))


def stretches(replay: Replayed) -> Iterator[tuple[str, int]]:
    """The policy's choices in a session, each with the number of calls in a row it served."""
    name, calls = "", 0
    for item in replay.items:
        if calls and item.chosen != name:
            yield name, calls
            calls = 0
        name, calls = item.chosen, calls + 1
    yield name, calls
