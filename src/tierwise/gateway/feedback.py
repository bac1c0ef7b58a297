"""What came of a request, told afterwards: POST /v1/feedback, or the header x-tierwise-outcome of the request that follows it.

    POST /v1/feedback            {"request": id} or {"session": name}, with "outcome" and/or "score", and a "note"
    x-tierwise-outcome           the outcome of the request before this one in its session, or, with
    x-tierwise-outcome-for       of the request with that id

The record of that request may still be on its way to the store, so an id that is not known is taken as long as it looks like one.
"""

import difflib
import re
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from tierwise.core.entry import OUTCOMES, Outcome
from tierwise.core.faults import Fault
from tierwise.gateway.app import Call, Route
from tierwise.gateway.asking import Refused
from tierwise.gateway.gateway import Clock, Gateway
from tierwise.gateway.latest import Latest

SAID: Final = "x-tierwise-outcome"
WHOSE: Final = "x-tierwise-outcome-for"
ID: Final = re.compile(r"tw-[0-9a-f]{16,64}")
"""How the gateway names requests."""

SESSION: Final = re.compile(r"[^\x00-\x1f\x7f]{1,256}")
LONGEST: Final = 2000
"""Characters that a note may have."""

HALF: Final = 0.5
"""The score from which on one without an outcome counts as a success."""

ACCEPTED: Final = 202
READER: Final = "reader"


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a feedback request."""

    request: str = ""
    session: str = ""
    outcome: str = ""
    score: float | None = None
    note: str = ""


DECODER: Final = msgspec.json.Decoder(Said)


async def route(call: Call) -> None:
    """Take what somebody says of a request or a session, and answer with the name it is recorded by."""
    if call.key.role == READER:
        raise Refused(Fault("forbidden", "a reader's key tells nothing of requests; use a client's or an admin's"))
    found = outcome(_read(await call.body()), call.key.name, call.gateway.clock)
    call.gateway.ledger.record(found)
    await call.answer(ACCEPTED, msgspec.json.encode({"id": found.id, "outcome": found.kind, "status": "recorded"}))


OWN: Final[Mapping[str, Route]] = {"/feedback": Route({"POST": route})}
"""What is served here, without '/v1'."""


def hear(gateway: Gateway, headers: Mapping[str, str], key: str, session: str) -> None:
    """Record the outcome that a request of a session tells of the one before it; Refused where what it says means nothing."""
    if SAID in headers or WHOSE in headers:
        found = heard(headers, (key, session), gateway.latest, gateway.clock)
        gateway.ledger.record(found)


def heard(headers: Mapping[str, str], place: tuple[str, str], latest: Latest, clock: Clock) -> Outcome:
    """The outcome that headers tell of the request before; Refused where they mean nothing.

    `place` are the key and the session of the request that brings it.
    """
    said, whose = headers.get(SAID), headers.get(WHOSE)
    if said is None:
        raise _wrong(f"header {WHOSE}: goes with {SAID}")
    kind = _kind(said, f"header {SAID}")
    entry = latest.of(*place) if whose is None else _named(whose.strip(), f"header {WHOSE}")
    if not entry and not place[1]:
        raise _wrong(f"header {SAID}: the request belongs to no session; name the request it is about in {WHOSE}")
    note = "" if entry else "told by a later request; the one before it is not known here"
    return Outcome(_name(clock), clock.now(), entry, "" if entry else place[1], kind, None, note, "header", place[0])


def outcome(said: Said, key: str, clock: Clock) -> Outcome:
    """What is recorded of a feedback; Refused where something is wrong or missing."""
    if bool(said.request) == bool(said.session):
        raise _wrong("feedback: give request (an id, from the header x-tierwise-id of its answer) or session, one of the two")
    if not said.outcome and said.score is None:
        raise _wrong(f"feedback: give outcome ({', '.join(OUTCOMES)}) or score (0 to 1), or both")
    if said.score is not None and not 0 <= said.score <= 1:
        raise _wrong(f"feedback.score: {said.score:g} is not between 0 and 1")
    if len(said.note) > LONGEST:
        raise _wrong(f"feedback.note: has {len(said.note):,} characters; at most {LONGEST:,} are kept")
    entry = _named(said.request, "feedback.request") if said.request else ""
    session = _session(said.session) if said.session else ""
    kind = _kind(said.outcome, "feedback.outcome") if said.outcome else _judged(said.score or 0.0)
    return Outcome(_name(clock), clock.now(), entry, session, kind, said.score, said.note, "feedback", key)


def _judged(score: float) -> str:
    """What a score alone says."""
    return "success" if score >= HALF else "failure"


def _name(clock: Clock) -> str:
    return f"out-{clock.name().removeprefix('tw-')}"


def _read(body: bytes) -> Said:
    try:
        return DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _wrong(f"feedback: {error} (fields: {', '.join(Said.__struct_fields__)})") from None


def _kind(said: str, where: str) -> str:
    """The key of OUTCOMES that is meant."""
    name = re.sub(r"[\s-]+", "_", said.strip().lower())
    if name in OUTCOMES:
        return name
    close = difflib.get_close_matches(name, OUTCOMES, 1, HALF)
    meant = f"; did you mean {close[0]!r}?" if close else ""
    raise _wrong(f"{where}: unknown outcome {said[:40]!r}{meant} (known: {', '.join(OUTCOMES)})")


def _named(name: str, where: str) -> str:
    if ID.fullmatch(name) is None:
        raise _wrong(f"{where}: {name[:80]!r} is no request's id; it is in the header x-tierwise-id of its answer (tw-...)")
    return name


def _session(name: str) -> str:
    if SESSION.fullmatch(name) is None:
        raise _wrong("feedback.session: has 1 to 256 characters, none of them a control character")
    return name


def _wrong(what: str) -> Refused:
    return Refused(Fault("malformed", what))
