"""A gateway as a cascade next door sees it: the one that runs at the address of the settings, or one of the cascade's own.

Theory of operation. A gateway will do if it is there and keeps the same ledger. It does if it takes a key that was just put into our store,
whatever else it says to it, and does not take one that nobody has made: a gateway without a store takes both, one on another store neither.
Otherwise a gateway is started as a child process, which ends when the pipe to it does.
"""

import http.client
import os
import re
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import msgspec
from msgspec import Struct

from tierwise.config.settings import ServerSettings

HERE: Final = "127.0.0.1"
ANY: Final[Mapping[str, str]] = {"0.0.0.0": HERE, "::": "[::1]", "*": HERE}  # noqa: S104  # what others listen on
PATIENCE: Final = 5.0
"""Seconds for an answer that goes nowhere else."""
KNOWN: Final = 8.0
"""Seconds within which a gateway sees a key that was just made: it looks each second, and when it is shown one that it does not know."""
AGAIN: Final = 0.15
STARTS: Final = 60.0
"""Seconds within which a gateway of our own has to say where it is; a cold disk and a busy machine take long."""
ENDS: Final = 45.0
ADDRESS: Final = re.compile(rb" at (http://\S+)\n")
SHOWN: Final = 2000

GOOD, UNAUTHORIZED, AWAY = 200, 401, 503
STRANGER: Final = "tw-" + "0" * 43
"""A key that nobody has."""


class NoGateway(OSError):
    """No gateway can be had; the message says why."""


class Answer(Struct, frozen=True):
    """What a gateway said: its status (0: nobody is there) and body."""

    status: int
    body: bytes = b""

    def said(self) -> dict[str, Any]:
        """The body as JSON; empty where it is none."""
        try:
            found = msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return {}
        return found if isinstance(found, dict) else {}


def asked(base: str, path: str, secret: str = "", sent: Mapping[str, object] | None = None) -> Answer:
    """What the gateway at an address answers; with what is `sent` the request is a POST."""
    connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=PATIENCE)
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {secret}"} if secret else {})}
    body = None if sent is None else msgspec.json.encode(sent)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read())
    except (OSError, http.client.HTTPException):
        return Answer(0)
    finally:
        connection.close()


def settled(server: ServerSettings) -> str:
    """The address at which the settings' gateway can be asked from this machine; '' where they name no port."""
    host = ANY.get(server.host, f"[{server.host}]" if ":" in server.host else server.host)
    return f"http://{host}:{server.port}" if server.port else ""


def here(base: str) -> bool:
    """Whether a gateway of ours answers there."""
    return bool(base) and asked(base, "/healthz").said().get("status") == "ok"


def shares(base: str, secret: str) -> bool:
    """Whether the gateway there keeps the ledger that a key was just put into."""
    return knows(base, secret) and not takes(base, STRANGER)


def knows(base: str, secret: str) -> bool:
    """Whether a gateway gets to know a key within a moment."""
    ends = time.monotonic() + KNOWN
    while not takes(base, secret):
        if time.monotonic() > ends:
            return False
        time.sleep(AGAIN)
    return True


def takes(base: str, secret: str) -> bool:
    """Whether a gateway takes a key for one of its own; what it lets it do is another matter."""
    return asked(base, "/v1/models", secret).status not in {0, UNAUTHORIZED, AWAY}


class Child(Struct, frozen=True):
    """A gateway that was started, and where it is."""

    process: "subprocess.Popen[bytes]"
    base: str

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def close(self) -> None:
        """Have it end: what is spooled is in the store then. One that does not is killed."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self.process.wait(ENDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def started(config: Path | None, log: Path) -> Child:
    """A gateway of our own with the same settings, which writes what goes wrong to a file; NoGateway where it does not come up.

    It has a session of its own, so that a Ctrl-C in the terminal reaches the cascade alone, which ends it when all is written down.
    """
    words = [sys.executable, "-P", "-m", "tierwise.cli.lodged", *(["--config", str(config)] if config is not None else [])]
    with log.open("ab") as errors:
        process = subprocess.Popen(  # noqa: S603  # our own program
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True, env={**os.environ}
        )
    child = Child(process, _told(process.stdout))
    if not child.base:
        child.close()
        raise NoGateway(f"a gateway could not be started: {_last(log) or 'it said nothing'}")
    return child


def _told(output: IO[bytes] | None) -> str:
    """The address that a gateway tells in its first line; '' where it does not within STARTS."""
    if output is None:
        return ""
    ends, said = time.monotonic() + STARTS, b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(output, selectors.EVENT_READ)
        while (left := ends - time.monotonic()) > 0 and waiting.select(left):
            some = os.read(output.fileno(), 4096)
            said += some
            found = ADDRESS.search(said)
            if found or not some:
                return found[1].decode() if found else ""
    return ""


def _last(log: Path) -> str:
    """The last line of a file, where it has one."""
    lines: Sequence[str] = log.read_text(errors="replace")[-SHOWN:].split("\n")
    return next((one.strip() for one in reversed(lines) if one.strip()), "")
