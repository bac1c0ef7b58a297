"""What a request leaves in memory goes with it: nothing holds itself until somebody looks for circles.

With thousands of streams at once such circles grow old before they are looked for, and the process grows with them.
"""

import gc

import pytest

from tests.gateway.within import WORDS, Sold, gateway, posted, request, run
from tierwise.upstream.scripted import Scripted

WARM = 5
TIMES = 30


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("wire", "spoken"), [("openai_chat", "openai_chat"), ("anthropic", "anthropic"), ("anthropic", "openai_chat")])
def test_a_request_leaves_no_circles(wire: str, spoken: str, stream: bool) -> None:  # noqa: FBT001  # a column of the table
    made = gateway(Sold("one/alpha", Scripted(pace=0.003), wires=(spoken,)))

    async def served(times: int) -> None:
        for _ in range(times):
            answer = await posted(made, wire, request(wire, stream=stream, words=WORDS))
            assert answer.status == 200

    async def left() -> int:
        await served(WARM)
        while gc.collect():  # what other tests left may take more than one round
            pass
        gc.disable()
        try:
            await served(TIMES)
            return gc.collect()
        finally:
            gc.enable()

    assert run(left()) < TIMES * 5
