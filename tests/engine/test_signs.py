"""The signs in tool calls, step by step, and what is remembered of them."""

import json
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.signs import SIGNS, Sign, Step
from tierwise.core.tools import TOOLS, Tools
from tierwise.engine.signs import NOTHING, Trail, fingerprint, heard, read

SILENT = Tools(refused=("The user doesn't want",), unrun=("Sibling",), silent=True)

numbers = count()


def ran(command: str, result: str, *, failed: bool | None = None, tool: str = "bash") -> Step:
    return Step(f"c{next(numbers)}", tool, json.dumps({"command": command}), result, failed)


def changed(old: str, new: str, result: str = "done", *, failed: bool | None = None, path: str = "src/app.py") -> Step:
    return Step(f"e{next(numbers)}", "edit", json.dumps({"file_path": path, "old_string": old, "new_string": new}), result, failed)


def looked(said: str, result: str, tool: str = "read", *, failed: bool | None = None) -> Step:
    return Step(f"r{next(numbers)}", tool, said, result, failed)


def kinds(*steps: Step, tools: Tools = TOOLS) -> list[str]:
    return [one.kind for one in read(NOTHING, steps, tools)[0]]


def trail(*steps: Step, tools: Tools = TOOLS) -> Trail:
    return read(NOTHING, steps, tools)[1]


GREEN = "5 passed in 0.1s"
RED = "FAILED tests/test_a.py::test_x - assert 1 == 2\n1 failed in 0.1s"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (ran("pytest", GREEN), ["tests_passed"]),
        (ran("pytest", RED), ["tests_failed"]),
        (ran("pytest", f"Exit code 1\n{RED}"), ["tests_failed"]),
        (ran("ruff check .", "All checks passed!"), ["build_passed"]),
        (ran("npm run lint", "Found 3 errors."), ["build_failed"]),
        (ran("ruff check . && mypy . && pytest", "Exit code 0\nSuccess: no issues"), ["build_passed", "tests_passed"]),
        (ran("git commit -m x", "[main 1a2b3c4] x\n 1 file changed"), ["committed"]),
        (ran("git commit -m x", "nothing to commit, working tree clean"), []),
        (ran("git push", "To github.com:a/b.git\n   1a2b3c4..5d6e7f8  main -> main"), ["pushed"]),
        (ran("git commit -m x", f"Exit code 1\n{RED}\nhusky - pre-commit script failed (code 1)"), ["tests_failed"]),
        (ran("git push", "Exit code 1\nFound 2 errors.\nerror: failed to push some refs"), ["build_failed"]),
        (ran("git push", "Exit code 1\nerror: failed to push some refs to 'x'"), ["tool_error"]),
        (ran("git push", "! [rejected] main -> main (fetch first)\nerror: failed to push some refs"), []),
        (ran("git add . && git commit -m x && git push", "[main 1a2b3c4] x\n  a -> b"), ["committed", "pushed"]),
        (ran("ls", "a.py"), []),
        (ran("ls /nowhere", "Exit code 2\nls: cannot access '/nowhere'"), []),
        (ran("grep x a.py", "Exit code 1"), []),
        (ran("git diff --quiet", "Exit code 1"), []),
        (ran("python app.py", "Exit code 1\nTraceback"), ["tool_error"]),
        (ran("python app.py", "Exit code 130"), []),
        (ran("python app.py", "Traceback", failed=True), ["tool_error"]),
        (ran("python app.py", "Traceback", failed=False), []),
        (ran("python app.py", "Error: spawn ENOENT"), ["tool_error"]),
        (ran("pytest", "Exit code 127\npytest: command not found"), ["tool_error"]),
        (changed("a", "b"), []),
        (changed("a", "b", "Error: old_string not found"), ["tool_error"]),
        (changed("a", "b", "String to replace not found", failed=True), ["tool_error"]),
        (looked('{"path": "a"}', "text"), []),
        (looked('{"path": "a"}', "Error: no such file"), ["tool_error"]),
        (looked('{"path": "a"}', "Error: a word in a file", failed=False), []),
        (looked("{}", "sunny", "get_weather"), []),
    ],
)
def test_a_step_is_a_sign(step: Step, expected: list[str]) -> None:
    assert kinds(step) == expected


