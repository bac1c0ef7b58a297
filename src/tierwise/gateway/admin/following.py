"""Requests as they come in: /admin/live, as server-sent events. The key comes in a header, so a page reads it with fetch.

    id: ID        event: request      data: a row
                  event: missed       data: {"missed": so many}, where more came at once than are shown

The latest entries in memory are looked at twice a second, only while somebody follows, and nothing is asked of the store. An answer ends
after a minute, or when the gateway shuts down; whoever still follows asks again with the last id (`after`) and misses nothing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Final

import msgspec

from tierwise.core.entry import Entry
from tierwise.gateway.admin.asked import asked, filtered
from tierwise.gateway.admin.door import sees
from tierwise.gateway.admin.finding import fits
from tierwise.gateway.app import Call, Route
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.sink import EVENTS
from tierwise.gateway.watching import watched
from tierwise.ledger import Query
from tierwise.ledger.rows import row_of

EVERY: Final = 0.5
LASTS: Final = 60.0
QUIET: Final = 15.0
"""Seconds after which a comment is sent, so that the connection is seen to live."""

MOST: Final = 50
"""Requests that are shown at once."""

LOOKED: Final = 500


async def live(call: Call) -> None:
    """Follow what comes in."""
    given = asked(call.query)
    query = filtered({"span": "all", **given}, call.gateway.clock.now())
    await call.sink.begin(200, [*EVENTS, (b"x-content-type-options", b"nosniff")])
    await watched(_followed(call, query, given.get("after", "")), call.receive)


async def _followed(call: Call, query: Query, after: str) -> None:
    ticks = asyncio.get_running_loop().time
    ends, spoke = ticks() + LASTS, ticks()
    last = after or _latest(call.gateway)
    await call.sink.write(b": following\n\n")
    while ticks() < ends and not call.gateway.closing:
        fresh = news(call.gateway.ledger.recent(LOOKED), last)
        if fresh:
            last = fresh[0].id
            told = events(fresh, query)
            await call.sink.write(told or _comment(last))
            spoke = ticks()
        elif ticks() - spoke > QUIET:
            await call.sink.write(b": still here\n\n")
            spoke = ticks()
        await asyncio.sleep(EVERY)
    await call.sink.end()


def _comment(last: str) -> bytes:
    """Where the follower is, though nothing of it was for them."""
    return b"event: place\nid: %s\ndata: {}\n\n" % last.encode()


def _latest(gateway: Gateway) -> str:
    recent = gateway.ledger.recent(1)
    return recent[0].id if recent else ""


def news(recent: Sequence[Entry], last: str) -> list[Entry]:
    """What has come in since an entry, the latest first."""
    return list(takewhile(lambda one: one.id != last, recent))


def events(fresh: Sequence[Entry], query: Query) -> bytes:
    """New entries that fit, the oldest first, as events; how many were left out before them where they are too many."""
    rows = [row for row in map(row_of, fresh) if fits(row, query)]
    missed = len(rows) - MOST
    parts = [b'event: missed\ndata: {"missed": %d}\n\n' % missed] if missed > 0 else []
    parts += [b"event: request\nid: %s\ndata: %s\n\n" % (row.id.encode(), msgspec.json.encode(row)) for row in reversed(rows[:MOST])]
    return b"".join(parts)


ROUTES: Final[Mapping[str, Route]] = {"/admin/live": Route({"GET": sees(live)})}
