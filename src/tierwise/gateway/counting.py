"""Counting the tokens of a prompt, for the model that would serve it: by its provider where that counts, else as a decision counts them."""

from math import ceil
from typing import Final

import msgspec

from tierwise.core.splice import with_model
from tierwise.gateway.app import Call
from tierwise.gateway.deciding import Asked, Decided, asked_with, decided
from tierwise.gateway.gathering import gathered
from tierwise.gateway.sites import Site, forwarded
from tierwise.upstream.door import Broken, Sent

GOOD: Final = 200
MOST: Final = 1 << 20


async def counted(call: Call) -> None:
    """The answer to a request for a count."""
    gateway = call.gateway
    asked = asked_with(call.key, call.wire, await call.body(), call.headers, counts=True)
    found = decided(gateway, asked, gateway.clock.now())
    site = gateway.sites[found.decision.chain[0]] if found.decision.chain else None
    told = await _told(call, asked, site) if site is not None else None
    await call.answer(GOOD, told or msgspec.json.encode({"input_tokens": _own(found, site)}))


def _own(found: Decided, site: Site | None) -> int:
    """The count of a decision, in the tokens of the model that would serve; of the neutral tokenizer where none would."""
    scale = site.endpoint.scale if site is not None else 1.0
    return ceil(found.features.size.tokens * scale)


async def _told(call: Call, asked: Asked, site: Site) -> bytes | None:
    """What the provider counts, None where it does not or fails: a count is never worth an error."""
    way = site.others.get(call.wire.counting)
    if way is None:
        return None
    headers = {**way.headers, **forwarded(call.wire, call.headers)}
    try:
        reply = await site.transport.ask(Sent("POST", way.url, headers, with_model(asked.body, site.model)), call.gateway.patience)
        body = await gathered(reply, MOST)
    except Broken:
        return None
    return body if reply.status == GOOD else None
