import asyncio
import json

import pytest

from tests.gateway.admin.asking import CROWD, holding, visiting
from tests.gateway.within import client, run, settled
from tests.ledger.samples import entry
from tierwise.gateway.admin import following
from tierwise.gateway.admin.following import events, news
from tierwise.gateway.routes import app
from tierwise.ledger import Query


def told(text: bytes) -> list[tuple[str, str, object]]:
    """Events: what they are, where they are, and what they say."""
    found = []
    for block in text.decode().strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if lines:
            found.append((lines["event"], lines.get("id", ""), json.loads(lines["data"])))
    return found


def test_news_is_what_came_after_an_entry() -> None:
    recent = CROWD[9::-1]
    assert [one.id for one in news(recent, "e00007")] == ["e00009", "e00008"]
    assert news(recent, "e00009") == []
    assert len(news(recent, "gone")) == 10


def test_events_come_in_order_and_only_what_fits() -> None:
    found = told(events(CROWD[39::-1], Query(fields={"team": "core"})))
    wanted = [one.id for one in CROWD[:40] if one.asker.team == "core"]
    assert [name for _, name, _ in found] == wanted
    assert {kind for kind, _, _ in found} == {"request"}
    assert events(CROWD[5::-1], Query(fields={"team": "nobody"})) == b""


def test_what_comes_too_fast_is_counted() -> None:
    found = told(events(CROWD[99::-1], Query()))
    assert found[0] == ("missed", "", {"missed": 50})
    assert [name for _, name, _ in found[1:]] == [one.id for one in CROWD[50:100]]


def test_a_follower_hears_of_what_comes_and_where_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "EVERY", 0.002)
    monkeypatch.setattr(following, "QUIET", 0.02)

    async def drill() -> None:
        async with holding() as (made, _):
            one = client(b"")
            made.ledger.record(entry("tw-0"))
            task = asyncio.ensure_future(app(made)(visiting("GET", "/admin/live?team=core", {}), one.receive, one.send))
            await settled(lambda: b": following" in one.body)
            made.ledger.record(entry("tw-1"))
            await settled(lambda: b"id: tw-1" in one.body)
            made.ledger.record(entry("tw-2", team="another"))
            await settled(lambda: b"event: place\nid: tw-2" in one.body)
            await settled(lambda: b": still here" in one.body)
            made.closing = True
            await asyncio.wait_for(task, 20)
            assert dict(one.sent[0]["headers"])[b"content-type"].startswith(b"text/event-stream")
            assert [(kind, name) for kind, name, _ in told(one.body)] == [("request", "tw-1"), ("place", "tw-2")]

    run(drill())


def test_a_follower_that_comes_again_has_missed_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "EVERY", 0.002)
    monkeypatch.setattr(following, "LASTS", 0.01)

    async def drill() -> None:
        async with holding() as (made, _):
            for name in ("tw-0", "tw-1", "tw-2"):
                made.ledger.record(entry(name))
            one = client(b"")
            await app(made)(visiting("GET", "/admin/live?after=tw-0", {}), one.receive, one.send)
            assert [name for _, name, _ in told(one.answered.body)] == ["tw-1", "tw-2"]

    run(drill())
