"""What a client's key stands for in the gateway."""

from msgspec import Struct

from tierwise.core.budgets import NOBODY, Payer
from tierwise.core.keys import Role
from tierwise.gateway.asking import Wanted


class Key(Struct, frozen=True):
    """What a client's key stands for: what its requests are decided by, whose budgets they count against, and what it may do.

    `requests` and `tokens` are the most a minute may have, `concurrency` the most at once (None: no limit). `bodies` says whether what is
    asked and answered is kept word for word.
    """

    name: str
    wanted: Wanted
    concurrency: int | None = None
    id: str = ""
    role: Role = "client"
    payer: Payer = NOBODY
    models: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    requests: int | None = None
    tokens: int | None = None
    bodies: bool = False
