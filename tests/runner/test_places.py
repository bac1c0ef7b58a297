"""Where runs are, and that what is there can be removed."""

from pathlib import Path

import pytest

from tierwise.runner import places


def test_runs_are_where_data_of_programs_is_unless_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(places.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert places.root().parts[-2:] == ("tierwise", "cascades")
    monkeypatch.setenv(places.VARIABLE, str(tmp_path / "x"))
    assert places.stage_of(places.run_of("r"), 3) == tmp_path / "x/r/stage-3"


def test_folders_that_nobody_may_write_to_go_and_links_are_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    gone = tmp_path / "gone"
    (gone / "deep/deeper").mkdir(parents=True)
    (gone / "deep/deeper/file").write_text("x")
    (gone / "link").symlink_to(kept)
    for one in (gone / "deep/deeper", gone / "deep", gone):
        one.chmod(0o500)
    assert places.removed(gone) == ""
    assert not gone.exists()
    assert (kept / "file").read_text() == "x"
    link = tmp_path / "link"
    link.symlink_to(kept)
    assert places.removed(link) == ""
    assert (kept / "file").exists()


def test_what_is_not_there_is_gone(tmp_path: Path) -> None:
    assert places.removed(tmp_path / "nothing") == ""


def test_what_cannot_be_removed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(path: Path) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    monkeypatch.setattr(places, "_removed", never)
    assert places.removed(tmp_path) == f"{tmp_path} could not be removed: Operation not permitted"
