"""Cascades where the repository or the disk is an odd one: bare, linked, changed, with submodules, full."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runner import scenes
from tests.runner.scenes import FIXED, Paper, crew, digest, done, job, ran, trees
from tierwise.core.run import known
from tierwise.runner import Broken, git, places

BY_MODEL = f'case "$TIERWISE_MODEL" in small) ;; middle) rm kept.txt; {FIXED} ;; large) {FIXED} ;; esac'
STAGED = (".git/objects", ".git/logs", ".git/refs/heads/tierwise")
"""What a delivered branch adds to a repository, and nothing else."""


# Repositories of all kinds


def test_there_has_to_be_a_repository_with_a_commit(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="no such folder"):
        git.found(tmp_path / "nowhere")
    with pytest.raises(Broken, match="not in a git repository"):
        git.found(tmp_path)
    (tmp_path / "empty").mkdir()
    ran(tmp_path / "empty", "init", "-q")
    with pytest.raises(Broken, match="no commits yet"):
        git.found(tmp_path / "empty")
    with pytest.raises(Broken, match="no commit 'v9'"):
        git.found(scenes.repository(tmp_path / "repo"), "v9")


def test_a_tree_with_changes_stays_as_it_is_and_is_not_what_is_worked_on(repo: Path) -> None:
    assert not git.found(repo).dirty
    (repo / "calc.txt").write_text("half written\n")
    (repo / "untracked.txt").write_text("mine\n")
    before = digest(repo, without=STAGED)
    one = job(repo, f"test ! -e untracked.txt && {FIXED}", "one")
    assert one.repository.dirty
    assert done(one).status == "verified"
    assert digest(repo, without=STAGED) == before


def test_a_bare_repository_and_a_linked_worktree_are_repositories_too(repo: Path, tmp_path: Path) -> None:
    ran(tmp_path, "clone", "-q", "--bare", str(repo), "bare.git")
    run = done(job(tmp_path / "bare.git", FIXED, "one"))
    assert ran(tmp_path / "bare.git", "show", f"{run.branch}:calc.txt") == "a plus b"
    ran(repo, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    run = done(job(tmp_path / "linked", FIXED, "one"))
    assert ran(repo, "show", f"{run.branch}:calc.txt") == "a plus b"


def test_submodules_are_there_and_stay_at_their_commit(repo: Path, tmp_path: Path) -> None:
    scenes.repository(tmp_path / "library")
    ran(repo, "submodule", "--quiet", "add", str(tmp_path / "library"), "vendor/library")
    ran(repo, "commit", "-q", "-m", "with a library")
    before = digest(repo, without=STAGED)
    shutil.move(tmp_path / "library", tmp_path / "gone")
    moved = "cd vendor/library && echo x > x && git add x && git -c user.name=x -c user.email=y commit -qm x"
    run = done(job(repo, f"test -f vendor/library/calc.txt && {FIXED}; ({moved})", "one"))
    assert run.status == "verified", run
    assert ran(repo, "diff", "--name-only", run.commit, run.branch) == "calc.txt"
    assert "vendor/library" in run.stages[0].note
    assert digest(repo, without=STAGED) == before


def test_names_that_are_no_plain_words_are_kept(repo: Path) -> None:
    (repo / "a b\n\"ü'.txt").write_text("x")
    (repo / "-rf").write_text("x")
    ran(repo, "add", "-A")
    ran(repo, "commit", "-q", "-m", "names")
    run = done(job(repo, f'{FIXED}; for one in *; do echo y > "./$one.new"; done; echo z > ./-rf', "one", protect=("-rf",)))
    assert run.status == "verified"
    assert run.stages[0].checks[0].restored == ("-rf",)


# Full disks


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    where = tmp_path / "small"
    where.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if mount is None or unmount is None or os.geteuid():
        pytest.skip("needs to mount a small disk")
    argv = [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(where)]
    if subprocess.run(argv, check=False, capture_output=True).returncode:  # noqa: S603  # our own words
        pytest.skip("may not mount a small disk")
    try:
        yield where
    finally:
        subprocess.run([unmount, str(where)], check=True)  # noqa: S603  # our own words


def test_a_disk_that_an_agent_fills_ends_the_run_and_the_money_is_written_down(
    repo: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.VARIABLE, str(small / "data"))
    before, lodging = digest(repo), Paper()
    run = done(job(repo, "yes > big 2>/dev/null; echo done"), crew(lodging))
    assert run.status in {"broken", "exhausted"}
    assert known(run.stages) >= 1000
    assert lodging.runs[-1].status == run.status
    assert digest(repo) == before
    assert trees(small / "data") == []


def test_a_disk_without_room_for_a_tree_breaks_the_run(repo: Path, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.VARIABLE, str(small / "data"))
    (repo / "big").write_bytes(os.urandom(3 << 20))
    ran(repo, "add", "-A")
    ran(repo, "commit", "-q", "-m", "big")
    run = done(job(repo, FIXED))
    assert run.status == "broken"
    assert run.note == "git worktree: unable to write file big"
    assert trees(small / "data") == []


def test_a_disk_without_room_for_a_journal_says_so(repo: Path, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.VARIABLE, str(small / "data"))
    (small / "big").write_bytes(bytes((2 << 20) - 8192))
    with pytest.raises((Broken, OSError), match=r"(full|[Nn]o space)"):
        done(job(repo, "true", prompt="p" * 100_000))
