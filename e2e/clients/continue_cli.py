"""Continue's command line: chat or messages, by its configuration."""

import json
from types import MappingProxyType
from typing import Final

from e2e.kit.client import ANTHROPIC, CHAT, NPM, Client, Run, Stage

VERSION = "1.5.47"
PROVIDERS: Final = MappingProxyType({CHAT: "openai", ANTHROPIC: "anthropic"})


def command(stage: Stage) -> Run:
    """One prompt; `--auto` lets it run tools without asking. Its base URL ends with a slash."""
    model = {
        "name": "auto",
        "provider": PROVIDERS[stage.wire],
        "model": stage.model,
        "apiKey": "e2e",
        "apiBase": f"{stage.url}/v1/",
        "roles": ["chat"],
        "capabilities": ["tool_use"],
        "defaultCompletionOptions": {"maxTokens": 512, "contextLength": 128_000},
    }
    settings = {"name": "e2e", "version": "1.0.0", "schema": "v1", "models": [model]}
    return Run(
        (str(stage.bin / "cn"), "--config", str(stage.home / "continue.yaml"), "--auto", "-p", stage.prompt),
        {"CONTINUE_CLI_ENABLE_TELEMETRY": "0", "CONTINUE_TELEMETRY_ENABLED": "0", "CONTINUE_CLI_DISABLE_COMMIT_SIGNATURE": "1"},
        {"continue.yaml": json.dumps(settings)},
    )


CLIENT = Client(
    name="Continue CLI",
    version=VERSION,
    installer=NPM,
    packages=(f"@continuedev/cli@{VERSION}",),
    wires=(CHAT, ANTHROPIC),
    run=command,
    local=(CHAT,),
)
