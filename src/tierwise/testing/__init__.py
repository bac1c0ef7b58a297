"""For tests, ours and those of plugin authors: a provider on loopback that answers as a real one does, or misbehaves in every known way.

    async with serving() as provider:                  # the scripted provider, on all wires
        ...                                            # point a client or a gateway at provider.url
        assert provider.asked[0].path == "/v1/messages"

    async with serving(in_turn(whole(b"no", 500), whole(answer))) as provider: ...
    async with misbehaving("rate_limit") as provider: ...

`python -m tierwise.testing --port 9100` serves the scripted provider until it is stopped.
"""

from tierwise.testing.misbehave import CASES, Case, misbehaving
from tierwise.testing.server import Answers, Served, in_turn, serving
from tierwise.upstream.scripted import Piece, Script, Scripted, playing, streamed, whole

__all__ = [
    "CASES",
    "Answers",
    "Case",
    "Piece",
    "Script",
    "Scripted",
    "Served",
    "in_turn",
    "misbehaving",
    "playing",
    "serving",
    "streamed",
    "whole",
]
