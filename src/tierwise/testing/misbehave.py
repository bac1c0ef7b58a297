"""Every way in which a provider goes wrong, as a script for each: what the faults of `core.faults` look like from outside.

A case names the fault it should be understood as. Most are scripts; a few are addresses at which nobody answers. Scripts that break a good
answer take one from the scripted provider and cut it before its first content, so that a gateway has nothing to show for it yet; those
of `LATE` cut it after, when the client has already seen something.
"""

import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.testing.server import HOST, Served, serving
from tierwise.upstream.door import Sent
from tierwise.upstream.scripted import Piece, Script, Scripted, whole
from tierwise.upstream.scripted.script import CLOSE, EVENTS, HANG, JSON, RAW, RESET

Made = Callable[[Sent], Script]
"""What a case plays to a request."""

FOREVER: Final = float("inf")
PAGE: Final = MappingProxyType({"content-type": "text/html; charset=utf-8"})
HTML: Final = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
PINGS: Final = 4000
PAUSE: Final = 0.03
"""Seconds between the last content and what goes wrong late, so that the content is passed on before."""

HUGE: Final = 17 << 20
"""Bytes of an event that is longer than any should be."""


class Case(Struct, frozen=True):
    """A way to go wrong: the kind of fault it is (a key of FAULTS), what is played, and whether only streams or only whole answers can.

    `once` is for what goes wrong only on a connection that was used before. `place` says where a case is that needs no script: 'closed'
    (a port nobody listens on), 'nowhere' (a name that is none), 'plain' (no TLS where it was asked for), 'full' (nobody picks up).
    """

    kind: str
    made: Made | None = None
    only: str = ""
    place: str = ""


def streams(sent: Sent) -> bool:
    """Whether a request asks for a stream."""
    return b'"stream":true' in sent.body.replace(b" ", b"")


def good(sent: Sent) -> Script:
    """A good answer, without a pace."""
    return Scripted(pace=0, strict=False).script(sent)


# Errors with a status


def _messages(sent: Sent) -> bool:
    return sent.url.split("?")[0].endswith("/messages")


def failing(status: int, message: str, kind: str = "", code: str | None = None, headers: Mapping[str, str] | None = None) -> Made:
    """An error with a status, in the shape of the path that was asked. `kind` is the type there; some shapes tell a code too."""

    def made(sent: Sent) -> Script:
        marked = {"type": "error", "error": {"type": kind or "api_error", "message": message}, "request_id": "req_1"}
        usual = {"error": {"message": message, "type": kind or "invalid_request_error", "param": None, "code": code}}
        body = json.dumps(marked if _messages(sent) else usual).encode()
        return whole(body, status, {**JSON, **(headers or {})})

    return made


def _by_path(marked: Made, usual: Made) -> Made:
    """One script where marked blocks are spoken, another elsewhere."""
    return lambda sent: marked(sent) if _messages(sent) else usual(sent)


def page(status: int, body: bytes = HTML) -> Made:
    """A page of HTML."""
    return lambda _sent: whole(body, status, PAGE)


# Answers that go wrong before their first content


def opening(sent: Sent) -> list[bytes]:
    """The frames of a good stream that come before its first content; a comment where there are none."""
    frames = [one.data for one in good(_streaming(sent)).pieces]
    first = next(index for index, one in enumerate(frames) if any(mark in one for mark in CONTENT_MARKS))
    return frames[:first] or [b": working\n\n"]


CONTENT_MARKS: Final = (b'"content":"H', b"text_delta", b"output_text.delta", b'"delta":"', b'"text":"H')


def _streaming(sent: Sent) -> Sent:
    """A plain request for a stream at the same path: its answer begins with text."""
    asked: dict[str, Any] = {
        "model": json.loads(sent.body).get("model", "m"),
        "stream": True,
        "max_tokens": 100,
        "input": "hi",
        "prompt": "hi",
    }
    return replace(sent, body=json.dumps({**asked, "messages": [{"role": "user", "content": "hi"}]}).encode())


def stream(frames: Sequence[bytes], end: str = "end", pace: float = 0.0) -> Script:
    """A stream of some frames that ends in some way."""
    return Script(200, dict(EVENTS), tuple(Piece(one, pace) for one in frames), end)


def begun(*more: bytes, end: str = "end", pace: float = 0.0) -> Made:
    """A stream that begins as it should and goes on with something else."""
    return lambda sent: stream([*opening(sent), *more], end, pace)


def body(raw: bytes, end: str = "end") -> Made:
    """A whole answer."""
    return lambda _sent: Script(200, dict(JSON), (Piece(raw),), end)


def either(streamed: Made, unstreamed: Made) -> Made:
    """One script where a stream is asked for, another where it is not."""
    return lambda sent: streamed(sent) if streams(sent) else unstreamed(sent)


