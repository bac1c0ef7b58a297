"""What was told of models' work, summed up, and what that work cost: the ledger sums it, the engine learns from it."""

from msgspec import Struct


class Told(Struct, frozen=True, gc=False):
    """What was told of a model at a kind of work by one key from one source, of one day (UTC, days since 1970-01-01).

    `n` is how many outcomes it counts as: a request counts once at most, whatever was told of it and how often, and a session no more
    than a few times. `good` is how many of these speak for the model, `told` how many there were in all.
    """

    model: str
    task: str
    source: str
    key: str
    day: int
    n: float
    good: float
    told: int


class Paid(Struct, frozen=True, gc=False):
    """What work items of a kind cost that one model did alone: how many, their mean and the standard deviation of one, in pico-dollars."""

    model: str
    task: str
    n: int
    mean: int
    deviation: int | None = None
