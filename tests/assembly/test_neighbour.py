"""A gateway as a cascade next door sees it: where it is, whether it keeps the same ledger, and one of our own that does not come up."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tierwise.assembly import neighbour
from tierwise.assembly.neighbour import STRANGER, Answer, Child, NoGateway
from tierwise.config.settings import ServerSettings

OURS = "tw-" + "a" * 43
Says = Callable[[str, str], tuple[int, bytes]]


@contextmanager
def serving(says: Says) -> Iterator[str]:
    """A server that answers a path and a key."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = says(self.path, self.headers.get("authorization", "").removeprefix("Bearer "))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as the original calls it
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("127.0.0.1", 8484, "http://127.0.0.1:8484"),
        ("0.0.0.0", 80, "http://127.0.0.1:80"),  # noqa: S104  # what others listen on
        ("::", 80, "http://[::1]:80"),
        ("::1", 80, "http://[::1]:80"),
        ("gateway.test", 8484, "http://gateway.test:8484"),
        ("127.0.0.1", 0, ""),
    ],
)
def test_the_settings_gateway_is_asked_where_it_can_be_reached_from_here(host: str, port: int, address: str) -> None:
    assert neighbour.settled(ServerSettings(host=host, port=port)) == address


@pytest.mark.parametrize(("body", "said"), [(b'{"a": 1}', {"a": 1}), (b"[1]", {}), (b"<html>", {}), (b"", {}), (b"\xff", {})])
def test_an_answer_that_is_no_object_says_nothing(body: bytes, said: dict[str, int]) -> None:
    assert Answer(200, body).said() == said


@pytest.mark.parametrize(
    ("knows", "shares"),
    [
        (lambda key: key == OURS, True),
        (lambda _key: True, False),
        (lambda _key: False, False),
        (lambda key: key == STRANGER, False),
    ],
)
def test_a_gateway_keeps_our_ledger_if_it_takes_our_key_and_no_other(
    knows: Callable[[str], bool],
    shares: bool,  # noqa: FBT001  # what is expected
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(neighbour, "KNOWN", 0.1)
    with serving(lambda _path, key: (200 if knows(key) else 401, b"{}")) as address:
        assert neighbour.shares(address, OURS) is shares


def test_a_key_that_may_not_do_this_is_known_and_one_that_cannot_be_checked_is_not() -> None:
    for status, known in ((403, True), (429, True), (401, False), (503, False)):
        with serving(lambda _path, _key, status=status: (status, b"{}")) as address:  # type: ignore[misc]  # of each turn
            assert neighbour.takes(address, OURS) is known


def test_only_a_gateway_of_ours_is_here() -> None:
    assert not neighbour.here("")
    assert not neighbour.here("http://127.0.0.1:1")
    with serving(lambda path, _key: (200, b'{"status": "ok"}') if path == "/healthz" else (404, b"")) as address:
        assert neighbour.here(address)
    with serving(lambda _path, _key: (200, b"<html>somebody else's</html>")) as address:
        assert not neighbour.here(address)


def test_one_that_does_not_come_up_says_why_in_its_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tierwise.yaml").write_text("polcy: cheapest\n")
    with pytest.raises(NoGateway, match=r"could not be started: .*did you mean .?policy"):
        neighbour.started(tmp_path / "tierwise.yaml", tmp_path / "log")
    (tmp_path / "tierwise.yaml").write_text(f"ledger: {{store: {tmp_path / 'ledger.db'}}}\n")
    monkeypatch.setattr(neighbour, "STARTS", 0.0)
    with pytest.raises(NoGateway, match="it said nothing"):
        neighbour.started(tmp_path / "tierwise.yaml", tmp_path / "other.log")


def test_one_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbour, "ENDS", 0.2)
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", stubborn], stdin=subprocess.PIPE)  # noqa: S603  # our own words
    child = Child(process, "http://127.0.0.1:1")
    assert child.alive()
    child.close()
    assert not child.alive()
