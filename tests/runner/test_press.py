"""What an agent has made of a tree, read and put right without trusting it. (Most of what agents do is in test_cascade.)"""

from pathlib import Path

import pytest

from tests.runner import scenes
from tests.runner.scenes import digest, ran
from tierwise.runner import git, press, shadows
from tierwise.runner.press import Press


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return scenes.repository(tmp_path / "repo")


def pressed(repo: Path, where: Path) -> Press:
    found = git.found(repo)
    shadow = shadows.made(found, where / "shadow.git")
    one = press.made(found, shadow, where / "press.git", where / "tree")
    assert shadows.tree(found, shadow, where / "tree") == ""
    return one


def test_a_tree_that_nobody_touched_is_as_the_commit(repo: Path, tmp_path: Path) -> None:
    one = pressed(repo, tmp_path)
    assert not press.changed(one, press.taken(one).name)
    assert press.restored(one, ["tests", "calc.txt"], "") == ()


def test_taking_it_twice_is_taking_it_once_and_modes_and_links_count(repo: Path, tmp_path: Path) -> None:
    one = pressed(repo, tmp_path)
    first = press.taken(one).name
    (one.tree / "calc.txt").chmod(0o755)
    (one.tree / "link").symlink_to("/etc/passwd")
    second = press.taken(one).name
    assert first != second
    assert press.taken(one).name == second
    assert {"calc.txt", "link"} == set(one.run("diff", "--name-only", one.base, second).decode().split())


def test_everything_can_be_protected_and_then_nothing_is_left_of_the_work(repo: Path, tmp_path: Path) -> None:
    one = pressed(repo, tmp_path)
    (one.tree / "calc.txt").unlink()
    (one.tree / "new").mkdir()
    (one.tree / "new/file").write_text("x")
    assert press.restored(one, ["."], "") == ("calc.txt", "new/file")
    assert not press.changed(one, press.taken(one).name)


def test_paths_that_stand_for_nothing_are_found_out_and_nothing_is_written(repo: Path) -> None:
    before = digest(repo)
    found = git.found(repo)
    assert press.absent(found, ["tests", "test", "*.txt", "*.py", "tests/t.sh", "**/*.sh", "./tests/", "../x"]) == ("test", "*.py", "../x")
    within = git.found(repo / "tests")
    assert press.absent(within, ["t.sh", "tests", "../calc.txt"]) == ("tests",)
    assert press.absent(found, []) == ()
    assert digest(repo) == before


def test_a_shadow_has_the_branches_and_the_settings_that_decide_what_files_look_like(repo: Path, tmp_path: Path) -> None:
    ran(repo, "branch", "side")
    ran(repo, "config", "core.autocrlf", "true")
    ran(repo, "config", 'filter.odd "name".clean', "sed 's/a\\\\b/c/'")
    ran(repo, "config", "remote.origin.url", "https://nowhere.invalid/x.git")
    ran(repo, "config", "credential.helper", "store")
    shadow = shadows.made(git.found(repo), tmp_path / "shadow.git")
    assert ran(shadow, "rev-parse", "side") == ran(repo, "rev-parse", "HEAD")
    assert ran(shadow, "config", "core.autocrlf") == "true"
    assert ran(shadow, "config", 'filter.odd "name".clean') == "sed 's/a\\\\b/c/'"
    listed = ran(shadow, "config", "--local", "--list")
    assert "remote." not in listed
    assert "credential." not in listed


def test_a_repository_of_longer_hashes_works_too(tmp_path: Path) -> None:
    where = tmp_path / "repo"
    where.mkdir()
    ran(where, "init", "-q", "--object-format=sha256")
    (where / "a").write_text("a")
    ran(where, "add", "-A")
    ran(where, "commit", "-q", "-m", "first")
    one = pressed(where, tmp_path)
    (one.tree / "a").write_text("b")
    assert len(press.taken(one).name) == 64


def test_a_shallow_clone_works_too(repo: Path, tmp_path: Path) -> None:
    ran(repo, "commit", "-q", "--allow-empty", "-m", "second")
    ran(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
    one = pressed(tmp_path / "shallow", tmp_path)
    (one.tree / "calc.txt").write_text("b")
    made = press.committed(one, press.taken(one).name, "message")
    press.delivered(one, git.found(tmp_path / "shallow"), "tierwise/cascade/x")
    assert ran(tmp_path / "shallow", "rev-parse", "tierwise/cascade/x") == made