def _pinging(sent: Sent) -> Script:
    ping = b'event: ping\ndata: {"type":"ping"}\n\n' if _messages(sent) else b": OPENROUTER PROCESSING\n\n"
    return stream([*opening(sent), *[ping] * PINGS], HANG, 0.02)


def _silent(sent: Sent) -> Script:
    return stream(opening(sent), HANG)


def _half(sent: Sent) -> Script:
    return stream([*opening(sent), b'data: {"choices":[{"index":0,"delta":{"content":"Hel'])


def _erring(message: str, kind: str, code: str) -> Made:
    """An error in the middle of a stream with status 200, in the shape of the path."""

    def made(sent: Sent) -> Script:
        marked = f'event: error\ndata: {{"type":"error","error":{{"type":"{kind}","message":"{message}"}}}}\n\n'
        failed = f'{{"type":"response.failed","sequence_number":9,"response":{_failed(message, code)}}}'
        usual = f'data: {{"error":{{"message":"{message}","type":"{kind}","param":null,"code":"{code}"}}}}\n\n'
        path = sent.url.split("?")[0]
        said = marked if _messages(sent) else f"event: response.failed\ndata: {failed}\n\n" if path.endswith("/responses") else usual
        return stream([*opening(sent), said.encode()])

    return made


def _failed(message: str, code: str) -> str:
    error = {"code": code, "message": message}
    response: dict[str, Any] = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "failed",
        "error": error,
        "model": "m",
        "output": [],
    }
    return json.dumps({**response, "incomplete_details": None, "usage": None})


def _without_start(sent: Sent) -> Script:
    """A stream that lacks what it has to begin with, and is good otherwise: some servers leave it out."""
    frames = [one.data for one in good(sent).pieces]
    return stream([one for one in frames if not any(mark in one for mark in STARTS)])


STARTS: Final = (b'"message_start"', b'"response.created"', b'"response.in_progress"', b'"role":"assistant","content":""')


def _disordered(sent: Sent) -> Script:
    """Events that only make sense in another order: a tool's input for a call that never began."""
    delta = b'{"type":"content_block_delta","index":7,"delta":{"type":"input_json_delta","partial_json":"{}"}}'
    marked = b"event: content_block_delta\ndata: %b\n\n" % delta
    item = b'{"type":"response.function_call_arguments.delta","sequence_number":9,"item_id":"fc_1","output_index":7,"delta":"{}"}'
    choice = b'{"index":0,"delta":{"tool_calls":[{"index":7,"function":{"arguments":"{}"}}]},"finish_reason":null}'
    usual = b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[%b]}\n\n' % choice
    path = sent.url.split("?")[0]
    told = (
        marked
        if _messages(sent)
        else b"event: response.function_call_arguments.delta\ndata: %b\n\n" % item
        if path.endswith("/responses")
        else usual
    )
    return stream([*opening(sent), told])


def _bad_bytes(sent: Sent) -> Script:
    frames = [one.data for one in good(_streaming(sent)).pieces]
    first = len(opening(sent)) if frames[0] in opening(sent) else 0
    return stream([*frames[:first], frames[first].replace(b"Hello", b"H\xff\xfe\xc3o")])


def _bad_body(sent: Sent) -> Script:
    return whole(b"".join(one.data for one in good(sent).pieces).replace(b"Hello", b"H\xff\xfe\xc3o"))


def _huge(sent: Sent) -> Script:
    return stream([*opening(sent), *[b"data: " + b"x" * (1 << 20)] * (HUGE >> 20)])


def _garbled(_sent: Sent) -> Script:
    return whole(b"\x1f\x8b\x08\x00 this is not what gzip makes", headers={**JSON, "content-encoding": "gzip"})


