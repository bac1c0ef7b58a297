"""Shadows: bare repositories that borrow the objects of the person's own and share nothing else with it.

Theory of operation. A linked worktree of the person's repository would share its branches, stash, configuration and hooks: an agent that
commits, switches branches or runs `git config` there changes them for the person too. So each stage has its worktree from a shadow: a bare
repository whose objects are those of the person's (by an alternates file), with a copy of the branch names and of the few settings that
decide what files look like. Whatever an agent does to it, the person's repository is only ever read. What was verified comes back as one
commit that is fetched at the end.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tierwise.runner import git
from tierwise.runner.git import Repository

SETTINGS: Final = (
    *("core.autocrlf", "core.eol", "core.safecrlf", "core.ignorecase", "core.filemode", "core.symlinks", "core.precomposeunicode"),
    *("core.longpaths", "core.attributesfile", "core.excludesfile", "extensions.partialclone"),
)
SECTIONS: Final = ("filter.", "user.", "author.", "committer.", "i18n.", "diff.", "merge.", "submodule.")
"""Settings of the repository's own that a shadow has too."""
COPIED: Final = ("info/attributes", "info/exclude", "shallow")


def made(repository: Repository, folder: Path) -> Path:
    """A new shadow in a folder."""
    git.run(("init", "--bare", "--quiet", "--template=", f"--object-format={repository.objects}", str(folder)))
    own = Path(repository.folder)
    (folder / "info").mkdir(exist_ok=True)
    (folder / "objects/info").mkdir(parents=True, exist_ok=True)
    (folder / "objects/info/alternates").write_text(f"{_quoted(str(own / 'objects'))}\n", encoding="utf-8")
    for name in COPIED:
        if (own / name).is_file():
            shutil.copyfile(own / name, folder / name)
    refs = git.run(("--git-dir", str(own), "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags", "refs/remotes"))
    (folder / "packed-refs").write_bytes(refs)
    with (folder / "config").open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines((_line("core.hookspath", os.devnull), *_settings(own)))
    return folder


def tree(repository: Repository, shadow: Path, folder: Path) -> str:
    """Check the commit out into a new worktree of a shadow; what could not be had of it, '' where everything could."""
    git.run(("--git-dir", str(shadow), "worktree", "add", "--detach", "--quiet", str(folder), repository.commit))
    if not (folder / ".gitmodules").is_file():
        return ""
    try:
        git.run(("submodule", "update", "--quiet", "--recursive"), where=folder)
    except git.GitWrong as error:
        if git.full(error):
            raise
        return f"submodules are not there ({error})"
    return ""


def _settings(own: Path) -> Iterator[str]:
    """The lines of a shadow's configuration that the person's repository has too."""
    said = git.run(("--git-dir", str(own), "config", "--local", "--list", "-z")).decode("utf-8", "surrogateescape")
    pairs = [(name, value) for name, _, value in (one.partition("\n") for one in said.split("\0") if one)]
    partial = any(name == "extensions.partialclone" for name, _ in pairs)
    for name, value in pairs:
        if name in SETTINGS or name.startswith(SECTIONS) or (partial and name.startswith("remote.")):
            yield _line(name, _near(own, name, value))
    if (own / "lfs").is_dir():
        yield _line("lfs.storage", str(own / "lfs"))


def _near(own: Path, name: str, value: str) -> str:
    """The value of a setting; a submodule is cloned from where the person's repository has it, if it has."""
    if name.startswith("submodule.") and name.endswith(".url"):
        near = own / "modules" / name.removeprefix("submodule.").removesuffix(".url")
        return str(near) if near.is_dir() else value
    return value


def _line(name: str, value: str) -> str:
    """A setting as a file of git's has it."""
    section, _, rest = name.partition(".")
    within, _, key = rest.rpartition(".")
    head = f"[{section} {_always(within)}]" if within else f"[{section}]"
    return f"{head}\n\t{key} = {_always(value)}\n"


def _quoted(text: str) -> str:
    """A text as git quotes it, if it has to."""
    return _always(text) if text.startswith('"') or "\n" in text else text


def _always(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def names(listed: bytes) -> Iterable[str]:
    """Paths of a list that git ended with zeros."""
    return (one.decode("utf-8", "surrogateescape") for one in listed.split(b"\0") if one)
