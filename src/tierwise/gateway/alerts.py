"""Somebody is told when a budget reaches a share of its limit, and when it lets nothing more through: in the log, and by webhook.

Each process sees what all have spent (gateway/purses). The one that is first to say so takes a token of which the store has one per budget,
period and share, so that one of them tells and the others do not; the same goes after a restart, as long as it takes less time than a
lease. This is best effort: while the store is away, or when the process that told has ended, an alert may come twice, and a webhook that
does not answer is tried three times and then given up, which is a notice in the log.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from msgspec import Struct

from tierwise.core.budgets import Budget, crossed, dated, renews
from tierwise.core.entry import Drawn
from tierwise.core.money import PER_DOLLAR, shown
from tierwise.core.notices import Notice, Silent, Teller
from tierwise.gateway.purses import Purses, Wallet
from tierwise.upstream.door import Broken, Patience, Sent, Upstream

TRIES: Final = 3
PAUSE: Final = 2.0
"""Seconds before a webhook is tried again, and twice as many before the next time."""
ALL: Final = 1.0
GOOD: Final = range(200, 300)
WAIT: Final = Patience(5.0, 10.0, 10.0)
MARK: Final = "alert\n"
"""How the names of tokens begin; no budget may be called so."""


class Alert(Struct, frozen=True):
    """What a webhook is told, in words and in numbers (dollars, milliseconds)."""

    text: str
    budget: str
    scope: str
    of: str
    period: str
    share: float
    refusing: bool
    spent: float
    limit: float
    began: int
    renews: int | None
    at: int


class Told(Struct):
    """What was told of a budget's period: what had been spent then, and whether that it lets nothing more through."""

    drawn: Drawn
    spent: int
    refusing: bool = False


class Alerts(Struct):
    """What was told so far, by budget. `pause` is in seconds."""

    transport: Upstream | None
    clock: Callable[[], int]
    teller: Teller = Silent()
    pause: float = PAUSE
    told: dict[str, Told] = {}
    posting: "set[asyncio.Task[None]]" = set()

    async def given(self, purses: Purses) -> None:
        """Tell what is to be told now."""
        for wallet in list(purses.open.values()):
            for share, refusing in list(self._due(wallet)):
                if await self._ours(purses, wallet.drawn, share):
                    self._give(wallet, share, refusing=refusing)

    def _due(self, wallet: Wallet) -> Iterator[tuple[float, bool]]:
        """The shares reached since the last time. What was spent before this process looked first was told by another."""
        before = self.told.get(wallet.budget.name)
        if before is None or before.drawn != wallet.drawn:
            spent = 0 if before is not None else wallet.spent
            before = self.told[wallet.budget.name] = Told(wallet.drawn, spent)
        spent, refusing = max(before.spent, wallet.spent), wallet.refusing and not before.refusing
        shares = crossed(wallet.budget, before.spent, spent)
        before.spent, before.refusing = spent, before.refusing or wallet.refusing
        yield from ((one, False) for one in shares)
        if refusing and wallet.budget.alerts:
            yield ALL + 1, True

    async def _ours(self, purses: Purses, drawn: Drawn, share: float) -> bool:
        """Whether it is for this process to tell: the first to take the one token there is. While the store is away everybody tells."""
        token, holder = Drawn(f"{MARK}{drawn.budget}\n{share:g}", drawn.began), purses.holder
        got: list[int] = []
        heard = await purses.told(lambda store: store.hold(holder, token, 1, 1), got.append)
        return not heard or got == [1]

    def _give(self, wallet: Wallet, share: float, *, refusing: bool) -> None:
        alert = alerted(wallet, share, self.clock(), refusing=refusing)
        about: dict[str, str | int | float] = {"budget": alert.budget, "share": alert.share, "spent": alert.spent, "limit": alert.limit}
        self.teller.tell(Notice("budget_spent" if refusing else "budget_alert", alert.text, about, alert.at))
        if wallet.budget.webhook and self.transport is not None:
            task = asyncio.ensure_future(self._posted(self.transport, wallet.budget, msgspec.json.encode(alert)))
            self.posting.add(task)
            task.add_done_callback(self.posting.discard)

    async def _posted(self, transport: Upstream, budget: Budget, body: bytes) -> None:
        """Post an alert; one that is not taken is tried again, and then noticed."""
        why = ""
        for number in range(TRIES):
            if number:
                await asyncio.sleep(self.pause * number)
            why = await _refused(transport, Sent("POST", budget.webhook, {"content-type": "application/json"}, body))
            if not why:
                return
        self.teller.tell(Notice("webhook_failed", f"budget {budget.name}: {why}", {"budget": budget.name}, self.clock()))


async def _refused(transport: Upstream, sent: Sent) -> str:
    """Why a webhook did not take what was posted, '' where it did. Its address may hold a secret and is not told."""
    try:
        reply = await transport.ask(sent, WAIT)
    except Broken as error:
        return error.fault.kind
    reply.close()
    return "" if reply.status in GOOD else f"it answered {reply.status}"


def alerted(wallet: Wallet, share: float, now: int, *, refusing: bool) -> Alert:
    """What is told of a budget that has reached a share of its limit."""
    budget, spent = wallet.budget, wallet.spent
    ends = renews(budget.period, wallet.drawn.began)
    whose = "everything" if budget.scope == "all" else f"{budget.scope} {budget.of}"
    said = f"budget {budget.name} ({whose}): {shown(spent)} of {shown(budget.limit)} is spent"
    state = "requests are refused" if refusing else f"{share:.0%} is reached"
    when = "" if ends is None else f"; it renews at {dated(ends)}"
    return Alert(
        text=f"{said}; {state}{when}",
        budget=budget.name,
        scope=budget.scope,
        of=budget.of,
        period=budget.period,
        share=spent / budget.limit if refusing else share,
        refusing=refusing,
        spent=spent / PER_DOLLAR,
        limit=budget.limit / PER_DOLLAR,
        began=wallet.drawn.began,
        renews=ends,
        at=now,
    )
