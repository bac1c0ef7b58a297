"""Who has begun to rest and who serves again."""

import asyncio

from msgspec import Struct

from tests.gateway.within import Sold, gateway, posted, request, run
from tierwise.core.decision import Outage
from tierwise.core.notices import Notice, told
from tierwise.gateway.rests import Rests
from tierwise.upstream.scripted import Scripted, playing, whole


class Heard(Struct):
    notices: list[Notice] = []

    def tell(self, notice: Notice) -> None:
        self.notices.append(notice)

    def taken(self) -> list[tuple[str, str]]:
        found = [(one.kind, str(one.about["endpoint"])) for one in self.notices]
        self.notices.clear()
        return found


def test_each_change_is_told_once() -> None:
    down: dict[str, Outage] = {}
    heard = Heard()
    rests = Rests(lambda _: down, lambda: 1_000, heard)
    rests.look()
    assert heard.taken() == []
    down |= {"two/beta": Outage(3_500, "it is tired"), "one/alpha": Outage(2_000, "it is tired")}
    rests.look()
    rests.look()
    assert [told(one) for one in heard.notices] == [f"an endpoint rests: {name}, since it is tired" for name in ("one/alpha", "two/beta")]
    assert heard.notices[1].about["seconds"] == 2.5
    assert heard.taken() == [("endpoint_rests", "one/alpha"), ("endpoint_rests", "two/beta")]
    del down["one/alpha"]
    rests.look()
    assert heard.taken() == [("endpoint_serves", "one/alpha")]


def test_a_provider_that_fails_is_told_of_and_that_it_is_back() -> None:
    made = gateway(Sold("one/alpha", playing(whole(b"{}", 500))), Sold("two/beta", Scripted(pace=0), price=2))
    heard, at = Heard(), [0]
    rests = Rests(made.health.down, lambda: made.clock.now() + at[0], heard)
    run(posted(made, "openai_chat", request("openai_chat")))
    rests.look()
    assert heard.taken() == [("endpoint_rests", "one/alpha")]
    at[0] = 3_600_000
    rests.look()
    assert heard.taken() == [("endpoint_serves", "one/alpha")]


def test_it_looks_by_itself_while_the_gateway_runs() -> None:
    heard = Heard()

    async def look() -> None:
        task = asyncio.ensure_future(Rests(lambda _: {"one/alpha": Outage(5, "x")}, lambda: 1, heard).run())
        await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(look())
    assert heard.taken() == [("endpoint_rests", "one/alpha")]
