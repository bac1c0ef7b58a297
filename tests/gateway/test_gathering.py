"""Bodies read to their end."""

from typing import Any

import pytest
from msgspec import Struct

from tests.gateway.within import run
from tierwise.core.faults import Fault
from tierwise.gateway.gathering import gathered
from tierwise.upstream.door import Broken


class Coming(Struct):
    """An answer whose body comes in these pieces, an exception among them where it breaks."""

    pieces: list[Any]
    closed: int = 0
    status: int = 200
    headers: dict[str, str] = {}

    async def chunk(self) -> bytes:
        one = self.pieces.pop(0) if self.pieces else b""
        if isinstance(one, Exception):
            raise one
        return bytes(one)

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("pieces", [[], [b"whole"], [b"in ", b"some ", b"pieces"]])
def test_a_body_is_all_of_its_pieces(pieces: list[bytes]) -> None:
    reply = Coming(list(pieces))
    assert run(gathered(reply)) == b"".join(pieces)
    assert reply.closed


def test_a_body_without_end_is_given_up() -> None:
    reply = Coming([b"x" * 1000] * 100)
    with pytest.raises(Broken) as error:
        run(gathered(reply, 5000))
    assert error.value.fault.kind == "too_long"
    assert len(reply.pieces) > 90
    assert reply.closed


def test_a_body_that_breaks_is_closed_too() -> None:
    reply = Coming([b"half", Broken(Fault("dropped"))])
    with pytest.raises(Broken):
        run(gathered(reply))
    assert reply.closed
