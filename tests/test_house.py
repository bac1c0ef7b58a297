"""The house rules, held by a walk over the source: sizes, names, state, and who may know whom.

Every exception below carries its reason, and the lists may only shrink: a test fails too when an exception is no longer needed.
"""

import ast
import re
import shutil
import statistics
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tierwise import plugins

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "tierwise"

TREES = MappingProxyType({path: ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))})
SCRIPTS = MappingProxyType(
    {path: ast.parse(path.read_text("utf-8")) for folder in ("tools", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))}
)

Function = ast.FunctionDef | ast.AsyncFunctionDef
Found = set[tuple[str, str]]
"""What breaks a rule: the file and the name it is known by there."""

BROAD: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("gateway/app.py", "http"): "the request boundary: no traceback reaches a client, and the log has it",
        ("ledger/moving.py", "_why_not"): "the background supervisor: a record that cannot be stored is set aside and named",
    }
)
"""Where everything may be caught: the request boundary, and the background supervisor."""

KNOWING: Mapping[tuple[str, str], str] = MappingProxyType({})
"""Who compares with the name of a provider, wire or client outside that one's own file, and why."""

CACHED: Mapping[tuple[str, str], str] = MappingProxyType(
    {("wires/openai_chat/quirks.py", "refused"): "asked of every request, and a provider's quirks are the same for ever"}
)
"""Functions that remember answers for the life of the process, and why."""

LAZY: Mapping[tuple[str, str], str] = MappingProxyType({("cli/descriptors.py", "resource"): "only Unix has it"})
"""Imports inside functions that are no optional dependency, and why."""

OPTIONAL = frozenset({"pyarrow", "vl_convert", "xllamacpp"})
VAGUE = frozenset({"manager", "handler", "helper", "util", "base", "common", "data", "info"})
DICTATED = frozenset({"data_received"})
"""Names that the standard library calls, as asyncio.Protocol does."""

MUTABLE = frozenset({"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict", "ChainMap", "count", "cycle"})
WRITING = frozenset({"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update", "sort"})
DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def short(path: Path) -> str:
    return path.relative_to(SOURCE if SOURCE in path.parents else ROOT).as_posix()


def functions(trees: Mapping[Path, ast.Module]) -> list[tuple[str, Function]]:
    return [(short(path), node) for path, tree in trees.items() for node in ast.walk(tree) if isinstance(node, Function)]


def length(function: Function) -> int:
    """Lines from `def` to the end; decorators do not count, the docstring does."""
    return (function.end_lineno or 0) - function.lineno + 1


def parameters(function: Function) -> list[str]:
    given = function.args
    listed = [*given.posonlyargs, *given.args, *given.kwonlyargs, *(one for one in (given.vararg, given.kwarg) if one)]
    return [one.arg for one in listed if one.arg not in {"self", "cls"}]


def called(node: ast.AST) -> str:
    """The bare name of what is called or named: `c` of `a.b.c`."""
    if isinstance(node, ast.Call):
        return called(node.func)
    if isinstance(node, ast.Subscript):
        return called(node.value)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def bound(statement: ast.stmt) -> tuple[str, ast.expr | None, bool]:
    """The name a statement of a module assigns, its value, and whether it says Final."""
    if isinstance(statement, ast.Assign):
        return called(statement.targets[0]), statement.value, False
    if isinstance(statement, ast.AnnAssign):
        return called(statement.target), statement.value, called(statement.annotation) == "Final"
    return "", None, False


def broken(found: Found, allowed: Mapping[tuple[str, str], str]) -> None:
    """Fail for what is not allowed, and for what is allowed and not there."""
    assert sorted(found - set(allowed)) == []
    assert sorted(set(allowed) - found) == [], "no longer needed: take it out of the list"
    assert all(reason.strip() for reason in allowed.values())


# Sizes


def test_files_are_short(record_property: Any) -> None:
    lines = {short(path): len(path.read_text("utf-8").splitlines()) for path in (*TREES, *SCRIPTS)}
    record_property("mean lines of a file", round(statistics.mean(lines.values())))
    assert {name: count for name, count in lines.items() if count > 500} == {}
    assert statistics.mean(lines.values()) <= 300


