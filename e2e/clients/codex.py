"""Codex CLI: Responses, over POST or a WebSocket."""

import json
from types import MappingProxyType
from typing import Final

from e2e.kit.client import NPM, RESPONSES, WEBSOCKET, Client, Run, Stage, translated

VERSION = "0.169.0"
SOCKETS: Final = MappingProxyType({RESPONSES: "false", WEBSOCKET: "true"})


def command(stage: Stage) -> Run:
    """One prompt without a screen or a sandbox; it takes its provider from a file."""
    settings = (
        f'model = "{stage.model}"\nmodel_provider = "tierwise"\ncheck_for_update_on_startup = false\n\n[analytics]\nenabled = false\n\n'
        f'[model_providers.tierwise]\nname = "tierwise"\nbase_url = "{stage.url}/v1"\nenv_key = "E2E_KEY"\nwire_api = "responses"\n'
        f"supports_websockets = {SOCKETS[stage.wire]}\n"
    )
    argv = ("exec", "--skip-git-repo-check", "--json", "--dangerously-bypass-approvals-and-sandbox", stage.prompt)
    return Run((str(stage.bin / "codex"), *argv), {"E2E_KEY": "e2e"}, {".codex/config.toml": settings})


def answer(output: str) -> str:
    """The last message of the agent among the events it prints, one JSON object a line."""
    items = [event["item"] for event in map(json.loads, output.splitlines()) if event.get("type") == "item.completed"]
    said = [item["text"] for item in items if item.get("type") == "agent_message"]
    return str(said[-1]) if said else ""


CLIENT = Client(
    name="Codex",
    version=VERSION,
    installer=NPM,
    packages=(f"@openai/codex@{VERSION}",),
    wires=(RESPONSES, WEBSOCKET),
    run=command,
    answer=answer,
    across=translated(RESPONSES, WEBSOCKET),
)
