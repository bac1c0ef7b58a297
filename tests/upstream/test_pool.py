"""Connections to one origin: reuse, limits, expiry, and an orderly end."""

import asyncio

import pytest

from tests.upstream.raw import (
    AT_ONCE,
    HANG,
    LOOPS,
    OK,
    PATIENT,
    Server,
    asking,
    certified,
    fault,
    playing,
    post,
    run,
    trusting,
    until,
    whole,
)
from tierwise.upstream.door import Patience
from tierwise.upstream.http import Http
from tierwise.upstream.pool import Limits

loops = pytest.mark.parametrize("loop", LOOPS)
SLOW = (0.005, *OK)


async def asked(http: Http, server: Server, patience: Patience = PATIENT) -> bytes:
    return await whole(await http.ask(post(server), patience))


@loops
def test_one_after_the_other_shares_a_connection(loop: str) -> None:
    async def scenario() -> None:
        async with asking() as http, playing(OK) as server:
            assert [await asked(http, server) for _ in range(20)] == [b"ok"] * 20
            assert server.connections == 1

    run(scenario(), loop)


@loops
def test_two_hundred_at_once_have_a_connection_each_and_keep_them(loop: str) -> None:
    async def scenario() -> None:
        all_there = asyncio.Event()
        async with asking() as http, playing(*[(all_there, *OK)] * 200, OK) as server:
            busy = [asyncio.create_task(asked(http, server)) for _ in range(200)]
            await until(lambda: len(server.requests) == 200)
            all_there.set()
            assert await asyncio.gather(*busy) == [b"ok"] * 200
            assert server.connections == 200
            assert await asyncio.gather(*[asked(http, server) for _ in range(200)]) == [b"ok"] * 200
            assert server.connections == 200

    run(scenario(), loop)


def test_the_connection_used_last_is_taken_first() -> None:
    """Of three, one stays in use and the others expire."""

    async def scenario() -> None:
        all_there = asyncio.Event()
        async with asking(limits=Limits(keep=0.06)) as http, playing(*[(all_there, *OK)] * 3, SLOW) as server:
            busy = [asyncio.create_task(asked(http, server)) for _ in range(3)]
            await until(lambda: len(server.requests) == 3)
            all_there.set()
            await asyncio.wait(busy)
            while server.open > 1:
                await asked(http, server)
            assert server.connections == 3

    run(scenario())


@loops
def test_connections_that_nobody_needs_expire(loop: str) -> None:
    async def scenario() -> None:
        async with asking(limits=Limits(keep=0.01)) as http, playing(OK) as server:
            await asked(http, server)
            assert server.open == 1
            await until(lambda: not server.open)
            await asked(http, server)
            assert server.connections == 2

    run(scenario(), loop)


def test_connections_expire_before_the_server_says_it_closes_them() -> None:
    hinted = (b"HTTP/1.1 200 OK\r\nkeep-alive: timeout=0, max=9\r\ncontent-length: 2\r\n\r\nok",)
    vague = (b"HTTP/1.1 200 OK\r\nkeep-alive: max=9\r\ncontent-length: 2\r\n\r\nok",)

    async def scenario() -> None:
        async with asking() as http, playing(hinted, vague) as server:
            await asked(http, server)
            await until(lambda: not server.open)
            await asked(http, server)
            await asyncio.sleep(0.01)
            assert server.open == 1

    run(scenario())


def test_no_more_are_kept_than_wanted() -> None:
    async def scenario() -> None:
        async with asking(limits=Limits(idle=2)) as http, playing(SLOW) as server:
            await asyncio.gather(*[asked(http, server) for _ in range(5)])
            await until(lambda: server.open == 2)

    run(scenario())


@loops
def test_no_more_are_opened_than_allowed_and_all_are_served(loop: str) -> None:
    async def scenario() -> None:
        async with asking(limits=Limits(connections=2)) as http, playing((0.001, *OK)) as server:
            assert await asyncio.gather(*[asked(http, server) for _ in range(20)]) == [b"ok"] * 20
            assert server.connections == 2

    run(scenario(), loop)


def test_places_are_passed_on_when_connections_end() -> None:
    closing = (0.001, b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok")

    async def scenario() -> None:
        async with asking(limits=Limits(connections=1)) as http, playing(closing) as server:
            assert await asyncio.gather(*[asked(http, server) for _ in range(5)]) == [b"ok"] * 5
            assert server.connections == 5

    run(scenario())


def test_who_waits_too_long_for_a_place_is_told() -> None:
    async def scenario() -> None:
        async with asking(limits=Limits(connections=1)) as http, playing((HANG,)) as server:
            first = asyncio.create_task(fault(asked(http, server)))
            await until(lambda: server.open == 1)
            assert await fault(asked(http, server, AT_ONCE)) == "connect_timeout"
            first.cancel()
            await asyncio.wait([first])
            await until(lambda: not server.open)

    run(scenario())


def test_a_place_offered_to_who_left_meanwhile_is_offered_to_the_next() -> None:
    async def scenario() -> None:
        async with asking(limits=Limits(connections=1)) as http, playing(OK) as server:
            held = await http.ask(post(server), PATIENT)
            leaving = asyncio.create_task(asked(http, server))
            staying = asyncio.create_task(asked(http, server))
            await asyncio.sleep(0)
            assert await whole(held) == b"ok"
            leaving.cancel()
            assert await staying == b"ok"
            assert leaving.cancelled() or leaving.done()

    run(scenario())


@loops
def test_a_place_is_free_again_when_a_connection_cannot_be_opened(loop: str) -> None:
    async def scenario() -> None:
        async with asking(limits=Limits(connections=1)) as http, playing(OK) as server:
            good, server.port = server.port, 1
            for _ in range(3):
                assert await fault(asked(http, server)) == "refused"
            server.port = good
            assert await asked(http, server) == b"ok"

    run(scenario(), loop)


# The end


@loops
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_closing_closes_everything(tls: bool, loop: str) -> None:  # noqa: FBT001  # a column of the table
    async def scenario() -> None:
        async with playing(OK, (HANG,), tls=certified() if tls else None) as server:
            http = Http(proxies={}, context=trusting())
            await asked(http, server)
            busy = [asyncio.create_task(fault(asked(http, server))) for _ in range(3)]
            await until(lambda: len(server.requests) == 4)
            await http.close()
            assert await asyncio.gather(*busy) == ["draining"] * 3
            await until(lambda: not server.open)
            assert await fault(asked(http, server)) == "draining"
            await http.close()

    run(scenario(), loop)


def test_closing_ends_waiting_and_opening_too() -> None:
    async def scenario() -> None:
        async with playing((HANG,)) as server:
            http = Http(Limits(connections=1), proxies={})
            busy = [asyncio.create_task(fault(asked(http, server))) for _ in range(4)]
            await asyncio.sleep(0)
            await http.close()
            assert sorted(await asyncio.gather(*busy)) == ["draining"] * 4
            await until(lambda: not server.open)

    run(scenario())
