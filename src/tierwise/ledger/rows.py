"""An entry as a database keeps it: a flat row to list and to sum, and packed bytes that give back the very same entry.

What is packed is everything but the bodies, which are packed apart, so that what is looked at often stays small. A row is made to fit any
database: its texts are cut where an index could not hold them (what is cut ends with a digest, so that two long names stay two), its
numbers are kept to 64 bits, its times to the years 1970 to 9999. What is packed is exact.
"""

import hashlib
import math
import zlib
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec.structs import astuple, replace

from tierwise.core.decision import Cost, Decision, Priced
from tierwise.core.entry import Attempt, Bill, Bodies, Entry, Outcome
from tierwise.core.money import Amount, Unknown
from tierwise.core.usage import Usage
from tierwise.ledger import Laid, Row

LONGEST: Final = 250
"""Characters of a name in a row: every database's index holds two of them, whatever the characters."""
REASON: Final = 2000
"""Characters of a reason in a row."""
MARK: Final = 16
MOST: Final = (1 << 63) - 1
LATEST: Final = 253_402_300_799_999
"""The last millisecond of the year 9999."""

USAGE: Final = tuple(Usage.__struct_fields__)
BILL: Final = tuple(Bill.__struct_fields__)
FLAT: Final = tuple(name for name in Row.__struct_fields__ if name not in {"usage", "bill"})
"""The fields of a row that are one column each."""
COLUMNS: Final = (*FLAT, *USAGE, *(f"bill_{name}" for name in BILL))
"""The columns of an entry, in the order in which `values` gives them."""

FLAGS: Final = tuple(FLAT.index(name) for name in ("committed", "stream"))
TAGS: Final = FLAT.index("tags")
PLACES: Final = tuple(Row.__struct_fields__.index(name) for name in ("usage", "bill"))

_FLAT: Final = attrgetter(*FLAT)
_TAGS: Final = msgspec.json.Decoder(tuple[str, ...])
_JSON: Final = msgspec.json.Encoder()
_PACKER: Final = msgspec.msgpack.Encoder()
_ENTRY: Final = msgspec.msgpack.Decoder(Entry)
_WIDE: Final = msgspec.json.Decoder(Entry)
_BODIES: Final = msgspec.msgpack.Decoder(Bodies)
_OUTCOME: Final = msgspec.msgpack.Decoder(Outcome)

PACKED: Final = b"\x01"
"""How an entry begins that is packed as MessagePack."""
WIDE: Final = b"\x02"
"""How one begins that is packed as JSON, because a number in it has more than 64 bits."""
LEVEL: Final = 1
BRACE: Final = b"{"
"""How JSON begins, and no entry in MessagePack."""


class Unreadable(ValueError):
    """Bytes that no version of this code has packed."""


def laid(entry: Entry, payload: bytes = b"") -> Laid:
    """An entry made ready; `payload` are its bytes in MessagePack or JSON where they are there."""
    return Laid(entry, values(row_of(entry)), packed(entry, payload), packed_bodies(entry.bodies))


def packed(entry: Entry, payload: bytes = b"") -> bytes:
    """Everything of an entry but its bodies, compressed. Where its bytes are there and have no bodies, they are what is packed."""
    if payload and entry.bodies is None:
        return (WIDE if payload[:1] == BRACE else PACKED) + zlib.compress(payload, LEVEL)
    bare = replace(entry, bodies=None) if entry.bodies is not None else entry
    try:
        return PACKED + zlib.compress(_PACKER.encode(bare), LEVEL)
    except OverflowError:
        return WIDE + zlib.compress(_JSON.encode(bare), LEVEL)


def packed_bodies(bodies: Bodies | None) -> bytes | None:
    """What was asked and answered, compressed."""
    return None if bodies is None else zlib.compress(_PACKER.encode(bodies), LEVEL)


