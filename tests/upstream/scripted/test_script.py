import asyncio
from collections.abc import Callable

import pytest

from tests.upstream.scripted.asking import gathered
from tierwise.upstream.door import Broken, Patience, Reply, Sent
from tierwise.upstream.scripted import Piece, Script, playing, streamed, whole

SENT = Sent("POST", "http://demo.invalid/v1/messages", {})
SHORT = Patience(connect=0.01, first_byte=0.01, idle=0.01)


def played(*scripts: Script) -> bytes:
    async def exchange() -> bytes:
        upstream = playing(*scripts)
        try:
            return await gathered(await upstream.ask(SENT, SHORT))
        finally:
            await upstream.close()

    return asyncio.run(exchange())


def test_pieces_come_one_by_one_and_empty_ones_are_passed_over() -> None:
    assert played(streamed([b"a", b"", b"b"])) == b"ab"
    assert played(whole(b"{}", 500)) == b"{}"


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        (Script(wait=9), "first_byte_timeout"),
        (streamed([b"a", b"b"], pace=9), "idle_timeout"),
        (Script(pieces=(Piece(b"a"),), end="hang"), "idle_timeout"),
        (Script(pieces=(Piece(b"a"),), end="reset"), "dropped"),
        (Script(pieces=(Piece(b"a"),), end="close"), "dropped"),
        (Script(status=0, pieces=(Piece(b"SSH"),)), "not_http"),
        (Script(status=0), "dropped"),
    ],
)
def test_what_goes_wrong_is_a_fault(script: Script, fault: str) -> None:
    with pytest.raises(Broken) as caught:
        played(script)
    assert caught.value.fault.kind == fault


def within(act: Callable[[Reply], bytes | None], script: Script) -> bytes:
    async def exchange() -> bytes:
        reply = await playing(script).ask(SENT, SHORT)
        act(reply)
        return await reply.chunk()

    return asyncio.run(exchange())


def test_a_closed_answer_says_nothing_more() -> None:
    assert within(lambda reply: reply.close(), whole(b"{}")) == b""


def test_scripts_are_played_in_turn_and_the_last_again_and_again() -> None:
    async def exchange() -> list[int]:
        upstream = playing(whole(b"", 500), whole(b"", 429), whole(b"", 200))
        statuses = [(await upstream.ask(SENT, SHORT)).status for _ in range(4)]
        assert upstream.asked == [SENT] * 4
        return statuses

    assert asyncio.run(exchange()) == [500, 429, 200, 200]
