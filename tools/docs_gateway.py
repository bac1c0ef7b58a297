"""What the documents say of the gateway: faults, the errors clients are told, providers and their quirks; as tables' heads and rows."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from tierwise import plugins
from tierwise.core.faults import ELSEWHERE, FAULTS, HERE, LARGER, STRIP, TELL, Fault
from tierwise.core.losses import LOSSES
from tierwise.core.provider import Provider
from tierwise.core.wire import Wire
from tierwise.wires.openai_chat import quirks
from tierwise.wires.openai_responses import rendering

Rows = list[tuple[str, ...]]

THEN: Final = MappingProxyType(
    {
        HERE: "the same endpoint once more, on a new connection; then the next",
        ELSEWHERE: "the next endpoint",
        LARGER: "an endpoint with a larger window; where it is bytes, another provider",
        STRIP: "the same endpoint once more, without earlier reasoning; then the next",
        TELL: "the client is told",
    }
)
"""What each word for what is done then means; one that is missing here stops the generation."""

OWN: Final = "malformed"
"""The first of the faults that are the client's or the gateway's."""

TITLES: Final = MappingProxyType({"provider": "What a provider can do wrong", "own": "What a client or the gateway can do wrong"})


def faults() -> Iterator[tuple[str, Sequence[str], Rows]]:
    """Two tables: a title, the head, the rows."""
    kinds = list(FAULTS)
    first = kinds.index(OWN)
    head = ("kind", "what happened", "what is done", "status", "rests")
    yield TITLES["provider"], head, [_fault(kind) for kind in kinds[:first]]
    yield TITLES["own"], ("kind", "what happened", "status"), [(f"`{kind}`", FAULTS[kind].says, _status(kind)) for kind in kinds[first:]]


def _fault(kind: str) -> tuple[str, ...]:
    row = FAULTS[kind]
    return f"`{kind}`", row.says, THEN[row.then], _status(kind), "yes" if row.rests else ""


def _status(kind: str) -> str:
    return str(FAULTS[kind].status)


def errors() -> tuple[Sequence[str], Rows]:
    """For each status and wire the type and code that clients find in an error; kinds that look alike stand together."""
    wires: Sequence[Wire] = plugins.found(plugins.WIRES)
    alike: dict[tuple[str, ...], list[str]] = {}
    for kind, row in FAULTS.items():
        look = (str(row.status), *(_look(wire, kind) for wire in wires))
        alike.setdefault(look, []).append(kind)
    rows = [(look[0], ", ".join(f"`{kind}`" for kind in kinds), *look[1:]) for look, kinds in sorted(alike.items())]
    return ("status", "kinds of fault", *(f"`{wire.name}`" for wire in wires)), rows


def _look(wire: Wire, kind: str) -> str:
    """The words of an error that programs read. A kind that stands for its own code is named by that."""
    error = msgspec.json.decode(wire.error(Fault(kind)))["error"]
    words = [error.get("type"), error.get("code")]
    return ", ".join(f"`{'KIND' if word == kind and word not in SHARED else word}`" for word in words if word)


SHARED: Final = frozenset({"server_error", "rate_limit"})
"""Kinds that are codes of their own accord."""


def losses() -> tuple[Sequence[str], Rows]:
    """Each loss, and whether it is hard."""
    does = {True: "rules the endpoint out", False: "is left out, and said so"}
    return ("loss", "what it does"), [(name, does[hard]) for name, hard in LOSSES.items()]


def providers() -> tuple[Sequence[str], Rows]:
    """Each provider: how it is reached."""
    head = ("provider", "wires", "base URL of the first", "key", "region", "keeps prompts", "as of", "source")
    return head, [_provider(one) for one in plugins.found(plugins.PROVIDERS)]


def _provider(one: Provider) -> tuple[str, ...]:
    keys = "none needed" if one.keyless else _codes(one.env)
    urls = one.bases.get(one.wires[0]) or " or ".join(("`url` in the settings", *(f"`{name}`" for name in one.base_env)))
    keeps = {None: "", True: "yes", False: "no"}[one.keeps_prompts]
    return f"`{one.name}`", _codes(one.wires), urls, keys, one.region or "", keeps, one.as_of, one.source


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


ROW: Final = re.compile(r"^\| (`\w+`(?:, `\w+`)*) \| (.+) \| (.+) \|$", re.MULTILINE)
FIELD: Final = "no_FIELD"


def oddities() -> tuple[Sequence[str], Rows]:
    """Each quirk of servers: what the server does, what is done, and who has it."""
    found: Sequence[Provider] = plugins.found(plugins.PROVIDERS)
    told = dict(_told())
    named = {quirk for one in found for quirk in one.quirks}
    rows: Rows = [
        (f"`{quirk}`", *(told.get(quirk) or MORE.get(quirk) or _field(quirk, told)), _having(found, quirk)) for quirk in sorted(named)
    ]
    return ("quirk", "what the server does", "what is done", "who"), rows


def _told() -> Iterator[tuple[str, tuple[str, str]]]:
    """What the wires say of each quirk; what chat says holds."""
    for module in (rendering, quirks):
        for names, does, done in ROW.findall(module.__doc__ or ""):
            yield from ((name.strip("`"), (does, done)) for name in names.split(", "))


def _field(quirk: str, told: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """What a quirk means that is named after the field a server refuses."""
    if FIELD not in told or not quirk.startswith("no_"):
        raise KeyError(f"the quirk {quirk!r} is told nowhere")
    return f"refuses the field `{quirk.removeprefix('no_')}`", "left out"


def _having(found: Sequence[Provider], quirk: str) -> str:
    return ", ".join(one.name for one in found if quirk in one.quirks)


MORE: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "own_harness_line": (
            "reads the line that its own coding tool changes on every call",
            "the line stays; elsewhere it is made to stay the same",
        ),
    }
)
"""Quirks that the gateway knows."""
