"""The documents are kept true by tools/docs.py; here is what that promises, and what every page must be."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
DECISIONS = [page for page in PAGES if re.search(r"decisions/\d{4}-", page)]


@pytest.fixture
def tools() -> Iterator[None]:
    """The folder of tools is where Python looks first, as it is when one of them is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "tools"))
        yield


@pytest.fixture
def docs(tools: None) -> ModuleType:  # noqa: ARG001  # it makes the import work
    return import_module("docs")


@pytest.fixture
def code(tools: None) -> ModuleType:  # noqa: ARG001  # it makes the import work
    return import_module("docs_code")


@pytest.fixture
def links(tools: None) -> ModuleType:  # noqa: ARG001  # it makes the import work
    return import_module("docs_links")


@pytest.fixture
def blocks(tools: None) -> ModuleType:  # noqa: ARG001  # it makes the import work
    return import_module("docs_blocks")


def test_a_generated_part_holds_what_its_function_gives_and_the_rest_stays(docs: ModuleType) -> None:
    text = "# Title\n<!-- generated: nouns -->\nold\n<!-- end -->\nafter\n"
    filled, problems = docs.generated(text, {"nouns": lambda: "new\n"})
    assert filled == "# Title\n<!-- generated: nouns -->\n\nnew\n\n<!-- end -->\nafter\n"
    assert problems == []
    assert docs.generated(filled, {"nouns": lambda: "new\n"}) == (filled, [])


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a\n<!-- generated: verbs -->\nkept\n<!-- end -->\n", 2, "nothing is called 'verbs'; known: nouns"),
        ("a\nb\n<!-- generated: nouns -->\nno end\n", 3, "no '<!-- end -->' follows"),
    ],
)
def test_a_part_that_cannot_be_generated_is_told_with_its_line(docs: ModuleType, text: str, line: int, what: str) -> None:
    filled, problems = docs.generated(text, {"nouns": lambda: "new"})
    assert problems == [(line, what)]
    assert "verbs" not in text or filled == text


def test_a_stale_page_is_told_by_its_first_wrong_line_and_a_diff(docs: ModuleType) -> None:
    page = docs.Page("page.md", "same\nold\n", "same\nnew\n", ran=True, problems=())
    line, diff = docs.difference(page)
    assert line == 2
    assert "--- page.md\n+++ page.md (as it should be)\n" in diff
    assert "-old\n+new\n" in diff


def test_a_page_is_judged_by_its_parts_its_code_and_its_links(docs: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("[a](gone.md)\n\n```console\n$ echo new\nold\n```\n", encoding="utf-8")
    (page,) = docs.judged(tmp_path, ["page.md"])
    assert page.ran
    assert page.wanted == page.text.replace("old", "new")
    assert page.problems == (("page.md", 1, "the link to gone.md leads nowhere"),)


def test_a_page_whose_code_fails_is_not_good_to_write(docs: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("text\n\n```console\n$ exit 3\n```\n", encoding="utf-8")
    (page,) = docs.judged(tmp_path, ["page.md"])
    assert not page.ran
    assert [(problem.line, problem.what[:11]) for problem in page.problems] == [(4, "exit code 3")]


@pytest.mark.parametrize(
    ("expected", "printed", "held"),
    [
        (["a", "b"], ["a", "b"], ["a", "b"]),
        (["a", "x"], ["a", "b"], ["a", "b"]),
        (["a", "...", "d"], ["a", "b", "c", "d"], ["a", "...", "d"]),
        (["a", "..."], ["a"], ["a", "..."]),
        (["x", "...", "y"], ["a", "b", "c", "d"], ["a", "...", "d"]),
        (["x", "...", "y", "...", "z"], ["a", "b"], ["a", "b"]),
        (["..."], [], ["..."]),
        ([], ["a"], ["a"]),
        (["a.c"], ["abc"], ["abc"]),
    ],
)
def test_what_is_printed_is_held_to_what_is_said(code: ModuleType, expected: list[str], printed: list[str], held: list[str]) -> None:
    assert code.held(expected, printed) == held
    assert code.matches(held, printed)


def test_a_console_block_is_taken_apart_by_its_prompts(code: ModuleType) -> None:
    fence = code.Fence("console", 10, ("$ one \\", "  more", "said", "$ two", "", "$ three"))
    assert list(code.commands(fence)) == [
        (11, ["$ one \\", "  more"], ["said"]),
        (14, ["$ two"], [""]),
        (16, ["$ three"], []),
    ]


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ("```console\n$ echo a; echo b >&2\n```\n", "```console\n$ echo a; echo b >&2\na\nb\n```\n"),
        ("```python\nprint(1)\n```\n\n```output\n2\n```\n", "```python\nprint(1)\n```\n\n```output\n1\n```\n"),
        ("```python\nprint(1)\n```\n\ntext\n\n```output\n2\n```\n", "```python\nprint(1)\n```\n\ntext\n\n```output\n2\n```\n"),
        ("```sh\n$ exit 1\n```\n", "```sh\n$ exit 1\n```\n"),
        (
            "```text\n# a/b.txt\nc\n```\n\n```console\n$ tail -n 1 a/b.txt\n```\n",
            "```text\n# a/b.txt\nc\n```\n\n```console\n$ tail -n 1 a/b.txt\nc\n```\n",
        ),
        (
            "<!-- file: b -->\n\n```json\n{}\n```\n\n```console\n$ cat b\n```\n",
            "<!-- file: b -->\n\n```json\n{}\n```\n\n```console\n$ cat b\n{}\n```\n",
        ),
        ("```console\n$ cat top.txt; ls -A $HOME\nx\n```\n", "```console\n$ cat top.txt; ls -A $HOME\nof the root\n```\n"),
    ],
)
def test_blocks_run_in_order_in_a_clean_place(code: ModuleType, tmp_path: Path, page: str, wanted: str) -> None:
    root, home = tmp_path / "root", tmp_path / "home"
    root.mkdir()
    home.mkdir()
    (root / "top.txt").write_text("of the root\n", encoding="utf-8")
    assert code.executed(page, root, home) == (wanted, [])
    assert [path.name for path in root.iterdir()] == ["top.txt"]


