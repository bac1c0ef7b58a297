"""A streamed answer as a whole one, for those who keep what was answered.

A stream has a secret in pieces, which nobody would find to black it out; as a whole answer it is read and redacted like any other. One that
cannot be understood stays as it was sent.
"""

from typing import Final

from tierwise.core.events import Failure, folded
from tierwise.core.sse import split
from tierwise.core.wire import Voice, Wire

EVENT: Final = (b"data:", b"event:", b":")
"""How a stream begins."""


def transcribed(wire: Wire, said: bytes, voice: Voice) -> bytes:
    """What was answered, as one body."""
    if not said.startswith(EVENT):
        return said
    decoder = wire.decoder()
    events = [event for frame in split(said) for event in decoder.feed(frame)]
    events += decoder.end()
    if any(isinstance(one, Failure) for one in events):
        return said
    return wire.answer(folded(events), voice)
