"""Taking every client through its scenes: which rows there are, and the servers that each needs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from e2e.kit.client import ANTHROPIC, CHAT, PLAIN, RESPONSES, TOOL, WEBSOCKET, Client
from e2e.kit.servers import ENDPOINT, gateway, local_model, scripted
from e2e.kit.table import Row
from e2e.kit.tap import Tap, tapped
from e2e.kit.trial import Judged, Trial, ran, stage, verdict

SAME: Final = MappingProxyType({ANTHROPIC: ANTHROPIC, CHAT: CHAT, RESPONSES: RESPONSES, WEBSOCKET: RESPONSES})
"""The wire of an upstream that a wire needs no translation for."""


class Leg(Struct, frozen=True):
    """A client to try on a wire, with an upstream of a wire: the scripted one or the real model."""

    client: Client
    wire: str
    upstream: str
    real: bool = False

    @property
    def group(self) -> str:
        """Which kind of row it is."""
        return "real" if self.real else "same" if SAME[self.wire] == self.upstream else "across"

    @property
    def scenes(self) -> tuple[str, ...]:
        """What is tried: a small real model cannot be relied on to call a tool."""
        return (PLAIN, TOOL) if self.client.tools and not self.real else (PLAIN,)


class Line(Struct, frozen=True):
    """What a leg runs through: a tap before the gateway, one behind it."""

    front: Tap
    back: Tap


def legs(clients: Sequence[Client]) -> list[Leg]:
    """Every row: each wire with an upstream of the same, then across wires, then with the real model."""
    same = [Leg(client, wire, SAME[wire]) for client in clients for wire in client.wires]
    across = [Leg(client, wire, upstream) for client in clients for wire, upstream in client.across]
    return [*same, *across, *(Leg(client, wire, CHAT, real=True) for client in clients for wire in client.local)]


def taken(wanted: Sequence[Leg], folder: Path, told: Callable[[Row], None]) -> Iterator[Row]:
    """The rows, one after the other; servers start when the first leg needs them and run until the last."""
    with ExitStack() as stack:
        upstreams: dict[bool, int] = {}
        lines: dict[tuple[bool, str], Line] = {}
        aliases = {name: ENDPOINT for leg in wanted for name in leg.client.asks}
        for leg in wanted:
            kind = (leg.real, leg.upstream)
            if leg.real not in upstreams:
                upstreams[leg.real] = stack.enter_context(UPSTREAMS[leg.real](folder))
            if kind not in lines:
                lines[kind] = _line(stack, folder / f"{leg.upstream}{'-real' * leg.real}", upstreams[leg.real], leg.upstream, aliases)
            row = Row(leg.client, leg.wire, leg.upstream, tuple(_tried(leg, scene, lines[kind]) for scene in leg.scenes), leg.real)
            told(row)
            yield row


def at(wanted: Sequence[Leg], port: int, told: Callable[[Row], None]) -> Iterator[Row]:
    """The rows with a server that runs already; what is behind it is not seen."""
    with tapped(port) as tap:
        for leg in wanted:
            row = Row(leg.client, leg.wire, leg.upstream, tuple(_tried(leg, scene, Line(tap, tap)) for scene in leg.scenes))
            told(row)
            yield row


def _line(stack: ExitStack, folder: Path, upstream: int, wire: str, aliases: Mapping[str, str]) -> Line:
    back = stack.enter_context(tapped(upstream))
    served = stack.enter_context(gateway(folder, back.port, (wire,), aliases))
    return Line(stack.enter_context(tapped(served)), back)


def _tried(leg: Leg, scene: str, line: Line) -> Trial:
    line.front.calls.clear()
    line.back.calls.clear()
    with stage(leg.client, line.front.url, leg.wire, scene) as (here, secret):
        done = ran(leg.client.run(here), here)
        answer = _answer(leg.client, done.out)
        return verdict(
            Judged(leg.client, here, done, answer, secret, tuple(line.front.calls), tuple(line.back.calls), leg.upstream, leg.real)
        )


def _answer(client: Client, out: str) -> str:
    """The final answer; all that was printed where it is not in the client's own form, to be shown."""
    try:
        return client.answer(out)
    except (ValueError, LookupError, AttributeError, TypeError):
        return f"(unreadable) {out[-300:]}"


UPSTREAMS: Final = MappingProxyType({False: scripted, True: local_model})
