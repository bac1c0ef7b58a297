"""pi: three wires, and prompts so small that a small real model can be tried with it."""

import json
from types import MappingProxyType
from typing import Final

from e2e.kit.client import ANTHROPIC, CHAT, NPM, RESPONSES, Client, Run, Stage, translated

VERSION = "0.73.1"
APIS: Final = MappingProxyType({CHAT: "openai-completions", RESPONSES: "openai-responses", ANTHROPIC: "anthropic-messages"})
BASES: Final = MappingProxyType({CHAT: "/v1", RESPONSES: "/v1", ANTHROPIC: ""})


def command(stage: Stage) -> Run:
    """One prompt; the provider stands in a file."""
    provider = {
        "baseUrl": f"{stage.url}{BASES[stage.wire]}",
        "api": APIS[stage.wire],
        "apiKey": "e2e",
        "models": [{"id": stage.model, "contextWindow": 128_000, "maxTokens": 1024}],
    }
    return Run(
        (str(stage.bin / "pi"), "-p", "--provider", "tw", "--model", stage.model, stage.prompt),
        {"PI_OFFLINE": "1", "PI_TELEMETRY": "0"},
        {".pi/agent/models.json": json.dumps({"providers": {"tw": provider}})},
    )


CLIENT = Client(
    name="pi",
    version=VERSION,
    installer=NPM,
    packages=(f"@mariozechner/pi-coding-agent@{VERSION}",),
    wires=(CHAT, RESPONSES, ANTHROPIC),
    run=command,
    across=translated(CHAT, RESPONSES, ANTHROPIC),
    local=(CHAT, RESPONSES, ANTHROPIC),
)
