"""What the generated parts of the documents hold: one function each, made from the code and the data they describe."""

import argparse
import csv
import inspect
import pkgutil
import string
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from tierwise import plugins
from tierwise.catalog import sheets
from tierwise.cli import COMMANDS
from tierwise.core.catalog import CachePhysics
from tierwise.core.tasks import KINDS, TIER_OF

ROOT: Final = Path(__file__).parents[1]
SOURCE: Final = ROOT / "src/tierwise"
DATA: Final = SOURCE / "catalog/data"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def code(text: str) -> str:
    """Text as code, nothing where there is none."""
    return f"`{text}`" if text else ""


def first_line(thing: Any) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def _contracts() -> list[dict[str, Any]]:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = found["tool"]["importlinter"]["contracts"]
    return contracts


def contracts() -> str:
    """The import contracts, in words."""
    return "\n".join(f"* **{one['name']}.** {CONTRACT[one['type']](one)}" for one in _contracts())


def _layers(one: Mapping[str, Any]) -> str:
    return "From the street down: " + ", then ".join(code(row) for row in one["layers"]) + "."


def _forbidden(one: Mapping[str, Any]) -> str:
    return f"{_codes(one['source_modules'])} may not import {_codes(one['forbidden_modules'])}."


def _independent(one: Mapping[str, Any]) -> str:
    return f"No file of {_codes(one['modules'])} imports another of them."


CONTRACT: Final = MappingProxyType({"layers": _layers, "forbidden": _forbidden, "independence": _independent})


def _codes(names: Iterable[str]) -> str:
    return ", ".join(code(name.removeprefix("tierwise.")) for name in names)


def rooms() -> str:
    """Each room with what it is for, those to come by name."""
    layers = next(one["layers"] for one in _contracts() if one["type"] == "layers")
    names = [name.strip() for row in layers for name in row.split("|") if name.strip() != "__main__"]
    built = [name.strip("()") for name in names if (SOURCE / name.strip("()")).exists() or (SOURCE / f"{name.strip('()')}.py").exists()]
    to_come = [name.strip("()") for name in names if name.strip("()") not in built]
    rows = [(code(name), first_line(import_module(f"tierwise.{name}"))) for name in built]
    left = f"\n\nTo come: {', '.join(map(code, to_come))}." if to_come else ""
    return table(("room", "what it is for"), rows) + left


def commands() -> str:
    """Every command with its arguments."""
    return "\n\n".join(_command(name, what) for name, what in COMMANDS.items())


def _command(name: str, what: str) -> str:
    parser = argparse.ArgumentParser(add_help=False)
    import_module(f"tierwise.cli.{name}").add(parser)
    rows = [(_spelt(one), one.help or "") for one in parser._actions]  # noqa: SLF001  # argparse has no public list of them
    return f"## {name}\n\n{what[0].upper()}{what[1:]}.\n\n{table(('argument', 'what it does'), rows)}"


def _spelt(action: argparse.Action) -> str:
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else "")
    told = "" if action.nargs == 0 else str(value)
    more = " ..." if action.nargs == "+" else ""
    return code(f"{' '.join((*action.option_strings, told)).strip()}{more}")


def settings() -> str:
    """Every key of tierwise.yaml."""
    found = import_module("docs_settings").sections()
    return "\n\n".join(
        f"### {title}\n\n{first_line(shape)}\n\n{table(('key', 'value', 'default', 'meaning'), rows)}" for title, shape, rows in found
    )


def models() -> str:
    """The models with a row of their own."""
    rows = [
        (
            code(card.model),
            card.provider,
            card.tier,
            _size(card.capability.context_window),
            _size(card.capability.max_output),
            _abilities(card),
            card.as_of,
        )
        for card in sheets.capabilities().values()
    ]
    return f"{len(rows)} models.\n\n" + table(("model", "sold by default by", "tier", "window", "longest answer", "can", "as of"), rows)


def _size(tokens: int | None) -> str:
    return "not known" if tokens is None else f"{tokens:,}"