def _filtered(sent: Sent) -> Script:
    """A stop by a content filter before anything was said."""
    choice = {"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "content_filter"}
    usual = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    ended = {"stop_reason": "refusal", "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 0}}
    marked: dict[str, Any] = {"type": "message", "id": "msg_1", "role": "assistant", "model": "m", "content": [], **ended}
    response = {"id": "resp_1", "object": "response", "created_at": 1, "status": "incomplete", "model": "m", "output": []}
    filtered = {**response, "error": None, "incomplete_details": {"reason": "content_filter"}}
    path = sent.url.split("?")[0]
    return whole(json.dumps(marked if _messages(sent) else filtered if path.endswith("/responses") else usual).encode())


def _filtered_stream(sent: Sent) -> Script:
    """The same in a stream."""
    choice = b'{"index":0,"delta":{},"finish_reason":"content_filter"}'
    usual = b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[%b]}\n\ndata: [DONE]\n\n' % choice
    delta = b'{"type":"message_delta","delta":{"stop_reason":"refusal","stop_sequence":null},"usage":{"output_tokens":0}}'
    marked = b'event: message_delta\ndata: %b\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n' % delta
    response = b'{"type":"response.incomplete","sequence_number":2,"response":%b}' % _filtered(sent).pieces[0].data
    path = sent.url.split("?")[0]
    told = marked if _messages(sent) else b"event: response.incomplete\ndata: %b\n\n" % response if path.endswith("/responses") else usual
    frames = [one.data for one in good(_streaming(sent)).pieces]
    return stream([*frames[: 2 if path.endswith("/responses") else 1], told])


def _cut_short(sent: Sent) -> Script:
    """A whole answer of which only half comes."""
    raw = b"".join(one.data for one in good(sent).pieces)
    return Script(200, {**JSON, "content-length": str(len(raw))}, (Piece(raw[: len(raw) // 2]),), CLOSE)


def _crossed(sent: Sent) -> Script:
    """JSON where a stream was asked for, and the other way round."""
    asked = {name: value for name, value in json.loads(sent.body).items() if name != "stream_options"}
    return good(replace(sent, body=json.dumps({**asked, "stream": not streams(sent)}).encode()))


def _mislabelled(sent: Sent) -> Script:
    """A good answer under a content type that it is not."""
    return replace(good(sent), headers={"content-type": "text/plain; charset=utf-8"})


BIG: Final = "prompt is too long: 1048577 tokens > 1000000 maximum"
FULL: Final = (
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130001 tokens. Please reduce the length."
)
SLOW_DOWN: Final = "Rate limit reached for requests. Please slow down."

CASES: Final[Mapping[str, Case]] = MappingProxyType(
    {
        "refused": Case("refused", place="closed"),
        "dns": Case("dns", place="nowhere"),
        "tls": Case("tls", place="plain"),
        "connect_timeout": Case("connect_timeout", place="full"),
        "first_byte_timeout": Case("first_byte_timeout", lambda _sent: Script(wait=FOREVER)),
        "first_content_timeout": Case("first_content_timeout", _pinging, only="stream"),
        "idle_timeout": Case("idle_timeout", _silent, only="stream"),
        "idle_body": Case("idle_timeout", body(b'{"id":', HANG), only="whole"),
        "dropped_at_once": Case("dropped", lambda _sent: Script(RAW, {}, (), RESET)),
        "dropped": Case("dropped", either(begun(end=RESET), _cut_short)),
        "closed_within_stream": Case("dropped", begun(end=CLOSE), only="stream"),
        "not_http": Case("not_http", lambda _sent: Script(RAW, {}, (Piece(b"SSH-2.0-OpenSSH_9.9\r\n"),))),
        "auth": Case("auth", failing(401, "Incorrect API key provided.", "authentication_error", "invalid_api_key")),
        "forbidden": Case("auth", failing(403, "Your API key does not have permission to use this resource.", "permission_error")),
        "payment": Case("payment", failing(402, "Insufficient Balance", "billing_error", "insufficient_balance")),
        "credit": Case("payment", failing(400, "Your credit balance is too low to access the API.", "invalid_request_error")),
        "no_model": Case("no_model", failing(404, "The model `m` does not exist.", "not_found_error", "model_not_found")),
        "request_timeout": Case("request_timeout", failing(408, "Request timed out.", "timeout_error")),
        "conflict": Case("conflict", failing(409, "Another request is in progress.", "invalid_request_error")),
        "too_large": Case("too_large", failing(413, "Request exceeds the maximum size", "request_too_large")),
        "context": Case(
            "context",
            _by_path(failing(400, BIG, "invalid_request_error"), failing(400, FULL, code="context_length_exceeded")),
        ),
        "unprocessable": Case("unprocessable", failing(422, "Input should be less than or equal to 1", "invalid_request_error")),
        "bad_request": Case("bad_request", failing(400, "temperature: range: 0..1", "invalid_request_error")),
        "signature": Case(
            "signature",
            _by_path(
                failing(400, "messages.1.content.0: Invalid `signature` in `thinking` block", "invalid_request_error"),
                failing(400, "The encrypted content gAAA... could not be verified.", code="invalid_encrypted_content"),
            ),
        ),
        "rate_limit": Case("rate_limit", failing(429, SLOW_DOWN, "rate_limit_error", "rate_limit_exceeded")),
        "rate_limit_wait": Case("rate_limit", failing(429, SLOW_DOWN, "rate_limit_error", "rate_limit_exceeded", {"retry-after": "30"})),
        "quota": Case(
            "quota", failing(429, "You exceeded your current quota, please check your plan.", "insufficient_quota", "insufficient_quota")
        ),
        "server_error": Case("server_error", failing(500, "Internal server error", "api_error")),
        "bad_gateway": Case("server_error", page(502)),
        "unavailable": Case("overloaded", failing(503, "The service is temporarily unavailable.", "server_error")),
        "gateway_timeout": Case("server_error", page(504)),
        "overloaded": Case("overloaded", failing(529, "Overloaded", "overloaded_error")),
        "redirect": Case("redirect", lambda _sent: whole(b"", 307, {"location": "http://elsewhere.invalid/v1"})),
        "not_json": Case("not_json", page(200)),
        "strange": Case("strange", body(b'{"hello":"world"}')),
        "half_json": Case("not_json", body(b'{"id":"x","cho')),
        "half_frame": Case("half_frame", _half, only="stream"),
        "empty": Case("empty", either(lambda _sent: stream([]), body(b""))),
        "unfinished": Case("unfinished", begun(), only="stream"),
        "stream_error": Case("server_error", _erring("Internal error", "api_error", "server_error"), only="stream"),
        "stream_overloaded": Case("overloaded", _erring("Overloaded", "overloaded_error", "overloaded"), only="stream"),
        "stream_limited": Case("rate_limit", _erring("Rate limit reached", "rate_limit_error", "rate_limit_exceeded"), only="stream"),
        "stream_strange": Case("stream_error", _erring("Something went wrong", "odd_error", "odd"), only="stream"),
        "no_start": Case("no_start", _without_start, only="stream"),
        "disorder": Case("disorder", _disordered, only="stream"),
        "bad_utf8": Case("bad_utf8", either(_bad_bytes, _bad_body)),
        "too_long": Case("too_long", _huge, only="stream"),
        "filtered": Case("filtered", failing(400, "The response was filtered by the content filter.", code="content_filter")),
        "filtered_answer": Case("filtered", either(_filtered_stream, _filtered)),
        "garbled": Case("strange", _garbled),
        "mislabelled": Case("strange", _mislabelled),
        "crossed": Case("strange", _crossed),
    }
)
"""Cases by name."""


# Answers that go wrong after their first content


def _late(end: str, *more: Made) -> Made:
    def made(sent: Sent) -> Script:
        frames = [one.data for one in good(_streaming(sent)).pieces]
        kept = frames[: len(opening(sent)) + 3]
        told = [piece for one in more for piece in one(sent).pieces[len(opening(sent)) :]]
        begun = stream(kept, end)
        return replace(begun, pieces=(*begun.pieces, Piece(b"", PAUSE), *told))

    return made


LATE: Final[Mapping[str, Case]] = MappingProxyType(
    {
        "dropped": Case("dropped", _late(RESET)),
        "closed_within_stream": Case("dropped", _late(CLOSE)),
        "idle_timeout": Case("idle_timeout", _late(HANG)),
        "unfinished": Case("unfinished", _late("end")),
        "half_frame": Case("half_frame", _late("end", _half)),
        "stream_error": Case("server_error", _late("end", _erring("Internal error", "api_error", "server_error"))),
    }
)
"""Cases by name, of streams only."""


@asynccontextmanager
async def misbehaving(name: str, cases: Mapping[str, Case] = CASES) -> AsyncIterator[Served]:
    """A provider that goes wrong in one way, at an address of its own."""
    case = cases[name]
    with ExitStack() as held:
        async with serving(case.made or (lambda _sent: Script())) as served:
            yield PLACES[case.place](served, held)


def _closed(served: Served, held: ExitStack) -> Served:
    """A port that is bound and on which nobody listens."""
    taken = held.enter_context(socket.socket())
    taken.bind((HOST, 0))
    return _at(served, taken.getsockname()[1])


def _full(served: Served, held: ExitStack) -> Served:
    """A port whose waiting line is full, so that nobody picks up."""
    taken = held.enter_context(socket.socket())
    taken.bind((HOST, 0))
    taken.listen(0)
    for _ in range(2):
        waiting = held.enter_context(socket.socket())
        waiting.setblocking(False)  # noqa: FBT003  # the socket's own way
        waiting.connect_ex(taken.getsockname())
    return _at(served, taken.getsockname()[1])


def _at(served: Served, port: int) -> Served:
    return Served(served.answers, port, asked=served.asked, left=served.left)


PLACES: Final[Mapping[str, Callable[[Served, ExitStack], Served]]] = MappingProxyType(
    {
        "": lambda served, _held: served,
        "closed": _closed,
        "full": _full,
        "nowhere": lambda served, _held: Served(served.answers, served.port, "http", "nobody.invalid"),
        "plain": lambda served, _held: Served(served.answers, served.port, "https"),
    }
)
"""Where a case is found."""
