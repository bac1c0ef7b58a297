"""Everything that watches requests beside the ledger, put together: lines, telemetry, and what hides secrets in both."""

import asyncio
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from tierwise.core.entry import Entry, Record
from tierwise.core.notices import Notice
from tierwise.core.wire import Wire
from tierwise.gateway import telemetry
from tierwise.gateway.lines import Lines, Write, lines
from tierwise.gateway.sites import Site
from tierwise.gateway.telemetry.spans import Seller
from tierwise.gateway.telemetry.spans import Teller as Telling
from tierwise.gateway.veil import Veil, sent, veil
from tierwise.gateway.wording import COLOURS, FORMS, PLAIN, Human
from tierwise.ledger import Ledger

PORTS: Final = {"http": 80, "https": 443}


class Observing(Struct):
    """Who watches: the lines, the telemetry, and the veil that both look through."""

    veil: Veil
    lines: Lines | None
    telemetry: telemetry.Telemetry

    def seen(self, entry: Entry) -> Entry:
        """A request's record without secrets, shown to everybody who watches."""
        entry = self.veil.entry(entry)
        if self.lines is not None:
            self.lines.record(entry)
        self.telemetry.record(entry)
        return entry

    def tell(self, notice: Notice) -> None:
        """Write a notice down; from any thread."""
        if self.lines is not None:
            self.lines.tell(notice)

    def say(self, line: str) -> None:
        """Write down what the ledger has to say; from any thread."""
        self.tell(Notice("ledger", line))

    def crashed(self, error: BaseException) -> None:
        """Write down what nobody has foreseen, with where it happened."""
        self.tell(Notice("crashed", "".join(traceback.format_exception(error))))

    def shed(self) -> Mapping[str, Callable[[], int]]:
        """How much of each was dropped, for gauges.shed."""
        return {"lines": self.lines.dropped if self.lines is not None else lambda: 0, "spans": self.telemetry.dropped}

    def start(self) -> None:
        """Begin."""
        if self.lines is not None:
            self.lines.start()
        self.telemetry.start()

    def close(self) -> None:
        """Write and send what is left; call it in a thread, since that may take a few seconds."""
        self.telemetry.close()
        if self.lines is not None:
            self.lines.close()


class Watched(Struct):
    """A ledger whose requests are watched; what it is given has no secrets any more."""

    seen: Observing
    ledger: Ledger

    def record(self, record: Record) -> None:
        """Show a record to those who watch, and keep it."""
        self.ledger.record(self.seen.seen(record) if type(record) is Entry else record)

    def find(self, name: str) -> Entry | None:
        """The entry of a request's id among the latest."""
        return self.ledger.find(name)

    def recent(self, count: int) -> Sequence[Entry]:
        """The latest entries, the latest first."""
        return self.ledger.recent(count)

    async def close(self) -> None:
        """Write and send whatever is not yet."""
        await self.ledger.close()
        await asyncio.to_thread(self.seen.close)


class Place(Struct, frozen=True):
    """Where lines go, and whether it is a terminal that shows colours."""

    write: Write
    colours: bool = False


def standard_error(env: Mapping[str, str]) -> Place:
    """Standard error, in colours where that is a terminal and NO_COLOR does not say otherwise."""
    stream = sys.stderr

    def write(text: bytes) -> None:
        left = memoryview(text)
        while left:
            left = left[os.write(stream.fileno(), left) :]

    return Place(write, stream.isatty() and not env.get("NO_COLOR") and env.get("TERM") != "dumb")


def sellers(sites: Mapping[str, Site]) -> Callable[[str], Seller]:
    """Who is asked for an endpoint, as the conventions of OpenTelemetry name them."""

    def seller(endpoint: str) -> Seller:
        site = sites.get(endpoint)
        if site is None:
            provider, _, model = endpoint.partition("/")
            return Seller(provider, model)
        url = urlsplit(next((way.url for way in site.ways.values()), ""))
        port = url.port or PORTS.get(url.scheme, 0)
        return Seller(site.provider.observed or site.provider.name, site.model, url.hostname or "", port if url.hostname else 0)

    return seller


def operations(wires: Mapping[str, Wire]) -> Callable[[str], str]:
    """What a wire does, as the conventions call it."""
    return lambda name: "chat" if name not in wires or wires[name].talks else "text_completion"


def observing(log: str, env: Mapping[str, str], place: Place, now: Callable[[], int], telling: Telling) -> Observing:
    """Who watches a gateway: lines in the form `log` ('human', 'json', 'none'), telemetry as the environment says."""
    made = None
    if log in FORMS:
        form = Human(telling.veil, COLOURS if place.colours else PLAIN) if log == "human" else FORMS[log](telling.veil)
        made = lines(form, place.write, now)
    found = Observing(telling.veil, made, telemetry.Off())
    found.telemetry = telemetry.opened(env, telling, found)
    return found


def telling(sites: Mapping[str, Site], wires: Mapping[str, Wire], secrets: Iterable[str]) -> Telling:
    """What is needed to tell of requests; `secrets` are known beside the providers' keys."""
    headers = (way.headers for site in sites.values() for way in site.ways.values())
    return Telling(sellers(sites), operations(wires), veil({*secrets, *sent(headers)}))
