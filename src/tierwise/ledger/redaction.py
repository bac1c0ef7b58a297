"""What must not be written down: keys and tokens by their looks, and whatever the operator's own expressions match.

Theory of operation. A JSON body must stay one. So its texts (names of members too) and numbers are looked at one by one, decoded, and what
matches within them is blacked out; a number that matches becomes a text. An expression that has a quotation mark in it is meant for JSON
as it is written: the texts and numbers that its match touches are blacked out whole. A body that is no JSON is looked at as it is; of a
stream of server-sent events each line. Bytes that are no UTF-8 pass as they are.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.entry import Attempt, Bodies, Entry, Outcome, Record
from tierwise.core.faults import Fault
from tierwise.core.run import Check, Run, Stage

BLACK: Final = "[redacted]"


class Rule(Struct, frozen=True):
    """What to black out. A text that has none of the markers has nothing that matches; to look for those first is many times faster."""

    pattern: re.Pattern[str]
    markers: tuple[str, ...] = ()

    def likely(self, said: str) -> bool:
        """Whether a text may have something that matches."""
        return not self.markers or any(one in said for one in self.markers)

    def black(self, said: str) -> str:
        """A text with black where something matches."""
        return self.pattern.sub(BLACK, said) if self.likely(said) else said


BEGINNINGS: Final = (
    "sk- sk_live_ sk_test_ rk_live_ rk_test_ gsk_ csk- fw_ xai- pplx- nvapi- hf_ r8_ tgp_v1_ ghp_ gho_ ghs_ ghu_ ghr_ github_pat_ glpat- "
    "xoxb- xoxa- xoxp- xoxr- xoxs- dop_v1_ npm_ co-"
).split()
"""How the keys of those who give out keys begin; letters, digits and dashes follow."""

SHAPES: Final = (
    *((rf"(?<![A-Za-z0-9]){one}(?=[\w-]*\d)[\w-]{{16,}}", (one,)) for one in BEGINNINGS),
    (r"(?<![A-Za-z0-9])tw-[\w-]{40,}", ("tw-",)),
    (r"AIza[\w-]{35}", ("AIza",)),
    (r"(?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])", ("AKIA", "ASIA")),
    (r"ya29\.[\w-]{20,}", ("ya29.",)),
    (r"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}", ("eyJ",)),
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", ("PRIVATE KEY-----",)),
    (r"(?i:(?<=bearer )|(?<=bearer\t))\s*[\w.~+/-]{8,}=*", ("earer ", "EARER ", "earer\t", "EARER\t")),
    (
        r"(?i:(?<=api-key: )|(?<=api-key:)|(?<=api[-_]key=)|(?<=apikey=))(?!\s)[\w.~+/-]{8,}=*",
        ("-key:", "-Key:", "i-key=", "i_key=", "ikey="),
    ),
)
"""What keys, tokens and private keys look like, with what every one of them has in it."""

SECRETS: Final = tuple(Rule(re.compile(one), markers) for one, markers in SHAPES)

TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?\d[\d.eE+-]*')
"""A text or number of a JSON document."""

VEILED: Final = re.compile(r"\\u00[2-7]", re.IGNORECASE)
"""A plain character written so that no marker is seen in it."""

QUOTE: Final = '"'


class Rules(Struct, frozen=True):
    """Expressions for single texts, and those for JSON as it is written."""

    texts: tuple[Rule, ...]
    written: tuple[re.Pattern[str], ...] = ()


def rules(expressions: Sequence[str] = ()) -> Rules:
    """What to black out: secrets always, and what the expressions match; ValueError names one that is none."""
    own = [_compiled(one) for one in expressions]
    return Rules((*SECRETS, *map(Rule, own)), tuple(one for one in own if QUOTE in one.pattern))


def _compiled(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        raise ValueError(f"{expression!r} is not a regular expression: {error}") from None


def redacted(record: Record, known: Rules) -> Record:
    """A record without what must not be written down."""
    if isinstance(record, Outcome):
        return replace(record, note=text(record.note, known)) if record.note else record
    if isinstance(record, Run):
        return _run(record, known)
    found = said(record, known)
    if found.bodies is None:
        return found
    return replace(found, bodies=Bodies(body(found.bodies.prompt, known), body(found.bodies.answer, known)))


def _run(run: Run, known: Rules) -> Run:
    """A run in which what people typed and commands printed is redacted."""
    return replace(
        run,
        command=tuple(text(one, known) for one in run.command),
        checks=tuple(text(one, known) for one in run.checks),
        stages=tuple(_stage(one, known) for one in run.stages),
        note=text(run.note, known),
    )


def _stage(stage: Stage, known: Rules) -> Stage:
    return replace(stage, checks=tuple(_check(one, known) for one in stage.checks), note=text(stage.note, known))


def _check(check: Check, known: Rules) -> Check:
    return replace(check, command=text(check.command, known), tail=text(check.tail, known), note=text(check.note, known))


def said(entry: Entry, known: Rules) -> Entry:
    """An entry in which the words of providers are redacted: some repeat the key they were sent."""
    if entry.fault is None and all(one.fault is None for one in entry.attempts):
        return entry
    attempts = tuple(_attempt(one, known) for one in entry.attempts)
    return replace(entry, fault=_fault(entry.fault, known), attempts=attempts)


def _attempt(one: Attempt, known: Rules) -> Attempt:
    return one if one.fault is None else replace(one, fault=_fault(one.fault, known))


def _fault(fault: Fault | None, known: Rules) -> Fault | None:
    return replace(fault, message=text(fault.message, known)) if fault is not None and fault.message else fault


def text(said: str, known: Rules) -> str:
    """A text with black where something matches."""
    for one in known.texts:
        said = one.black(said)
    return said


def body(whole: bytes, known: Rules) -> bytes:
    """A body with black where something matches; JSON stays JSON."""
    said = whole.decode("utf-8", "surrogateescape")
    if VEILED.search(said) is None:
        known = Rules(tuple(one for one in known.texts if one.likely(said)), known.written)
    if not known.texts:
        return whole
    black = _document if _is_json(said) else _lines if "data:" in said else text
    return black(said, known).encode("utf-8", "surrogateescape")


def _is_json(said: str) -> bool:
    try:
        msgspec.json.decode(said.encode("utf-8", "surrogateescape"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _lines(said: str, known: Rules) -> str:
    """Server-sent events: what a line carries may be JSON."""
    return "\n".join(_line(one, known) for one in said.split("\n"))


def _line(said: str, known: Rules) -> str:
    name, colon, value = said.partition(":")
    if name == "data" and colon and _is_json(value):
        return f"{name}:{_document(value, known)}"
    return text(said, known)


def _document(said: str, known: Rules) -> str:
    spans = [match.span() for one in known.written for match in one.finditer(said) if match[0]]
    return TOKEN.sub(_black(known, lambda start, end: any(start < last and first < end for first, last in spans)), said)


def _black(known: Rules, touched: Callable[[int, int], bool]) -> Callable[[re.Match[str]], str]:
    """What takes the place of a text or number of a JSON document."""

    def found(match: re.Match[str]) -> str:
        token = match[0]
        if touched(match.start(), match.end()):
            return f'"{BLACK}"'
        plain = token
        if token[0] == QUOTE:
            plain = msgspec.json.decode(token, type=str) if "\\" in token else token[1:-1]
        black = text(plain, known)
        return token if black == plain else msgspec.json.encode(black).decode()

    return found
