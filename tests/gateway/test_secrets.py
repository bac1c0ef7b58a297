"""No secret comes out anywhere: known ones are put wherever they could get in, then everything that leaves is searched for them."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from tests.gateway.drill import PATHS, Answered
from tests.gateway.telemetry.collector import Collector, collecting
from tests.gateway.within import Sold, called, gateway, request, stream
from tierwise.config.settings import KeySettings, ProviderSettings
from tierwise.core.notices import Notice
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.observing import Observing, Place, Watched, observing, telling
from tierwise.gateway.routes import app
from tierwise.gateway.veil import sent
from tierwise.ledger import journal, redaction
from tierwise.ledger.spool import Limits
from tierwise.ledger.stores import sqlite
from tierwise.upstream.scripted import Script, playing, whole
from tierwise.upstream.scripted.script import Piece

PLAIN = "horse-battery-staple"
"""A provider's key that looks like nothing in particular."""
SOLD = "sk-proj-Zx81_abcdefghijklmnop-QRSTUVWX"
ENTRANCE = "gate-of-the-west"
"""A client's key of the operator's own making."""
ADMIN = "tw-" + "Ad7_" * 10 + "m1N"
VIRTUAL = "tw-" + "Vi9-" * 10 + "rT2"
"""A key of the store: the gateway has its digest only."""
STRANGERS = "tw-" + "Zz3_" * 10 + "q8Q"
"""A key that nobody gave out."""
DATABASE = "s3cr3t-of-the-store"
SECRETS = (PLAIN, SOLD, ENTRANCE, ADMIN, VIRTUAL, STRANGERS, DATABASE)
WIRES = ("openai_chat", "anthropic", "openai_responses")


def shapes(secret: str) -> set[bytes]:
    """A secret as it may be written down."""
    return {secret.encode(), quote(secret, safe="").encode(), json.dumps(secret)[1:-1].encode(), secret[3:-3].encode()}


def found_in(where: str, text: bytes) -> list[tuple[str, str, bytes]]:
    """Each secret that is in a text, with what is around it."""
    return [
        (where, secret, text[max(text.find(one) - 80, 0) : text.find(one) + 80])
        for secret in SECRETS
        for one in shapes(secret)
        if one in text
    ]


def echoing(key: str) -> Sequence[Script]:
    """Answers of a provider that says again what it was sent, each in another way."""
    said = f"Incorrect key {key} ({key[:12]}...), see https://user:{key}@host/?key={key}"
    error = {"error": {"message": said, "type": "authentication_error", "code": key, "param": key}}
    started = (
        b'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Well"}}]}\n\n'
    )
    failed = b"data: " + json.dumps(error).encode() + b"\n\n"
    page = f"<html><title>{said}</title><body>{said}</body></html>".encode()
    return (
        whole(json.dumps(error).encode(), 401),
        whole(json.dumps(error).encode(), 500),
        whole(said.encode(), 400),
        whole(page, 503),
        whole(json.dumps(error).encode()),
        whole(f'{{"choices": "{said}"}}'.encode()),
        Script(302, {"location": f"https://elsewhere/?key={key}"}, (Piece(b""),)),
        Script(
            401, {"www-authenticate": f'Bearer realm="{key}"', "content-type": "application/json"}, (Piece(json.dumps(error).encode()),)
        ),
        stream(failed),
        stream(started, failed),
    )


def made_of(script: Script) -> Gateway:
    """A gateway whose two providers say again what they were sent."""
    known = {"one": SOLD, "two": PLAIN}
    providers = {name: ProviderSettings(url=f"http://{name}.test/v1", key=key) for name, key in known.items()}
    keys = (KeySettings(name="laptop", key=ENTRANCE), KeySettings(name="root", key=ADMIN, role="admin"))
    sold = [Sold(f"{name}/alpha", playing(script), ("openai_chat",)) for name in known]
    return gateway(*sold, providers=providers, keys=keys)


@contextmanager
def wired(made: Gateway, folder: Path, log: str, collector: Collector) -> Iterator[tuple[Observing, list[bytes]]]:
    """A gateway with everything that watches it, as it is served."""
    reached = [way.headers for site in made.sites.values() for way in site.ways.values()]
    out: list[bytes] = []
    said = telling(made.sites, made.wires, {ENTRANCE, ADMIN, DATABASE, *sent(reached)})
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    seen = observing(log, env, Place(out.append), made.clock.now, said)
    kept = journal.opened(folder, redaction.rules(), Limits(), say=seen.say)
    made.ledger = Watched(seen, kept)
    made.wires = {name: seen.veil.wire(wire) for name, wire in made.wires.items()}
    seen.start()
    try:
        yield seen, out
    finally:
        asyncio.run(made.ledger.close())