def unpacked(data: bytes, bodies: bytes | None = None) -> Entry:
    """The entry that was packed; Unreadable where the bytes are not one."""
    try:
        decoder: Any = {PACKED: _ENTRY, WIDE: _WIDE}[data[:1]]
        entry: Entry = decoder.decode(zlib.decompress(data[1:]))
        kept = None if bodies is None else _BODIES.decode(zlib.decompress(bodies))
    except (KeyError, zlib.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(f"not a packed entry: {error}") from None
    return entry if kept is None else replace(entry, bodies=kept)


def packed_outcome(outcome: Outcome) -> bytes:
    """An outcome as bytes."""
    return _PACKER.encode(outcome)


def unpacked_outcome(data: bytes) -> Outcome:
    """The outcome that was packed."""
    return _OUTCOME.decode(data)


def row_of(entry: Entry) -> Row:
    """The flat row of an entry."""
    asker, served, fault = entry.asker, _served(entry), entry.fault
    cost, cost_because = _amount(entry.cost)
    baseline, baseline_because = _amount(entry.baseline)
    latency = entry.latency
    return Row(
        id=short(entry.id),
        at=instant(entry.at),
        key=short(asker.key),
        team=short(asker.team),
        project=short(asker.project),
        tags=tuple(dict.fromkeys(map(short, asker.tags))),
        session=short(asker.session),
        client=short(asker.client),
        wire=short(asker.wire),
        turn=short(asker.turn),
        asked=short(asker.model),
        endpoint="" if served is None else short(served.endpoint),
        model=short(entry.model),
        status=fitted(entry.status),
        fault="" if fault is None else short(fault.kind),
        committed=entry.committed,
        stream=asker.stream,
        attempts=len(entry.attempts),
        faults=sum(one.fault is not None for one in entry.attempts),
        hedges=sum(one.hedge for one in entry.attempts),
        usage=None if entry.usage is None else Usage(*map(fitted, astuple(entry.usage))),
        cost=cost,
        cost_because=cost_because,
        baseline=baseline,
        baseline_because=baseline_because,
        bill=_bill(entry.bill),
        prices=short(entry.prices),
        decide_ms=_finite(latency.decide),
        first_byte_ms=None if latency.first_byte is None else _finite(latency.first_byte),
        first_content_ms=None if latency.first_content is None else _finite(latency.first_content),
        total_ms=_finite(latency.total),
        item=short(entry.item),
        explored=short(entry.explored),
        propensity=_finite(entry.propensity),
        **_decided(entry.decision, served),
    )


def _served(entry: Entry) -> Attempt | None:
    """The attempt whose answer reached the client: the last one, where any did."""
    return entry.attempts[-1] if entry.committed and entry.attempts else None


def _decided(decision: Decision | None, served: Attempt | None) -> dict[str, Any]:
    """What a row says of the decision."""
    if decision is None:
        return {}
    receipt = decision.receipt
    task = receipt.features.task
    return {
        "task": short(task.kind),
        "difficulty": fitted(task.difficulty),
        "policy": short(receipt.policy.name),
        "predicted": None if served is None else _predicted(decision, served.endpoint),
        "because": short(receipt.because, REASON),
    }


def _predicted(decision: Decision, endpoint: str) -> int | None:
    """The prompt tokens that were expected from the cache of the endpoint that served."""
    for one in decision.receipt.verdicts:
        if one.endpoint == endpoint:
            return fitted(one.cost.cached) if isinstance(one, Priced) and isinstance(one.cost, Cost) else None
    return None


def _amount(amount: Amount) -> tuple[int | None, str]:
    """An amount, or why there is none."""
    return (None, short(amount.because, REASON)) if isinstance(amount, Unknown) else (fitted(amount), "")


def _bill(bill: Bill | None) -> tuple[int, int, int, int, int] | None:
    if bill is None:
        return None
    return fitted(bill.fresh), fitted(bill.read), fitted(bill.write_5m), fitted(bill.write_1h), fitted(bill.output)


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else 0.0


def fitted(number: int) -> int:
    """A number, or the nearest that 64 bits hold."""
    return number if -MOST <= number <= MOST else MOST if number > 0 else -MOST


def instant(at: int) -> int:
    """A time, or the nearest within the years that are kept apart."""
    return max(0, min(LATEST, at))


def short(text: str, most: int = LONGEST) -> str:
    """A text that every database takes: without NUL, and cut where it is long; what is cut ends with a digest of the whole."""
    if len(text) > most:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:MARK]
        text = f"{text[: most - MARK - 1]}~{digest}"
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in text else text


def values(row: Row) -> tuple[Any, ...]:
    """A row's columns."""
    plain = list(_FLAT(row))
    plain[TAGS] = _JSON.encode(row.tags).decode() if row.tags else "[]"
    for place in FLAGS:
        plain[place] = int(plain[place])
    tokens = (None,) * len(USAGE) if row.usage is None else astuple(row.usage)
    return (*plain, *tokens, *((None,) * len(BILL) if row.bill is None else row.bill))


def row(columns: Sequence[Any]) -> Row:
    """The row of its columns."""
    plain, tokens, bill = list(columns[: len(FLAT)]), columns[len(FLAT) : -len(BILL)], tuple(columns[-len(BILL) :])
    plain[TAGS] = _TAGS.decode(plain[TAGS])
    for place in FLAGS:
        plain[place] = bool(plain[place])
    for place, value in zip(PLACES, (None if tokens[0] is None else Usage(*tokens), None if bill[0] is None else bill), strict=True):
        plain.insert(place, value)
    return Row(*plain)