def test_functions_are_short(record_property: Any) -> None:
    lengths = sorted(length(function) for _, function in functions(TREES))
    record_property("median and ninth decile of function lengths", (statistics.median(lengths), lengths[len(lengths) * 9 // 10]))
    assert statistics.median(lengths) <= 8
    assert lengths[len(lengths) * 9 // 10] < 30


@pytest.mark.parametrize("trees", [TREES, SCRIPTS], ids=["source", "scripts"])
def test_no_function_is_long_or_takes_much(trees: Mapping[Path, ast.Module]) -> None:
    assert [(file, one.name, length(one)) for file, one in functions(trees) if length(one) > 60] == []
    assert [(file, one.name, parameters(one)) for file, one in functions(trees) if len(parameters(one)) > 5] == []


def test_the_readme_fits_one_screen() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 80


# Names


def words(name: str) -> set[str]:
    """The words of a name, in lower case and without a plural s."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
    return {word.removesuffix("s") for word in re.split(r"[^a-z0-9]+", spaced)}


def test_no_name_is_vague() -> None:
    named = [(short(path), path.stem) for path in TREES]
    named += [(file, one.name) for file, one in functions(TREES)]
    named += [(short(path), one.name) for path, tree in TREES.items() for one in ast.walk(tree) if isinstance(one, ast.ClassDef)]
    assert [(file, name) for file, name in named if words(name) & VAGUE and name not in DICTATED] == []


# State and errors


def catches(node: ast.AST) -> list[str]:
    """The names of what a handler, or a `suppress`, catches."""
    if isinstance(node, ast.ExceptHandler):
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        return [called(kind) if kind else "BaseException" for kind in kinds]
    return [called(kind) for kind in node.args] if isinstance(node, ast.Call) and called(node) == "suppress" else []


def placed(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Everything in a module with the name of the innermost function it stands in."""
    within = {id(node): one.name for one in ast.walk(tree) if isinstance(one, Function) for node in ast.walk(one)}
    yield from ((within.get(id(node), ""), node) for node in ast.walk(tree))


def broad(tree: ast.Module) -> Iterator[str]:
    """The functions that catch everything."""
    yield from (name for name, node in placed(tree) if {"Exception", "BaseException"} & set(catches(node)))


def test_nothing_is_caught_broadly_but_in_the_two_named_places() -> None:
    broken({(short(path), name) for path, tree in (TREES | SCRIPTS).items() for name in broad(tree)}, BROAD)
    assert len(BROAD) <= 2


def written(tree: ast.Module) -> set[str]:
    """Names whose values the module's own code changes in place."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITING:
            found.add(called(node.func.value))
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            found.add(called(node.value))
        elif isinstance(node, ast.Global):
            found.update(node.names)
    return found


def state(tree: ast.Module) -> Iterator[str]:
    """Names of a module that hold something that can change: a list, dict or set that is not said to be Final, or is written to.

    Compiled decoders, patterns and the like are no state: nothing can be put into them.
    """
    changed = written(tree)
    for name, value, final in map(bound, tree.body):
        holds = isinstance(value, DISPLAYS) or (isinstance(value, ast.Call) and called(value) in MUTABLE)
        if name != "__all__" and holds and (not final or name in changed):
            yield name
    yield from (name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names)


def test_no_module_holds_state() -> None:
    assert [(short(path), name) for path, tree in TREES.items() for name in state(tree)] == []


def test_no_function_remembers_for_the_life_of_the_process() -> None:
    decorated = [(file, one) for file, one in functions(TREES) if {"cache", "lru_cache", "cached"} & set(map(called, one.decorator_list))]
    broken({(file, one.name) for file, one in decorated}, CACHED)


# Imports


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or "."] if isinstance(node, ast.ImportFrom) else []


def test_imports_inside_functions_are_optional_dependencies() -> None:
    found = {(file, name) for file, one in functions(TREES) for node in ast.walk(one) for name in imported(node)}
    broken({(file, name) for file, name in found if name.partition(".")[0] not in OPTIONAL}, LAZY)


def test_one_file_reads_the_price_data() -> None:
    found = {
        short(path) for path, tree in TREES.items() for node in ast.walk(tree) for name in imported(node) if name.startswith("genai_prices")
    }
    assert found == {"catalog/compiled.py"}


# Branches on names


def variants() -> dict[str, set[str]]:
    """Names of providers, wires and clients, and the files that are their own: those that define them, and their namesakes."""
    own: dict[str, set[str]] = {}
    for kind in (plugins.PROVIDERS, plugins.WIRES, plugins.CLIENTS):
        folder = kind.package.partition(".")[2]
        for one in plugins.found(kind):
            own.setdefault(one.name, set()).update(
                short(path) for path in TREES if path.stem == one.name or (short(path.parent) == folder and defines(path, one.name))
            )
    return own


def defines(path: Path, name: str) -> bool:
    return any(isinstance(node, ast.Constant) and node.value == name for node in ast.walk(TREES[path]))


def constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Module-level names with their values, to look through."""
    return {name: value for name, value, _ in map(bound, tree.body) if name and value is not None}


def texts(node: ast.AST, known: Mapping[str, ast.expr]) -> set[str]:
    """The texts an operand of a comparison stands for: a literal, a name of one, or a collection of them."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.Name) and node.id in known:
        return texts(known[node.id], {name: value for name, value in known.items() if name != node.id})
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return {text for one in node.elts for text in texts(one, known)}
    if isinstance(node, ast.Call) and called(node) in {"frozenset", "tuple", "set", "list"}:
        return {text for one in node.args for text in texts(one, known)}
    return set()


def compared(tree: ast.Module) -> Iterator[str]:
    """Texts that the code branches on."""
    known = constants(tree)
    for node in ast.walk(tree):
        operands = (
            [node.left, *node.comparators] if isinstance(node, ast.Compare) else [node.value] if isinstance(node, ast.MatchValue) else []
        )
        for operand in operands:
            yield from texts(operand, known)


def test_nobody_branches_on_the_name_of_a_provider_wire_or_client() -> None:
    own = variants()
    found = {(short(path), text) for path, tree in TREES.items() for text in compared(tree) if text in own and short(path) not in own[text]}
    broken(found, KNOWING)


# The rules themselves


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("A = []", ["A"]),
        ("A = {x: 1 for x in 'ab'}", ["A"]),
        ("A = defaultdict(list)", ["A"]),
        ("A: dict[str, int] = {}", ["A"]),
        ("A: Final = {1: 2}", []),
        ("A: Final = []\ndef add(x):\n    A.append(x)", ["A"]),
        ("A: Final = {}\ndef put(x):\n    A[x] = 1", ["A"]),
        ("A: Final = {}\ndef drop(x):\n    del A[x]", ["A"]),
        ("A = 0\ndef more():\n    global A\n    A += 1", ["A"]),
        ("A = (1, 2)\nB = frozenset({1})\nC = MappingProxyType({1: 2})\nD = Decoder(list)\n__all__ = ['A']", []),
        ("def all_of():\n    found = []\n    found.append(1)", []),
    ],
)
def test_state_is_told_from_constants(code: str, names: list[str]) -> None:
    assert list(state(ast.parse(code))) == names


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def f(a):\n    return a == 'x'", ["x"]),
        ("A = 'x'\nB = frozenset({A, 'y'})\ndef f(a):\n    return a.name not in B", ["x", "y"]),
        ("def f(a):\n    match a:\n        case 'x':\n            return 1", ["x"]),
        ("def f(a):\n    return g('x')", []),
        ("A = A == 'x'", ["x"]),
    ],
)
def test_a_branch_on_a_text_is_seen(code: str, found: list[str]) -> None:
    assert sorted(compared(ast.parse(code))) == found


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("try:\n    pass\nexcept:\n    pass", [""]),
        ("def f():\n    try:\n        pass\n    except (KeyError, Exception):\n        pass", ["f"]),
        ("def f():\n    def g():\n        with suppress(BaseException):\n            pass", ["g"]),
        ("def f():\n    try:\n        pass\n    except (KeyError, OSError):\n        pass", []),
    ],
)
def test_a_broad_except_is_seen(code: str, names: list[str]) -> None:
    assert list(broad(ast.parse(code))) == names


@pytest.mark.parametrize(
    ("name", "vague"),
    [("DataHandler", True), ("common_utils", True), ("database", False), ("information", False), ("base64", False), ("infos", True)],
)
def test_a_vague_name_is_seen(name: str, vague: bool) -> None:  # noqa: FBT001  # a column of the table
    assert bool(words(name) & VAGUE) is vague


# The repository


def tracked() -> list[Path]:
    """Files that are, or are about to be, in the repository."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("needs the repository")
    listed = subprocess.run([git, "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True, text=True)  # noqa: S603  # nothing in it comes from outside
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_no_file_names_a_package_registry() -> None:
    """The words are put together here, so that this file does not name them either."""
    hosts = [("pypi", "org"), ("python" + "hosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("crates", "io"), ("rubygems", "org")]
    hosts += [("proxy.golang", "org"), ("docker", "io"), ("anaconda", "org"), ("yarnpkg", "com"), ("", "library")]
    named = re.compile(
        "|".join(rf"(?<!\w){re.escape('.'.join(host))}\b" if host[0] else rf"/\.{host[1]}\b" for host in hosts).encode(), re.IGNORECASE
    )
    found = {path.relative_to(ROOT).as_posix(): match[0] for path in tracked() if (match := named.search(path.read_bytes()))}
    assert found == {}
