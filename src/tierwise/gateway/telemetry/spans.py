"""A record as spans and measurements by OpenTelemetry's conventions for generative AI, told from the entry after the fact.

    server span: the request as the client made it (HTTP and tierwise's own attributes)
      client span: one attempt at a provider (the conventions' gen_ai attributes: model, tokens, error)

Tokens stand on the client spans only, and only those are inference operations: a backend that adds up a trace counts nothing twice. Prompts
and answers are in no span.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal

from msgspec import Struct

from tierwise.core.entry import Attempt, Entry
from tierwise.core.faults import FAULTS, Fault
from tierwise.core.money import PER_DOLLAR, Amount, Unknown
from tierwise.core.usage import Usage
from tierwise.gateway.veil import Veil

NANOS: Final = 1_000_000
MS: Final = 1000
ERROR: Final = 500
"""From this status on a server's span is an error; what is the client's fault is none of the server's."""

Value = str | int | float | bool
Attributes = dict[str, Value]
SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
FIRST: Final = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
EACH: Final = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
COUNTS: Final = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)


class Seller(Struct, frozen=True):
    """Who is asked for an endpoint: the conventions' name of the provider, what it calls the model, its host and port."""

    provider: str
    model: str
    address: str = ""
    port: int = 0


class Told(Struct, frozen=True):
    """A span: its name, from when to when (nanoseconds), its attributes and, where it is an error, what happened."""

    name: str
    start: int
    end: int
    attributes: Attributes
    error: str = ""


class Instrument(Struct, frozen=True):
    """What is measured: a histogram over `bounds`, or (without any) a sum."""

    name: str
    unit: str
    says: str
    bounds: tuple[float, ...] = ()
    kind: Literal["histogram", "sum"] = "histogram"


class Measured(Struct, frozen=True):
    """One measurement."""

    instrument: Instrument
    value: float
    attributes: Attributes


TOKENS: Final = Instrument("gen_ai.client.token.usage", "{token}", "Number of input and output tokens used.", COUNTS)
DURATION: Final = Instrument("gen_ai.client.operation.duration", "s", "GenAI operation duration.", SECONDS)
FIRST_CHUNK: Final = Instrument("gen_ai.client.operation.time_to_first_chunk", "s", "Time to receive the first chunk.", SECONDS)
SERVED: Final = Instrument("gen_ai.server.request.duration", "s", "Generative AI server request duration.", SECONDS)
FIRST_TOKEN: Final = Instrument("gen_ai.server.time_to_first_token", "s", "Time to generate first token for successful responses.", FIRST)
EACH_TOKEN: Final = Instrument("gen_ai.server.time_per_output_token", "s", "Time per output token after the first.", EACH)
SPENT: Final = Instrument("tierwise.cost", "{USD}", "What requests cost.", kind="sum")
REFERENCE: Final = Instrument("tierwise.reference.cost", "{USD}", "What they would have cost on the reference model.", kind="sum")
INSTRUMENTS: Final = (TOKENS, DURATION, FIRST_CHUNK, SERVED, FIRST_TOKEN, EACH_TOKEN, SPENT, REFERENCE)


