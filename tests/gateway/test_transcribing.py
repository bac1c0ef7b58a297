"""Answers that are kept: streams as whole answers, so that no secret hides between two pieces."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec import Struct

from tests.gateway.drill import PATHS
from tests.gateway.within import Sold, gateway, posted, request, run
from tierwise import plugins
from tierwise.config.settings import KeySettings
from tierwise.core.entry import Entry, Record
from tierwise.core.wire import Voice
from tierwise.gateway.transcribing import transcribed
from tierwise.upstream.scripted import Scripted

WIRES = {one.name: one for one in plugins.found(plugins.WIRES)}


class Seen(Struct):
    """A ledger that keeps what it is given, as the spool would get it."""

    entries: list[Any] = []

    def record(self, record: Record) -> None:
        self.entries.append(record)

    def find(self, name: str) -> Entry | None:
        return next((one for one in self.entries if one.id == name), None)

    def recent(self, count: int) -> Sequence[Entry]:
        return self.entries[::-1][:count]

    async def close(self) -> None:
        """Nothing is left to write."""


KEPT = KeySettings(name="me", key="k", bodies=True)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("wire", sorted(PATHS))
def test_what_was_asked_and_answered_is_kept_whole(wire: str, stream: bool) -> None:  # noqa: FBT001  # a column
    made = gateway(Sold("one/alpha", Scripted(pace=0), (wire,)), keys=(KEPT,))
    made.ledger = seen = Seen()
    answer = run(posted(made, wire, request(wire, stream=stream, words="say hello"), {"x-api-key": "k"}))
    assert answer.status == 200
    bodies = seen.entries[0].bodies
    assert bodies is not None
    assert json.loads(bodies.prompt) == request(wire, stream=stream, words="say hello")
    told = json.loads(bodies.answer)
    whole = run(posted(gateway(Sold("one/alpha", Scripted(pace=0), (wire,))), wire, request(wire, words="say hello"))).json
    assert told.keys() <= whole.keys() | {"usage"}


def test_a_key_that_does_not_ask_for_it_has_nothing_kept() -> None:
    made = gateway(Sold("one/alpha", Scripted(pace=0)), keys=(KeySettings(name="me", key="k"),))
    made.ledger = seen = Seen()
    run(posted(made, "openai_chat", request("openai_chat"), {"x-api-key": "k"}))
    assert seen.entries[0].bodies is None


@pytest.mark.parametrize("said", [b"", b'{"whole": 1}', b"data: {half", b'data: {"error": {"message": "no"}}\n\n', b": only a comment\n\n"])
def test_what_is_no_good_stream_stays_as_it_was_sent(said: bytes) -> None:
    assert transcribed(WIRES["openai_chat"], said, Voice("a", 1, "m")) == said
