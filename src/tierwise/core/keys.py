"""Virtual keys: what a client shows at the gateway, and what it stands for. Only the digest of a key is ever kept."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final, Literal

from msgspec import Struct

Role = Literal["client", "reader", "admin"]

PREFIX: Final = "tw-"
"""How every key begins, so that one that got out is found by whoever looks for it."""


class VirtualKey(Struct, frozen=True, gc=False):
    """A key as it is kept: `id` is public and names it, `digest` is the SHA-256 of the secret in hexadecimal digits.

    `role`: a client's key asks for answers, a reader's sees the console, an admin's changes keys and budgets too. Times are in
    milliseconds, 0 for never. Empty `models` and `policies` allow all; `policy` and `floor` are used where the request asks for no other
    ('' and None: the settings'). `requests` and `tokens` are the most a minute may have, `concurrency` the most at once (None: no limit).
    `bodies` says whether what is asked and answered is kept word for word. `pin` is the one model that serves whatever is asked for, as for
    a stage of a cascade; such a key opens the gateway to who has it and closes it to nobody.
    """

    id: str
    digest: str
    name: str
    role: Role = "client"
    owner: str = ""
    team: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    created: int = 0
    expires: int = 0
    revoked: int = 0
    models: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    policy: str = ""
    floor: float | None = None
    requests: int | None = None
    tokens: int | None = None
    concurrency: int | None = None
    bodies: bool = False
    pin: str = ""


LENGTH: Final = 43
"""Characters of a key after its prefix: 32 random bytes in base64 that a URL may hold."""

ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
LONGEST: Final = 100
"""Characters that a key's name may have."""

RANKS: Final[Mapping[str, int]] = MappingProxyType({"client": 0, "reader": 1, "admin": 2})
"""What a role may do, each what those before it may do too."""

OLD: Final = "~"
"""What stands in the id of the secret that a key had before, between the key's own id and more; it is good for a while after a rotation."""

UNITS: Final[Mapping[str, int]] = MappingProxyType({"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000})
DURATION: Final = re.compile(r"(\d{1,6})([mhdw])")


class BadKey(ValueError):
    """A key that makes no sense; the message says why."""


class NoKey(BadKey):
    """A name or an id that no key has."""


def shaped(secret: str) -> bool:
    """Whether a text has the shape of a virtual key; what has not is none, whatever a store may say."""
    return len(secret) == len(PREFIX) + LENGTH and secret.startswith(PREFIX) and ALPHABET.issuperset(secret[len(PREFIX) :])


def past(key: VirtualKey, now: int) -> str:
    """'revoked' or 'expired' where a key is no longer good, else ''."""
    if key.revoked and key.revoked <= now:
        return "revoked"
    return "expired" if key.expires and key.expires <= now else ""


def may(role: Role, needed: Role) -> bool:
    """Whether a role is enough for what another may do."""
    return RANKS[role] >= RANKS[needed]


def permits(allowed: Collection[str], *names: str) -> bool:
    """Whether what is allowed (nothing named: all) has one of some names for the same thing."""
    return not allowed or any(name in allowed for name in names)


def checked(key: VirtualKey) -> VirtualKey:
    """The key; BadKey says what is wrong with it."""
    wrong = next(_wrongs(key), None)
    if wrong is not None:
        raise BadKey(f"key {key.name[:LONGEST]!r}: {wrong}")
    return key


def _wrongs(key: VirtualKey) -> Iterator[str]:
    if not key.name.strip() or len(key.name) > LONGEST or not key.name.isprintable():
        yield f"its name has to have between 1 and {LONGEST} printable characters"
    if key.role not in RANKS:
        yield f"unknown role {key.role!r}; known: {', '.join(RANKS)}"
    if key.expires and key.expires <= key.created:
        yield "it would expire before it is made"
    if key.pin and key.role != "client":
        yield f"it pins a model, so it is a client's and no {key.role}'s"
    if key.floor is not None and not 0 <= key.floor <= 1:
        yield f"floor {key.floor:g} is not between 0 and 1"
    for name in ("requests", "tokens", "concurrency"):
        most = getattr(key, name)
        if most is not None and most < 1:
            yield f"{name} {most} is not at least 1"


def span(text: str) -> int:
    """The milliseconds that 45m, 12h, 30d or 2w are; BadKey for anything else."""
    found = DURATION.fullmatch(text.strip().lower())
    if found is None or not int(found[1]):
        raise BadKey(f"{text[:40]!r} is no length of time; write 45m, 12h, 30d or 2w")
    return int(found[1]) * UNITS[found[2]]


def chosen(keys: Sequence[VirtualKey], said: str) -> VirtualKey:
    """The key that an id or a name stands for, of several with one name the one that is not revoked; BadKey names the nearest."""
    found = [one for one in keys if said in {one.id, one.name} and OLD not in one.id]
    good = [one for one in found if one.id == said] or [one for one in found if not one.revoked] or found[-1:]
    if len(good) == 1:
        return good[0]
    if good:
        raise BadKey(f"{len(good)} keys are called {said!r}; say which by its id: {', '.join(one.id for one in good)}")
    close = get_close_matches(said, [name for one in keys for name in (one.id, one.name) if OLD not in one.id], 1)
    raise NoKey(f"no key {said[:LONGEST]!r}" + (f"; did you mean {close[0]!r}?" if close else ""))


def secrets_of(keys: Iterable[VirtualKey], key: VirtualKey) -> tuple[VirtualKey, ...]:
    """A key with the secrets it had before that may still be good."""
    return tuple(one for one in keys if one.id == key.id or one.id.startswith(key.id + OLD))


def taken(keys: Iterable[VirtualKey], name: str, now: int) -> bool:
    """Whether a key that is still good has a name."""
    return any(one.name == name and not past(one, now) for one in keys)
