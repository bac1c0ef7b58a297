"""`tierwise serve` as a person starts, uses and stops it: a process of its own, real sockets on this machine."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

PATHS = {"openai_chat": "/v1/chat/completions", "openai_responses": "/v1/responses", "anthropic": "/v1/messages"}
KEYS = re.compile(r"_(?:API_)?KEY$|_TOKEN$|_ENDPOINT$|_BASE_URL$|proxy$", re.IGNORECASE)
SOON = 20.0


class Running(Struct):
    """A gateway that runs: its process, the port it listens on, how long it took to start, and what it said."""

    process: "subprocess.Popen[str]"
    port: int
    seconds: float
    said: str


def command(*arguments: str, folder: Path, env: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    """The command, without any key of the machine it runs on."""
    kept = {name: value for name, value in os.environ.items() if not KEYS.search(name)}
    return subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", "tierwise", "serve", *arguments],
        cwd=folder,
        env={**kept, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def serving(*arguments: str, folder: Path, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    """A gateway until the end of the block, once it has said everything."""
    began = time.perf_counter()
    process = command("--port", "0", *arguments, folder=folder, env=env)
    assert process.stdout is not None
    try:
        said = ""
        while "Stop it with" not in said:
            line = process.stdout.readline()
            assert line, f"it ended: {process.communicate()[1]}"
            said += line
        found = re.search(r"http://[^/\s]*:(\d+)", said)
        assert found is not None, said
        yield Running(process, int(found[1]), time.perf_counter() - began, said)
    finally:
        process.kill()
        process.communicate()


def connected(one: Running) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", one.port, timeout=10)


def asked(one: Running, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """The status and body of an answer."""
    connection = connected(one)
    connection.request(
        "POST" if body is not None else "GET",
        path,
        None if body is None else json.dumps(body),
        {"content-type": "application/json", **(headers or {})},
    )
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


def request(wire: str, *, stream: bool = False, words: str = "Say hello.") -> dict[str, Any]:
    said: dict[str, Any] = (
        {"input": words} if wire == "openai_responses" else {"messages": [{"role": "user", "content": words}], "max_tokens": 900}
    )
    return {"model": "auto", "stream": stream, **said}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving("--demo", folder=tmp_path_factory.mktemp("serve")) as one:
        yield one


# What it says and how it answers


def test_it_answers_soon_after_it_was_started(demo: Running) -> None:
    """Two seconds on a machine with nothing else to do, as benchmarks/startup has it; here nobody knows what else runs."""
    assert demo.seconds < SOON


@pytest.mark.parametrize("wire", PATHS)
@pytest.mark.parametrize("stream", [True, False])
def test_it_answers_on_every_wire(demo: Running, wire: str, *, stream: bool) -> None:
    headers = {"anthropic-version": "2023-06-01"} if wire == "anthropic" else {}
    status, body = asked(demo, PATHS[wire], request(wire, stream=stream), headers)
    assert status == 200
    assert b"ello" in body
    assert body.endswith(b"\n\n") is stream


def test_the_line_it_prints_to_try_it_works(demo: Running) -> None:
    line = next(line for line in demo.said.splitlines() if line.strip().startswith("curl "))
    url, body = re.search(r"curl (\S+) .*-d '(.*)'", line).groups()  # type: ignore[union-attr]  # else the test fails, as it should
    status, answer = asked(demo, url.partition(str(demo.port))[2], json.loads(body), {"authorization": "Bearer any"})
    assert status == 200
    assert json.loads(answer)["choices"]


def test_it_says_how_to_point_tools_at_it_and_that_it_is_the_demo(demo: Running) -> None:
    assert "demo" in demo.said
    assert f"ANTHROPIC_BASE_URL=http://127.0.0.1:{demo.port}" in demo.said
    assert f'base_url="http://127.0.0.1:{demo.port}/v1"' in demo.said


def test_it_tells_that_it_lives(demo: Running) -> None:
    assert asked(demo, "/healthz") == (200, b'{"status":"ok"}')
    assert asked(demo, "/readyz")[0] == 200
    assert b"tierwise_requests_total" in asked(demo, "/metrics")[1]


def test_one_connection_serves_many_requests(demo: Running) -> None:
    connection = connected(demo)
    for wire in (*PATHS, *PATHS):
        connection.request("POST", PATHS[wire], json.dumps(request(wire)), {"content-type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.read()
        assert not answer.will_close
    connection.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 5, 6\r\n\r\nhello",
        b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_what_is_not_http_does_no_harm(demo: Running, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", demo.port), 5) as one:
        one.sendall(sent)
        one.settimeout(5)
        answer = one.recv(4096)
        assert b" 500 " not in answer
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert asked(demo, "/healthz")[0] == 200


def test_a_chunked_body_over_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tierwise.yaml").write_text("server: {body: 10000}\n")
    with serving("--demo", folder=tmp_path) as one:
        connection = connected(one)
        pieces = (b"x" * 5000 for _ in range(10))
        connection.request("POST", PATHS["openai_chat"], pieces, {"content-type": "application/json"}, encode_chunked=True)
        answer = connection.getresponse()
        assert answer.status == 413
        assert json.loads(answer.read())["error"]["message"]
        connection.close()


def test_providers_whose_keys_are_there_are_named_and_their_keys_are_not(tmp_path: Path) -> None:
    with serving(folder=tmp_path, env={"ANTHROPIC_API_KEY": "sk-very-secret"}) as one:
        assert "Providers found" in one.said
        assert "nthropic" in one.said
        assert "sk-very-secret" not in one.said
        listed = json.loads(asked(one, "/v1/models")[1])
        assert "claude-opus-4-8" in {model["id"] for model in listed["data"]}


def test_a_client_that_hangs_up_ends_what_runs_for_it(demo: Running) -> None:
    begun(demo, "[[hang]]").close()
    for _ in range(100):
        if b'tierwise_faults_total{kind="hung_up",committed="true"}' in asked(demo, "/metrics")[1]:
            return
        time.sleep(0.02)
    raise AssertionError("nobody noticed")


def test_a_stream_comes_as_it_is_made(demo: Running) -> None:
    """Pieces that are made with pauses between them arrive with pauses between them."""
    began = time.perf_counter()
    connection = begun(demo, "[[long: 40]] [[slow: 20]]")
    first = time.perf_counter() - began
    heard = b""
    while b"[DONE]" not in heard:
        heard += connection.recv(65_536)
    assert time.perf_counter() - began > first + 0.2
    connection.close()


# How it stops


def begun(one: Running, words: str) -> socket.socket:
    """A stream under way whose first content has come."""
    connection = socket.create_connection(("127.0.0.1", one.port), 10)
    body = json.dumps(request("openai_chat", stream=True, words=words)).encode()
    connection.sendall(
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
        % (len(body), body)
    )
    heard = b""
    while b'"content"' not in heard:
        heard += connection.recv(4096)
    return connection


def rest(connection: socket.socket) -> bytes:
    """What still comes until the connection is closed."""
    connection.settimeout(10)
    heard = b""
    while piece := connection.recv(65_536):
        heard += piece
    connection.close()
    return heard


def test_told_to_terminate_it_lets_streams_finish_and_takes_no_more(tmp_path: Path) -> None:
    with serving("--demo", folder=tmp_path) as one:
        connection = begun(one, "[[long: 40]] [[slow: 20]]")
        one.process.send_signal(signal.SIGTERM)
        refused = False
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", one.port), 1).close()
            except ConnectionError:
                refused = True
                break
            time.sleep(0.01)
        assert refused
        assert one.process.poll() is None, "it waits for the stream"
        assert b"data: [DONE]" in rest(connection)
        out, errors = one.process.communicate(timeout=10)
        assert one.process.returncode in {0, -signal.SIGTERM}
        assert "Traceback" not in out + errors


def test_a_stream_that_never_ends_is_not_waited_for_longer_than_is_set(tmp_path: Path) -> None:
    (tmp_path / "tierwise.yaml").write_text("server: {drain: 1}\n")
    with serving("--demo", folder=tmp_path) as one:
        connection = begun(one, "[[hang]]")
        one.process.send_signal(signal.SIGTERM)
        _, errors = one.process.communicate(timeout=8)
        assert "Traceback" not in errors
        assert b'data: {"error":{"message":"the gateway is shutting down' in rest(connection)


def test_ctrl_c_ends_it_well(tmp_path: Path) -> None:
    with serving("--demo", folder=tmp_path) as one:
        assert asked(one, "/healthz")[0] == 200
        one.process.send_signal(signal.SIGINT)
        out, errors = one.process.communicate(timeout=10)
        assert one.process.returncode == 0
        assert "Traceback" not in out + errors


# What is wrong is one line


def failing(*arguments: str, folder: Path) -> str:
    """What is said of arguments with which it cannot start: one line on standard error, exit code 2."""
    process = command(*arguments, folder=folder)
    out, errors = process.communicate(timeout=20)
    assert process.returncode == 2, out + errors
    assert out == ""
    assert len(errors.splitlines()) == 1, errors
    return errors


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = failing("--demo", "--port", str(port), folder=tmp_path)
    assert f"127.0.0.1:{port}" in said
    assert "in use" in said
    assert "--port" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--port", "70000"), "70000"),
        (("--port", "many"), "many"),
        (("--host", "0.0.0.0"), "keys"),  # noqa: S104  # what is refused
        (("--host", "not an address"), "not an address"),
        (("--config", "nowhere.yaml"), "nowhere.yaml"),
        (("--nonsense",), "--nonsense"),
    ],
)
def test_what_is_wrong_with_the_arguments_is_said(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    assert says in failing("--demo", *arguments, folder=tmp_path)


def test_what_is_wrong_with_the_settings_is_said_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "tierwise.yaml").write_text("server:\n  prot: 1\n")
    said = failing("--demo", folder=tmp_path)
    assert "tierwise.yaml" in said
    assert "port" in said


def test_a_key_without_a_value_is_said(tmp_path: Path) -> None:
    (tmp_path / "tierwise.yaml").write_text("keys:\n  - {name: me, key_env: NOT_SET_ANYWHERE}\n")
    assert "NOT_SET" not in failing("--demo", folder=tmp_path) or "me has no key" in failing("--demo", folder=tmp_path)
