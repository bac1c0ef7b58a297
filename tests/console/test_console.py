"""The console as people use it: in Chromium, before a gateway that serves."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from tests.console.looking import Visit
from tests.console.serving import ADMIN, CLIENT, KEYS, READER, Broken, Make, Server, gateway, over
from tierwise.ledger import Query, Store, StoreAway
from tierwise.ledger.stores import sqlite

Opened = Callable[..., Visit]
Served = Callable[[Make], Server]
PAGES = ("Overview", "Requests", "Sessions", "Cascades", "Models", "Budgets", "Keys", "Backtest")


def in_detail(path: Path) -> dict[str, str]:
    """Pages of one thing: a request that was rescued, a long session, a model that served."""
    store = sqlite.opened(str(path))
    rows = store.rows(Query(limit=2000))
    rescued = next(row for row in rows if row.faults and not row.fault)
    longest = max(store.grouped("session", Query(limit=500)), key=lambda one: one.switches)
    store.close()
    return {
        "request": f"requests/{rescued.id}",
        "session": f"sessions/{longest.name}",
        "model": f"models/{rescued.endpoint.replace('/', '%2F')}",
    }


@pytest.mark.parametrize(("width", "theme"), [("wide", "light"), ("narrow", "dark")])
def test_every_page_is_sound_at_both_widths_and_in_both_themes(serve: Served, visit: Opened, ledger: Path, width: str, theme: str) -> None:
    server = serve(over(ledger))
    one = visit(server.base, width, theme)
    one.open("overview?span=30d")
    for name in PAGES:
        one.follow(name)
        assert one.heading == name
        one.sound()
        one.picture(f"{width}-{theme}-{name.lower()}")
    for name, route in in_detail(ledger).items():
        one.open(route)
        one.sound()
        one.picture(f"{width}-{theme}-{name}")
    one.page.go_back()
    assert one.ready()
    assert one.page.url.endswith(in_detail(ledger)["session"])


def signed_in(one: Visit, key: str) -> None:
    one.page.get_by_label("Key").fill(key)
    one.page.get_by_role("button", name="Sign in").click()


def test_a_key_opens_what_its_role_may_see_and_nothing_else(serve: Served, visit: Opened, ledger: Path) -> None:
    server = serve(over(ledger))
    one = visit(server.base, key="", allowed=("401", "403"))
    one.open("keys")
    assert one.heading == "Sign in to tierwise"
    assert "demo-ana" not in one.page.content()
    one.sound()
    one.picture("sign-in")
    signed_in(one, "tw-nobody-has-this-one")
    one.says("does not know this key")
    one.picture("sign-in-wrong")
    signed_in(one, CLIENT)
    one.says("the console needs one with the role reader or admin")
    signed_in(one, READER)
    one.says("demo-ana")
    assert one.page.get_by_role("button", name="Make the key").count() == 0
    one.says("Only a key with the role admin")
    one.picture("keys-reader")
    assert one.page.evaluate("Object.keys(localStorage)") == []
    assert one.page.evaluate("sessionStorage.getItem('tierwise-key')") == READER
    one.page.get_by_role("button", name="Sign out").click()
    signed_in(one, ADMIN)
    one.page.get_by_role("button", name="Make the key").wait_for()
    assert not [url for url in one.asked if READER in url or ADMIN in url]


def test_a_link_with_a_key_signs_in_and_does_not_stay(serve: Served, visit: Opened, ledger: Path) -> None:
    server = serve(over(ledger))
    one = visit(server.base, key="")
    one.open(f"key/{READER}")
    one.says("Spend against baseline")
    assert READER not in one.page.url
    assert not [url for url in one.asked if READER in url.partition("#")[0]]
    one.says("eye, reader")


def test_requests_show_at_once_and_are_told_of(serve: Served, visit: Opened, ledger: Path) -> None:
    server = serve(over(ledger))
    one = visit(server.base)
    one.open("requests")
    one.page.get_by_role("button", name="Follow live").click()
    one.page.get_by_role("button", name="Following").wait_for()
    before = server.ask("first of two", session="one-at-a-time")
    one.page.locator(f"tr[data-id='{before}']").wait_for()
    assert "1 new request" in one.page.locator("#said").inner_text()
    after = server.ask("second of two", session="one-at-a-time")
    one.page.locator(f"tbody tr:first-child[data-id='{after}']").wait_for()
    one.picture("requests-live")
    one.page.keyboard.press("j")
    one.page.keyboard.press("j")
    one.page.keyboard.press("k")
    one.page.keyboard.press("Enter")
    one.says("Why this model")
    assert after in one.text
    one.page.get_by_role("link", name="one-at-a-time").click()
    one.says("Context, call by call")
    assert one.page.locator("tbody tr").count() == 2
    one.open("overview")
    third = server.ask("third")
    one.page.locator(f"tr[data-id='{third}']").wait_for()


def test_an_empty_ledger_says_what_to_do_and_fills_by_itself(serve: Served, visit: Opened, tmp_path: Path) -> None:
    server = serve(over(tmp_path / "empty.db", ()))
    one = visit(server.base, key="")
    for page in PAGES[:-1]:
        one.open(page.lower())
        one.sound()
        one.picture(f"empty-{page.lower()}")
    one.open("overview")
    assert f"ANTHROPIC_BASE_URL={server.base} " in one.text
    name = server.ask("the first there is")
    one.page.locator(f"a[href='#/requests/{name}']").wait_for()


@pytest.mark.parametrize("page", ["overview", "requests", "sessions", "models"])
def test_a_hundred_thousand_entries_are_shown_within_a_second(serve: Served, visit: Opened, large: Path, page: str) -> None:
    server = serve(over(large))
    one = visit(server.base)
    one.open("keys")
    small = one.open("budgets")  # a page that asks nothing large: as slow as the machine is just now
    took = []
    for span in ("30d", "90d", "all"):  # all of them hold every entry
        took.append(one.open(f"{page}?span={span}"))
        if took[-1] < 1:
            break
    assert min(took) < max(1, 4 * small), f"{took} s, where a small page took {small:.2f} s"
    one.sound()


def test_the_first_view_is_small(serve: Served, visit: Opened, ledger: Path) -> None:
    server = serve(over(ledger))
    one = visit(server.base)
    sizes: list[int] = []
    one.page.on("response", lambda answer: sizes.append(len(answer.body()) if answer.ok else 0))
    one.open()
    assert sum(sizes) < 300_000
    assert len(sizes) > 5


def test_a_lost_connection_is_said_and_found_again(serve: Served, visit: Opened, ledger: Path) -> None:
    server = serve(over(ledger))
    one = visit(server.base, allowed=("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET"))
    one.open("requests")
    server.stop()
    one.page.get_by_label("Task").select_option("debug")
    one.says("The connection to the gateway is lost")
    one.sound()
    one.picture("connection-lost")
    server.start()
    one.page.get_by_role("button", name="Try now").click()
    one.page.locator(".banner").wait_for(state="hidden")
    one.says("the newest first")
    assert "task=debug" in one.page.url
    assert one.page.locator("tbody tr").count() > 1


def test_a_store_that_is_away_is_said_and_memory_shown(serve: Served, visit: Opened, tmp_path: Path) -> None:
    behind = sqlite.opened(str(tmp_path / "away.db"))
    store = Broken(behind)
    server = serve(lambda: gateway(cast("Store", store), KEYS))
    store.error = StoreAway("the database at db.example cannot be reached")
    name = server.ask("while it is away")
    one = visit(server.base)
    one.open("requests")
    one.says("the database at db.example cannot be reached")
    assert one.page.locator(f"tr[data-id='{name}']").count() == 1
    for page in ("overview", "sessions", "budgets"):
        one.open(page)
        one.says("the database at db.example cannot be reached")
        one.sound()
        one.picture(f"away-{page}")


def test_keys_and_budgets_are_made_and_taken_away(serve: Served, visit: Opened, ledger: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(ledger, tmp_path / "ledger.db"))
    server = serve(over(path))
    one = visit(server.base)
    one.open("keys")
    one.page.get_by_label("Name").fill("newcomer")
    one.page.get_by_label("Team").fill("checkout")
    one.page.get_by_role("button", name="Make the key").click()
    secret = one.page.locator(".secret code").inner_text()
    assert secret.startswith("tw-")
    one.picture("key-made")
    one.page.get_by_role("button", name="Revoke the key newcomer").click()
    one.page.get_by_role("button", name="Revoke", exact=True).click()
    one.says("newcomer is revoked")
    assert secret not in one.page.content()
    one.follow("Budgets")
    one.page.get_by_label("Name").fill("small")
    one.page.get_by_label("Limit in dollars").fill("12.5")
    one.page.get_by_role("button", name="Set", exact=True).click()
    one.says("The budget small is set")
    assert "$12.50 a month" in one.text
    one.page.get_by_role("button", name="Remove the budget small").click()
    one.page.get_by_text("Really remove?").click()
    one.says("The budget small is gone")


def test_the_first_key_is_an_admins_and_the_tab_goes_on_with_it(serve: Served, visit: Opened, tmp_path: Path) -> None:
    server = serve(over(tmp_path / "first.db", ()))
    one = visit(server.base, key="")
    one.open("keys")
    one.page.get_by_label("Name").fill("first")
    assert one.page.get_by_label("Role").locator("option").all_inner_texts() == ["admin: changes keys and budgets"]
    one.page.get_by_role("button", name="Make the key").click()
    secret = one.page.locator(".secret code").inner_text()
    assert one.page.evaluate("sessionStorage.getItem('tierwise-key')") == secret
    assert one.page.locator("tbody tr", has_text="first").count() == 1
    one.sound()
    one.picture("key-first")


def test_a_log_is_replayed_and_its_report_shown(serve: Served, visit: Opened, ledger: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    lines = (Path(__file__).parents[2] / "examples" / "sessions.jsonl").read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:60]))
    server = serve(over(ledger))
    one = visit(server.base, allowed=("Blocked script execution",))
    one.open("backtest")
    one.page.get_by_label("A log of your own").set_input_files(log)
    one.page.get_by_role("button", name="Replay the log").click()
    one.page.locator("iframe").wait_for(timeout=90_000)
    report = one.page.frame_locator("iframe")
    report.get_by_role("heading", level=1).wait_for()
    one.sound()
    one.picture("backtest-report")


def test_colours_are_chosen_and_kept(serve: Served, visit: Opened, ledger: Path) -> None:
    server = serve(over(ledger))
    one = visit(server.base)
    one.open("budgets")
    light = one.page.evaluate("getComputedStyle(document.body).backgroundColor")
    one.page.get_by_role("button", name="Dark").click()
    dark = one.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    one.page.reload()
    one.ready()
    assert one.page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    one.page.keyboard.press("Tab")
    assert one.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    one.page.keyboard.press("Enter")
    assert one.page.evaluate("document.activeElement.id") == "main"
