"""What real clients sent, served by an upstream of each wire: the protocols are judged there as strictly as real providers do."""

from pathlib import Path

import pytest

from tests.gateway.drill import ENDS, PATHS
from tests.gateway.test_bodies import captures
from tests.gateway.within import Sold, called, gateway, last, run
from tierwise.upstream.scripted import Scripted

ABLE = {"tools": True, "images": True, "json_schema": True, "reasoning": "optional", "context_window": 1_000_000, "max_output": 64_000}


@pytest.mark.parametrize("upstream", PATHS)
@pytest.mark.parametrize("wire", PATHS)
def test_every_recorded_request_is_answered(shared: Path, wire: str, upstream: str) -> None:
    made = gateway(Sold("one/alpha", Scripted(pace=0), (upstream,), more=ABLE))

    async def scene() -> int:
        seen = 0
        for one in captures(shared):
            if one.wire != wire:
                continue
            answer = await called(made, "POST", PATHS[wire], one.bytes, one.headers)
            if "previous_response_id" in one.body:
                assert answer.status == 400, one.name
                assert answer.json["error"]["message"]
                continue
            assert answer.status == 200, f"{one.name}: {answer.body!r}"
            assert last(made).fault is None
            if one.body.get("stream"):
                assert ENDS[wire] in answer.frames[-1][1], f"{one.name}: {answer.body[-300:]!r}"
            seen += 1
        return seen

    assert run(scene()) > 30


def test_sessions_of_the_clients_that_name_them_are_known(shared: Path) -> None:
    made = gateway(Sold("one/alpha", Scripted(pace=0), tuple(PATHS), more=ABLE))

    async def scene() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for one in captures(shared):
            if "claude-code" in one.name or "codex/" in one.name:
                await called(made, "POST", PATHS[one.wire], one.bytes, one.headers)
                found.setdefault(str(Path(one.name).parent), set()).add(last(made).asker.session)
                assert last(made).asker.client in {"claude_code", "codex"}, one.name
        return found

    sessions = run(scene())
    assert sessions
    assert all("" not in named for named in sessions.values())
