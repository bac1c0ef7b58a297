"""Answers of every kind, fed whole, byte by byte, and with more behind them, in both event loops."""

import asyncio
import zlib
from typing import Any

import pytest
from msgspec import Struct

from tests.upstream.raw import CHUNKED, CLOSE, HANG, LOOPS, OK, PATIENT, RESET, Script, asking, playing, post, run, whole
from tierwise.core.faults import FAULTS
from tierwise.upstream.door import Broken

loops = pytest.mark.parametrize("loop", LOOPS)

START = b"HTTP/1.1 200 OK\r\n"
PLAIN = START + b"content-length: 3\r\n\r\nabc"
STREAM = CHUNKED + b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
GZIPPED = zlib.compress(b"abc" * 100, wbits=31)


class Told(Struct, frozen=True):
    """How an answer was understood: status, body, the fault it ended in, and whether the connection served the next request too."""

    status: int
    body: bytes
    fault: str = ""
    kept: bool = True


def sized(body: bytes, *lines: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 200 OK", *lines, b"content-length: %d" % len(body), b"", body])


GOOD: dict[str, tuple[bytes, Told]] = {
    "a length": (PLAIN, Told(200, b"abc")),
    "a length of nothing": (START + b"content-length: 0\r\n\r\n", Told(200, b"")),
    "chunks": (STREAM, Told(200, b"abc")),
    "no chunk but the last": (CHUNKED + b"0\r\n\r\n", Told(200, b"")),
    "chunk extensions": (CHUNKED + b'1;a=b;c="d; e"\r\na\r\n2 ;x\r\nbc\r\n0;last\r\n\r\n', Told(200, b"abc")),
    "trailers": (CHUNKED + b"3\r\nabc\r\n0\r\nx-sum: 1\r\nx-more: 2\r\n\r\n", Told(200, b"abc")),
    "capital hexadecimal": (CHUNKED + b"0A\r\n0123456789\r\n00\r\n\r\n", Told(200, b"0123456789")),
    "chunked in capitals": (START + b"Transfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n", Told(200, b"a")),
    "no reason": (b"HTTP/1.1 200\r\ncontent-length: 1\r\n\r\na", Told(200, b"a")),
    "an empty line before": (b"\r\n" + PLAIN, Told(200, b"abc")),
    "an error": (b"HTTP/1.1 529 Overloaded\r\ncontent-length: 2\r\n\r\n{}", Told(529, b"{}")),
    "a redirect": (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", Told(302, b"")),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", Told(204, b"")),
    "not modified, with the length it would have": (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 30\r\n\r\n", Told(304, b"")),
    "continue before": (b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN, Told(200, b"abc")),
    "hints before": (b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 3 + STREAM, Told(200, b"abc")),
    "an upgrade that is offered": (START + b"connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 1\r\n\r\na", Told(200, b"a")),
    "close": (START + b"connection: close\r\ncontent-length: 3\r\n\r\nabc", Told(200, b"abc", kept=False)),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabc", Told(200, b"abc", kept=False)),
    "HTTP/1.0 kept": (b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 3\r\n\r\nabc", Told(200, b"abc")),
    "gzip": (sized(GZIPPED, b"content-encoding: gzip"), Told(200, b"abc" * 100)),
    "gzip in chunks": (
        CHUNKED[:-2] + b"content-encoding: x-gzip\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(GZIPPED), GZIPPED),
        Told(200, b"abc" * 100),
    ),
    "deflate": (sized(zlib.compress(b"abc"), b"Content-Encoding: deflate"), Told(200, b"abc")),
    "identity": (sized(b"abc", b"content-encoding: identity"), Told(200, b"abc")),
    "half of a gzip": (sized(zlib.compress(b"abc", wbits=31)[:-4], b"content-encoding: gzip"), Told(200, b"abc", "dropped")),
    "gzip of nothing": (sized(b"", b"content-encoding: gzip"), Told(200, b"")),
}

BAD: dict[str, tuple[bytes, Told]] = {
    "a length and chunks": (
        START + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        Told(0, b"", "not_http"),
    ),
    "chunks and a length": (
        START + b"transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        Told(0, b"", "not_http"),
    ),
    "two lengths": (START + b"content-length: 3\r\ncontent-length: 4\r\n\r\nabcd", Told(0, b"", "not_http")),
    "a list of lengths": (START + b"content-length: 3, 4\r\n\r\nabcd", Told(0, b"", "not_http")),
    "a negative length": (START + b"content-length: -3\r\n\r\nabc", Told(0, b"", "not_http")),
    "a signed length": (START + b"content-length: +3\r\n\r\nabc", Told(0, b"", "not_http")),
    "no length at all": (START + b"content-length: \r\n\r\nabc", Told(0, b"", "not_http")),
    "an absurd length": (START + b"content-length: 99999999999999999999999\r\n\r\nabc", Told(0, b"", "not_http")),
    "an absurd chunk": (CHUNKED + b"fffffffffffffffffffff\r\nabc", Told(200, b"", "not_http")),
    "a negative chunk": (CHUNKED + b"-1\r\nabc", Told(200, b"", "not_http")),
    "a chunk without a size": (CHUNKED + b"1\r\na\r\n\r\nb", Told(200, b"a", "not_http")),
    "a chunk longer than it says": (CHUNKED + b"1\r\nabc\r\n0\r\n\r\n", Told(200, b"a", "not_http")),
    "bare line feeds": (b"HTTP/1.1 200 OK\ncontent-length: 3\n\nabc", Told(0, b"", "not_http")),
    "bare line feeds in chunks": (CHUNKED + b"3\nabc\n0\n\n", Told(200, b"", "not_http")),
    "bare carriage returns": (b"HTTP/1.1 200 OK\rcontent-length: 3\r\rabc", Told(0, b"", "not_http")),
    "a folded header": (START + b"x-a: b\r\n c: d\r\ncontent-length: 3\r\n\r\nabc", Told(0, b"", "not_http")),
    "a space before the colon": (START + b"content-length : 3\r\n\r\nabc", Told(0, b"", "not_http")),
    "a header without a colon": (START + b"content-length\r\n\r\nabc", Told(0, b"", "not_http")),
    "a header without a name": (START + b": 3\r\n\r\nabc", Told(0, b"", "not_http")),
    "a NUL in a header": (START + b"x: a\0b\r\ncontent-length: 3\r\n\r\nabc", Told(0, b"", "not_http")),
    "a page": (b"<!doctype html><title>no</title>", Told(0, b"", "not_http")),
    "a request": (b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", Told(0, b"", "not_http")),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n", Told(0, b"", "not_http")),
    "a TLS alert": (b"\x15\x03\x01\x00\x02\x02\x46", Told(0, b"", "not_http")),
    "HTTP/2": (b"HTTP/2.0 200 OK\r\ncontent-length: 3\r\n\r\nabc", Told(0, b"", "not_http")),
    "HTTP/0.9": (b"HTTP/0.9 200 OK\r\ncontent-length: 3\r\n\r\nabc", Told(0, b"", "not_http")),
    "a short status": (b"HTTP/1.1 20 OK\r\ncontent-length: 3\r\n\r\nabc", Told(0, b"", "not_http")),
    "a long status": (b"HTTP/1.1 2000 OK\r\ncontent-length: 3\r\n\r\nabc", Told(0, b"", "not_http")),
    "a status that is none": (b"HTTP/1.1 099 OK\r\ncontent-length: 3\r\n\r\nabc", Told(0, b"", "not_http")),
    "a status beyond all": (b"HTTP/1.1 600 OK\r\ncontent-length: 3\r\n\r\nabc", Told(0, b"", "not_http")),
    "switched protocols": (b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n", Told(0, b"", "not_http")),
    "nothing but hints": (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 40, Told(0, b"", "not_http")),
    "a coding within the chunks": (START + b"transfer-encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", Told(0, b"", "not_http")),
    "a coding after the chunks": (START + b"transfer-encoding: chunked, gzip\r\n\r\nabc", Told(0, b"", "not_http")),
    "a coding that is none": (START + b"transfer-encoding: xchunked\r\n\r\nabc", Told(0, b"", "not_http")),
    "chunked twice": (START + b"transfer-encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n", Told(0, b"", "not_http")),
    "brotli": (sized(b"\x0b\x01\x80abc\x03", b"content-encoding: br"), Told(0, b"", "strange")),
    "gzip twice": (sized(GZIPPED, b"content-encoding: gzip, gzip"), Told(0, b"", "strange")),
    "gzip that is none": (sized(b"abc", b"content-encoding: gzip"), Told(200, b"", "strange")),
    "a head of 70 kB": (START + b"x: %b\r\ncontent-length: 3\r\n\r\nabc" % (b"a" * 70_000), Told(0, b"", "too_long")),
    "a head without an end": (START + b"x-a: bbbbbbbbb\r\n" * 5000, Told(0, b"", "too_long")),
    "trailers without an end": (CHUNKED + b"1\r\na\r\n0\r\n" + b"x-a: bbbbbbbbb\r\n" * 20_000, Told(200, b"a", "too_long")),
    "a chunk extension without an end": (CHUNKED + b"1;" + b"a" * 300_000, Told(200, b"", "too_long")),
}

CUT: dict[str, tuple[bytes, Told]] = {
    "nothing": (b"", Told(0, b"", "dropped")),
    "half a status line": (b"HTTP/1.1 2", Told(0, b"", "dropped")),
    "half a head": (START + b"content-le", Told(0, b"", "dropped")),
    "half a body": (START + b"content-length: 5\r\n\r\nabc", Told(200, b"abc", "dropped")),
    "half a chunk": (CHUNKED + b"5\r\nabc", Told(200, b"abc", "dropped")),
    "no last chunk": (CHUNKED + b"3\r\nabc\r\n", Told(200, b"abc", "dropped")),
    "half a last chunk": (CHUNKED + b"3\r\nabc\r\n0\r\n", Told(200, b"abc", "dropped")),
    "only hints": (b"HTTP/1.1 103 Early Hints\r\n\r\n", Told(0, b"", "dropped")),
    "an answer that ends with the connection": (START + b"\r\nabc", Told(200, b"abc", kept=False)),
    "nothing, ended with the connection": (b"HTTP/1.0 200 OK\r\n\r\n", Told(200, b"", kept=False)),
    "gzip that ends with the connection": (START + b"content-encoding: gzip\r\n\r\n" + GZIPPED, Told(200, b"abc" * 100, kept=False)),
}


async def told(script: Script, feeding: str) -> Told:
    """How the answer to a first request is understood; a second one is always answered well."""
    status, body, kind = 0, b"", ""
    async with playing(script, OK, feeding=feeding) as server, asking() as http:
        try:
            reply = await http.ask(post(server), PATIENT)
            status = reply.status
            while piece := await reply.chunk():
                body += piece
        except Broken as broken:
            kind = broken.fault.kind
        await asyncio.sleep(0.002)
        assert await whole(await http.ask(post(server), PATIENT)) == b"ok"
        return Told(status, body, kind, kept=server.connections == 1)


def cases(table: dict[str, tuple[bytes, Told]]) -> list[Any]:
    return [pytest.param(script, told, id=name) for name, (script, told) in table.items()]


def fed_bytewise(text: bytes) -> str:
    return "bytes" if len(text) < 2000 else "whole"


@loops
@pytest.mark.parametrize("feeding", ["whole", "bytes"])
@pytest.mark.parametrize(("text", "expected"), cases(GOOD))
def test_a_good_answer_is_understood_in_every_feeding(text: bytes, expected: Told, feeding: str, loop: str) -> None:
    assert run(told((text,), feeding), loop) == expected


@pytest.mark.parametrize(
    "behind", [b"x", OK[0], b"HTTP/1.1 200 OK\r\ncontent-le", b"\0\r\n\r\n"], ids=["a letter", "an answer", "half a head", "a NUL"]
)
@pytest.mark.parametrize(("text", "expected"), cases(GOOD))
def test_what_stands_behind_an_answer_is_not_taken_for_the_next(text: bytes, expected: Told, behind: bytes) -> None:
    found = run(told((text + behind,), "whole"))
    assert (found.status, found.body, found.fault, found.kept) == (expected.status, expected.body, expected.fault, False)


@loops
@pytest.mark.parametrize(("text", "expected"), cases(BAD))
def test_a_bad_answer_is_a_fault_and_ends_the_connection(text: bytes, expected: Told, loop: str) -> None:
    for feeding in ("whole", fed_bytewise(text)):
        found = run(told((text, HANG), feeding), loop)
        assert (found.status, found.body, found.fault, found.kept) == (expected.status, expected.body, expected.fault, False)


@loops
@pytest.mark.parametrize(("text", "expected"), cases(CUT))
def test_an_answer_that_is_cut_off_is_told_from_one_that_ends(text: bytes, expected: Told, loop: str) -> None:
    found = run(told((text, 0.002, CLOSE), "whole"), loop)
    assert (found.status, found.body, found.fault, found.kept) == (expected.status, expected.body, expected.fault, False)


@loops
@pytest.mark.parametrize(("text", "expected"), cases(CUT))
def test_a_reset_is_never_the_end_of_an_answer(text: bytes, expected: Told, loop: str) -> None:
    found = run(told((text, 0.002, RESET), "whole"), loop)
    assert (found.status, found.body, found.fault, found.kept) == (expected.status, expected.body, "dropped", False)


def test_faults_are_of_the_closed_list() -> None:
    assert {expected.fault for table in (GOOD, BAD, CUT) for _, expected in table.values()} - {""} <= set(FAULTS)
