"""aider: it edits by text, without tools; the prefix of the model's name says which wire."""

from types import MappingProxyType
from typing import Final

from e2e.kit.client import ANTHROPIC, CHAT, PYPI, Client, Run, Stage

VERSION = "0.86.2"
PREFIXES: Final = MappingProxyType({CHAT: "openai", ANTHROPIC: "anthropic"})


def command(stage: Stage) -> Run:
    """One message about one file."""
    model = f"{PREFIXES[stage.wire]}/{stage.model}"
    quiet = "--no-show-model-warnings --no-check-update --no-analytics --no-gitignore --yes-always --no-auto-commits --no-pretty".split()
    return Run(
        (str(stage.bin / "aider"), "--model", model, *quiet, "--message", stage.prompt, "greet.py"),
        {
            "OPENAI_API_BASE": f"{stage.url}/v1",
            "OPENAI_API_KEY": "e2e",
            "ANTHROPIC_API_BASE": stage.url,
            "ANTHROPIC_API_KEY": "e2e",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        },
    )


CLIENT = Client(
    name="aider",
    version=VERSION,
    installer=PYPI,
    packages=(f"aider-chat=={VERSION}",),
    wires=(CHAT, ANTHROPIC),
    run=command,
    tools=False,
    local=(CHAT,),
)
