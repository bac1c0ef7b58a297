"""No secret leaves by way of a record, a log line or an error: what is known or looks like a key is hidden.

Theory of operation. Some secrets are known: the providers' keys and those of the settings. They are looked for as they are. Virtual keys
are known by their digest only, so they are told by their form, and so is what looks like anybody's key. Faults carry what a provider said,
which may repeat the key it was sent; there everything is looked for. Names (a session, a model) are what a client made up, on the way of
every request; there one expression looks for what is known and for the forms that nothing else has.

Two places are enough for everything that leaves: records on their way to the ledger, the log and telemetry (`entry`), and the errors that
wires say to clients (`wire`).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.entry import Attempt, Entry
from tierwise.core.faults import Fault
from tierwise.core.keys import PREFIX
from tierwise.core.wire import Wire
from tierwise.recovery.saying import HIDDEN, without_keys

SHORTEST: Final = 6
"""Characters that a secret has: what is shorter is found in every text."""

FORMS: Final = (rf"\b{re.escape(PREFIX)}[\w-]{{43}}(?![\w-])", r"\b(?:sk|pk|rk|gsk|xai|csk)-[\w-]{16,}", r"\bAIza[\w-]{30,}")
"""What nothing but a key looks like: ours, then those of some large providers."""


class Veil(Struct, frozen=True):
    """What hides secrets; see `veil`."""

    secret: re.Pattern[str]

    def __repr__(self) -> str:
        """Nothing of what it hides."""
        return "Veil()"

    def name(self, text: str) -> str:
        """A name that somebody made up, without secrets that are known or have the form of a key."""
        return self.secret.sub(HIDDEN, text) if len(text) >= SHORTEST and self.secret.search(text) else text

    def text(self, text: str) -> str:
        """A text of whatever origin, without anything that is or looks like a secret."""
        return without_keys(self.secret.sub(HIDDEN, text))

    def fault(self, fault: Fault) -> Fault:
        """A fault that tells no secret."""
        message, code = self.text(fault.message), self.name(fault.code)
        if message == fault.message and code == fault.code:
            return fault
        return replace(fault, message=message, code=code)

    def entry(self, entry: Entry) -> Entry:
        """A record that tells no secret; one without any stays itself."""
        asker = entry.asker
        session, model = self.name(asker.session), self.name(asker.model)
        if session is not asker.session or model is not asker.model:
            entry = replace(entry, asker=replace(asker, session=session, model=model))
        if entry.decision is None and entry.model:  # a client's own name for what no decision has chosen
            entry = replace(entry, model=self.name(entry.model))
        if entry.fault is None and not [one for one in entry.attempts if one.fault is not None]:
            return entry
        return replace(entry, fault=self._fault(entry.fault), attempts=tuple(map(self._attempt, entry.attempts)))

    def _attempt(self, attempt: Attempt) -> Attempt:
        return attempt if attempt.fault is None else replace(attempt, fault=self._fault(attempt.fault))

    def _fault(self, fault: Fault | None) -> Fault | None:
        return None if fault is None else self.fault(fault)

    def wire(self, wire: Wire) -> Wire:
        """A wire whose errors tell no secret, whoever has them said."""
        return replace(
            wire,
            error=lambda fault: wire.error(self.fault(fault)),
            error_frame=lambda fault: wire.error_frame(self.fault(fault)),
        )


def veil(secrets: Iterable[str]) -> Veil:
    """A veil over these secrets, the longest first, and over whatever has the form of a key."""
    known = sorted({one.strip() for one in secrets if len(one.strip()) >= SHORTEST}, key=lambda one: (-len(one), one))
    return Veil(re.compile("|".join((*map(re.escape, known), *FORMS))))


def sent(headers: Iterable[Mapping[str, str]]) -> set[str]:
    """The secrets in headers that requests to providers have: keys, with and without the word before them."""
    values = {value for one in headers for name, value in one.items() if TELLING.search(name)}
    return values | {value.rpartition(" ")[2] for value in values}


TELLING: Final = re.compile("auth|key|token|secret|cookie|password", re.IGNORECASE)
"""Names of headers that hold a secret."""
