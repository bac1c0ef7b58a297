"""A real browser before a real server: one Chromium for all its tests, and gateways in this process over a ledger that is filled once."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.console.looking import ARGUMENTS, BROWSERS, Visit, visiting
from tests.console.serving import Make, Server, filled, multiplied, serving


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; tests are skipped where there is none. While it is there, its event loop runs here: no other module may see that."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"needs a Chromium on the PATH, as one of {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield one
        one.close()


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with four weeks of the demo. Tests that change it take a copy."""
    return filled(tmp_path_factory.mktemp("console") / "ledger.db")


@pytest.fixture(scope="session")
def large(ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with more than 100,000 entries."""
    return multiplied(ledger, tmp_path_factory.mktemp("large") / "ledger.db", 100_000)


@pytest.fixture
def serve() -> Iterator[Callable[[Make], Server]]:
    """Serves gateways until the end of the test."""
    with serving() as served:
        yield served


@pytest.fixture
def visit(
    browser: Browser,
    serve: object,  # noqa: ARG001  # servers end after the tabs that follow what comes in
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., Visit]]:
    """Opens pages, each as a browser of its own; at the end none of them may have complained or asked anybody else for anything."""
    with visiting(browser, tmp_path_factory) as opened:
        yield opened
