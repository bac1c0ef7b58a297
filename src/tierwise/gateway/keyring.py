"""Every key in memory: those of tierwise.yaml and those of the store, by digest.

Theory of operation. A key is looked up by the SHA-256 digest of what the client sends, so how long that takes says nothing of the keys
there are. What the store has is read again within a second of any change (gateway/desk), and kept while the store is away: keys that are
known go on working. A key that is not known is called unknown (401) only where the store was read within `FRESH`; otherwise it may be
made where this process could not see it, and "cannot be checked now" (503): an outage of ours never answers 401. What does not have the
shape of a virtual key is in no store, and is unknown at any time.

Without any key, whoever can reach the gateway is `everybody`; it then listens on this machine only. One who shows a virtual key all the
same is not served as everybody while nobody can say what that key is. Keys that pin a model come and go with cascades, so to have no others
is to have none.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from msgspec import Struct

from tierwise.core.budgets import dated
from tierwise.core.faults import Fault
from tierwise.core.keys import VirtualKey, past, shaped
from tierwise.gateway.asking import Refused
from tierwise.gateway.keys import Key

HEX: Final = re.compile(r"[0-9a-f]{64}")
FRESH: Final = 5_000
"""Milliseconds for which what was read of the store is taken for all there is."""
RETRY: Final = 1_000
"""Milliseconds after which to come back with a key that cannot be checked now."""


class Held(Struct, frozen=True):
    """A key of the store: what it stands for here, None where that is nothing, because of `because`."""

    key: VirtualKey
    stands: Key | None
    because: str = ""


class Keyring(Struct):
    """What keys stand for.

    `settled` are those of tierwise.yaml by digest, `made` says what a key of the store stands for (ValueError where it names what is not
    known here). `guarded` says that nobody is served without a key, `stored` whether there is a store,
    `read` when it was last read (milliseconds, 0 for never), `locked` whether it has keys that close the gateway to others.
    """

    settled: Mapping[bytes, Key]
    made: Callable[[VirtualKey], Key]
    everybody: Key
    stored: bool = False
    guarded: bool = False
    kept: dict[bytes, Held] = {}
    read: int = 0
    locked: bool = False

    def take(self, keys: Sequence[VirtualKey]) -> None:
        """Put what the store has in the place of what it had."""
        self.kept = {bytes.fromhex(one.digest): self._held(one) for one in keys if HEX.fullmatch(one.digest)}
        self.locked = any(not one.key.pin for one in self.kept.values())

    def _held(self, one: VirtualKey) -> Held:
        try:
            return Held(one, self.made(one))
        except ValueError as error:
            return Held(one, None, str(error))

    def find(self, secret: str, now: int) -> Key | None:
        """What a key stands for; None where it is not known, Refused where it is not good any more."""
        if self.open and not (self.stored and shaped(secret)):
            return self.everybody
        digest = sha256(secret.encode()).digest()
        return self.settled.get(digest) or self._kept(digest, now)

    def _kept(self, digest: bytes, now: int) -> Key | None:
        held = self.kept.get(digest)
        if held is None:
            return None
        over = past(held.key, now)
        if over:
            raise Refused(Fault(over, f"{held.key.name}, at {dated(held.key.revoked or held.key.expires)}"))
        if held.stands is None:
            raise Refused(Fault("forbidden", f"key {held.key.name} cannot be used here: {held.because}"))
        return held.stands

    def unknown(self, secret: str, now: int) -> Refused:
        """What the client of a key hears that is not known."""
        if not secret:
            return Refused(Fault("unauthorized", "the gateway's key is missing; send it as a bearer token, or as x-api-key"))
        if self.stored and now - self.read > FRESH and shaped(secret):
            return Refused(Fault("unchecked", "it is not among those known so far, and the store is away", after=RETRY))
        return Refused(Fault("unauthorized", "the gateway's key is not known"))

    def unsure(self, secret: str) -> bool:
        """Whether a key that is not known may be in the store."""
        return self.stored and shaped(secret)

    @property
    def open(self) -> bool:
        """Whether nobody needs a key."""
        return not self.settled and not self.locked and not self.guarded
