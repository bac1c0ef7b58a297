"""docs/reference/http.md says what the gateway serves: its paths, methods and headers are those of the code, and the other way round."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.gateway.within import Sold, called, demo, gateway, run
from tierwise import plugins
from tierwise.config.settings import CascadeSettings, Settings
from tierwise.gateway.app import VERSION, App
from tierwise.gateway.asking import CHANGES, PREFIX
from tierwise.gateway.routes import app
from tierwise.testing import Scripted

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/reference/http.md").read_text(encoding="utf-8")
HINTS = {"task", "session", "escalate", "explore", "route", "wire", "outcome", "outcome-for"}
"""What headers say beside changes of the policy."""


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    part = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ") for line in part.splitlines() if line.startswith("| ")]
    return [re.split(r"(?<!\\) \| ", line) for line in lines[2:]]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def served() -> App:
    return app(cast("Any", SimpleNamespace(wires={one.name: one for one in plugins.found(plugins.WIRES)}, settings=Settings())))


def routed() -> Iterator[tuple[str, str]]:
    """Every method and path that is served, the tail of a path as {id}."""
    for path, route in served().routes.items():
        yield from ((method, shown(path)) for method in route.methods)


def shown(path: str) -> str:
    """A path as the page has it: with /v1 where an API has it."""
    tail = f"{path}{{id}}" if path.endswith("/") and path != "/" else path or "/"
    plain = {"/", "/api/hello", "/healthz", "/health", "/readyz", "/metrics"}
    return tail if tail in plain or tail.startswith(("/admin/", "/console")) else VERSION + tail


def test_the_paths_are_those_that_are_served() -> None:
    page = {(method, path) for methods, paths, _ in rows("Paths") for method in words(methods) for path in words(paths)}
    assert page == set(routed())


def test_the_open_paths_are_those_that_need_no_key() -> None:
    part = PAGE.partition("## Keys\n")[2].partition("\n## ")[0]
    free = set(words(part.partition("on every path but")[2].partition(". ")[0]))
    assert free == {shown(path) for path, route in served().routes.items() if route.open}


def test_the_headers_of_a_request_are_those_that_are_read() -> None:
    assert {words(row[0])[0] for row in rows("Headers of a request")} == {PREFIX + name for name in {*CHANGES, *HINTS}}


def test_every_header_of_ours_in_the_code_is_on_the_page() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "src/tierwise/gateway").glob("*.py")))
    assert {name for name in re.findall(r"x-tierwise-[a-z-]+[a-z]", text) if name not in PAGE} == set()


def test_forwarded_headers_are_on_the_page() -> None:
    assert [name for wire in plugins.found(plugins.WIRES) for name in wire.forwards if f"`{name}`" not in PAGE] == []


def test_the_headers_of_an_answer_are_those_that_come() -> None:
    body = {"model": "auto", "messages": [{"role": "user", "content": "hello"}], "metadata": {"a": "b"}}
    page = {name for row in rows("Headers of an answer") for name in words(row[0])}
    own = run(called(demo(), "POST", "/v1/chat/completions", body)).headers
    lossy = gateway(Sold("one/alpha", Scripted(pace=0), ("anthropic",)))
    other = run(called(lossy, "POST", "/v1/chat/completions", {**body, "verbosity": "low", "seed": 1})).headers
    said = CascadeSettings(cheap=("one/alpha",), strong="two/beta", check="json")
    cheaply = gateway(Sold("one/alpha", Scripted(pace=0)), Sold("two/beta", Scripted(pace=0), price=9), policy="cascade", cascade=said)
    several = run(called(cheaply, "POST", "/v1/chat/completions", body)).headers
    came = {name for name in {**own, **other, **several} if name.startswith("x-")}
    assert came == {name for name in page if name.startswith("x-")}


def test_decisions_have_the_fields_on_the_page() -> None:
    body = {"model": "auto", "messages": [{"role": "user", "content": "hello"}]}
    answer = run(called(demo(), "POST", "/v1/route", body))
    assert set(answer.json) == {name for row in rows("Decisions without an answer") for name in words(row[0])}


@pytest.mark.parametrize("shape", [{"anthropic-version": "2023-06-01"}, {}])
def test_errors_on_paths_of_no_wire_have_one_of_the_two_shapes(shape: dict[str, str]) -> None:
    error = run(called(demo(), "GET", "/v1/nowhere", headers=shape)).json
    assert set(error) == ({"type", "error", "request_id"} if shape else {"error"})
    assert set(error["error"]) == ({"type", "message"} if shape else {"message", "type", "param", "code"})
