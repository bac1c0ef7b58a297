"""Whether checks passed, by exit code and by what test runners, compilers and linters print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.engine.checks import outcomes, telling, verdict
from tierwise.engine.commands import BUILD, TEST, commands

PASSED = {
    "pytest": "..... [100%]\n5 passed in 0.12s",
    "jest": "PASS src/a.test.ts\nTests:       72 passed, 72 total",
    "vitest": " Test Files  1 passed (1)\n      Tests  5 passed (5)",
    "mocha": "  12 passing (34ms)",
    "go": "ok  \texample.com/a\t0.42s\nok  \texample.com/b\t(cached)",
    "go verbose": "=== RUN   TestA\n--- PASS: TestA (0.00s)\nPASS",
    "cargo": "running 3 tests\ntest result: ok. 3 passed; 0 failed; 0 ignored",
    "bun": " 1317 pass\n 0 fail\n 2876 expect() calls",
    "node": "# tests 3\n# pass 3\n# fail 0",
    "unittest": "Ran 3 tests in 0.001s\n\nOK",
    "rspec": "5 examples, 0 failures",
    "phpunit": "OK (5 tests, 9 assertions)",
    "junit": "Tests run: 5, Failures: 0, Errors: 0, Skipped: 0\nBUILD SUCCESS",
    "dotnet": "Passed!  - Failed:     0, Passed:     5, Skipped:     0",
    "ctest": "100% tests passed, 0 tests failed out of 5",
    "exunit": "5 tests, 0 failures",
    "xcode": "** TEST SUCCEEDED **",
    "coloured": "\x1b[32m5 passed\x1b[0m",
}
FAILED = {
    "pytest": "FAILED tests/test_a.py::test_x - assert 1 == 2\n1 failed, 4 passed in 0.12s",
    "pytest collecting": "ERROR tests/test_a.py\n1 error in 0.10s",
    "jest": "FAIL src/a.test.ts\nTests:       1 failed, 71 passed, 72 total",
    "vitest": "      Tests  1 failed | 5 passed (6)",
    "mocha": "  11 passing (34ms)\n  1 failing",
    "go": "--- FAIL: TestA (0.00s)\nFAIL\texample.com/a\t0.42s\nFAIL",
    "cargo": "test result: FAILED. 2 passed; 1 failed; 0 ignored",
    "bun": " 1317 pass\n 1 fail",
    "node": "# pass 2\n# fail 1",
    "unittest": "FAILED (failures=1)",
    "rspec": "5 examples, 1 failure",
    "phpunit": "FAILURES!\nTests: 5, Assertions: 9, Failures: 1.",
    "junit": "Tests run: 5, Failures: 1, Errors: 0\nBUILD FAILURE",
    "dotnet": "Failed!  - Failed:     1, Passed:     4",
    "ctest": "80% tests passed, 1 tests failed out of 5",
    "tap": "ok 1 - a\nnot ok 2 - b",
    "coloured": "\x1b[31m1 failed\x1b[0m",
}
BUILT = {
    "ruff": "All checks passed!",
    "mypy": "Success: no issues found in 5 source files",
    "tsc": "Found 0 errors. Watching for file changes.",
    "cargo": "    Finished `dev` profile [unoptimized] target(s) in 0.1s",
    "vite": "✓ built in 1.2s",
    "biome": "Checked 5 files in 8ms. No fixes applied.",
    "dotnet": "Build succeeded.\n    0 Warning(s)",
    "webpack": "webpack 5 compiled successfully in 400 ms",
}
BROKEN = {
    "tsc": "src/a.ts(3,1): error TS2322: Type 'x' is not assignable",
    "mypy": "a.py:1: error: x\nFound 3 errors in 2 files (checked 5 source files)",
    "eslint": "✖ 3 problems (1 error, 2 warnings)",
    "cargo": "error[E0308]: mismatched types\nerror: could not compile `a`",
    "gcc": "a.c:3:5: error: expected ';'",
    "make": "make: *** [all] Error 2",
    "npm": "npm ERR! code ELIFECYCLE",
    "bun": 'error: script "lint" exited with code 1',
    "biome": "Found 2 errors.",
    "gradle": "BUILD FAILED in 2s",
}


@pytest.mark.parametrize(
    ("kind", "printed", "passed"),
    [
        *((TEST, one, True) for one in PASSED.values()),
        *((TEST, one, False) for one in FAILED.values()),
        *((BUILD, one, True) for one in BUILT.values()),
        *((BUILD, one, False) for one in BROKEN.values()),
        *((kind, "nothing to see", None) for kind in (TEST, BUILD)),
    ],
)
def test_what_was_printed_tells_how_a_check_ended(kind: str, printed: str, passed: bool | None) -> None:  # noqa: FBT001  # a column
    assert verdict(kind, telling(printed)) is passed


def ended(line: str, code: int | None, printed: str = "") -> dict[str, bool]:
    return {one.name: passed for one, passed in outcomes(commands(line), code, printed)}


@pytest.mark.parametrize(
    ("line", "code", "printed", "expected"),
    [
        ("pytest", 0, "", {"pytest": True}),
        ("pytest", 0, "1 failed", {"pytest": True}),
        ("pytest", 1, "", {"pytest": False}),
        ("pytest", 1, "5 passed", {"pytest": False}),
        ("pytest", None, "5 passed", {"pytest": True}),
        ("pytest", None, "", {}),
        ("cd a && pytest", 1, "", {"pytest": False}),
        ("pytest | tail -3", 0, "1 failed", {"pytest": False}),
        ("pytest | tail -3", 0, "", {}),
        ("pytest | tail -3", 0, "5 passed", {"pytest": True}),
        ("pytest; git status", 0, "", {}),
        ("pytest && git push", 1, "5 passed", {"pytest": True}),
        ("ruff check . && pytest", 0, "", {"ruff check": True, "pytest": True}),
        ("ruff check . && pytest", 1, "All checks passed!\n1 failed", {"ruff check": True, "pytest": False}),
        ("ruff check . && pytest", 1, "Found 3 errors.", {"ruff check": False}),
        ("ruff check . && pytest", 1, "", {"ruff check": False}),
        ("ruff check . && pytest", 1, "All checks passed!\n5 passed", {"ruff check": True, "pytest": False}),
        ("pytest", 127, "pytest: command not found", {}),
        ("pytest", 124, "", {}),
        ("npm run lint", 1, 'error: Script not found "lint"', {}),
        ("npm test", 1, 'npm error Missing script: "test"', {}),
        ("pytest", 5, "no tests ran in 0.01s", {}),
        ("git stash && pytest; git stash pop", 1, "1 failed", {}),
        ("git stash list; pytest", 1, "1 failed", {"pytest": False}),
        ("git status", 1, "1 failed", {}),
    ],
)
def test_a_line_of_checks_ended(line: str, code: int | None, printed: str, expected: dict[str, bool]) -> None:
    assert ended(line, code, printed) == expected


def test_the_middle_of_a_long_output_is_not_looked_at() -> None:
    filler = "line with an ok word\n" * 2000
    assert ended("pytest | cat", 0, f"{filler}1 failed\n{filler}5 passed") == {"pytest": True}
    assert ended("pytest | cat", 0, f"1 failed\n{filler}") == {"pytest": False}
    assert len(telling(filler)) < 6000


@given(st.text(max_size=300), st.sampled_from([TEST, BUILD]))
def test_any_output_is_read(printed: str, kind: str) -> None:
    assert verdict(kind, telling(printed)) in {True, False, None}
