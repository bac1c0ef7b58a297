"""Which endpoints should rest, and for how long: outcomes in, cooldowns out.

Theory of operation. An endpoint without a record is well. A fault that its row blames on the endpoint makes a `Ward`: so many faults in
a row, to rest until some time. The rest doubles with each fault up to a cap that depends on the kind, changed by chance so that replicas do
not return together, and is never shorter than the provider asked for. One fault of an endpoint that has served well gives no rest at
all: it happens.

When the rest is over the endpoint is half open: the first try that `admit` lets through is the probe, and until it reports (or its time is
up) nobody else is let through. A success ends the ward; a fault doubles the rest.

Outcomes only count when their try began after the ward's last fault (a probe's always do): a hundred requests under way when a provider
stumbles are one fault, not a hundred, and an answer that was on its way before is no sign of recovery. Some faults concern everything
a provider sells (its address, our key, our account): then the provider rests with all its endpoints, unless another of them has just
served.

An endpoint is one at whatever effort it is asked to think with: its provider limits and loses it as one. Only how long it takes differs.

Times of first content are kept for the last few answers of each endpoint: their 95th percentile says when an answer is late.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.decision import Outage
from tierwise.core.efforts import plain
from tierwise.core.faults import FAULTS, Fault

SECOND: Final = 1_000
MINUTE: Final = 60_000

USUAL: Final = (1 * SECOND, 1 * MINUTE)
RESTS: Final = MappingProxyType(
    {
        "rate_limit": (2 * SECOND, 2 * MINUTE),
        "overloaded": (2 * SECOND, 1 * MINUTE),
        "refused": (2 * SECOND, 1 * MINUTE),
        "dns": (5 * SECOND, 2 * MINUTE),
        "connect_timeout": (5 * SECOND, 2 * MINUTE),
        "first_byte_timeout": (5 * SECOND, 2 * MINUTE),
        "first_content_timeout": (5 * SECOND, 2 * MINUTE),
        "tls": (30 * SECOND, 10 * MINUTE),
        "proxy": (5 * SECOND, 2 * MINUTE),
        "redirect": (60 * SECOND, 10 * MINUTE),
        "not_http": (10 * SECOND, 5 * MINUTE),
        "not_json": (10 * SECOND, 5 * MINUTE),
        "auth": (60 * SECOND, 10 * MINUTE),
        "payment": (120 * SECOND, 10 * MINUTE),
        "quota": (60 * SECOND, 10 * MINUTE),
        "no_model": (120 * SECOND, 10 * MINUTE),
    }
)
"""The first rest and the longest (milliseconds) of each kind of fault; the others have the usual ones."""

WIDE: Final = frozenset({"refused", "dns", "tls", "proxy", "auth", "payment"})
"""Faults that concern everything a provider sells."""

LASTING: Final = frozenset({"auth", "payment", "quota", "no_model", "rate_limit", "tls", "redirect"})
"""Faults that do not pass at once: they are believed the first time."""

FINE: Final = 5
"""Successes in a row after which a single fault is forgiven."""
LATELY: Final = 60 * SECOND
"""How long a success of another endpoint speaks for its provider."""
PROBE: Final = 60 * SECOND
"""How long a probe may take before another is let through."""
DOUBLINGS: Final = 16
RING: Final = 64
SAMPLES: Final = 20
"""Answers that are needed before anything is said about how long they take."""


class Ward(Struct, frozen=True, gc=False):
    """Something that failed: so many times in a row, last `at`, to rest `until`; `probe` is when a probe's time is up (0 for none)."""

    faults: int
    at: int
    until: int
    because: str
    probe: int = 0


class Trial(Struct, frozen=True, gc=False):
    """A try that was let through: where, when, and whether it is the probe of something that failed before."""

    endpoint: str
    provider: str
    began: int
    probe: bool = False


class Record(Struct):
    """How an endpoint has served: successes in a row, and how long the first content took in the last few answers."""

    streak: int = 0
    times: list[int] = []
    turn: int = 0


