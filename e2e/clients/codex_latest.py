"""Codex CLI as it speaks to the latest models: its tools come as an item of the input, and the one that runs commands takes a program."""

from msgspec.structs import replace

from e2e.clients import codex
from e2e.kit.client import Run, Stage

MODEL = "gpt-6-sol"


def command(stage: Stage) -> Run:
    """As ever, with another model's name."""
    return codex.command(replace(stage, model=MODEL))


CLIENT = replace(codex.CLIENT, name=f"Codex, {MODEL}", run=command, asks=(MODEL,))
