"""Keys in memory: who is known, who is not any more, and what is said while nobody can say."""

import asyncio

import pytest
from msgspec.structs import replace

from tests.gateway.fickle import NOW, Fickle, Heard, Time, fickle, hanging, key, standing
from tierwise.core.keys import VirtualKey
from tierwise.gateway.asking import Refused
from tierwise.gateway.desk import AGAIN, Desk, Means, opened
from tierwise.gateway.keyring import FRESH
from tierwise.gateway.keys import Key
from tierwise.gateway.minting import KeyAsked, digest, minted, put, revoked, rotated
from tierwise.ledger import Store

STRANGER = "tw-" + "a" * 43


def desk(store: Fickle | None, time: Time, *, settled: bool = False) -> Desk:
    """A desk over a store; with a key of tierwise.yaml or without any."""
    keys = {bytes.fromhex(digest("from-the-file")): key("file")} if settled else {}
    made = opened(Means(time, key(""), standing, "one", None if store is None else store, keys, teller=Heard()))
    made.clerk.patience = 0.5
    return made


def made(store: Store, name: str = "ann", now: int = NOW, **more: object) -> tuple[VirtualKey, str]:
    new = put(store, minted(KeyAsked(name, **more), now))  # type: ignore[arg-type]  # as a test says
    return new.key, new.secret


async def said(one: Desk, secret: str) -> str:
    """The kind of fault with which a key is refused."""
    with pytest.raises(Refused) as error:
        await one.key(secret)
    return error.value.fault.kind


def test_without_any_key_everybody_is_served() -> None:
    async def drill() -> None:
        for one in (desk(None, Time()), desk(fickle(), Time())):
            await one.look()
            assert (await one.key("")).name == ""
            assert (await one.key("any")).name == ""
            await one.close()

    asyncio.run(drill())


def test_keys_of_the_file_and_of_the_store_stand_for_what_they_say() -> None:
    async def drill() -> None:
        store = fickle()
        known, secret = made(store.real, team="core", role="reader")
        one = desk(store, Time(), settled=True)
        await one.look()
        assert (await one.key("from-the-file")).name == "file"
        found = await one.key(secret)
        assert (found.name, found.id, found.role, found.payer.team) == ("ann", known.id, "reader", "core")
        assert await said(one, "") == "unauthorized"
        assert await said(one, "sk-something") == "unauthorized"
        assert await said(one, STRANGER) == "unauthorized"
        await one.close()

    asyncio.run(drill())


def test_once_there_is_a_key_even_one_that_was_revoked_nobody_is_everybody() -> None:
    async def drill() -> None:
        store = fickle()
        made(store.real)
        revoked(store.real, "ann", NOW)
        one = desk(store, Time())
        await one.look()
        assert await said(one, "") == "unauthorized"
        await one.close()

    asyncio.run(drill())


def test_keys_that_pin_are_known_and_close_the_gateway_to_nobody() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        _, secret = made(store.real, "cascade-1-1", pin="alpha")
        one = desk(store, time)
        await one.look()
        assert one.keyring.open
        assert (await one.key("")).name == ""
        assert (await one.key(secret)).name == "cascade-1-1"
        assert await said(one, STRANGER) == "unauthorized"
        revoked(store.real, "cascade-1-1", time.now)
        time.now += AGAIN
        await one.look()
        assert await said(one, secret) == "revoked"
        assert (await one.key("any")).name == ""
        await one.close()

    asyncio.run(drill())


def test_with_one_key_that_does_not_pin_nobody_is_everybody() -> None:
    async def drill() -> None:
        store = fickle()
        made(store.real, "cascade-1-1", pin="alpha")
        made(store.real, "ann")
        one = desk(store, Time())
        await one.look()
        assert not one.keyring.open
        assert await said(one, "") == "unauthorized"
        await one.close()

    asyncio.run(drill())


def test_a_key_that_is_over_says_how() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        _, short = made(store.real, "short", expires="1h")
        _, gone = made(store.real, "gone")
        one = desk(store, time)
        await one.look()
        assert (await one.key(short)).name == "short"
        time.now += 3_600_000
        with pytest.raises(Refused) as expired:
            await one.key(short)
        assert (expired.value.fault.kind, expired.value.fault.message) == ("expired", "short, at 2026-11-01 13:00 UTC")
        revoked(store.real, "gone", time.now)
        await one.look()
        assert await said(one, gone) == "revoked"
        await one.close()

    asyncio.run(drill())


def test_a_new_key_is_known_as_soon_as_it_is_used() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        made(store.real, "first")
        one = desk(store, time)
        await one.look()
        _, secret = made(store.real)
        time.now += AGAIN
        found = await asyncio.gather(*(one.key(secret) for _ in range(50)))
        assert {each.name for each in found} == {"ann"}
        assert store.asked.count("keys") == 2
        for _ in range(20):
            await said(one, STRANGER)
        assert store.asked.count("changes") <= 3
        await one.close()

    asyncio.run(drill())


def test_with_the_store_away_known_keys_work_and_unknown_ones_cannot_be_checked() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        _, secret = made(store.real)
        one = desk(store, time)
        await one.look()
        store.away = True
        time.now += FRESH
        assert await said(one, STRANGER) == "unauthorized"
        time.now += 1
        assert (await one.key(secret)).name == "ann"
        assert await said(one, STRANGER) == "unchecked"
        assert await said(one, "sk-not-ours") == "unauthorized"
        assert await said(one, "") == "unauthorized"
        time.now += 10 * 3_600_000
        assert (await one.key(secret)).name == "ann"
        await one.close()

    asyncio.run(drill())


