"""What a log line says: for people, in columns that line up, or as JSON with one object a line. Secrets are hidden in both.

A person's line, from left to right: when, the client, the kind of work, the model that was asked for and the one that served, the tokens
in (with the share that was cached) and out, the cost and what was saved against the reference, how long it took, and what went wrong.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from tierwise.core.entry import Entry
from tierwise.core.faults import FAULTS, Fault
from tierwise.core.money import PER_DOLLAR, Amount, Unknown
from tierwise.core.notices import NOTICES, Notice, told
from tierwise.core.tasks import UNKNOWN_KIND
from tierwise.core.usage import Usage
from tierwise.gateway.veil import Veil

MS: Final = 1000
UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""What would end a line or play with a terminal."""

PLAIN: Final = MappingProxyType(dict.fromkeys(("dim", "good", "warn", "bad", "bold", "end"), ""))
COLOURS: Final = MappingProxyType(
    {"dim": "\x1b[2m", "good": "\x1b[32m", "warn": "\x1b[33m", "bad": "\x1b[31m", "bold": "\x1b[1m", "end": "\x1b[0m"}
)
WEIGHTS: Final = MappingProxyType({"note": "dim", "warning": "warn", "alarm": "bad"})


def wall_clock() -> Callable[[int], str]:
    """What turns milliseconds into the wall clock's time here; that of the last second is remembered."""
    last = (-1, "")

    def shown(at: int) -> str:
        nonlocal last
        second = at // MS
        if last[0] != second:
            last = second, f"{datetime.fromtimestamp(second).astimezone():%H:%M:%S}"
        return last[1]

    return shown


class Human(Struct, frozen=True):
    """Lines for people. `clock` turns milliseconds into the time that is shown."""

    veil: Veil
    paint: Mapping[str, str] = PLAIN
    clock: Callable[[int], str] = field(default_factory=wall_clock)

    def entry(self, entry: Entry) -> str:
        """The line of a request."""
        task = entry.decision.receipt.features.task.kind if entry.decision is not None else UNKNOWN_KIND
        went = f"{self._name(entry.asker.model) or '?'} -> {_served(entry) or 'nobody'}"
        columns = (
            self._dim(self.clock(entry.at)),
            f"{self._name(entry.asker.client) or '-':<12}",
            f"{task if task != UNKNOWN_KIND else '-':<11}",
            f"{went:<44}",
            f"{_tokens(entry.usage):<31}",
            f"{_money(entry.cost) if entry.attempts else '-':>9}",
            self._against(entry.cost, entry.baseline),
            f"{_seconds(entry.latency.total):>7}",
            *self._troubles(entry),
        )
        return " ".join(columns).rstrip()

    def notice(self, notice: Notice) -> str:
        """The line of a notice."""
        weight = NOTICES[notice.kind].weight
        about = "".join(f" {name}={_line(self.veil.text(str(value)))}" for name, value in notice.about.items())
        text = self.veil.text(told(notice))
        says = "\n  ".join(filter(None, map(_line, text.split("\n")))) if NOTICES[notice.kind].long else _line(text)
        return f"{self._dim(self.clock(notice.at))} {self._in(WEIGHTS[weight], f'{weight:<12}')} {says}{self._dim(about)}"

    def _name(self, text: str) -> str:
        return _line(self.veil.name(text))[:60]

    def _in(self, colour: str, text: str) -> str:
        return f"{self.paint[colour]}{text}{self.paint['end']}" if text else ""

    def _dim(self, text: str) -> str:
        return self._in("dim", text)

    def _against(self, cost: Amount, baseline: Amount) -> str:
        """What was saved against the reference, or spent beyond it."""
        if isinstance(cost, Unknown) or isinstance(baseline, Unknown) or baseline <= 0:
            return " " * len("saved 100%")
        share = cost / baseline
        return self._in("good", f"saved {1 - share:>4.0%}") if share <= 1 else self._in("warn", f"over {share - 1:>5.0%}")

    def _troubles(self, entry: Entry) -> list[str]:
        """What went wrong: attempts that failed, then how the request ended."""
        absorbed = ", ".join(f"{name} {_kind(fault)}" for name, fault in _absorbed(entry))
        found = [self._in("warn", f"after {absorbed}")] if absorbed else []
        if entry.fault is not None:
            says = _line(self.veil.text(entry.fault.message)) or FAULTS[entry.fault.kind].says
            found.append(self._in("bad", f"{entry.status or '-'} {entry.fault.kind}: {says}"))
        return found


