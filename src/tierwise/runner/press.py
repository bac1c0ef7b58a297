"""The press: what an agent has made of a tree, read without trusting anything that the agent could have touched.

Theory of operation. The press is a shadow of its own, outside the tree, with an index of its own. `taken` reads the whole tree into it and
gives that state a name (a git tree). `restored` puts protected paths back: what the commit has there is written again, and whatever else is
there goes. So what is checked is what is kept: commits, branches, stashes and a missing .git of the agent's make no difference.
A link in the place of a folder is replaced, never followed.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.runner import git, places
from tierwise.runner.git import Repository
from tierwise.runner.shadows import names

LINK: Final = b"160000"
"""How git says that an entry is another repository."""
CACHE: Final = "__pycache__"
"""A folder of compiled code: it goes without a word, since every test run leaves one."""
HEADS: Final = "refs/heads/"
RESULT: Final = "refs/heads/result"
WHO: Final = ("tierwise", "tierwise@localhost")


class Press(Struct, frozen=True):
    """A shadow at `folder`, and the tree that it reads. `base` is the commit that the tree was made from."""

    folder: Path
    tree: Path
    base: str

    def run(self, *words: str, index: str = "index", given: bytes = b"", where: Path | None = None) -> bytes:
        """What git prints about the tree."""
        env = {"GIT_DIR": str(self.folder), "GIT_WORK_TREE": str(self.tree), "GIT_INDEX_FILE": str(self.folder / index)}
        return git.run(words, env=env, where=where or self.tree, given=given)


class Taken(Struct, frozen=True):
    """The state of a tree: its name, and what could not be taken (repositories within it)."""

    name: str
    left_out: tuple[str, ...] = ()


def made(repository: Repository, shadow: Path, folder: Path, tree: Path) -> Press:
    """A press for a tree that is about to be made: a copy of its shadow, which nobody has touched yet."""
    shutil.copytree(shadow, folder)
    with (folder / "config").open("a", encoding="utf-8") as file:
        file.write("[core]\n\tbare = false\n")
    return Press(folder, tree, repository.commit)


def steady(press: Press) -> None:
    """See to it that the tree is a folder: an agent can have removed it, or put a link in its place."""
    if press.tree.is_symlink() or press.tree.is_file():
        press.tree.unlink()
    press.tree.mkdir(exist_ok=True)
    press.tree.chmod(stat.S_IRWXU)


def taken(press: Press, litter: Sequence[str] = ()) -> Taken:
    """Read the tree."""
    press.run("read-tree", press.base)
    inner = [one for one in names(press.run("ls-files", "-o", "-z", "--exclude-standard")) if one.endswith("/")]
    aside = (*(f":(exclude,top){one}" for one in litter), *(f":(exclude,top,literal){one.rstrip('/')}" for one in inner))
    press.run("add", "-A", "--", ".", *aside)
    moved = list(_moved(press))
    for name, old in moved:
        press.run("update-index", "--cacheinfo", f"160000,{old},{name}")
    return Taken(press.run("write-tree").decode().strip(), (*inner, *(name for name, _ in moved)))


def _moved(press: Press) -> Iterator[tuple[str, str]]:
    """Submodules that are at another commit than before, which nobody else has, and the one they were at."""
    found = press.run("diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", press.base).split(b"\0")
    for said, name in zip(found[::2], found[1::2], strict=False):
        before, after, old, *_ = said.lstrip(b":").split(b" ")
        if before == after == LINK:
            yield name.decode("utf-8", "surrogateescape"), old.decode()


def changed(press: Press, one: str) -> bool:
    """Whether a state of the tree differs from the commit."""
    return press.run("rev-parse", f"{press.base}^{{tree}}").decode().strip() != one


def restored(press: Press, paths: Sequence[str], prefix: str) -> tuple[str, ...]:
    """Put protected paths (of the folder `prefix`) back to what the commit has; those that were changed, removed or added."""
    if not paths:
        return ()
    said = [_path(one, prefix) for one in paths]
    press.run("read-tree", press.base, index="base")
    _refresh(press)
    strange = list(names(press.run("ls-files", "-o", "-z", "--", *said, index="base")))
    found = list(names(press.run("diff-files", "--name-only", "-z", "--", *said, index="base")))
    for name in strange:
        places.removed(press.tree / name)
    if found:
        listed = b"\0".join(one.encode("utf-8", "surrogateescape") for one in found) + b"\0"
        press.run("checkout-index", "--force", "--quiet", "-z", "--stdin", index="base", given=listed)
    return tuple(sorted({*found, *(one for one in strange if CACHE not in Path(one).parts)}))


def _refresh(press: Press) -> None:
    """Have git compare what it has not read yet; it fails where something differs, which is what is asked."""
    try:
        press.run("update-index", "-q", "--refresh", index="base")
    except git.GitWrong as error:
        if git.full(error):
            raise


def _path(said: str, prefix: str) -> str:
    """A path that somebody wrote, in the folder `prefix`, as git takes it: patterns as in a shell."""
    if said.startswith(":"):
        return said
    whole = os.path.normpath(f"{prefix}{said}")
    if whole == ".":
        return ":(top)"
    return f":(top,glob){whole}" if any(one in whole for one in "*?[") else f":(top,literal){whole}"


def absent(repository: Repository, paths: Sequence[str]) -> tuple[str, ...]:
    """Those of some paths that stand for nothing in the commit. Nothing of the repository is written to."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"GIT_DIR": repository.folder, "GIT_INDEX_FILE": f"{folder}/index", "GIT_WORK_TREE": folder}
        if paths:
            git.run(("read-tree", repository.commit), env, Path(folder))
        listed = {one: git.run(("ls-files", "-z", "--", _path(one, repository.prefix)), env, Path(folder)) for one in paths}
    return tuple(one for one, found in listed.items() if not found)


def committed(press: Press, state: str, message: str) -> str:
    """A commit of a state on top of the one it began from."""
    name, mail = WHO
    env = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": mail, "GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": mail}
    words = ("--git-dir", str(press.folder), "commit-tree", state, "-p", press.base, "-F", "-")
    made_one = git.run(words, env=env, given=message.encode("utf-8", "replace")).decode().strip()
    git.run(("--git-dir", str(press.folder), "update-ref", RESULT, made_one))
    return made_one


def delivered(press: Press, repository: Repository, branch: str) -> None:
    """Put the commit onto a new branch of the person's repository."""
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-prune", "--no-auto-maintenance")
    git.run(("--git-dir", repository.folder, "fetch", *quiet, str(press.folder), f"{RESULT}:{HEADS}{branch}"))


def difference(press: Press, state: str) -> bytes:
    """What was changed, as a patch that `git apply` takes."""
    return press.run("diff", "--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv", press.base, state)
