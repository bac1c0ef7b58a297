"""The page of evidence: tables in Markdown, and a clear line where there is nothing to work with."""

from pathlib import Path

import pytest

from evaluation import __main__ as command
from evaluation import page
from evaluation.page import Figures


def test_a_table_is_read_as_text_and_as_markdown() -> None:
    said = page.shown(Figures("Bars", ("what", "bar"), [("saved", "30%"), ("below", "at most 15%")], "Of three tables."))
    assert said.splitlines() == [
        "## Bars",
        "",
        "| what  | bar         |",
        "|-------|-------------|",
        "| saved | 30%         |",
        "| below | at most 15% |",
        "",
        "Of three tables.",
    ]


def test_the_page_has_every_table_under_its_opening() -> None:
    said = page.page("# Title\n", [Figures("One", ("a",), [("1",)]), Figures("Two", ("b",), [("2",)])])
    assert [line for line in said.splitlines() if line.startswith("#")] == ["# Title", "## One", "## Two"]


def test_a_missed_bar_is_said_to_be_missed() -> None:
    assert list(map(page.verdict, (True, False))) == ["met", "missed"]


def test_without_the_shared_data_it_says_so_and_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "SHARED", tmp_path / "nowhere")
    assert command.main(["--write"]) == 0
    assert capsys.readouterr().out.startswith("skipped: ")


def test_parts_that_are_none_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["magic"])
    assert "unknown part 'magic'" in capsys.readouterr().err
