"""What every test of the runner works with: a folder for runs that is nobody else's, and a small repository."""

from pathlib import Path

import pytest

from tests.runner import scenes
from tierwise.runner import places


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return scenes.repository(tmp_path / "repo")
