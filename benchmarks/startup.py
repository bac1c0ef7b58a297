"""What it takes to start: importing the package, the command, opening the price book and the house; and how many packages it stands on."""

import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.kit.bench import Bar, Benchmark, Take
from benchmarks.kit.clock import cpu_seconds, spent, tierwise
from tierwise import assembly
from tierwise.catalog import store
from tierwise.config.settings import Settings

PROJECT: Final = Path(__file__).parents[1] / "pyproject.toml"
MILLI: Final = 1000


def dependencies() -> int:
    """Direct runtime dependencies of the base install."""
    return len(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["dependencies"])


@contextmanager
def run() -> Iterator[Take]:
    """The commands run where there is no tierwise.yaml; the price book comes from a cache of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store.opened(folder)

        def take() -> Mapping[str, float]:
            return {
                "python alone": MILLI * spent([sys.executable, "-c", ""], folder).cpu,
                "import tierwise": MILLI * spent([sys.executable, "-c", "import tierwise"], folder).cpu,
                "tierwise --version": MILLI * spent(tierwise("--version"), folder).cpu,
                "tierwise models --json": MILLI * spent(tierwise("models", "--json"), folder).cpu,
                "the price book, from its cache": MILLI * cpu_seconds(lambda: store.opened(folder), 3),
                "the whole house": MILLI * cpu_seconds(lambda: assembly.house(Settings()), 3),
                "direct dependencies": dependencies(),
            }

        yield take


BENCHMARK: Final = Benchmark(
    "startup",
    {
        "python alone": Bar("ms"),
        "import tierwise": Bar("ms", 150),
        "tierwise --version": Bar("ms", 300),
        "tierwise models --json": Bar("ms"),
        "the price book, from its cache": Bar("ms"),
        "the whole house": Bar("ms"),
        "direct dependencies": Bar("", 10),
    },
    run,
)