class Teller(Struct, frozen=True):
    """What is needed beside an entry to tell of it: who sells an endpoint, what the conventions call a wire's work, what hides secrets."""

    seller: Callable[[str], Seller]
    operation: Callable[[str], str]
    veil: Veil

    def request(self, entry: Entry) -> Told:
        """The server's span."""
        asker, decision, last = entry.asker, entry.decision, entry.attempts[-1] if entry.attempts else None
        said: Mapping[str, Value | None] = {
            "http.request.method": "POST",
            "http.response.status_code": entry.status or None,
            "http.request.body.size": asker.bytes,
            "gen_ai.conversation.id": self.veil.name(asker.session),
            "tierwise.request.id": entry.id,
            "tierwise.client": asker.client,
            "tierwise.wire": asker.wire,
            "tierwise.turn": asker.turn,
            "tierwise.key": self.veil.name(asker.key),
            "tierwise.team": self.veil.name(asker.team),
            "tierwise.project": self.veil.name(asker.project),
            "tierwise.asked": self.veil.name(asker.model),
            "tierwise.endpoint": last.endpoint if last is not None else None,
            "tierwise.task": decision.receipt.features.task.kind if decision is not None else None,
            "tierwise.difficulty": decision.receipt.features.task.difficulty if decision is not None else None,
            "tierwise.policy": decision.receipt.policy.name if decision is not None else None,
            "tierwise.because": self.veil.text(decision.receipt.because) if decision is not None else None,
            "tierwise.attempts": len(entry.attempts),
            "tierwise.cost": _dollars(entry.cost),
            "tierwise.reference.cost": _dollars(entry.baseline),
            "tierwise.cache.predicted_tokens": predicted(entry),
            "tierwise.overhead": round(entry.latency.decide / MS, 6),
            "error.type": entry.fault.kind if entry.fault is not None else None,
        }
        start = entry.at * NANOS
        faulty = entry.fault is not None and (entry.status >= ERROR or entry.committed)
        error = self._says(entry.fault) if faulty else ""
        return Told("POST " + self.operation(asker.wire), start, start + round(entry.latency.total * NANOS), _known(said), error)

    def attempts(self, entry: Entry) -> Iterator[Told]:
        """A client's span for each attempt."""
        for one in entry.attempts:
            seller, usage = self.seller(one.endpoint), one.usage
            said: Mapping[str, Value | None] = {
                **self._named(one, entry),
                "gen_ai.conversation.id": self.veil.name(entry.asker.session),
                "gen_ai.request.stream": entry.asker.stream or None,
                "gen_ai.response.model": seller.model if one.fault is None else None,
                "gen_ai.response.time_to_first_chunk": first_chunk(entry, one),
                **(_used(usage) if usage is not None else {}),
                "http.response.status_code": one.status or None,
                "tierwise.endpoint": one.endpoint,
                "tierwise.cost": _dollars(one.cost),
                "tierwise.hedge": one.hedge or None,
                "error.type": one.fault.kind if one.fault is not None else None,
            }
            start = one.at * NANOS
            name = f"{self.operation(one.wire)} {seller.model}"
            yield Told(name, start, start + round(max(one.ms, 0) * NANOS), _known(said), self._says(one.fault))

    def measured(self, entry: Entry) -> Iterator[Measured]:
        """What a request measures."""
        for one in entry.attempts:
            named = self._named(one, entry)
            failed: Attributes = {"error.type": one.fault.kind} if one.fault is not None else {}
            chunk = first_chunk(entry, one)
            yield Measured(DURATION, max(one.ms, 0) / MS, _known({**named, **failed}))
            if chunk is not None:
                yield Measured(FIRST_CHUNK, chunk, _known(named))
            if one.usage is not None:
                yield Measured(TOKENS, one.usage.prompt, _known({**named, "gen_ai.token.type": "input"}))
                yield Measured(TOKENS, one.usage.output, _known({**named, "gen_ai.token.type": "output"}))
        yield from self._whole(entry)

    def _whole(self, entry: Entry) -> Iterator[Measured]:
        """What the whole of a request measures."""
        latency, last = entry.latency, entry.attempts[-1] if entry.attempts else None
        bare: Attributes = {"gen_ai.operation.name": self.operation(entry.asker.wire)}
        named = bare if last is None else _known(self._named(last, entry))
        failed: Attributes = {"error.type": entry.fault.kind} if entry.fault is not None else {}
        yield Measured(SERVED, latency.total / MS, {**named, **failed})
        if entry.fault is None and latency.first_content is not None:
            yield Measured(FIRST_TOKEN, latency.first_content / MS, named)
            if entry.usage is not None and entry.usage.output > 1 and entry.asker.stream:
                rest = max(latency.total - latency.first_content, 0) / MS
                yield Measured(EACH_TOKEN, rest / (entry.usage.output - 1), named)
        for instrument, amount in ((SPENT, entry.cost), (REFERENCE, entry.baseline)):
            if not isinstance(amount, Unknown) and amount:
                yield Measured(instrument, amount / PER_DOLLAR, named)

    def _named(self, attempt: Attempt, entry: Entry) -> Mapping[str, Value | None]:
        """What tells operations apart; nothing in it is of a client's making, so that there are never many."""
        seller = self.seller(attempt.endpoint)
        return {
            "gen_ai.operation.name": self.operation(attempt.wire or entry.asker.wire),
            "gen_ai.provider.name": seller.provider,
            "gen_ai.request.model": seller.model,
            "server.address": seller.address,
            "server.port": seller.port or None,
        }

    def _says(self, fault: Fault | None) -> str:
        if fault is None:
            return ""
        message = self.veil.text(fault.message)
        return f"{FAULTS[fault.kind].says}: {message}" if message else FAULTS[fault.kind].says


def predicted(entry: Entry) -> int | None:
    """Tokens that were expected to be read from the cache of the endpoint that served; None where the receipt has no price for it."""
    if entry.decision is None or not entry.attempts:
        return None
    served = entry.attempts[-1].endpoint
    costs = (getattr(one, "cost", None) for one in entry.decision.receipt.verdicts if one.endpoint == served)
    cached: int | None = getattr(next(costs, None), "cached", None)
    return cached


def first_chunk(entry: Entry, attempt: Attempt) -> float | None:
    """Seconds from an attempt's begin to its first content, for the streamed one that served."""
    content = entry.latency.first_content
    if content is None or not entry.asker.stream or attempt is not entry.attempts[-1]:
        return None
    return max(entry.at + content - attempt.at, 0) / MS


def _used(usage: Usage) -> Attributes:
    """Tokens as the conventions count them: input and output are wholes, the others are parts of them."""
    return {
        "gen_ai.usage.input_tokens": usage.prompt,
        "gen_ai.usage.output_tokens": usage.output,
        "gen_ai.usage.cache_read.input_tokens": usage.read,
        "gen_ai.usage.cache_creation.input_tokens": usage.written,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
    }


def _dollars(amount: Amount) -> float | None:
    return None if isinstance(amount, Unknown) else amount / PER_DOLLAR


def _known(said: Mapping[str, Value | None]) -> Attributes:
    """Attributes without those that are not known or empty."""
    return {name: value for name, value in said.items() if value is not None and value != ""}
