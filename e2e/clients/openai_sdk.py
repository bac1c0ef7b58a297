"""OpenAI's own Python SDK: whole and streamed answers, tools, structured output, the list of models, on both of its wires."""

from types import MappingProxyType
from typing import Final

from e2e.kit.client import CHAT, PYPI, RESPONSES, SCRIPTS, Client, Run, Stage, translated

VERSION = "3.57.0"
WAYS: Final = MappingProxyType({CHAT: "chat", RESPONSES: "responses"})


def command(stage: Stage) -> Run:
    """A script that uses the SDK as its documentation does."""
    argv = (str(stage.bin / "python"), str(SCRIPTS / "openai_calls.py"), WAYS[stage.wire], stage.scene, stage.prompt, stage.model)
    return Run(argv, {"OPENAI_BASE_URL": f"{stage.url}/v1", "OPENAI_API_KEY": "e2e"})


CLIENT = Client(
    name="openai (Python)",
    version=VERSION,
    installer=PYPI,
    packages=(f"openai=={VERSION}",),
    wires=(CHAT, RESPONSES),
    run=command,
    across=translated(CHAT, RESPONSES),
    local=(CHAT, RESPONSES),
)
