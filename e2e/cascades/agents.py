"""The agents of the proof: a client that is installed already for the other rows, and its command line for the task."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from e2e.cascades.shop import FILE, TASK
from e2e.clients import aider, claude_code, codex
from e2e.kit.client import Client
from e2e.kit.installing import folder_name, installed


class Agent(Struct, frozen=True):
    """A client as an agent: `argv` is its command line, of the folder with its programs."""

    client: Client
    argv: Callable[[Path], tuple[str, ...]]

    def command(self) -> tuple[str, ...]:
        """The command line, after installing what is not there yet."""
        return self.argv(installed(self.client.installer, folder_name(self.client.name, self.client.version), self.client.packages))


CLAUDE_CODE: Final = Agent(claude_code.CLIENT, lambda bin_: (str(bin_ / "claude"), "-p", TASK, "--allowedTools", "Bash,Edit,Write,Read"))
CODEX: Final = Agent(
    codex.CLIENT,
    lambda bin_: (str(bin_ / "codex"), "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", TASK),
)
AIDER: Final = Agent(aider.CLIENT, lambda bin_: (str(bin_ / "aider"), "--no-pretty", "--map-tokens", "0", "--message", TASK, FILE))