class Json(Struct, frozen=True):
    """Lines for programs: one JSON object each, without what is not known."""

    veil: Veil

    def entry(self, entry: Entry) -> str:
        """The line of a request."""
        asker, latency, usage = entry.asker, entry.latency, entry.usage
        features = entry.decision.receipt.features if entry.decision is not None else None
        names = {
            "key": asker.key,
            "team": asker.team,
            "project": asker.project,
            "client": asker.client,
            "session": asker.session,
            "wire": asker.wire,
            "turn": asker.turn,
            "asked": asker.model,
        }
        said: dict[str, Any] = {
            "at": stamp(entry.at),
            "event": "request",
            "level": "error" if entry.fault is not None else "warning" if _absorbed(entry) else "info",
            "id": entry.id,
            **{name: self.veil.name(value) for name, value in names.items()},
            "task": features.task.kind if features is not None else None,
            "endpoint": entry.attempts[-1].endpoint if entry.attempts else None,
            "model": entry.model or None,
            "status": entry.status,
            "stream": asker.stream,
            "committed": entry.committed,
            "usage": _counts(usage),
            "dollars": _dollars(entry.cost),
            "reference_dollars": _dollars(entry.baseline),
            "saved_dollars": saving(entry.cost, entry.baseline),
            "ms": {
                "decide": _rounded(latency.decide),
                "first_byte": _rounded(latency.first_byte),
                "first_content": _rounded(latency.first_content),
                "total": _rounded(latency.total),
            },
            "attempts": len(entry.attempts),
            "absorbed": [{"endpoint": name, **self._fault(fault)} for name, fault in _absorbed(entry)],
            "fault": self._fault(entry.fault) if entry.fault is not None else None,
        }
        return _json(said)

    def notice(self, notice: Notice) -> str:
        """The line of a notice."""
        row = NOTICES[notice.kind]
        about = {name: self.veil.text(value) if isinstance(value, str) else value for name, value in notice.about.items()}
        level = {"note": "info", "warning": "warning", "alarm": "error"}[row.weight]
        said = {"at": stamp(notice.at), "event": notice.kind, "level": level, "message": self.veil.text(told(notice)), "about": about}
        return _json(said)

    def _fault(self, fault: Fault) -> dict[str, Any]:
        return {"kind": fault.kind, "status": fault.status or None, "message": self.veil.text(fault.message) or None}


def stamp(at: int) -> str:
    """A time as RFC 3339 has it, in UTC and to the millisecond."""
    return f"{datetime.fromtimestamp(at / MS, UTC):%Y-%m-%dT%H:%M:%S}.{at % MS:03}Z"


def saving(cost: Amount, baseline: Amount) -> float | None:
    """Dollars that were saved against the reference, None where that is not known."""
    return None if isinstance(cost, Unknown) or isinstance(baseline, Unknown) else (baseline - cost) / PER_DOLLAR


def _json(said: Mapping[str, Any]) -> str:
    return UNSEEN.sub(lambda found: "".join(f"\\u{ord(one):04x}" for one in found[0]), msgspec.json.encode(_known(said)).decode())


def _known(said: Any) -> Any:
    """A value without what is empty in it."""
    if isinstance(said, dict):
        return {name: _known(value) for name, value in said.items() if value not in (None, "", [], {})}
    return said


def _absorbed(entry: Entry) -> list[tuple[str, Fault]]:
    """Where attempts failed, and how, without the one whose fault the request ended with."""
    tried, fault = entry.attempts, entry.fault
    if tried and fault is not None and tried[-1].fault is not None and tried[-1].fault.kind == fault.kind:
        tried = tried[:-1]
    return [(one.endpoint, one.fault) for one in tried if one.fault is not None]


def _served(entry: Entry) -> str:
    """Who served, or was asked last: model@provider."""
    if not entry.attempts:
        return ""
    provider, _, model = entry.attempts[-1].endpoint.partition("/")
    return f"{entry.model or model}@{provider}"


def _kind(fault: Fault) -> str:
    return f"{fault.kind} ({fault.status})" if fault.status else fault.kind


def _tokens(usage: Usage | None) -> str:
    if usage is None:
        return "tokens unknown"
    cached = f"({usage.read / usage.prompt:.0%} cached)" if usage.read else ""
    return f"{size(usage.prompt):>6} in {cached:<13} {size(usage.output):>5} out"


def size(tokens: int) -> str:
    """A number of tokens as people say it: 950, 32.1k, 1.2M."""
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if tokens >= unit:
            return f"{tokens / unit:.1f}{name}"
    return str(tokens)


def _money(amount: Amount) -> str:
    """Dollars with as many digits as it takes to tell small amounts apart."""
    if isinstance(amount, Unknown):
        return "$?"
    dollars = amount / PER_DOLLAR
    return f"${dollars:.2f}" if abs(dollars) >= 1 else f"${dollars:.4f}" if abs(dollars) >= CENT or not amount else f"${dollars:.6f}"


CENT: Final = 0.01


def _seconds(ms: float) -> str:
    return f"{ms:.0f} ms" if ms < MS else f"{ms / MS:.1f} s"


def _dollars(amount: Amount) -> float | None:
    return None if isinstance(amount, Unknown) else amount / PER_DOLLAR


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 3)


def _counts(usage: Usage | None) -> dict[str, int] | None:
    return None if usage is None else {name: value for name, value in msgspec.structs.asdict(usage).items() if value}


def _line(text: str) -> str:
    """A text in one line that plays no tricks."""
    return UNSEEN.sub(" ", text).strip()


FORMS: Final[Mapping[str, Callable[[Veil], Human | Json]]] = MappingProxyType({"human": Human, "json": Json})