def _abilities(card: sheets.Card) -> str:
    can = card.capability
    said = {True: "{}", None: "{}?", False: ""}
    asked = (("tools", can.tools), ("images", can.images), ("JSON schema", can.json_schema))
    thinks = {None: "reasoning?", "none": "", "always": "reasoning always"}.get(can.reasoning, "reasoning")
    return ", ".join(name for name in (*(said[yes].format(name) for name, yes in asked), thinks) if name)


def data_files() -> str:
    """The shipped data files with what they hold and where it comes from."""
    found = sorted(DATA.glob("*.csv"))
    return table(
        ("file", "rows", "what", "sources"), [(code(path.name), str(len(_rows(path))), FILES[path.name], _sources(path)) for path in found]
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _sources(path: Path) -> str:
    found = list(dict.fromkeys(row["source"] for row in _rows(path)))
    return "; ".join(found) if len(found) <= MOST_SOURCES else f"{len(found)} sources, one named in each row"


MOST_SOURCES: Final = 5

FILES: Final = MappingProxyType(
    {
        "article.csv": "the table of the article that set the mission, to compare with",
        "benchmarks.csv": "how scores on each benchmark relate to ability and to kinds of work",
        "capabilities.csv": "what each model can do, who sells it, its tokenizer's family and its tier",
        "effort.csv": "how much work each model makes of a task, in thousandths",
        "evidence-aider.csv": "scores on Aider polyglot",
        "evidence-openhands.csv": "scores and mean costs of the OpenHands index",
        "evidence-published.csv": "scores as published by vendors and leaderboards",
        "families.csv": "tokens of each tokenizer's family for one neutral token, with the error of that",
        "outlooks.csv": "what usually follows a call: calls to come, growth of the context, length of answers",
        "steps.csv": "how differences between models stretch with the difficulty of the work",
        "together.csv": "how far attempts at one task go together, and how cost stretches with difficulty, by benchmark",
    }
)
"""What each data file holds; a file that is missing here stops the generation."""


def benchmarks() -> str:
    """The benchmarks the quality model knows, with the evidence on each."""
    evidence, known = sheets.evidence(), sheets.tables().benchmarks
    rows = []
    for bench in known:
        here = [row for row in evidence if row.benchmark == bench.name]
        days = sorted(row.date for row in here)
        measures = (f"{bench.mean:.3f}", f"{bench.loading:.3f}", f"{bench.spread:.3f}", f"{bench.correlation:.2f}")
        stands = ", ".join(bench.kinds) or "nothing of its own"
        rows.append((code(bench.name), stands, str(bench.n), *measures, str(len({row.model for row in here})), f"{days[0]} to {days[-1]}"))
    return table(("benchmark", "stands for", "tasks", "mean", "loading", "spread", "correlation", "models", "dated"), rows)


def families() -> str:
    """Tokenizer families."""
    rows = [(code(row["family"]), row["scale"], f"{float(row['error']):.0%}", row["source"]) for row in _rows(DATA / "families.csv")]
    return table(("family", "tokens for one neutral token", "give or take", "source"), rows)


KINDS_OF_VARIANT: Final = (
    ("Signals", plugins.SIGNALS, "One fact read from a request."),
    ("Filters", plugins.FILTERS, "One objection to an endpoint."),
    ("Policies", plugins.POLICIES, "One way to choose."),
    ("Wires", plugins.WIRES, "One public API shape."),
    ("Providers", plugins.PROVIDERS, "Who sells models: how they are reached, what is odd about them, and how their prompt caches behave."),
    ("Clients", plugins.CLIENTS, "What is odd about one coding tool."),
    ("Agents", plugins.AGENTS, "How one coding agent is started so that it asks this gateway."),
    ("Importers", plugins.IMPORTERS, "One format of logs."),
    ("Methods", plugins.METHODS, "One way to choose models from a table of outcomes, to be judged by `tierwise evaluate`."),
    ("Exports", plugins.EXPORTS, "One format of a provider's usage or cost export, to reconcile the ledger with."),
    ("Stores", plugins.STORES, "Where the ledger is kept."),
)


def variants() -> str:
    """Every variant that comes with tierwise, by kind."""
    return "\n\n".join(_variants(title, kind, what) for title, kind, what in KINDS_OF_VARIANT)


def _variants(title: str, kind: plugins.Kind, what: str) -> str:
    modules = {module: f"{module}/" if package else f"{module}.py" for module, package in _modules(kind)}
    names = {getattr(import_module(f"{kind.package}.{module}"), kind.constant).name: module for module in modules}
    rows = [(code(name), code(modules[one]), first_line(import_module(f"{kind.package}.{one}"))) for name, one in sorted(names.items())]
    folder = kind.package.replace("tierwise.", "").replace(".", "/")
    shape = "A package" if all(one.endswith("/") for one in modules.values()) else "A file"
    heading = f"## {title}\n\n{what} {shape} in `src/tierwise/{folder}/` that exports `{kind.constant}`; entry points: `{kind.group}`."
    return f"{heading}\n\n{table(('name', 'file', 'what it is'), rows)}"


def _modules(kind: plugins.Kind) -> list[tuple[str, bool]]:
    """The modules of a kind's folder, and whether each is a package."""
    return sorted((one.name, one.ispkg) for one in pkgutil.iter_modules(import_module(kind.package).__path__))


def faults() -> str:
    """Everything that can go wrong, and what happens then."""
    return "\n\n".join(f"## {title}\n\n{table(head, rows)}" for title, head, rows in import_module("docs_gateway").faults())


def _gateway(name: str) -> str:
    """A table that docs_gateway makes."""
    return table(*getattr(import_module("docs_gateway"), name)())


def caches() -> str:
    """Each provider's prompt caches, and the survival curves they have."""
    found = [(provider, row) for provider in plugins.found(plugins.PROVIDERS) for row in provider.caches]
    curves = list(dict.fromkeys(row.physics.survival for _, row in found)) + list(
        dict.fromkeys(row.physics.survival_1h for _, row in found)
    )
    letters = dict(zip([one for one in dict.fromkeys(curves) if one], string.ascii_uppercase, strict=False))
    rows = [(provider.title, _of(row.models), *_physics(row.physics, letters)) for provider, row in found]
    head = ("provider", "models", "kind", "minimum", "step", "curve", "curve, 1 h", "as of", "source")
    drawn = [(letter, ", ".join(f"{_idle(at)}: {odds:g}" for at, odds in curve)) for curve, letter in letters.items()]
    return f"{table(head, rows)}\n\n{table(('curve', 'odds of still being there, by idle time'), drawn)}"


def _of(models: str) -> str:
    return f"`{models}`..." if models else "all others"


def _physics(one: CachePhysics, letters: Mapping[tuple[tuple[int, float], ...], str]) -> tuple[str, ...]:
    curves = (letters.get(one.survival, "-"), letters.get(one.survival_1h, "-"))
    return (one.kind, f"{one.minimum:,}", str(one.step), *curves, one.as_of, one.source)


UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def _idle(seconds: int) -> str:
    size, name = next(((size, name) for size, name in UNITS if seconds >= size and not seconds % size), (1, "s"))
    return f"{seconds // size} {name}"


def kinds() -> str:
    """Kinds of work with their tiers."""
    return table(("kind", "tier under the policy `tiered`"), [(code(kind), TIER_OF[kind]) for kind in KINDS])


def fields() -> str:
    """Fields of the plain table."""
    return "\n".join(_documented())


def _documented() -> Iterator[str]:
    found = import_module("tierwise.lab.table").documented()
    yield found if isinstance(found, str) else table(("field", "also called", "meaning"), found)


BLOCKS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "contracts": contracts,
        "rooms": rooms,
        "commands": commands,
        "settings": settings,
        "models": models,
        "data-files": data_files,
        "benchmarks": benchmarks,
        "families": families,
        "variants": variants,
        "caches": caches,
        "kinds": kinds,
        "fields": fields,
        "faults": faults,
        "errors": partial(_gateway, "errors"),
        "losses": partial(_gateway, "losses"),
        "providers": partial(_gateway, "providers"),
        "quirks": partial(_gateway, "oddities"),
    }
)
