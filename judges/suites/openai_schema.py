"""schemathesis: requests made up from OpenAI's published schema, answers held against it."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from msgspec.structs import replace

from e2e.kit.client import ANTHROPIC, CHAT, PYPI
from judges.kit.judge import ALL, Case, Court, Judge, Skipped
from judges.kit.running import junit, ran

VERSION = "4.32.5"
VARIABLE: Final = "TIERWISE_OPENAI_SPEC"
USUAL: Final = Path(__file__).parents[3] / "shared/specs/openai-openapi-subset.json"
CHECKS: Final = "not_a_server_error,response_schema_conformance,content_type_conformance"
ASKING: Final = ("CreateChatCompletionRequest", "CreateResponse")
SEED: Final = "1"
EXAMPLES: Final = "40"
ECHOED: Final = ", as at the upstream itself"


def spec() -> dict[str, Any]:
    """The schema, from the file that the variable names, or where it lies beside this project."""
    path = Path(os.environ.get(VARIABLE) or USUAL)
    if not path.is_file():
        raise Skipped(f"no {path}; name a file with OpenAI's schema in {VARIABLE}")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def asking_for(schema: dict[str, Any], model: str) -> dict[str, Any]:
    """The schema with one model to ask for: a made-up name is only ever unknown, and nothing else would be tried."""
    components = schema["components"]
    parts = components["schemas"]
    fixed = {"type": "object", "required": ["model"], "properties": {"model": {"type": "string", "enum": [model]}}}
    asking = {name: {"allOf": [parts[name], fixed]} for name in ASKING}
    return {**schema, "components": {**components, "schemas": {**parts, **asking}}}


def conforms(court: Court) -> Sequence[Case]:
    """Each operation, with several thousand requests, right ones and wrong ones; what fails alike at the upstream is named so."""
    path = court.folder / "spec.json"
    path.write_text(json.dumps(asking_for(spec(), "auto")), encoding="utf-8")
    found = _said(court, path, court.gateway)
    there = {case.name: case for case in _said(court, path, court.upstream)} if not all(case.passed for case in found) else {}
    return [case if case.passed or there.get(case.name) != case else replace(case, name=case.name + ECHOED) for case in found]


def _said(court: Court, path: Path, port: int) -> Sequence[Case]:
    report = court.folder / f"{port}.xml"
    more = (
        "--checks",
        CHECKS,
        "--max-examples",
        EXAMPLES,
        "--seed",
        SEED,
        "--report",
        "junit",
        "--report-junit-path",
        str(report),
        "--no-color",
    )
    ran((str(court.bin / "st"), "run", str(path), "--url", f"http://127.0.0.1:{port}/v1", *more), court.folder)
    return junit(report)


JUDGE = Judge(
    name="schemathesis",
    version=VERSION,
    about="OpenAI's own schema of chat, responses and models: no server error whatever comes, and answers of the shape it says",
    installer=PYPI,
    packages=(f"schemathesis=={VERSION}",),
    run=conforms,
    settings=(ALL, (ANTHROPIC,), (CHAT,)),
    exceptions=MappingProxyType(
        {ECHOED: "the scripted upstream says the same by itself, its bytes pass through: it echoes tools that a provider would refuse"}
    ),
)
