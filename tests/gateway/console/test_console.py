"""The console's files as a browser gets them: small, told apart, and with nothing that could run or load from elsewhere."""

import gzip
import re
import zipfile
from importlib import resources
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.gateway.admin.asking import KEYS, asked, holding
from tests.gateway.within import run
from tierwise.gateway import console

NAMES = sorted(console.LEAVES)
SOURCES = {one.name: one.read_text("utf-8") for one in (resources.files(console.__package__) / "static").iterdir()}


def test_the_first_view_fits_in_less_than_300_kilobytes() -> None:
    leaves = console.LEAVES.values()
    assert sum(len(one.plain) for one in leaves) < 200_000
    assert sum(len(one.packed) for one in leaves) < 60_000
    assert all(gzip.decompress(one.packed) == one.plain for one in leaves)


@pytest.mark.parametrize("name", ["", *NAMES])
def test_every_file_is_served_to_everybody_with_its_kind_and_guarded(name: str) -> None:
    async def drill() -> None:
        async with holding(keys=KEYS) as (made, _):
            answer = await asked(made, f"/console/{name}")
            assert answer.status == 200
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
            assert (policy["default-src"], policy["frame-ancestors"], policy["base-uri"]) == ("'none'",) * 3
            assert (policy["script-src"], policy["style-src"]) == ("'self'",) * 2
            assert answer.headers["content-type"].partition(";")[0] in {"text/html", "text/css", "text/javascript", "image/svg+xml"}
            packed = await asked(made, f"/console/{name}", headers={"accept-encoding": "br, gzip"})
            assert packed.headers["content-encoding"] == "gzip"
            assert gzip.decompress(packed.body) == answer.body
            known = await asked(made, f"/console/{name}", headers={"if-none-match": f'W/"x", {answer.headers["etag"]}'})
            assert (known.status, known.body) == (304, b"")
            assert (await asked(made, f"/console/{name}", headers={"if-none-match": '"x"'})).status == 200

    run(drill())


def test_the_page_has_an_address_that_its_files_stand_beside() -> None:
    async def drill() -> None:
        async with holding() as (made, _):
            answer = await asked(made, "/console")
            assert (answer.status, answer.headers["location"]) == (308, "console/")
            assert (await asked(made, "/console/", "HEAD")).status == 200
            assert (await asked(made, "/console/", "POST")).status == 405
            for name in ("nope.js", "../app.py", "..%2fapp.py", "static/app.js", "__init__.py"):
                assert (await asked(made, f"/console/{name}")).status == 404

    run(drill())


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_nothing_is_loaded_or_run_from_anywhere_else(name: str) -> None:
    text = SOURCES[name]
    assert not re.search(r"""(src|href|import|url)\s*[=(]?\s*["'(](https?:)?//""", text)
    assert not re.search(r"\b(eval|Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write)\b", text)
    assert not re.search(r"<[^>]+\s(on[a-z]+|style)=", text)
    assert "localStorage.setItem" not in text.replace('localStorage.setItem("tierwise-theme"', "")
    for module in re.findall(r"""(?:from|import\()\s*["']\./([\w.-]+)["']""", text):
        assert module in SOURCES


def test_the_page_names_files_that_are_there() -> None:
    named = re.findall(r"""(?:src|href)="([\w.-]+)\"""", SOURCES["index.html"])
    assert "app.js" in named
    assert set(named) <= set(NAMES)


def test_every_file_is_in_the_wheel(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    wheel = next(iter(WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"])))
    with zipfile.ZipFile(wheel) as packed:
        inside = {name.rpartition("/")[2] for name in packed.namelist() if "/gateway/console/static/" in name}
    assert inside == set(NAMES)
