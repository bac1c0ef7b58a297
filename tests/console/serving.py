"""Gateways for the browser: in this process, on a port of their own, over a store that is filled, empty, large or away."""

import json
import shutil
import socket
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from msgspec import Struct

from tests.gateway import within
from tierwise import assembly
from tierwise.assembly import seeding
from tierwise.assembly import serving as assembled
from tierwise.assembly.keeping import Keeping
from tierwise.assembly.serving import Transports
from tierwise.config.settings import BudgetSettings, KeySettings, Settings
from tierwise.gateway.admin.archive import opened as archived
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.routes import app
from tierwise.ledger import Store
from tierwise.ledger.stores import sqlite
from tierwise.upstream.scripted import Scripted

ADMIN, READER, CLIENT = "the-admins-own-secret", "the-readers-own-secret", "the-clients-own-secret"
KEYS = (
    KeySettings(name="boss", key=ADMIN, role="admin"),
    KeySettings(name="eye", key=READER, role="reader"),
    KeySettings(name="worker", key=CLIENT),
)
HOUSE = BudgetSettings(name="house", limit=2000.0)


def filled(path: Path) -> Path:
    """A SQLite file with the demo's ledger."""
    store = sqlite.opened(str(path))
    seeding.seed(store, within.built(b"{}"), time.time_ns() // 1_000_000)
    store.close()
    return path


def multiplied(source: Path, path: Path, count: int) -> Path:
    """A SQLite file with so many entries or more, made of those of another."""
    shutil.copy(source, path)
    connection = sqlite3.connect(path, isolation_level=None)
    there = connection.execute("SELECT max(seq) FROM entries").fetchone()[0]
    columns = ", ".join(
        name for _, name, *_ in connection.execute("PRAGMA table_info(entries)") if name not in {"seq", "id", "at", "session"}
    )
    for round_ in range(1, count // there + 1):
        connection.execute(
            f"INSERT INTO entries (seq, id, at, session, {columns}) SELECT seq + ?, id || ?, at - ?, session || ?, {columns} "  # noqa: S608
            "FROM entries WHERE seq <= ?",
            (round_ * there, f"{round_:02}", round_ * 977, f"-{round_}", there),
        )
    connection.close()
    return path


def gateway(store: Store | None, keys: Sequence[KeySettings] = (), address: str = "") -> Gateway:
    """A gateway whose demo upstream answers, before a store; its records stay in memory, as if the writer were slow."""
    house = assembly.house(Settings(keys=tuple(keys), budgets=(HOUSE,)))
    transports = Transports(Scripted(pace=0), Scripted(pace=0))
    made = assembled.gateway(
        house, assembled.stocked(house, {}, transports), {}, transports, Keeping(store, store, address, None, "console")
    )
    made.archive = archived(store, patience=1.0)
    return made


Make = Callable[[], Gateway]


class Server(Struct):
    """A gateway on a port, in a thread; it can be stopped, and started anew."""

    make: Make
    port: int = 0
    one: uvicorn.Server | None = None
    thread: threading.Thread | None = None
    made: Gateway | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve; on the same port as before."""
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", self.port))
        self.port = bound.getsockname()[1]
        self.made = self.make()
        self.one = uvicorn.Server(uvicorn.Config(app(self.made), log_level="error", timeout_graceful_shutdown=1, lifespan="on"))
        self.thread = threading.Thread(target=self.one.run, kwargs={"sockets": [bound]})
        self.thread.start()
        while not self.one.started:
            assert self.thread.is_alive()
            time.sleep(0.01)

    def stop(self) -> None:
        """Serve no more."""
        if self.one is None or self.thread is None or self.made is None:
            return
        self.made.closing = True
        self.one.should_exit = True
        self.thread.join()
        self.one = None

    def ask(self, words: str, key: str = CLIENT, session: str = "made-by-a-test") -> str:
        """Send a request as a client does; its id."""
        body = json.dumps({"model": "auto", "messages": [{"role": "user", "content": words}]}).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {key}", "x-tierwise-session": session}
        asked = urllib.request.Request(f"{self.base}/v1/chat/completions", body, headers)  # noqa: S310  # our own server
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            return str(answer.headers["x-tierwise-id"])


def over(path: Path, keys: Sequence[KeySettings] = KEYS) -> Make:
    """Makes a gateway over a file of SQLite."""
    return lambda: gateway(sqlite.opened(str(path)), keys, str(path))


@contextmanager
def serving() -> Iterator[Callable[[Make], Server]]:
    """Serves gateways; at the end they and their stores are closed."""
    servers: list[Server] = []

    def served(make: Make) -> Server:
        server = Server(make)
        servers.append(server)
        server.start()
        return server

    try:
        yield served
    finally:
        for server in servers:
            server.stop()


class Broken(Struct):
    """A store that can be made to be away."""

    behind: Store
    error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        """What the store behind does, unless it is away."""
        if self.error is not None and name != "close":
            raise self.error
        return getattr(self.behind, name)
