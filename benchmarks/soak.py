"""Memory over a long run: 200,000 requests, then 2,000 streams at once. What the gateway holds must not grow."""

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from benchmarks.kit.bench import Bar, Benchmark, Take
from benchmarks.kit.clock import MIB, Failed, tierwise
from benchmarks.serving import CONFIG, PATH, Running, body, compiled, free_port, running

REQUESTS: Final = 200_000
ROUND: Final = 20_000
STREAMS: Final = 2_000
INTERVAL: Final = 20
"""Milliseconds between two events of a stream: with 51 of them, all streams are open at once."""

LONGEST: Final = 900
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def held(server: Running) -> float:
    """MiB of memory that a server holds."""
    return int(Path(f"/proc/{server.process.pid}/statm").read_text(encoding="utf-8").split()[1]) * PAGE / MIB


def sent(load: Path, server: Running, file: Path, connections: int, requests: int) -> None:
    """Send so many requests; Failed where one is not answered well."""
    command = [*map(str, (load, server.port, PATH, file, connections, LONGEST, requests))]
    told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own program
    if told.returncode or '"bad": 0,' not in told.stdout:
        raise Failed(f"{told.stdout} {told.stderr}".strip())


@contextmanager
def run() -> Iterator[Take]:
    """A provider that answers at once, one that takes a second for a stream, and the gateway."""
    files = STREAMS * 4 + 256
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, limits[1]) if limits[1] >= 0 else files, limits[1]))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tierwise-soak-")))
        load, provider = compiled("load", folder), compiled("provider", folder)
        small, stream = folder / "small.json", folder / "stream.json"
        small.write_bytes(body(2_000, stream=False))
        stream.write_bytes(body(2_000, stream=True))

        def served(name: str, *interval: int) -> Running:
            """A gateway in front of a provider."""
            ports = free_port(), free_port()
            stack.enter_context(running([provider, ports[0], *interval], ports[0], 1))
            (folder / name).write_text(CONFIG.format(port=ports[0], folder=folder), encoding="utf-8")
            return stack.enter_context(running(tierwise("serve", "--config", str(folder / name), "--port", str(ports[1])), ports[1], 0))

        quick, slow = served("quick.yaml"), served("slow.yaml", INTERVAL)

        def take() -> Mapping[str, float]:
            sent(load, quick, small, 32, ROUND)
            begins = held(quick)
            sent(load, quick, small, 32, REQUESTS - ROUND)
            sent(load, slow, stream, STREAMS, STREAMS)
            once = held(slow)
            for _ in range(4):
                sent(load, slow, stream, STREAMS, STREAMS)
            return {
                "after 20,000 requests": begins,
                "after 200,000 / after 20,000": held(quick) / begins,
                "after 2,000 streams at once": once,
                "after five times as many / once": held(slow) / once,
            }

        yield take


BENCHMARK: Final = Benchmark(
    "soak",
    {
        "after 20,000 requests": Bar("MiB"),
        "after 200,000 / after 20,000": Bar("x", 1.05),
        "after 2,000 streams at once": Bar("MiB"),
        "after five times as many / once": Bar("x", 1.05),
    },
    run,
    rounds=1,
    on_request=True,
)
