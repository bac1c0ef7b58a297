"""Variants are found in their folder and among installed entry points; two of one name are refused."""

from pathlib import Path
from textwrap import dedent

import pytest

from tierwise import plugins
from tierwise.core.client import Client
from tierwise.plugins import Clash, Kind, found

ALL = (
    plugins.SIGNALS,
    plugins.FILTERS,
    plugins.POLICIES,
    plugins.WIRES,
    plugins.PROVIDERS,
    plugins.CLIENTS,
    plugins.IMPORTERS,
    plugins.METHODS,
    plugins.EXPORTS,
    plugins.STORES,
)

PLUGIN = """
    from tierwise.core.client import Client, joined, never

    CLIENT = Client("{name}", ("{name}/",), (), joined, never, never)
"""


def installed(folder: Path, module: str, name: str, group: str = "tierwise.clients") -> None:
    """A distribution, as an installer would leave it, that offers one client."""
    folder.mkdir(exist_ok=True)
    (folder / f"{module}.py").write_text(dedent(PLUGIN.format(name=name)))
    told = folder / f"{module}-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}:CLIENT\n")


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.group)
def test_every_file_of_a_folder_is_a_variant(kind: Kind) -> None:
    variants = found(kind)
    files = list((Path(plugins.__file__).parent.parent / Path(*kind.package.split("."))).glob("[!_]*"))
    assert len(variants) >= len(files) > 0
    assert [one.name for one in variants] == sorted({one.name for one in variants})


def test_an_installed_plugin_is_found_with_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = found(plugins.CLIENTS)
    installed(tmp_path, "tierwise_test_newest", "newest")
    monkeypatch.syspath_prepend(str(tmp_path))
    after = found(plugins.CLIENTS)
    (newest,) = (one for one in after if one not in before)
    assert isinstance(newest, Client)
    assert newest.agents == ("newest/",)
    assert {one.name for one in after} == {"newest", *(one.name for one in before)}


def test_a_plugin_of_another_kind_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = found(plugins.CLIENTS)
    installed(tmp_path, "tierwise_test_other", "other", group="tierwise.consoles")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert found(plugins.CLIENTS) == before


def test_a_plugin_named_as_a_shipped_variant_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, "tierwise_test_double", "codex")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Clash, match=r"^two tierwise\.clients are named 'codex'$"):
        found(plugins.CLIENTS)


def test_two_plugins_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, "tierwise_test_first", "newest")
    installed(tmp_path, "tierwise_test_second", "newest")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Clash, match="'newest'"):
        found(plugins.CLIENTS)


def test_two_files_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "tierwise_test_folder"
    package.mkdir()
    for file in ("__init__", "one", "other"):
        (package / f"{file}.py").write_text("" if file == "__init__" else dedent(PLUGIN.format(name="same")))
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Clash, match=r"two nobody\.at\.all are named 'same'"):
        found(Kind("tierwise_test_folder", "CLIENT", "nobody.at.all"))
