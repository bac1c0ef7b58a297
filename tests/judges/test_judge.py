import re
from pathlib import Path

import pytest

from judges.__main__ import exceptions, found, page, table
from judges.kit.judge import Case, Court, Judge, verdict
from judges.kit.running import Unheard, junit

REPORT = """<testsuites><testsuite>
<testcase classname="unit.test_a" name="right"/>
<testcase classname="unit.test_a" name="wrong"><failure message="no"/></testcase>
<testcase classname="unit.test_a" name="elsewhere"><skipped message="not here"/></testcase>
<testcase name="GET /models"><failure>text</failure></testcase>
</testsuite></testsuites>"""


def nobody(_court: Court) -> tuple[Case, ...]:
    return ()


JUDGE = Judge(name="j", version="1", about="this", installer="npm", packages=(), run=nobody, exceptions={"^b$": "since b"})


def test_cases_are_passed_excepted_or_failed() -> None:
    one = verdict(JUDGE, ("anthropic",), [Case("a", passed=True), Case("b", passed=False), Case("bb", passed=False, said="no")])
    assert (one.passed, one.excepted, one.failed) == (("a",), (("b", "since b"),), (("bb", "no"),))
    assert re.search(r"\| j +\| 1 +\| scripted +\| anthropic +\| 1 +\| 1 +\| 1 +\|", table([one]))
    assert exceptions([one]) == "* j, `b`: since b."
    assert "since b" in page([one])


def test_a_report_is_read_without_what_was_skipped(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text(REPORT, encoding="utf-8")
    assert junit(path) == [
        Case("test_a::right", passed=True),
        Case("test_a::wrong", passed=False, said="no"),
        Case("GET /models", passed=False, said="text"),
    ]


def test_a_missing_report_is_said_with_what_was_printed(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_text("it broke", encoding="utf-8")
    with pytest.raises(Unheard, match="it broke"):
        junit(tmp_path / "report.xml")


def test_every_exception_is_a_pattern_with_a_reason() -> None:
    for judge in found().values():
        for pattern, why in judge.exceptions.items():
            re.compile(pattern)
            assert len(why.split()) > 5
