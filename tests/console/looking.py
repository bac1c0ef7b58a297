"""What a person sees and does in a browser, and what must hold of every page whatever is done."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from msgspec import Struct
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.console.serving import ADMIN

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --force-color-profile=srgb"
).split()
FOLDER = "TIERWISE_SCREENSHOTS"
"""The environment variable that names the folder for pictures of the pages."""

WIDTHS = {"wide": (1280, 860), "narrow": (390, 844)}
READY = "#main:not([aria-busy]) h1"

NAMELESS = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary, iframe, [tabindex="0"], svg[role=img]')]
  .filter((one) => one.checkVisibility())
  .filter((one) => !(one.getAttribute('aria-label') || one.title || one.textContent.trim() || one.labels?.[0]?.textContent.trim()))
  .map((one) => one.outerHTML.slice(0, 120))"""
UNHEADED = """() => [...document.querySelectorAll('table')].filter((one) => !one.caption?.textContent.trim()
  || [...one.querySelectorAll('thead th')].some((th) => th.scope !== 'col' || !th.textContent.trim()))
  .map((one) => one.outerHTML.slice(0, 120))"""
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"
CROSSES = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Visit(Struct):
    """A tab, the console's address, and what it complained of and asked for."""

    page: Page
    base: str
    folder: Path
    errors: list[str] = []
    asked: list[str] = []
    allowed: tuple[str, ...] = ()

    def open(self, route: str = "") -> float:
        """Go to a page of the console; seconds until it stands."""
        began = perf_counter()
        self.page.goto(f"{self.base}/console/#/{route}")
        return self.ready() - began

    def follow(self, name: str) -> float:
        """Go to a page by its link; seconds until it stands."""
        began = perf_counter()
        self.page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()
        self.page.locator("nav [aria-current]", has_text=name).wait_for()
        return self.ready() - began

    def ready(self) -> float:
        """Wait until a page stands; when that was."""
        self.page.wait_for_selector(READY, timeout=30_000)
        return perf_counter()

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    @property
    def text(self) -> str:
        return self.page.locator("#main").inner_text()

    def says(self, text: str, seconds: float = 20) -> None:
        """Wait until a text is there."""
        self.page.get_by_text(text).first.wait_for(timeout=seconds * 1000)

    def picture(self, name: str) -> None:
        """Keep a picture of the page, all of it."""
        self.page.evaluate(DRAWN)  # pictures in it draw themselves when they know their width
        self.page.screenshot(path=self.folder / f"{name}.png", full_page=True)

    def sound(self) -> None:
        """What must hold of every page."""
        assert self.page.evaluate(NAMELESS) == [], "controls without a name"
        assert self.page.evaluate(UNHEADED) == [], "tables without a caption or headers"
        assert self.page.evaluate(CROSSES) <= 0, "the page is wider than the window"
        assert self.page.locator("h1").count() == 1
        assert not re.search(r"\b(undefined|NaN|null|\[object)", self.text), self.text


@contextmanager
def visiting(browser: Browser, temporary: pytest.TempPathFactory) -> Iterator[Callable[..., Visit]]:
    """Opens tabs that have signed in with a key; at the end it is seen that none complained."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def opened(base: str, width: str = "wide", theme: str = "light", key: str = ADMIN, **more: Any) -> Visit:
        size = WIDTHS[width]
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce"
        )
        if key:
            context.add_init_script(f"if (window === window.top) sessionStorage.setItem('tierwise-key', {key!r})")
        contexts.append(context)
        one = Visit(context.new_page(), base, _folder(temporary), [], [], **more)
        _heard(one)
        visits.append(one)
        return one

    try:
        yield opened
    finally:
        for context in contexts:
            context.close()
    for one in visits:
        complaints = [error for error in one.errors if not any(allowed in error for allowed in one.allowed)]
        assert complaints == [], f"the page complained: {complaints}"
        elsewhere = [url for url in one.asked if not url.startswith(one.base)]
        assert elsewhere == [], f"somebody else was asked: {elsewhere}"


def _heard(one: Visit) -> None:
    def complained(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            one.errors.append(f"{message.text} {message.location.get('url', '')}")

    def went(request: Request) -> None:
        one.asked.append(request.url)

    one.page.on("console", complained)
    one.page.on("pageerror", lambda error: one.errors.append(str(error)))
    one.page.on("request", went)


def _folder(temporary: pytest.TempPathFactory) -> Path:
    """Where pictures are kept: where the environment says, else with pytest's temporary files."""
    said = os.environ.get(FOLDER)
    folder = Path(said) if said else temporary.getbasetemp() / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
