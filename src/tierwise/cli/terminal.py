"""What commands show: tables as wide as they need to be, amounts and shares in one way everywhere."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tierwise.core.catalog import Capability
from tierwise.core.money import Amount, Unknown, dollars

WIDE: Final = 200
"""Columns when what is printed goes to a file or another program, where nothing should be cut."""


class Out(Console):
    """A console that leaves it to the command line what a reader that went away means."""

    def on_broken_pipe(self) -> None:
        """Say that it went."""
        raise BrokenPipeError


def console() -> Console:
    """Where results go. Colours and the width follow the terminal, if it is one."""
    return Out(width=None if sys.stdout.isatty() else WIDE, highlight=False, soft_wrap=False)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> Table:
    """A table; a column whose name begins with '>' is set to the right."""
    found = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for name in columns:
        right = name.startswith(">")
        found.add_column(name.removeprefix(">"), justify="right" if right else "left", overflow="fold", no_wrap=right)
    for row in rows:
        found.add_row(*row)
    return found


def show(*parts: Any) -> None:
    """Print tables and lines of text; what is in square brackets is text, not markup."""
    out = console()
    for part in parts:
        out.print(part, markup=False)


def show_json(value: Any) -> None:
    """Print a value as JSON, its keys in order."""
    text = msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2)
    sys.stdout.write(f"{text.decode()}\n")


def money(amount: Amount | None, places: int = 2) -> str:
    """An amount in dollars; 'unknown' or '-' where there is none."""
    if amount is None:
        return "-"
    return "unknown" if isinstance(amount, Unknown) else f"{dollars(amount):,.{places}f}"


def share(value: float | None, digits: int = 0) -> str:
    """A share of one in percent, '-' where there is none."""
    return "-" if value is None else f"{value:.{digits}%}"


def parts(shares: dict[str, float]) -> str:
    """Shares by name, the largest first."""
    return ", ".join(f"{name} {value:.0%}" for name, value in sorted(shares.items(), key=lambda pair: -pair[1]))


def size(tokens: int | None) -> str:
    """A number of tokens as people say it: 200k, 1M; 'unknown' where nobody has said."""
    if tokens is None:
        return "unknown"
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if tokens >= unit:
            return f"{tokens / unit:.4g}{name}"
    return str(tokens)


ABILITIES: Final = (("tools", "tools"), ("images", "images"), ("json_schema", "schema"))


def able(can: Capability) -> str:
    """What a model can do, with a question mark where nobody has said."""
    said = {True: "{}", None: "{}?", False: ""}
    named = [said[getattr(can, field)].format(name) for field, name in ABILITIES]
    thinks = {None: "reasoning?", "none": ""}.get(can.reasoning, "reasoning")
    return " ".join(name for name in (*named, thinks) if name)
