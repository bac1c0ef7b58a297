"""Keys made, given a new secret and revoked: what the command line and the admin API do alike.

A secret is 32 random bytes. It is shown to whoever makes it and kept nowhere; the store has its SHA-256 digest, from which nothing leads
back.
"""

import secrets
from hashlib import sha256
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.keys import OLD, PREFIX, BadKey, Role, VirtualKey, checked, chosen, secrets_of, span, taken
from tierwise.ledger import Store

BYTES: Final = 32


class KeyAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A key that somebody wants; `expires` says after how long, as 30d, '' for never."""

    name: str
    role: Role = "client"
    owner: str = ""
    team: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    expires: str = ""
    models: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    policy: str = ""
    floor: float | None = None
    requests: int | None = None
    tokens: int | None = None
    concurrency: int | None = None
    bodies: bool = False
    pin: str = ""


class Minted(Struct, frozen=True):
    """A key with its secret, which nobody can find out again."""

    key: VirtualKey
    secret: str

    def __repr__(self) -> str:
        """The key without the secret."""
        return f"Minted({self.key.id!r}, {self.key.name!r})"


def secret() -> str:
    """A new secret."""
    return PREFIX + secrets.token_urlsafe(BYTES)


def digest(of: str) -> str:
    """What is kept of a secret."""
    return sha256(of.encode()).hexdigest()


def minted(asked: KeyAsked, now: int) -> Minted:
    """A new key; BadKey says what is wrong with what is asked."""
    new = secret()
    key = VirtualKey(
        id=f"k-{secrets.token_hex(5)}",
        digest=digest(new),
        name=asked.name.strip(),
        role=asked.role,
        owner=asked.owner,
        team=asked.team,
        project=asked.project,
        tags=tuple(dict.fromkeys(asked.tags)),
        created=now,
        expires=now + span(asked.expires) if asked.expires else 0,
        models=asked.models,
        policies=asked.policies,
        policy=asked.policy,
        floor=asked.floor,
        requests=asked.requests,
        tokens=asked.tokens,
        concurrency=asked.concurrency,
        bodies=asked.bodies,
        pin=asked.pin,
    )
    return Minted(checked(key), new)


def put(store: Store, new: Minted) -> Minted:
    """Keep a new key; BadKey where another that is good has its name, since budgets and reports tell keys by their names."""
    if taken(store.keys(), new.key.name, new.key.created):
        raise BadKey(f"there is a key {new.key.name!r} already; rotate or revoke it, or take another name")
    store.put_key(new.key)
    return new


def rotated(store: Store, said: str, now: int, grace: int = 0) -> Minted:
    """Give the key of an id or a name a new secret; the one it had is good for `grace` milliseconds more."""
    kept = store.keys()
    key = chosen(kept, said)
    if key.revoked:
        raise BadKey(f"key {key.name!r} was revoked and stays so; make a new one")
    new = secret()
    for one in secrets_of(kept, key):
        if one.id != key.id and not one.revoked and not grace:
            store.put_key(replace(one, revoked=now))
    if grace:
        ends = min(now + grace, key.expires or now + grace)
        store.put_key(replace(key, id=f"{key.id}{OLD}{secrets.token_hex(3)}", expires=ends))
    after = replace(key, digest=digest(new))
    store.put_key(after)
    return Minted(after, new)


def revoked(store: Store, said: str, now: int) -> VirtualKey:
    """Revoke the key of an id or a name, with whatever secrets it had before."""
    kept = store.keys()
    key = chosen(kept, said)
    for one in secrets_of(kept, key):
        if not one.revoked:
            store.put_key(replace(one, revoked=now))
    return key