def test_of_clients_that_say_nothing_of_zero_silence_is_one() -> None:
    assert kinds(ran("pytest", "done"), tools=SILENT) == ["tests_passed"]
    assert kinds(ran("pytest", "done", failed=False), tools=SILENT) == ["tests_passed"]
    assert kinds(ran("pytest", "done"), tools=TOOLS) == []
    assert kinds(ran("pytest", "Command running in background with ID: b1"), tools=SILENT) == []
    assert kinds(ran("pytest", "Wall time: 30 seconds\nProcess running with session ID 7\nOutput:\n3 passed")) == []
    assert kinds(ran("git commit -m x", "ok"), tools=SILENT) == ["committed"]


def test_a_change_that_the_person_refused_is_a_correction_and_any_other_call_is_nothing() -> None:
    no = "The user doesn't want to proceed with this tool use."
    assert kinds(changed("a", "b", no, failed=True), tools=SILENT) == ["correction"]
    assert kinds(ran("rm -rf x", no, failed=True), tools=SILENT) == []
    assert kinds(ran("pytest", "Sibling tool call errored", failed=True), tools=SILENT) == []


def test_a_step_counts_once_however_often_it_is_shown() -> None:
    step, waiting = ran("pytest", GREEN), Step("w", "bash", '{"command": "pytest"}')
    signs, seen = read(NOTHING, [step, waiting], TOOLS)
    assert [one.kind for one in signs] == ["tests_passed"]
    again, later = read(seen, [step, Step("w", "bash", '{"command": "pytest"}', RED)], TOOLS)
    assert [one.kind for one in again] == ["tests_failed"]
    assert read(later, [step], TOOLS) == ((), later)


def test_tests_that_fail_after_each_change_are_counted_until_they_pass() -> None:
    assert trail(ran("pytest", RED)).lost == 0
    failing = [
        step for nth in range(3) for step in (changed(f"{nth}", f"{nth} more"), ran("ruff check", "All checks passed!"), ran("pytest", RED))
    ]
    assert trail(*failing).lost == 3
    assert trail(*failing, ran("pytest", RED)).lost == 3
    assert trail(*failing, ran("pytest", GREEN)).lost == 0
    assert trail(ran("sed -i s/a/b/ x.py", ""), ran("pytest", RED)).lost == 1


def test_the_same_error_counts_the_third_time() -> None:
    errors = [
        ran("python app.py", f"Exit code 1\n  File '/tmp/x{nth}/app.py', line {nth}\nKeyError: 'name' at 0x{nth}f") for nth in range(6)
    ]
    assert kinds(*errors[:2]) == ["tool_error", "tool_error"]
    assert kinds(*errors[:3]) == ["tool_error", "tool_error", "tool_error", "same_error"]
    assert kinds(*errors).count("same_error") == 2
    others = [ran("python app.py", f"Exit code 1\nKeyError: '{name}'") for name in ("a", "b", "c")]
    assert "same_error" not in kinds(*others)


def test_tests_that_fail_the_same_way_are_the_same_error_and_passing_ends_it() -> None:
    runs = [ran(f"pytest -k {nth}", RED) for nth in range(3)]
    assert kinds(*runs) == ["tests_failed"] * 3 + ["same_error"]
    assert "same_error" not in kinds(*runs[:2], ran("pytest", GREEN), ran("pytest", RED))


def test_a_call_is_repeated_when_it_comes_twice_in_a_row_or_three_times() -> None:
    one, other = ('{"path": "a"}', "text"), ('{"path": "b"}', "text")
    assert kinds(looked(*one), looked(*one)) == ["repeated_call"]
    assert kinds(looked(*one), looked(*other), looked(*one)) == []
    assert kinds(looked(*one), looked(*other), looked(*one), looked(*other), looked(*one)) == ["repeated_call"]
    assert kinds(looked(one[0], "text"), looked(one[0], "another text")) == []


