"""opencode: three wires, by the package that a provider names; a title call comes first."""

import json
from types import MappingProxyType
from typing import Final

from e2e.kit.client import ANTHROPIC, CHAT, NPM, RESPONSES, Client, Run, Stage

VERSION = "1.18.33"
ADAPTERS: Final = MappingProxyType({CHAT: "@ai-sdk/openai-compatible", RESPONSES: "@ai-sdk/openai", ANTHROPIC: "@ai-sdk/anthropic"})


def command(stage: Stage) -> Run:
    """One prompt; nothing is asked before a tool runs."""
    model = {"name": "auto", "tool_call": True, "limit": {"context": 200_000, "output": 32_000}}
    provider = {
        "npm": ADAPTERS[stage.wire],
        "name": "tierwise",
        "options": {"baseURL": f"{stage.url}/v1", "apiKey": "e2e"},
        "models": {stage.model: model},
    }
    settings = {"provider": {"tw": provider}, "permission": {"*": "allow"}, "autoupdate": False, "share": "disabled"}
    return Run(
        (str(stage.bin / "opencode"), "run", "-m", f"tw/{stage.model}", stage.prompt),
        {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_LSP_DOWNLOAD": "1"},
        {".config/opencode/opencode.json": json.dumps(settings)},
    )


CLIENT = Client(
    name="opencode",
    version=VERSION,
    installer=NPM,
    packages=(f"opencode-ai@{VERSION}",),
    wires=(CHAT, RESPONSES, ANTHROPIC),
    run=command,
)
