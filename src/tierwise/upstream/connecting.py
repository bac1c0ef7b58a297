"""New connections: a name looked up, its addresses tried in turn, a tunnel asked of the proxy, TLS on top.

Addresses are tried one after the other, each a little after the one before without waiting for its end, the two families by turns: a
family that leads nowhere costs a quarter of a second and not a timeout. What goes wrong is told apart by where it does.
"""

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from itertools import chain, zip_longest
from typing import Final

from tierwise.core.faults import Fault
from tierwise.upstream.connection import Connection
from tierwise.upstream.door import Broken
from tierwise.upstream.heads import Origin, Proxy

Address = tuple[int, int, int, tuple[str | int | bytes, ...]]
"""Family, type, protocol and the address within the family."""

STAGGER: Final = 0.25
"""Seconds after which the next address is tried beside the last."""

LONGEST: Final = 16 << 10
"""Bytes that a proxy's answer to CONNECT may have."""

ALIVE: Final = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
"""A peer that vanished is asked after half a minute of silence and given up half a minute later, where the system can."""

ANSWER: Final = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r\n]")
END: Final = re.compile(rb"\r?\n\r?\n")
ACCEPTED: Final = range(200, 300)


async def connected(origin: Origin, made: Callable[[], Connection], context: ssl.SSLContext | None) -> Connection:
    """A new connection to an origin, through its proxy if it has one. Broken where there is none; the caller watches the time."""
    proxy = origin.proxy
    opened = await _opened(origin.host, origin.port) if proxy is None else await _to_proxy(proxy)
    connection = None
    try:
        if proxy is not None and context is not None:
            await _tunnelled(opened, origin, proxy)
        connection = await _secured(opened, origin, made, context)
    finally:
        if connection is None:
            opened.close()
    return connection


async def _secured(opened: socket.socket, origin: Origin, made: Callable[[], Connection], context: ssl.SSLContext | None) -> Connection:
    name = None if context is None else origin.host
    try:
        _, connection = await asyncio.get_running_loop().create_connection(made, sock=opened, ssl=context, server_hostname=name)
    except ssl.SSLCertVerificationError as error:
        raise Broken(Fault("tls", f"{origin.place}: {error.verify_message}")) from None
    except ssl.SSLError as error:
        raise Broken(Fault("tls", f"{origin.place}: {error.reason}")) from None
    except OSError:
        raise Broken(Fault("tls", f"{origin.place}: the handshake was broken off")) from None
    return connection


async def _to_proxy(proxy: Proxy) -> socket.socket:
    try:
        return await _opened(proxy.host, proxy.port)
    except Broken as broken:
        raise Broken(Fault("proxy", str(broken))) from None


async def _tunnelled(opened: socket.socket, origin: Origin, proxy: Proxy) -> None:
    """Have the proxy pass on what follows; Broken when it does not."""
    shown = f"proxy-authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_sendall(opened, f"CONNECT {origin.place} HTTP/1.1\r\nhost: {origin.place}\r\n{shown}\r\n".encode())
        answer, surplus = await _answer(opened)
    except OSError:
        raise Broken(Fault("proxy", "the proxy broke the connection off")) from None
    status = int(found[1]) if (found := ANSWER.match(answer)) else 0
    if status not in ACCEPTED:
        raise Broken(Fault("proxy", f"the proxy answered with status {status}" if status else "the proxy's answer is not HTTP", status))
    if surplus:
        raise Broken(Fault("proxy", "the proxy sent more than its answer"))


async def _answer(opened: socket.socket) -> tuple[bytes, bool]:
    """The head of a proxy's answer, and whether more came: the other end of a tunnel does not speak first."""
    loop = asyncio.get_running_loop()
    answer = b""
    while (end := END.search(answer)) is None:
        piece = await loop.sock_recv(opened, LONGEST)
        answer += piece
        if not piece:
            raise ConnectionResetError
        if len(answer) > LONGEST:
            raise Broken(Fault("proxy", "the proxy's answer is without an end"))
    return answer, end.end() < len(answer)


async def _opened(host: str, port: int) -> socket.socket:
    """A socket that is connected to a host."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Broken(Fault("dns", host)) from None
    try:
        return await _raced(by_turns([(family, kind, protocol, address) for family, kind, protocol, _, address in found]))
    except TimeoutError:
        raise Broken(Fault("connect_timeout", f"{host}:{port}")) from None
    except OSError as error:
        raise Broken(Fault("refused", f"{host}:{port}: {os.strerror(error.errno or 0)}")) from None


def by_turns(addresses: Sequence[Address]) -> list[Address]:
    """Addresses with the families by turns, the one that the system prefers first."""
    families = list(dict.fromkeys(family for family, *_ in addresses))
    rows = [[one for one in addresses if one[0] == family] for family in families]
    return [one for one in chain.from_iterable(zip_longest(*rows)) if one is not None]


async def _raced(addresses: Sequence[Address]) -> socket.socket:
    """The first of the addresses that lets itself be connected to; OSError of the last where none does."""
    left = list(reversed(addresses))
    trying: set[asyncio.Task[socket.socket]] = set()
    error: BaseException = OSError()
    try:
        while left or trying:
            if left:
                trying.add(asyncio.create_task(_attempt(left.pop())))
            done, trying = await asyncio.wait(trying, timeout=STAGGER if left else None, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                error = one.exception() or error
            won = [one for one in done if one.exception() is None]
            for late in won[1:]:
                late.add_done_callback(_dropped)
            if won:
                return won[0].result()
    finally:
        for one in trying:
            one.cancel()
            one.add_done_callback(_dropped)
    raise error


def _dropped(attempt: "asyncio.Task[socket.socket]") -> None:
    """Close what came too late."""
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()


async def _attempt(address: Address) -> socket.socket:
    family, kind, protocol, where = address
    opened = socket.socket(family, kind, protocol)
    connected = False
    try:
        opened.settimeout(0)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in ALIVE:
            if hasattr(socket, option):
                opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        await asyncio.get_running_loop().sock_connect(opened, where)
        connected = True
    finally:
        if not connected:
            opened.close()
    return opened
