"""What real tools sent, as their wire reads it and their own file cleans it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tierwise import plugins
from tierwise.core.client import cleaned, recognised
from tierwise.core.request import Request

WORDS = (("chat-completions", "openai_chat"), ("v1-messages", "anthropic"), ("v1-responses", "openai_responses"))


@pytest.fixture(scope="session")
def sent(shared: Path) -> Callable[[str], dict[str, Request]]:
    """The captured requests under a folder, by name, as the client their headers tell means them."""
    wires = {wire.name: wire for wire in plugins.found(plugins.WIRES)}
    clients = plugins.found(plugins.CLIENTS)
    plain = next(client for client in clients if client.name == "plain")

    def under(folder: str) -> dict[str, Request]:
        found = {}
        for path in sorted((shared / "captures" / folder).rglob("*.req.json")):
            said = json.loads(path.read_text())
            name = next(name for word, name in [*WORDS, ("", "")] if word in path.name)
            if name and isinstance(said["body"], dict):
                headers = {key.lower(): value for key, value in said.get("headers", [])}
                request = wires[name].parse(json.dumps(said["body"]).encode())
                known = recognised(clients, headers, request) or plain
                found[str(path.relative_to(shared / "captures"))] = cleaned(known, request, headers)
        return found

    return under