@pytest.mark.parametrize(
    ("page", "line", "what"),
    [
        ("a\n```console\n$ true\n$ cat nothing\n```\n", 4, "exit code 1: cat nothing: .*"),
        ("a\n```python\nassert 1 == 2\n```\n", 2, "exit code 1: .*AssertionError"),
        ("```yaml\n# tierwise.yaml\nflor: 0.1\n```\n", 1, "tierwise: tierwise.yaml:2: flor: unknown key.*"),
    ],
)
def test_code_that_fails_is_told_with_its_line(code: ModuleType, tmp_path: Path, page: str, line: int, what: str) -> None:
    (tmp_path / "home").mkdir()
    _, problems = code.executed(page, tmp_path, tmp_path / "home")
    ((found, said),) = problems
    assert found == line
    assert re.fullmatch(what, said)


@pytest.mark.parametrize(
    ("text", "dead"),
    [
        ("[a](there.md) [b](there.md#a-heading-here) [c](#own)\n\n# Own\n", []),
        ("[a](https://example.org/x)\n", []),
        ("x\n[a](there.md#none)\n", [(2, "the link to there.md#none leads nowhere")]),
        ("[a](away.md), [b](#own)\n", [(1, "the link to away.md leads nowhere"), (1, "the link to #own leads nowhere")]),
        ("```text\n[a](away.md)\n```\n", []),
    ],
)
def test_links_lead_to_files_and_headings(links: ModuleType, tmp_path: Path, text: str, dead: list[tuple[int, str]]) -> None:
    (tmp_path / "there.md").write_text("# A heading, here\n\n```text\n# none\n```\n", encoding="utf-8")
    assert list(links.dead(tmp_path, "page.md", text)) == dead


def test_every_generated_part_can_be_made(blocks: ModuleType) -> None:
    assert [name for name, block in blocks.BLOCKS.items() if not block().strip()] == []


def test_a_cell_of_a_table_cannot_end_its_row(blocks: ModuleType) -> None:
    assert blocks.table(("a", "b"), [("x|y", "z")]).splitlines()[2] == r"| x\|y | z |"


def test_the_readme_is_one_screen() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 80


@pytest.mark.parametrize("page", DECISIONS)
def test_a_decision_has_a_number_a_date_and_three_parts(page: str) -> None:
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    number = Path(page).name[:4]
    assert lines[0].startswith(f"# {number}. ")
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}, (accepted|replaced by \[\d{4}\]\(.+\))", lines[2])
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequences"]
    title = lines[0].removeprefix(f"# {number}. ")
    assert f"| [{number}]({Path(page).name}) | {title} |" in (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [page for page in PAGES if page not in DECISIONS and page != "docs/README.md"])
def test_every_page_is_in_the_table_of_contents(page: str) -> None:
    assert f"]({page.removeprefix('docs/')})" in (ROOT / "docs/README.md").read_text(encoding="utf-8")
