"""The shipped weights that requests are read with."""

from importlib.resources import files
from typing import Final

import msgspec

from tierwise.engine.learned import Learned, Weights, ready

FILE: Final = "task-weights.msgpack"


def weights() -> Weights:
    """The weights as training wrote them."""
    return msgspec.msgpack.decode(files("tierwise.catalog").joinpath("data", FILE).read_bytes(), type=Weights)


def learned() -> Learned:
    """The weights, ready to read with."""
    return ready(weights())