def test_a_store_that_was_never_reached_never_makes_a_key_unknown() -> None:
    """With keys in the file the others wait; without any, everybody is served but for those who show a virtual key."""

    async def drill() -> None:
        store = fickle()
        store.away = True
        for settled in (True, False):
            one = desk(store, Time(), settled=settled)
            assert not await one.look()
            assert await said(one, STRANGER) == "unchecked"
            if not settled:
                assert (await one.key("")).name == ""
            await one.close()

    asyncio.run(drill())


def test_a_store_that_hangs_is_not_waited_for_long() -> None:
    async def drill() -> None:
        store = fickle()
        free = hanging(store)
        one = desk(store, Time(), settled=True)
        one.clerk.patience = 0.02
        assert await said(one, STRANGER) == "unchecked"
        assert (await one.key("from-the-file")).name == "file"
        free.set()
        await one.close()

    asyncio.run(drill())


def test_a_key_that_names_what_is_not_known_here_is_refused_in_words() -> None:
    async def drill() -> None:
        store = fickle()
        _, secret = made(store.real, policy="nobody's")
        one = desk(store, Time())
        await one.look()
        with pytest.raises(Refused) as error:
            await one.key(secret)
        assert error.value.fault.kind == "forbidden"
        assert error.value.fault.message == 'key ann cannot be used here: unknown policy "nobody\'s"'
        await one.close()

    asyncio.run(drill())


def test_a_secret_is_kept_nowhere() -> None:
    store = fickle()
    new = put(store.real, minted(KeyAsked("ann"), NOW))
    kept = repr(list(store.real.keys()))
    assert new.secret not in kept
    assert new.secret.removeprefix("tw-") not in repr(new)
    assert digest(new.secret) in kept
    store.real.close()


def test_a_rotated_key_has_its_old_secret_for_the_grace_and_no_longer() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        known, old = made(store.real, expires="30d")
        one = desk(store, time)
        new = rotated(store.real, "ann", time.now, 60_000)
        newer = rotated(store.real, known.id, time.now, 120_000)
        await one.look()
        assert [(await one.key(each)).name for each in (old, new.secret, newer.secret)] == ["ann"] * 3
        time.now += 60_000
        assert await said(one, old) == "expired"
        assert (await one.key(new.secret)).name == "ann"
        last = rotated(store.real, "ann", time.now)
        await one.look()
        assert await said(one, new.secret) == "revoked"
        assert await said(one, newer.secret) == "unauthorized"
        assert (await one.key(last.secret)).name == "ann"
        assert last.key.expires == known.expires
        revoked(store.real, "ann", time.now)
        time.now += AGAIN
        await one.look()
        assert await said(one, last.secret) == "revoked"
        await one.close()

    asyncio.run(drill())


def test_names_are_taken_once_and_a_revoked_key_stays_so() -> None:
    store = fickle()
    made(store.real)
    with pytest.raises(ValueError, match="there is a key 'ann' already; rotate or revoke it, or take another name"):
        made(store.real)
    revoked(store.real, "ann", NOW + 1)
    with pytest.raises(ValueError, match="was revoked and stays so; make a new one"):
        rotated(store.real, "ann", NOW + 2)
    made(store.real, now=NOW + 2)
    with pytest.raises(ValueError, match="no key 'bob'"):
        revoked(store.real, "bob", NOW)
    store.real.close()


def test_what_a_key_may_not_be_is_refused_before_it_is_made() -> None:
    with pytest.raises(ValueError, match="floor 2 is not between 0 and 1"):
        minted(KeyAsked("ann", floor=2.0), NOW)
    with pytest.raises(ValueError, match="is no length of time"):
        minted(KeyAsked("ann", expires="soon"), NOW)
    assert minted(KeyAsked("ann", tags=("a", "a", "b")), NOW).key.tags == ("a", "b")


def test_revocation_reaches_every_process_by_its_next_look() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        _, secret = made(store.real)
        several = [desk(store, time) for _ in range(3)]
        for one in several:
            await one.look()
            assert (await one.key(secret)).name == "ann"
        revoked(store.real, "ann", time.now)
        time.now += 1000
        for one in several:
            await one.tick()
            assert await said(one, secret) == "revoked"
        for one in several:
            if one.clerk.thread is not None:
                one.clerk.thread.shutdown()
        store.real.close()

    asyncio.run(drill())


def test_a_running_desk_looks_by_itself_and_goes_on_after_what_nobody_foresaw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierwise.gateway.desk.EVERY", 0.01)
    monkeypatch.setattr("tierwise.gateway.desk.AGAIN", -1)

    async def drill() -> None:
        store = fickle()
        real, store.real = store.real, None
        one = desk(store, Time())
        one.start()
        await asyncio.sleep(0.05)
        teller = one.teller
        assert isinstance(teller, Heard)
        assert "keys and budgets: AttributeError" in teller.notices[0].message
        store.real = real
        made(real)
        await asyncio.sleep(0.05)
        assert await said(one, "") == "unauthorized"
        await one.close()
        assert all(each.done() for each in one.running)

    asyncio.run(drill())


def test_what_a_key_stands_for_is_a_value() -> None:
    assert replace(key(), requests=1) != key()
    assert isinstance(key(), Key)
