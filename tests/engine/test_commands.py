"""Command lines: what each simple command is for, and whether the line's exit code tells how it ended."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.engine.commands import LONGEST, commands, decoded, line_of


def kinds(line: str) -> list[str]:
    return [one.kind for one in commands(line) if one.kind]


TESTS = (
    *(
        "pytest -q",
        "python -m pytest tests/",
        "python3 -m unittest",
        "tox -e py312",
        "./venv/bin/pytest x.py",
        "uv run pytest -x",
        "poetry run pytest",
    ),
    *(
        "npm test",
        "npm run test",
        "npm run test:unit -- --run",
        "npm t",
        "yarn test",
        "pnpm --filter api test -- a.spec",
        "pnpm -r test",
        "bun test",
    ),
    *(
        "bun run test",
        "npx vitest run",
        "npx jest a.test.ts",
        "go test ./...",
        "cargo test -p core",
        "cargo nextest run",
        "mix test",
        "dotnet test",
    ),
    *("make test", "make -j4 unit-test", "just test", "mise run test", "./gradlew test", "gradle :app:testDebugUnitTest", "mvn -q verify"),
    *("bundle exec rspec", "vendor/bin/phpunit", "php artisan test", "node --test", "deno test", "swift test", "ctest --output-on-failure"),
    *("CI=1 FOO='a b' npm test", "timeout 60 pytest", "time pytest", "rake spec", "bash run_tests.sh", "./test.sh"),
    *("python manage.py test app", "turbo run test", "playwright test", "env A=1 pytest", "xvfb-run -a npm test", "cd a && (cd b; pytest)"),
)
BUILDS = (
    *(
        "tsc --noEmit",
        "npx tsc -p .",
        "mypy src",
        "npm run build",
        "npm run lint",
        "yarn lint",
        "pnpm typecheck",
        "bun run check",
        "cargo build",
    ),
    *(
        "cargo check",
        "cargo clippy -- -D warnings",
        "go build ./...",
        "go vet ./...",
        "dotnet build",
        "make",
        "make -j8",
        "make build",
        "make lint",
    ),
    *(
        "ruff check .",
        "ruff format --check .",
        "eslint src",
        "npx eslint --max-warnings 0 .",
        "golangci-lint run",
        "mvn -q compile",
        "gradle assemble",
    ),
    *(
        "docker build .",
        "cmake --build build",
        "python -m mypy x",
        "pre-commit run -a",
        "prettier --check .",
        "biome check .",
        "black --check .",
    ),
    *("node --check a.js", "bash -n a.sh", "markdownlint-cli2 a.md", "cargo fmt --all -- --check"),
)
OTHERS = {
    "git commit -m 'test the build'": ["commit"],
    "git -C /repo commit --amend --no-edit": ["commit"],
    "git add . && git commit -qm x && git push": ["commit", "push"],
    "git push -u origin main": ["push"],
    "gh pr create --fill": ["push"],
    "git push --dry-run": [],
    "git commit --dry-run": [],
    "git push origin --delete old": [],
    "git checkout -- src/a.py": ["revert"],
    "git checkout HEAD -- a.py": ["revert"],
    "git checkout .": ["revert"],
    "git restore a.py": ["revert"],
    "git restore --staged a.py": [],
    "git reset --hard HEAD~1": ["revert"],
    "git reset HEAD a.py": [],
    "git revert abc123": ["revert"],
    "git revert --abort": [],
    "git checkout main": [],
    "git checkout -b feature": [],
    "git status": [],
    "ls -la": [],
    "": [],
    "echo pytest": [],
    "cat package.json | grep test": [],
    "grep -rn 'npm test' .": [],
    "pytest --version": [],
    "pytest --collect-only": [],
    "jest --watch": [],
    "which pytest": [],
    "sed -i s/a/b/ x.py": ["change"],
    "cat > a.py <<'EOF'\nnpm test\ngit push\nEOF": ["change"],
    "cat > t.py <<'EOF'\nx\nEOF\npytest t.py": ["change", "test"],
    "python3 - <<'PY'\nopen('a', 'w')\nPY": ["change"],
    "npm install": ["change"],
    "sleep 5 && gh run view 1": ["poll", "poll"],
    "bun scripts/test.ts": [],
    "bun --check scripts/publish.ts": [],
    "command -v pytest": [],
}


@pytest.mark.parametrize("line", TESTS)
def test_these_are_tests(line: str) -> None:
    assert kinds(line) == ["test"]


@pytest.mark.parametrize("line", BUILDS)
def test_these_are_builds_and_linters(line: str) -> None:
    assert kinds(line) == ["build"]


@pytest.mark.parametrize(("line", "expected"), OTHERS.items())
def test_these_are_what_they_are(line: str, expected: list[str]) -> None:
    assert kinds(line) == expected


@pytest.mark.parametrize(
    ("line", "sure"),
    [
        ("pytest", [True]),
        ("cd a && pytest", [True, True]),
        ("cd a; pytest", [False, True]),
        ("pytest && git status", [True, True]),
        ("pytest; git status", [False, True]),
        ("pytest || true", [False, True]),
        ("pytest | tail -5", [False, True]),
        ("pytest 2>&1", [True]),
        ("pytest &", [True]),
        ("pytest\ngit status", [False, True]),
        ("pytest -k 'a && b || c; d'", [True]),
        ('pytest -k "a | b" && x', [True, True]),
        ("a && b | c && d", [False, False, True, True]),
        ("sh -c 'pytest && x' && y", [True, True, True]),
        ("wsl -e sh -c 'cd a && pytest 2>&1' 2>&1 | tail -3", [False, False, True]),
    ],
)
def test_an_exit_code_tells_only_of_what_nothing_but_and_follows(line: str, sure: list[bool]) -> None:
    assert [one.decides for one in commands(line)] == sure


@pytest.mark.parametrize(
    "said",
    [
        '{"command": "npm test"}',
        '{"cmd":"npm test","workdir":"/x"}',
        '{"command":["bash","-lc","npm test"]}',
        '{"command":["npm","test"]}',
        '{"type":"exec","command":["/bin/sh","-c","npm test"],"env":{}}',
        '{"commands":["npm test"]}',
        '{"command":"bash -lc \'npm test\'"}',
        '{"command":"wsl -e sh -c \'cd /x && npm test 2>&1\' 2>&1 | tail -20"}',
        '{"command":"powershell -NoProfile -Command \\"npm test\\""}',
        "npm test",
        '"npm test"',
        'const r = await tools.exec_command({cmd: "npm test"});\ntext(r.output);',
        "const r = await tools.exec_command({ cmd : 'npm test', workdir: '/x' });",
        "await tools.exec_command({cmd: `npm test`})",
    ],
)
def test_the_command_is_found_in_what_the_tool_was_called_with(said: str) -> None:
    assert kinds(line_of(said)) == ["test"]


@pytest.mark.parametrize("said", ["", "{}", '{"path": "a"}', "[]", "[1]", '{"command": 7}', '{"command', "7"])
def test_a_call_without_a_command_has_none(said: str) -> None:
    assert kinds(line_of(said)) == []


def test_several_commands_are_all_found() -> None:
    assert kinds(line_of('{"commands":["npm run build","npm test"]}')) == ["build", "test"]


def test_what_is_no_json_is_nothing() -> None:
    assert decoded("{" * 5000) is None
    assert decoded("[" * 100_000) is None
    assert decoded("npm test") is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("npm run test:unit -- --secret", "npm run test:unit"),
        ("git -C /home/me/secret commit -m x", "git -C commit"),
        ("bash /home/me/secret/test.sh", "bash"),
        ("./secret/my_test.sh", "my_test.sh"),
    ],
)
def test_a_commands_name_tells_no_paths(line: str, name: str) -> None:
    assert [one.name for one in commands(line)] == [name]


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["'", '"', "&&", "|", ";", "\n", "<<EOF", "EOF", "npm test", "\\", "$(", ")", "do "]), max_size=60).map(
        "".join
    )
)
def test_any_text_is_read(line: str) -> None:
    found = commands(line)
    assert commands(line_of(json.dumps({"command": line}))) == found
    assert all(one.decides for one in found[-1:])


def test_a_line_that_is_endless_is_read_to_its_limit() -> None:
    assert len(commands("npm test;" * LONGEST)) <= LONGEST // 9 + 1
