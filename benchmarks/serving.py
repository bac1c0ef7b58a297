"""The gateway under load, next to nginx: CPU for a request of 2, 30 and 400 KB and for a streamed one, and what it adds to the wait.

A load generator and a stand-in provider of our own (benchmarks/load, compiled with gcc) run on one core, what is measured on another.
CPU is that of the server in user and system mode, at 32 connections; the wait is at one connection, minus the provider's own. nginx is
measured in the same rounds where it is installed: it is the limit of what a relay can cost.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from benchmarks.kit.bench import Bar, Benchmark, Take
from benchmarks.kit.clock import Failed, tierwise
from benchmarks.kit.texts import text

HERE: Final = Path(__file__).parent / "load"
CONNECTIONS: Final = 32
SECONDS: Final = 1.5
TICK: Final = 1 / os.sysconf("SC_CLK_TCK")
MILLI: Final = 1000
PATH: Final = "/v1/chat/completions"

CONFIG: Final = """\
endpoints:
  - {{id: one/alpha, wires: [openai_chat], prices: {{input: 1, output: 2}}, tier: flash, context_window: 1000000}}
  - {{id: two/beta, wires: [openai_chat], prices: {{input: 2, output: 4}}, tier: mid, context_window: 1000000}}
providers:
  one: {{url: "http://127.0.0.1:{port}/v1"}}
  two: {{url: "http://127.0.0.1:{port}/v1"}}
keys:
  - {{name: bench, key: bench}}
ledger: {{store: "{folder}/ledger.db"}}
"""

NGINX: Final = """\
worker_processes 1; master_process off; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_body_buffer_size 1m; client_max_body_size 64m; keepalive_requests 10000000; proxy_buffering off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  upstream provider {{ server 127.0.0.1:{provider}; keepalive 64; keepalive_requests 10000000; }}
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
}}
"""

SIZES: Final = MappingProxyType(
    {"2 KB": (2_000, False), "30 KB": (30_000, False), "400 KB": (400_000, False), "streamed, 51 events": (2_000, True)}
)
"""What is sent: about so many bytes, streamed or not."""


class Running(Struct, frozen=True):
    """A server under load: its process and port."""

    process: "subprocess.Popen[bytes]"
    port: int

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK


def body(size: int, *, stream: bool) -> bytes:
    """A conversation of about so many bytes."""
    dice, turns = Random(size), max(1, size // 4200)  # noqa: S311  # not for secrets
    said = [{"role": ("user", "assistant")[turn % 2], "content": text("code", size // turns - 60, dice)} for turn in range(turns | 1)]
    asked = {"model": "auto", "max_tokens": 1024, "messages": [{"role": "system", "content": "You are a careful engineer."}, *said]}
    options = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
    return json.dumps(asked | options).encode()


def compiled(name: str, folder: Path) -> Path:
    """A program of benchmarks/load."""
    if shutil.which("gcc") is None:
        raise Failed("gcc is needed to compile the load generator")
    made = folder / name
    subprocess.run(["gcc", "-O2", "-o", made, HERE / f"{name}.c"], check=True, capture_output=True)  # noqa: S603, S607  # our own program
    return made


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(command: list[Any], port: int, core: int) -> Iterator[Running]:
    """A server on a core of its own, listening."""
    pinned = ["taskset", "-c", str(core), *map(str, command)] if shutil.which("taskset") else list(map(str, command))
    process = subprocess.Popen(pinned, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # our own commands
    try:
        _listening(process, port)
        yield Running(process, port)
    finally:
        process.terminate()
        process.wait()


def _listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(200):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise Failed(f"nobody listens on port {port}")


def loaded(load: Path, port: int, file: Path, connections: int = CONNECTIONS) -> dict[str, float]:
    """What came back under load: counts, and times in microseconds."""
    command = [*map(str, ("taskset", "-c", 1, load, port, PATH, file, connections, SECONDS))]
    told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own program
    found: dict[str, float] = json.loads(told.stdout)
    if found["bad"] or not found["requests"]:
        raise Failed(f"{found['bad']:.0f} of the requests to port {port} were not answered well")
    return found


def measured(load: Path, server: Running, file: Path) -> float:
    """Milliseconds of CPU that a request costs a server."""
    before = server.cpu()
    requests = loaded(load, server.port, file)["requests"]
    return MILLI * (server.cpu() - before) / requests


@contextmanager
def run() -> Iterator[Take]:
    """A provider, the gateway and nginx, all on loopback."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tierwise-bench-")))
        load, provider = compiled("load", folder), compiled("provider", folder)
        ports = [free_port() for _ in range(3)]
        files = {name: folder / f"{place}.json" for place, name in enumerate(SIZES)}
        for name, (size, stream) in SIZES.items():
            files[name].write_bytes(body(size, stream=stream))
        (folder / "tierwise.yaml").write_text(CONFIG.format(port=ports[0], folder=folder), encoding="utf-8")
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, provider=ports[0], port=ports[2]), encoding="utf-8")
        stack.enter_context(running([provider, ports[0]], ports[0], 1))
        ours = tierwise("serve", "--config", str(folder / "tierwise.yaml"), "--port", str(ports[1]))
        servers = {"tierwise": stack.enter_context(running(ours, ports[1], 0))}
        if shutil.which("nginx"):
            servers["nginx"] = stack.enter_context(running(["nginx", "-c", folder / "nginx.conf"], ports[2], 0))
        direct = Running(servers["tierwise"].process, ports[0])

        def take() -> Mapping[str, float]:
            figures = {f"{name}, CPU of {who}": measured(load, one, file) for name, file in files.items() for who, one in servers.items()}
            waits = {name: loaded(load, direct.port, files[name], 1) for name in WAITED}
            for who, one in servers.items():
                for name in WAITED:
                    here = loaded(load, one.port, files[name], 1)
                    figures[f"{name}, added wait of {who}"] = (here["p50"] - waits[name]["p50"]) / MILLI
                    figures[f"{name}, added to the first byte by {who}"] = (here["first_p50"] - waits[name]["first_p50"]) / MILLI
            return figures

        yield take


WAITED: Final = ("2 KB", "400 KB")
COMPARED: Final = ("tierwise", *(("nginx",) if shutil.which("nginx") else ()))
LIMITS: Final = MappingProxyType({"2 KB": 0.20, "30 KB": 0.28, "400 KB": 1.5, "streamed, 51 events": 0.45})
BARS: Final = MappingProxyType(
    {
        **{f"{name}, CPU of tierwise": Bar("ms", limit) for name, limit in LIMITS.items()},
        **{f"{name}, CPU of {who}": Bar("ms") for who in COMPARED[1:] for name in LIMITS},
        **{
            f"{name}, {what} {who}": Bar("ms")
            for who in ("tierwise", "nginx")
            for name in WAITED
            for what in ("added wait of", "added to the first byte by")
        },
    }
)

BENCHMARK: Final = Benchmark("serving", BARS, run, rounds=5)
