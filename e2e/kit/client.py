"""What every client file offers: CLIENT, how it is installed, pointed at the gateway and run without a person."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from msgspec import Struct

ANTHROPIC: Final = "anthropic"
CHAT: Final = "openai_chat"
RESPONSES: Final = "openai_responses"
WEBSOCKET: Final = "openai_responses over WebSocket"

NPM: Final = "npm"
PYPI: Final = "PyPI"

PLAIN: Final = "plain"
TOOL: Final = "tool"
PROMPTS: Final = MappingProxyType({PLAIN: "say hello", TOOL: "list the files here"})
"""What the person says in each scene."""

SCRIPTS: Final = Path(__file__).parents[1] / "scripts"


class Stage(Struct, frozen=True):
    """Where a client runs: `url` is the gateway without a path, `bin` the folder with its programs, `wire` what it is to speak."""

    bin: Path
    home: Path
    repo: Path
    url: str
    wire: str
    scene: str
    model: str = "auto"

    @property
    def prompt(self) -> str:
        """What the person says."""
        return PROMPTS[self.scene]


class Run(Struct, frozen=True):
    """A command in the repository, variables beside the sealed ones, and files to lay out under the home folder first."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = {}
    files: Mapping[str, str] = {}


def translated(*wires: str) -> tuple[tuple[str, str], ...]:
    """Each of these wires with each upstream that speaks another."""
    return tuple((wire, other) for wire in wires for other in (ANTHROPIC, CHAT, RESPONSES) if not wire.startswith(other))


def spoken(output: str) -> str:
    """The answer of a client that prints nothing else."""
    return output


class Client(Struct, frozen=True, kw_only=True):
    """A client, pinned.

    `packages` are exact versions for `installer`; `run` is its command on a stage; `answer` finds the final answer in what it printed.
    `tools` says whether it runs tools, `across` the wires on which it is also served by an upstream that speaks only another one,
    `local` those on which it is tried with the real model too, since it is small enough. `asks` are the models it asks for by name.
    """

    name: str
    version: str
    installer: str
    packages: tuple[str, ...]
    wires: tuple[str, ...]
    run: Callable[[Stage], Run]
    answer: Callable[[str], str] = spoken
    tools: bool = True
    across: tuple[tuple[str, str], ...] = ()
    local: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
