"""What is no conversation and passes as it is: embeddings. An endpoint is chosen by the model's name; there is no quality to weigh."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Raw, Struct

from tierwise.core.faults import Fault
from tierwise.core.splice import with_model
from tierwise.gateway.app import Call
from tierwise.gateway.asking import ROUTED, Refused
from tierwise.gateway.gathering import gathered
from tierwise.gateway.sites import Elsewhere
from tierwise.recovery.reading import fault_of
from tierwise.upstream.door import Broken, Reply, Sent

GOOD: Final = 200
EMBEDDINGS: Final = "/embeddings"


class Embedded(Struct):
    """What every request for embeddings has."""

    model: Annotated[str, Meta(min_length=1)]
    input: Raw


_EMBEDDED: Final = msgspec.json.Decoder(Embedded)


async def embeddings(call: Call) -> None:
    """Embeddings by the model that is asked for, from the first provider that serves it."""
    body = await call.body()
    try:
        asked = _EMBEDDED.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Fault("malformed", f"embeddings request: {error}")) from None
    name = call.gateway.settings.embeddings if asked.model.lower() in ROUTED else asked.model
    if not name:
        raise Refused(Fault("unknown_model", "no model is set for embeddings (embeddings in tierwise.yaml); name one"))
    await call.answer(GOOD, await _first(call, body, name))


async def _first(call: Call, body: bytes, name: str) -> bytes:
    """The answer of the first provider that has one; the last one's fault where none has."""
    gateway = call.gateway
    fault = Fault("no_endpoint", "no provider that serves embeddings can be reached; give one under providers in tierwise.yaml")
    for one in gateway.embedding(name):
        try:
            sent = Sent("POST", one.way.url, one.way.headers, with_model(body, one.model))
            return await _answer(call, one, await one.transport.ask(sent, gateway.patience))
        except Broken as error:
            fault = error.fault
    raise Refused(fault)


async def _answer(call: Call, one: Elsewhere, reply: Reply) -> bytes:
    body = await gathered(reply)
    if reply.status != GOOD:
        raise Broken(fault_of(one.provider, reply.status, reply.headers, body, call.gateway.clock.now()))
    return body
