"""Keep the documents true: fill their generated parts, run their code, follow their links.

    python tools/docs.py           write what has changed, but no page on which something went wrong
    python tools/docs.py --check   say what would change, and exit with 1

Three things are kept true in every Markdown file:

* what stands between `<!-- generated: NAME -->` and `<!-- end -->` (docs_blocks.py),
* what its code blocks print, and that they run (docs_code.py),
* that its links lead somewhere (docs_links.py).
"""

import argparse
import difflib
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "examples/*.md", "docs/**/*.md")
GENERATED: Final = re.compile(r"<!-- generated: ([\w-]+) -->")
END: Final = "<!-- end -->"
AT_ONCE: Final = 2

Block = Callable[[], str]


class Problem(NamedTuple):
    """What is wrong, and where; `line` counts from 1."""

    page: str
    line: int
    what: str


class Page(NamedTuple):
    """A Markdown file: its name from the root, its text and the text it should have, which is only good to write where its code `ran`."""

    name: str
    text: str
    wanted: str
    ran: bool
    problems: tuple[Problem, ...]


def main(arguments: Sequence[str]) -> int:
    """Write or check every page; the exit code."""
    parser = argparse.ArgumentParser(description="Fill the generated parts of the documents and run their code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if something would change")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="only these (default: all)")
    asked = parser.parse_args(arguments)
    found = judged(ROOT, asked.pages or names(ROOT))
    for problem in (problem for page in found for problem in page.problems):
        print(f"{problem.page}:{problem.line}: {problem.what}")
    changed = [page for page in found if page.wanted != page.text and page.ran]
    for page in changed:
        _reported(page) if asked.check else _written(page)
    wrong = {page.name for page in found if page.problems} | ({page.name for page in changed} if asked.check else set())
    print(f"{len(found)} pages, {len(wrong)} not as they should be")
    return int(bool(wrong))


def names(root: Path) -> list[str]:
    """The pages of a repository."""
    return sorted({path.relative_to(root).as_posix() for pattern in PAGES for path in root.glob(pattern)})


def judged(root: Path, pages: Sequence[str]) -> list[Page]:
    """Each page with the text it should have and what is wrong with it."""
    blocks: Mapping[str, Block] = import_module("docs_blocks").BLOCKS
    with tempfile.TemporaryDirectory(prefix="tierwise-docs-") as home, ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(partial(_judged, root, Path(home), blocks), pages))


def _judged(root: Path, home: Path, blocks: Mapping[str, Block], name: str) -> Page:
    text = (root / name).read_text(encoding="utf-8")
    code, links = import_module("docs_code"), import_module("docs_links")
    filled, unfilled = generated(text, blocks)
    wanted, failed = code.executed(filled, root, home)
    problems: list[tuple[int, str]] = [*unfilled, *failed, *links.dead(root, name, wanted)]
    return Page(name, text, wanted, not unfilled and not failed, tuple(Problem(name, line, what) for line, what in sorted(problems)))


def generated(text: str, blocks: Mapping[str, Block]) -> tuple[str, list[tuple[int, str]]]:
    """A page with its generated parts filled in, and what could not be."""
    lines, problems = iter(enumerate(text.splitlines(), 1)), list[tuple[int, str]]()
    out: list[str] = []
    for number, line in lines:
        out.append(line)
        opening = GENERATED.fullmatch(line)
        if opening is None:
            continue
        old = _until_end(lines)
        if old is None or opening[1] not in blocks:
            problems.append(
                (number, f"no {END!r} follows" if old is None else f"nothing is called {opening[1]!r}; known: {', '.join(blocks)}")
            )
            out += [] if old is None else [*old, END]
            continue
        out += ["", *blocks[opening[1]]().strip("\n").splitlines(), "", END]
    return "\n".join(out) + "\n", problems


def _until_end(lines: Iterator[tuple[int, str]]) -> list[str] | None:
    """The lines up to the end of a generated part; None if it has none."""
    found: list[str] = []
    for _, line in lines:
        if line == END:
            return found
        found.append(line)
    return None


def difference(page: Page) -> tuple[int, str]:
    """The first line of a page that is not as it should be, and the whole difference as a diff."""
    old, new = page.text.splitlines(keepends=True), page.wanted.splitlines(keepends=True)
    edits: list[Any] = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    first = next((start for tag, start, *_ in edits if tag != "equal"), 0)
    diff = difflib.unified_diff(old, new, page.name, f"{page.name} (as it should be)", n=2)
    return first + 1, "".join(diff)


def _reported(page: Page) -> None:
    line, diff = difference(page)
    print(f"{page.name}:{line}: is not what tools/docs.py makes of it\n{diff}")


def _written(page: Page) -> None:
    (ROOT / page.name).write_text(page.wanted, encoding="utf-8")
    print(f"written: {page.name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