class Health(Struct):
    """The health of all endpoints. `sold` lists the endpoints of each provider; `served` which of them served last, and when."""

    sold: Mapping[str, tuple[str, ...]]
    wards: dict[str, Ward] = {}
    providers: dict[str, Ward] = {}
    records: dict[str, Record] = {}
    served: dict[str, tuple[str, int]] = {}

    def down(self, now: int) -> dict[str, Outage]:
        """The endpoints that should not be tried now; as much work as there are that failed."""
        found: dict[str, Outage] = {}
        for provider, ward in self.providers.items():
            outage = _outage(ward, now)
            found |= dict.fromkeys(self.sold.get(provider, ()), outage) if outage else {}
        for endpoint, ward in self.wards.items():
            outage = _outage(ward, now)
            if outage and (endpoint not in found or found[endpoint].until < outage.until):
                found[endpoint] = outage
        return found

    def admit(self, endpoint: str, provider: str, now: int) -> Trial | None:
        """A try, as its probe where something failed before; None while it rests or another probe is under way."""
        if any(_outage(ward, now) for _, _, ward in self._held(endpoint, provider)):
            return None
        return self.force(endpoint, provider, now)

    def force(self, endpoint: str, provider: str, now: int) -> Trial:
        """A try whatever is known: for requests that have nowhere else to go."""
        probed = [(book, name, ward) for book, name, ward in self._held(endpoint, provider) if ward.until > ward.at]
        for book, name, ward in probed:
            book[name] = replace(ward, probe=now + PROBE)
        return Trial(endpoint, provider, now, probe=bool(probed))

    def succeed(self, trial: Trial, now: int, first: int | None = None) -> None:
        """A try has served; its first content took `first` milliseconds."""
        for book, name, ward in self._held(trial.endpoint, trial.provider):
            if _counts(trial, ward):
                del book[name]
        self._record(plain(trial.endpoint)).streak += 1
        self.served[trial.provider] = (plain(trial.endpoint), now)
        if first is not None:
            _time(self._record(trial.endpoint), first)

    def fail(self, trial: Trial, fault: Fault, now: int, roll: float) -> None:
        """A try has failed; `roll` is a random number from 0 to 1."""
        if not FAULTS[fault.kind].rests:
            self.release(trial)
            return
        wide = fault.kind in WIDE and not self._vouched(trial, now)
        book, name = (self.providers, trial.provider) if wide else (self.wards, plain(trial.endpoint))
        record, before = self._record(plain(trial.endpoint)), book.get(name)
        forgiven = before is None and record.streak >= FINE and fault.kind not in LASTING
        record.streak = 0
        book[name] = _again(before, trial, fault, now, roll) if before else _resting(1, fault, now, roll, forgiven=forgiven)
        self.release(trial)

    def release(self, trial: Trial) -> None:
        """A try ended without telling anything of the endpoint (the client hung up): a probe makes room for another."""
        for book, name, ward in self._held(trial.endpoint, trial.provider):
            if trial.probe and ward.probe:
                book[name] = replace(ward, probe=0)

    def late(self, endpoint: str) -> int | None:
        """Milliseconds after which an endpoint's first content is late: the 95th percentile; None where too few are known."""
        record = self.records.get(endpoint)
        if record is None or len(record.times) < SAMPLES:
            return None
        return sorted(record.times)[-(-len(record.times) * 95 // 100) - 1]

    def _held(self, endpoint: str, provider: str) -> list[tuple[dict[str, Ward], str, Ward]]:
        """The wards that concern an endpoint, with where they are kept."""
        places = ((self.wards, plain(endpoint)), (self.providers, provider))
        return [(book, name, book[name]) for book, name in places if name in book]

    def _record(self, endpoint: str) -> Record:
        if endpoint not in self.records:
            self.records[endpoint] = Record()
        return self.records[endpoint]

    def _vouched(self, trial: Trial, now: int) -> bool:
        """Whether another endpoint of the provider has served lately."""
        other, at = self.served.get(trial.provider, ("", 0))
        return other not in {"", plain(trial.endpoint)} and now - at < LATELY


def _outage(ward: Ward, now: int) -> Outage | None:
    if ward.until > now:
        return Outage(ward.until, ward.because)
    return Outage(ward.probe, f"{ward.because}; being tried again") if ward.probe > now else None


def _counts(trial: Trial, ward: Ward) -> bool:
    return trial.probe or trial.began > ward.at


def _again(before: Ward, trial: Trial, fault: Fault, now: int, roll: float) -> Ward:
    """A ward after another fault: a longer rest, or only what the provider asks for where the try began before the last fault."""
    if not _counts(trial, before):
        return replace(before, until=max(before.until, _wanted(fault, now, roll)))
    after = _resting(before.faults + 1, fault, now, roll)
    return replace(after, until=max(before.until, after.until), probe=before.probe)


def _resting(faults: int, fault: Fault, now: int, roll: float, *, forgiven: bool = False) -> Ward:
    first, longest = RESTS.get(fault.kind, USUAL)
    rest = 0 if forgiven else min(longest, first << min(faults - 1, DOUBLINGS))
    until = max(_wanted(fault, now, roll), now + round(rest * (1 + roll) / 2))
    return Ward(faults, now, until, FAULTS[fault.kind].says)


def _wanted(fault: Fault, now: int, roll: float) -> int:
    """When the provider wants to be asked again, and up to a tenth of the wait later, so that not all come back at once."""
    wait = fault.after or 0
    return now + wait + round(wait * roll / 10)


def _time(record: Record, first: int) -> None:
    if len(record.times) < RING:
        record.times.append(first)
    else:
        record.times[record.turn % RING] = first
        record.turn += 1
