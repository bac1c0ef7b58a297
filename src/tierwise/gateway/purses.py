"""Budgets in this process: what it holds of each, and what requests under way have set aside of that.

Theory of operation. The store knows of each budget's period what was spent and what processes hold; all together never hold and spend more
than the limit. A process takes a part of what is left (`Store.hold`) into `free`; a request sets its worst case aside from there, which is
plain arithmetic, and asks the store only when `free` is too small. When it is over, its real cost is what the budget loses: that much of
what was set aside goes into its entry (`reserved`), and the writer's transaction turns it from held into spent; the rest is free again. So

    spent + held <= limit + what answers cost beyond their worst case

holds in the store at any moment, for any number of processes. What is free and not needed goes back (`tended`). What a dead process held
comes back when its lease runs out. A request under way when its period ends is settled in the period in which it began.

With the store away, what is held is used first, as long as the lease runs. Beyond it each process may spend so much of a limit as `extra`
says, once a period, and never more than was left when the store was last seen: requests are served through an outage, and the bound is
known before it.

The money of several budgets is set aside all at once or not at all. All of this runs in the event loop; only the store's answers come from
a thread (gateway/clerk).
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final, TypeVar

from msgspec import Struct, field

from tierwise.core.budgets import Budget, Payer, applying, began, near, refused, renews
from tierwise.core.entry import Drawn
from tierwise.core.faults import Fault
from tierwise.core.money import Amount, Unknown
from tierwise.gateway.clerk import Clerk
from tierwise.ledger import Purse, Store, StoreAway, StoreWrong
from tierwise.recovery.spending import Course, begun, price, renewed, steered

T = TypeVar("T")

FREE: Final = attrgetter("free")
FOREVER: Final = 1 << 62
EXTRA: Final = 0.1
"""The share of a limit that a process may use beyond what it holds while the store is away, unless the settings say another."""
KEPT: Final = 10_000
"""Payers whose budgets are remembered."""
PART: Final = 50
"""A process asks for one part in so many of a limit at a time, ..."""
SHARE: Final = 8
"""... and for at most one part in so many of what is left: near the limit, for little more than it needs."""
TRIES: Final = 3
"""Times that a request asks for more where others were quicker to take what it asked for."""
DRY: Final = 250
"""Milliseconds for which a budget that gave less than was asked is not asked again."""
AWAY: Final = 1_000
"""Milliseconds after which a store that was away is asked again."""
IDLE: Final = 5_000
"""Milliseconds without a request after which all that is free goes back."""
LEASE: Final = 60_000
"""Milliseconds after which what a process holds is given back when it says nothing: clocks of machines may differ by less than that."""


class Wallet(Struct):
    """A budget's period in this process, in pico-dollars.

    `free` is held here and nobody's, `aside` set aside by requests under way, `peak` the most that was lately. `taken` is what is spent or
    held by all processes: what the store said when it was last `seen`, put forward by what happened here since. `spent` is what was spent.
    `beyond` is what was set aside in this period without being held, `ahead` the part of it that is under way. `owed` was free when the
    lease ran out; the store is told when it is back (`giving`: just now). `waiting` is what requests wait for, `dry` until when not to ask.
    `refusing` says that a request was refused, `course` where spending stands against time.
    """

    budget: Budget
    drawn: Drawn
    ends: int
    free: int = 0
    aside: int = 0
    taken: int = 0
    spent: int = 0
    seen: bool = False
    beyond: int = 0
    ahead: int = 0
    owed: int = 0
    giving: bool = False
    waiting: int = 0
    dry: int = 0
    used: int = 0
    peak: int = 0
    refusing: bool = False
    course: Course | None = None

    @property
    def rest(self) -> int:
        """What nobody has taken of the limit, as far as is known."""
        return max(0, self.budget.limit - self.taken - self.ahead)

    def left(self, now: int) -> int:
        """What a request may still set aside: what is free here, and what the store has left unless it just said that this is nothing."""
        return self.free if now < self.dry else self.free + self.rest

    @property
    def wish(self) -> int:
        """How much to ask the store for: what requests wait for, and a little in advance."""
        return max(self.waiting - self.free, self.stock)

    @property
    def stock(self) -> int:
        """How much it is good to have at hand."""
        return min(self.budget.limit // PART, self.rest // SHARE)

    def took(self, asked: int, got: int, now: int) -> None:
        """The store gave something."""
        self.free += got
        self.taken += got
        self.dry = now + DRY if got < asked else 0

    def saw(self, purse: Purse) -> None:
        """The store says what is spent and held. What was spent here counts even while it is on its way there."""
        self.taken, self.spent, self.seen = purse.spent + purse.held, max(self.spent, purse.spent), True

    def surplus(self, now: int) -> int:
        """What is free and neither needed nor good to have at hand; it is not free any more."""
        idle = now >= self.ends or now - self.used > IDLE
        spare = self.free if idle else max(0, self.free - self.stock - max(0, self.peak - self.aside))
        self.peak, self.free, self.taken = self.aside, self.free - spare, self.taken - spare
        return spare


class Reservation(Struct):
    """What a request has set aside in each of some wallets: what is `held` in the store, and what is `beyond` that.

    `flying` is the worst case of its tries under way, `used` what those before cost.
    """

    wallets: tuple[Wallet, ...]
    held: int = 0
    beyond: int = 0
    flying: int = 0
    used: int = 0
    done: bool = False

    @property
    def amount(self) -> int:
        """All that it has set aside."""
        return self.held + self.beyond


class Settled(Struct, frozen=True):
    """What an entry says of budgets: those it counts against, with how much, and how much of what `holder` holds is set free by it."""

    drawn: tuple[Drawn, ...] = ()
    counted: int = 0
    reserved: int = 0
    holder: str = ""


class Funds(Struct, frozen=True, gc=False):
    """What is left for a payer: of its tightest budget, None without one; and the budget that is near its limit, '' for none."""

    left: int | None = None
    near: str = ""


NO_BUDGET: Final = Funds()
NOTHING: Final = Settled()


def _nothing() -> None:
    """Do nothing."""


class Purses(Struct):
    """All budgets in this process. `holder` names it in the store, `extra` is the share of a limit that it may use beyond what it holds.

    `until` is when its lease runs out, `away` until when the store is not asked; `clock` gives milliseconds.
    """

    clerk: Clerk
    holder: str
    clock: Callable[[], int]
    extra: float = EXTRA
    budgets: tuple[Budget, ...] = ()
    open: dict[str, Wallet] = {}
    past: list[Wallet] = []
    known: dict[Payer, tuple[Budget, ...]] = {}
    away: int = 0
    until: int = 0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def take(self, budgets: Iterable[Budget]) -> None:
        """Put other budgets in the place of those there are; wallets of those that stay go on."""
        self.budgets = tuple(budgets)
        self.known.clear()
        named = {one.name: one for one in self.budgets}
        for name, wallet in list(self.open.items()):
            now = named.get(name)
            if now is None or now.period != wallet.budget.period:
                wallet.ends = 0
                self.past.append(self.open.pop(name))
            else:
                wallet.budget, wallet.dry = now, 0

    def wallets(self, payer: Payer, now: int) -> tuple[Wallet, ...]:
        """The wallets that a payer's requests count against at a moment."""
        if not self.budgets:
            return ()
        found = self.known.get(payer)
        if found is None:
            if len(self.known) >= KEPT:
                self.known.clear()
            found = self.known[payer] = applying(self.budgets, payer)
        return tuple([self.wallet(one, now) for one in found])

    def wallet(self, budget: Budget, now: int) -> Wallet:
        """The wallet of a budget at a moment; that of a period that is over is put aside."""
        found = self.open.get(budget.name)
        if found is not None:
            if now < found.ends:
                return found
            self.past.append(found)
        ends = renews(budget.period, now)
        made = Wallet(budget, Drawn(budget.name, began(budget.period, now)), FOREVER if ends is None else ends)
        if found is not None and found.course is not None and found.budget.period == budget.period:
            made.course = renewed(found.course)
        self.open[budget.name] = made
        return made

    def funds(self, payer: Payer, now: int) -> Funds:
        """What is left for a payer."""
        wallets = self.wallets(payer, now)
        if not wallets:
            return NO_BUDGET
        left = min([self._left(one, now) for one in wallets])
        return Funds(left, next((one.budget.name for one in wallets if near(one.budget, one.spent)), ""))

    def price(self, payer: Payer, now: int) -> int | None:
        """The price of quality at which a payer's budgets last their periods; None where none of them has an end."""
        found = [one for one in (_steered(wallet, now) for wallet in self.wallets(payer, now)) if one is not None]
        return min(map(price, found), default=None)

    def _left(self, wallet: Wallet, now: int) -> int:
        return wallet.left(now) if now >= self.away else max(wallet.free, self._allowed(wallet))

    async def reserve(self, payer: Payer, amount: Amount, now: int) -> Reservation | Fault:
        """Set aside what a request may cost in every budget it counts against, or in none; the fault says which has too little."""
        got = Reservation(self.wallets(payer, now))
        return await self.cover(got, amount, now) or got

    async def cover(self, one: Reservation, amount: Amount, now: int) -> Fault | None:
        """See that so much in all is set aside for a request; the fault says which budget has too little, and then nothing changes."""
        if not one.wallets:
            return None
        if isinstance(amount, Unknown):
            return Fault("budget", f"nobody knows what it would cost, so budget {one.wallets[0].budget.name} cannot hold it")
        more = amount - one.amount
        if more <= 0 or (now < self.until and self._set_aside(one, more, now)):
            return None
        return await self._found(one, more)

    async def _found(self, one: Reservation, more: int) -> Fault | None:
        """Set aside what is not at hand."""
        for _ in range(TRIES):
            if not await self._asked(one.wallets, more):
                return self._beyond(one, more)
            if self._set_aside(one, more, self.clock()):
                return None
        now = self.clock()
        return self.refusal(min(one.wallets, key=lambda wallet: wallet.left(now)), now)

    def _set_aside(self, one: Reservation, more: int, now: int) -> bool:
        """Set aside so much in every wallet; whether all of them had it."""
        if min(map(FREE, one.wallets)) < more:
            return False
        for wallet in one.wallets:
            wallet.free -= more
            wallet.aside += more
            wallet.used = now
            wallet.peak = max(wallet.peak, wallet.aside)
        one.held += more
        return True

    def refusal(self, wallet: Wallet, now: int) -> Fault:
        """Why a budget lets nothing more through, and when it does."""
        wallet.refusing = True
        said, after = refused(wallet.budget, now)
        return Fault("budget", said, after=after)

    def poorest(self, payer: Payer, now: int) -> Fault:
        """Why the tightest of a payer's budgets lets nothing more through."""
        found = min(self.wallets(payer, now), key=lambda one: self._left(one, now))
        return self.refusal(found, now) if now >= self.away else self._uncounted(found)

    async def _asked(self, wallets: Sequence[Wallet], more: int) -> bool:
        """Ask the store for what is missing; whether it could be asked. One asks for all who wait."""
        for one in wallets:
            one.waiting += more
        try:
            async with self.asking:
                for one in wallets:
                    if one.free < more and self.clock() >= one.dry and not await self._hold(one):
                        return False
                return self.clock() < self.until or await self.renew()
        finally:
            for one in wallets:
                one.waiting -= more

    async def _hold(self, one: Wallet) -> bool:
        """Hold more of a budget; whether the store answered."""
        asked, limit, drawn, holder = one.wish, one.budget.limit, one.drawn, self.holder
        if self.clock() >= self.until and not await self.renew():
            return False
        return await self.told(lambda store: store.hold(holder, drawn, asked, limit), lambda got: one.took(asked, got, self.clock()))

    async def renew(self) -> bool:
        """Tell the store that this process lives; whether it heard. What was free when the lease ran out may be somebody else's by now."""
        holder, until = self.holder, self.clock() + LEASE
        if self.clock() >= self.until:
            self._lapse()

        def heard(_nothing: None) -> None:
            self.until = until

        return await self.told(lambda store: store.alive(holder, until), heard)

    def _lapse(self) -> None:
        for one in (*self.open.values(), *self.past):
            one.owed, one.taken, one.free = one.owed + one.free, one.taken - one.free, 0

    async def told(self, what: Callable[[Store], T], then: Callable[[T], None], over: Callable[[], None] = _nothing) -> bool:
        """Tell the store something; whether it answered in time. `then` gets an answer whenever it comes, `over` is called last."""
        if self.clock() < self.away:
            over()
            return False
        try:
            await self.clerk.ask(what, then, over)
        except (StoreAway, StoreWrong):
            self.away = self.clock() + AWAY
            return False
        return True

    def _allowed(self, wallet: Wallet) -> int:
        """What may be set aside of a budget while the store is away, beyond what is held."""
        rest = int(wallet.budget.limit * self.extra) - wallet.beyond
        return max(0, min(rest, wallet.rest) if wallet.seen else rest)

    def _beyond(self, one: Reservation, more: int) -> Fault | None:
        """Set aside what is not held, since the store is away."""
        short = next((wallet for wallet in one.wallets if self._allowed(wallet) < more), None)
        if short is not None:
            return self._uncounted(short)
        for wallet in one.wallets:
            wallet.beyond += more
            wallet.ahead += more
        one.beyond += more
        return None

    def _uncounted(self, wallet: Wallet) -> Fault:
        name = wallet.budget.name
        return Fault("uncounted", f"the store is away, and what may be spent of budget {name} meanwhile is used up", after=AWAY)

    def settle(self, one: Reservation, cost: Amount, known: int = 0) -> Settled:
        """Set free what a request set aside, but for what it cost. Of an unknown cost, of which so much is known, all of it counts."""
        if one.done or not one.wallets:
            return NOTHING
        one.done = True
        counted = max(one.amount, known) if isinstance(cost, Unknown) else cost
        reserved = min(one.held, counted)
        for wallet in one.wallets:
            wallet.spent += counted
            wallet.taken += counted - reserved
            wallet.aside -= one.held
            wallet.free += one.held - reserved
            if one.beyond:
                wallet.ahead -= one.beyond
                wallet.beyond += counted - reserved - one.beyond
        return Settled(tuple([wallet.drawn for wallet in one.wallets]), counted, reserved, self.holder)

    async def tended(self, now: int) -> None:
        """What is to be done every second: say that this process lives, give back what is not needed, look at what others did."""
        for budget in self.budgets:
            self.wallet(budget, now)
        if not self.open and not self.past:
            return
        if not await self.renew():
            return
        for one in (*self.open.values(), *self.past):
            await self._given_back(one, now)
        self.past = [one for one in self.past if one.aside or one.ahead or one.free or one.owed]
        watched = {one.drawn: one for one in self.open.values()}
        await self.told(lambda store: store.purses(tuple(watched)), lambda found: _looked(watched, found))

    async def left_alone(self) -> None:
        """Give back all that is free, at the end."""
        for one in (*self.open.values(), *self.past):
            one.ends = 0
            await self._given_back(one, self.clock())

    async def _given_back(self, one: Wallet, now: int) -> None:
        """Give back what is not needed, once: while nobody knows whether the store heard, nothing more is given."""
        one.owed += one.surplus(now)
        if not one.owed or one.giving or now < self.away:
            return
        holder, drawn, amount = self.holder, one.drawn, one.owed
        one.giving = True

        def gave(_nothing: None) -> None:
            one.owed -= amount

        def over() -> None:
            one.giving = False

        await self.told(lambda store: store.release(holder, drawn, amount), gave, over)


def _steered(wallet: Wallet, now: int) -> Course | None:
    """The course of a wallet's budget at a moment."""
    known = wallet.course
    wallet.course = begun(wallet.budget, now, wallet.spent) if known is None else steered(known, wallet.budget, now, wallet.spent)
    return wallet.course


def _looked(watched: Mapping[Drawn, Wallet], found: Sequence[Purse]) -> None:
    for purse in found:
        watched[Drawn(purse.budget, purse.began)].saw(purse)
