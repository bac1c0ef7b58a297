"""The command line: a table of commands, each in its own file that is loaded when it is called.

Exit codes: 0 when it worked, 2 when something given to it was wrong (one line says what and where), 130 after an interrupt.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Final

from tierwise import __version__

COMMANDS: Final = MappingProxyType(
    {
        "backtest": "what a log cost, and what it would have cost",
        "cascade": "a coding agent with one model after another, until your checks pass",
        "calibrate": "outcomes of your own work as evidence that decisions read",
        "evaluate": "a way of choosing models, judged on a table of outcomes it did not see",
        "report": "what the ledger proves: spend against the reference, and how sure that is",
        "reconcile": "the ledger against a provider's usage or cost export, to the cent",
        "explain": "why this model: the receipt of one request, served, captured or logged",
        "frontier": "score, price, measured cost and value of models, the Pareto frontier marked",
        "quality": "what is expected of each model at each kind of work, before and after the outcomes told here",
        "models": "the models that can be chosen, and what is known of them",
        "physics": "the cache simulation against what a log was really charged",
        "serve": "the gateway: every coding tool, every provider",
        "demo": "the gateway with a ledger of four weeks, to look around in",
        "keys": "the keys that clients use: made, listed, rotated, revoked",
        "budgets": "how much may be spent by whom until when",
        "db": "the ledger's database: its schema, and what is in it",
        "config": "check tierwise.yaml, or print its JSON schema",
    }
)

ONE: Final = "1"
"""Threads of the array library: its matrices here are small, and beside other work two threads wait for each other most of the time."""

WRONG: Final = 2
INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code. Every error a person can make is one line on standard error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = next((word for word in words if not word.startswith("-")), "")
    try:
        parser = _parser(name)
        asked = parser.parse_args(words)
        if "run" not in asked:
            parser.print_help()
            return WRONG
        code = int(asked.run(asked))
        sys.stdout.flush()
    except (ValueError, OSError) as error:
        return _failed(error)
    except KeyboardInterrupt:
        print("tierwise: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    return code


def _failed(error: ValueError | OSError) -> int:
    """The exit code of an error, said in one line; a reader that went away is no error."""
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    said = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    print(f"tierwise: {' '.join(said.split())}", file=sys.stderr)
    return WRONG


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> None:  # type: ignore[override]  # it exits, as the original does
        """Say what is wrong with the arguments and exit."""
        self.exit(WRONG, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _parser(name: str) -> Parser:
    """The parser; only the command that is called is loaded, so that the others cost nothing."""
    parser = Parser(prog="tierwise", description="Pick the cheapest model that meets your floor, and show the arithmetic.")
    parser.add_argument("--version", action="version", version=f"tierwise {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command, what in COMMANDS.items():
        one = commands.add_parser(command, help=what, description=f"{what[0].upper()}{what[1:]}.")
        if command == name:
            os.environ.setdefault("OPENBLAS_NUM_THREADS", ONE)
            one.add_argument("--config", metavar="FILE", help="settings (default: tierwise.yaml here, if it is there)")
            import_module(f"tierwise.cli.{command}").add(one)
    return parser