def test_a_change_in_between_makes_a_call_worth_repeating() -> None:
    assert kinds(ran("make", "x"), changed("a", "b"), ran("make", "x")) == []
    assert kinds(ran("make", "x"), ran("sed -i s/a/b/ x.py", ""), ran("make", "x")) == []
    assert kinds(ran("make", "x"), ran("make", "x")) == ["repeated_call"]


@pytest.mark.parametrize("tool", ["write_stdin", "TodoWrite", "ask_user", "Task"])
def test_waiting_and_noting_may_be_repeated(tool: str) -> None:
    assert kinds(looked("{}", "same", tool), looked("{}", "same", tool)) == []


def test_polling_may_be_repeated() -> None:
    assert kinds(ran("make x | tail -5", "x"), ran("make x | tail -5", "x")) == ["repeated_call"]
    assert kinds(ran("sleep 5 && curl localhost", "x"), ran("sleep 5 && curl localhost", "x")) == []


def test_an_edit_that_undoes_an_earlier_one_is_a_way_back() -> None:
    assert kinds(changed("a", "b"), changed("b", "c")) == []
    assert kinds(changed("a", "b"), changed("c", "d"), changed("b", "a")) == ["reverted"]
    assert kinds(changed("a", "b"), changed("b", "a", path="other.py")) == []


def test_a_patch_on_the_command_line_is_an_edit() -> None:
    line = "apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: app.py\n@@\n-{}\n+{}\n*** End Patch\nEOF"
    assert kinds(ran(line.format("a", "b"), "done"), ran(line.format("b", "a"), "done")) == ["reverted"]


def test_a_command_that_goes_back_counts_where_something_was_changed() -> None:
    assert kinds(ran("git checkout -- src/app.py", "")) == []
    assert kinds(changed("a", "b"), ran("git checkout -- src/app.py", "")) == ["reverted"]
    assert kinds(changed("a", "b"), ran("git checkout -- package-lock.json", "")) == []
    assert kinds(changed("a", "b"), ran("git reset --hard", "HEAD is now at 1a2b3c4")) == ["reverted"]
    assert kinds(changed("a", "b"), ran("git checkout -- src/app.py", "Exit code 128\nfatal: not a repository")) == ["tool_error"]


def test_a_sign_names_the_command_and_nothing_that_was_said() -> None:
    signs, _ = read(NOTHING, [ran("cd /home/me/secret && npm test -- --token=abc", "1 failed")], TOOLS)
    assert [(one.kind, one.detail) for one in signs] == [("tests_failed", "npm test")]


def test_what_is_remembered_is_bounded() -> None:
    steps = [step for nth in range(300) for step in (changed(f"{nth}", "x"), ran(f"python {nth}.py", f"Exit code 1\nError {nth * 'x'}"))]
    kept = trail(*steps)
    assert max(len(kept.seen), len(kept.calls), len(kept.errors), len(kept.edits)) <= 96


@given(
    st.lists(
        st.builds(
            Step,
            st.text(max_size=3),
            st.sampled_from(["bash", "edit", "read", "x"]),
            st.text(max_size=40),
            st.none() | st.text(max_size=60),
            st.none() | st.booleans(),
        ),
        max_size=12,
    )
)
def test_any_steps_are_read_and_read_alike_one_by_one(steps: list[Step]) -> None:
    together, after = read(NOTHING, steps, TOOLS)
    one_by_one: list[Sign] = []
    kept = NOTHING
    for step in steps:
        signs, kept = read(kept, [step], TOOLS)
        one_by_one += signs
    assert (list(together), after) == (one_by_one, kept)
    assert all(one.kind in SIGNS for one in together)
    assert read(after, steps, TOOLS) == ((), after)


def test_an_error_without_telling_lines_is_known_by_its_first() -> None:
    assert fingerprint("one\n\ntwo\nthree\nfour\nfive") == "one\ntwo\nthree\nfour"
    assert fingerprint("") == ""


def test_words_are_heard_here_too() -> None:
    assert [one.kind for one in heard("that's wrong", "fix it")] == ["complaint"]
