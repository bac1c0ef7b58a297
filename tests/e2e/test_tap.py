import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from e2e.kit.tap import tapped


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.send_response(404)
        self.send_header("content-length", "5")
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.send_response(101)
        self.end_headers()
        self.wfile.write(b"anything at all")
        self.close_connection = True

    def log_message(self, *_given: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_bytes_pass_and_calls_are_noted_one_after_the_other_on_a_connection(port: int) -> None:
    with tapped(port) as tap:
        connection = http.client.HTTPConnection("127.0.0.1", tap.port, timeout=5)
        answers = []
        for method, path, body in (("HEAD", "/", None), ("POST", "/v1/a?b", b"one" * 50_000), ("POST", "/v1/a?b", b"two")):
            connection.request(method, path, body)
            reply = connection.getresponse()
            answers.append((reply.status, reply.read()))
        connection.close()
        assert answers == [(404, b""), (200, b"one" * 50_000), (200, b"two")]
        assert [(one.method, one.path, one.status) for one in tap.calls] == [
            ("HEAD", "/", 404),
            ("POST", "/v1/a?b", 200),
            ("POST", "/v1/a?b", 200),
        ]
        assert [one.body for one in tap.calls] == [b"", b"one" * 50_000, b"two"]
        assert tap.calls[1].answered == b"one" * 50_000
        assert len({one.digest for one in tap.calls}) == 3


def test_after_an_upgrade_bytes_only_pass(port: int) -> None:
    with tapped(port) as tap:
        connection = http.client.HTTPConnection("127.0.0.1", tap.port, timeout=5)
        connection.request("GET", "/v1/responses", headers={"upgrade": "websocket", "connection": "upgrade"})
        assert connection.sock is not None
        seen = b""
        while piece := connection.sock.recv(4096):
            seen += piece
        connection.close()
        assert seen.endswith(b"anything at all")
        assert [(one.path, one.status) for one in tap.calls] == [("/v1/responses", 101)]