def asked(wire: str, secret: str) -> Iterator[tuple[str, str, Any, Mapping[str, str]]]:
    """Requests that have a secret somewhere: method, path, body, headers."""
    path, entrance = PATHS[wire], {"authorization": f"Bearer {ENTRANCE}"}
    for streams in (True, False):
        yield "POST", path, request(wire, stream=streams, words=f"my key is {secret}"), entrance
    yield "POST", f"{path}?key={secret}", request(wire), entrance
    yield "POST", path, request(wire, secret), entrance
    yield "POST", path, request(wire, f"x {secret}"), entrance
    yield "POST", path, request(wire), {"authorization": f"Bearer {secret}"}
    yield "POST", path, request(wire), {"x-api-key": secret, **({"anthropic-version": "2023-06-01"} if wire == "anthropic" else {})}
    yield "POST", path, b'{"model": "' + secret.encode() + b'", ', entrance
    yield "POST", path, {**request(wire), "metadata": {"user_id": secret, "key": secret}, "user": secret}, entrance
    yield "POST", path, {**request(wire), "tools": secret}, entrance
    yield "POST", path, {**request(wire), "messages": secret, "input": {"a": secret}}, entrance
    for header in ("x-tierwise-session", "x-tierwise-policy", "x-tierwise-task", "x-tierwise-model", "user-agent", "traceparent"):
        yield "POST", path, request(wire), {**entrance, header: secret}
    yield "GET", f"/{secret}", b"", entrance
    yield "POST", f"/v1/{secret}", b"", entrance
    yield "DELETE", path, b"", entrance
    yield "POST", "/v1/route", request(wire, words=secret), {**entrance, "x-tierwise-wire": secret}
    yield "POST", "/v1/embeddings", {"model": secret, "input": secret}, entrance


def everywhere(made: Gateway) -> Iterator[tuple[str, str]]:
    """Everything that can be looked at, under an admin's key."""
    yield from (("GET", path or "/") for path, one in app(made).routes.items() if "GET" in one.methods)


async def bounded(made: Gateway, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Answered | None:
    """An answer, None of one that goes on for ever."""
    with suppress(TimeoutError):
        return await asyncio.wait_for(called(made, method, path, body, headers), 0.3)
    return None


async def answers(made: Gateway, wire: str, secrets: Sequence[str]) -> list[tuple[str, bytes]]:
    """Everything that clients and admins are told."""
    found: list[tuple[str, bytes]] = []
    for secret in secrets:
        for method, path, body, headers in asked(wire, secret):
            answer = await called(made, method, path, body, headers)
            found.append((f"{method} {path.replace(secret, 'SECRET')}: {answer.status}", repr(answer.headers).encode() + answer.body))
    for method, path in everywhere(made):
        look = await bounded(made, method, path, b"", {"authorization": f"Bearer {ADMIN}", "host": "localhost"})
        if look is not None:
            found.append((f"{method} {path}", repr(look.headers).encode() + look.body))
    return found


def kept(made: Gateway, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Everything that is written down: the spool, and the store with what is packed in it."""
    assert isinstance(made.ledger, Watched)
    assert isinstance(made.ledger.ledger, journal.Journal)
    assert made.ledger.ledger.durable()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield f"spool {path.name}", path.read_bytes()
    file = folder / "ledger.db"
    store = sqlite.STORE.opened(str(file))
    store.migrate()
    entries = made.ledger.recent(1000)
    store.add(entries)
    yield from ((f"store, {one.id}", msgspec.json.encode(store.find(one.id))) for one in entries)
    store.close()
    yield from ((f"store {path.name}", path.read_bytes()) for path in sorted(folder.glob("ledger.db*")))


@pytest.mark.parametrize("wire", WIRES)
def test_no_secret_leaves_by_any_way(wire: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Every way in, on a wire: the client's own secrets, while the provider says nothing of them."""
    made = made_of(whole(b'{"error": {"message": "no"}}', 500))
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        with wired(made, tmp_path, "json", collector) as (seen, out):
            seen.tell(Notice("store_away", f"postgresql://tierwise:{DATABASE}@db/x is away", {"address": f"//x:{DATABASE}@db"}))
            seen.tell(Notice("key_revoked", VIRTUAL, {"key": VIRTUAL, "digest": sha256(VIRTUAL.encode()).hexdigest()[:8]}))
            told = asyncio.run(answers(made, wire, (ENTRANCE, VIRTUAL, STRANGERS, SOLD)))
            written = list(kept(made, tmp_path))
        sends = [(f"telemetry {path}", body) for path, body in collector.bodies]
    lines = b"".join(out)
    assert lines.count(b"\n") > 50
    assert len(sends) >= 2
    assert sum(len(text) for where, text in written if where.startswith("spool")) > 10_000
    errors = capfd.readouterr()
    everything = [*told, *written, *sends, ("lines", lines), ("metrics", made.metrics.text().encode()), ("output", str(errors).encode())]
    assert [one for where, text in everything for one in found_in(where, text)] == []


@pytest.mark.parametrize("log", ["human", "json"])
@pytest.mark.parametrize("at", range(len(echoing(""))))
def test_a_provider_that_says_its_key_again_is_not_repeated(at: int, log: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in (PLAIN, SOLD):
        made = made_of(echoing(key)[at])
        folder = tmp_path / sha256(key.encode()).hexdigest()[:4]
        with collecting() as collector:
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
            with wired(made, folder, log, collector) as (_, out):
                for wire in WIRES:
                    for streams in (True, False):
                        headers = {"authorization": f"Bearer {ENTRANCE}"}
                        answer = asyncio.run(called(made, "POST", PATHS[wire], request(wire, stream=streams), headers))
                        assert found_in(f"answer on {wire}", repr(answer.headers).encode() + answer.body) == []
                written = list(kept(made, folder))
            sends = [(f"telemetry {path}", body) for path, body in collector.bodies]
        everything = [*written, *sends, ("lines", b"".join(out)), ("metrics", made.metrics.text().encode())]
        assert [one for where, text in everything for one in found_in(where, text)] == []
