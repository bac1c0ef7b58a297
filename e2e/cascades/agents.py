"""The agents of the proof: a client that is installed already for the other rows, and its command line for the task."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec import Struct

from e2e.cascades.shop import FILE, TASK
from e2e.clients import aider, claude_code, codex
from e2e.kit.client import CHAT, PYPI, Client, Run, Stage
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

MINI_VERSION: Final = "2.4.6"


def _mini(stage: Stage) -> Run:
    """mini-swe-agent beside a cascade, on one task."""
    env = {
        "OPENAI_API_BASE": f"{stage.url}/v1",
        "OPENAI_API_KEY": "e2e",
        "MSWEA_CONFIGURED": "true",
        "MSWEA_COST_TRACKING": "ignore_errors",
    }
    return Run((str(stage.bin / "mini"), "-y", "--exit-immediately", "-m", f"openai/{stage.model}", "-t", stage.prompt), env)


MINI_SWE_AGENT: Final = Agent(
    Client(
        name="mini-swe-agent",
        version=MINI_VERSION,
        installer=PYPI,
        packages=(f"mini-swe-agent=={MINI_VERSION}",),
        wires=(CHAT,),
        run=_mini,
    ),
    lambda bin_: (str(bin_ / "mini"), "-y", "--exit-immediately", "-t", TASK),
)
"""It ends only when its model runs a command that says so."""
