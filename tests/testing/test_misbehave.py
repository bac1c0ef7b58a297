import asyncio
import json
from itertools import product

import pytest

from tests.upstream.scripted.asking import CHAT, MESSAGES, RESPONSES, WIRES, body
from tierwise.core.faults import FAULTS
from tierwise.testing import CASES, Case, misbehaving
from tierwise.testing.misbehave import LATE, good, opening, streams
from tierwise.upstream.door import Sent
from tierwise.upstream.scripted.script import LOST

OWN = frozenset(FAULTS) - {one.kind for one in CASES.values()}
"""Kinds that no case stands for."""


def sent(path: str, *, stream: bool) -> Sent:
    return Sent("POST", path, {}, json.dumps(body(path, stream=stream)).encode())


def test_every_fault_that_a_provider_can_cause_has_a_case() -> None:
    """The rest are the gateway's and the client's own, or need more than a provider: a proxy, time, a connection used before."""
    elsewhere = {"proxy", "stale", "deadline", "too_slow"}
    assert {kind for kind in OWN if kind not in elsewhere} == {
        kind for kind in OWN if list(FAULTS).index(kind) >= list(FAULTS).index("malformed")
    }
    assert elsewhere <= OWN


PLAYED = [
    (name, case, path, stream)
    for (name, case), path, stream in product([*CASES.items(), *LATE.items()], WIRES, (True, False))
    if case.made is not None and case.only != ("whole" if stream else "stream")
]


@pytest.mark.parametrize(("name", "case", "path", "stream"), PLAYED)
def test_a_case_has_a_script_on_every_wire(name: str, case: Case, path: str, stream: bool) -> None:  # noqa: FBT001  # a column of the table
    assert case.made is not None
    script = case.made(sent(path, stream=stream))
    assert script != good(sent(path, stream=stream)), name
    assert script.end in {"end", "hang", *LOST}


@pytest.mark.parametrize("path", WIRES)
def test_what_comes_before_the_content_is_a_beginning_of_a_good_answer(path: str) -> None:
    frames = opening(sent(path, stream=False))
    assert 1 <= len(frames) <= 4
    assert b"Hello" not in b"".join(frames)


@pytest.mark.parametrize(("name", "path"), list(product(LATE, WIRES)))
def test_what_goes_wrong_late_does_so_after_some_content(name: str, path: str) -> None:
    made = LATE[name].made
    assert made is not None
    script = made(sent(path, stream=True))
    assert b"Hello" in b"".join(one.data for one in script.pieces)
    assert len(script.pieces) < len(good(sent(path, stream=True)).pieces)


@pytest.mark.parametrize(("path", "shape"), [(CHAT, {"error"}), (MESSAGES, {"type", "error", "request_id"}), (RESPONSES, {"error"})])
def test_errors_have_the_shape_of_the_path(path: str, shape: set[str]) -> None:
    made = CASES["rate_limit"].made
    assert made is not None
    assert set(json.loads(made(sent(path, stream=True)).pieces[0].data)) == shape


def test_whether_a_stream_is_asked_for_is_read_from_the_body() -> None:
    assert [streams(Sent("POST", CHAT, {}, raw)) for raw in (b'{"stream": true}', b'{"stream":false}', b"{}")] == [True, False, False]


def reached(name: str) -> str:
    """How an attempt to connect to a case's address ends."""

    async def attempt() -> str:
        async with misbehaving(name) as served:
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(served.host, served.port), 0.05)
            except OSError as error:
                return type(error).__name__
            writer.close()
            return f"connected by {served.scheme}"

    return asyncio.run(attempt())


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("refused", "ConnectionRefusedError"),
        ("connect_timeout", "TimeoutError"),
        ("tls", "connected by https"),
        ("server_error", "connected by http"),
    ],
)
def test_addresses_behave_as_the_case_says(name: str, how: str) -> None:
    assert reached(name) == how


def test_a_name_that_is_none_is_one_that_can_never_be() -> None:
    async def url() -> str:
        async with misbehaving("dns") as served:
            return served.url

    assert ".invalid:" in asyncio.run(url())
