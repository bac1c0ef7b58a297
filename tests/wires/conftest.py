"""What real clients sent: the captured requests, by the wire they speak."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Captured = tuple[str, dict[str, str], dict[str, Any]]


@pytest.fixture(scope="session")
def captured(shared: Path) -> Callable[[str], list[Captured]]:
    """The captured requests whose file names say so: name, headers (in lower case), body."""

    def sent(word: str) -> list[Captured]:
        found = []
        for path in sorted((shared / "captures").rglob("*.req.json")):
            said = json.loads(path.read_text())
            if word in path.name and isinstance(said["body"], dict):
                headers = {name.lower(): value for name, value in said.get("headers", [])}
                found.append((str(path.relative_to(shared / "captures")), headers, said["body"]))
        return found

    return sent
