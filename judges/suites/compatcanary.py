"""compatcanary: seven probes of an OpenAI-like API."""

import json
from collections.abc import Sequence

from e2e.kit.client import NPM
from judges.kit.judge import Case, Court, Judge
from judges.kit.running import Unheard, ran

VERSION = "0.2.2"


def probed(court: Court) -> Sequence[Case]:
    """Each probe; a warning is not a pass."""
    program = str(court.bin / "compatcanary")
    out = ran((program, "scan", "--base-url", court.url, "--model", "auto", "--profile", "modern", "--format", "json"), court.folder)
    try:
        return [Case(one["id"], one["status"] == "pass", one["summary"]) for one in json.loads(out)["results"]]
    except (ValueError, LookupError):
        raise Unheard(out[-2000:]) from None


JUDGE = Judge(
    name="compatcanary",
    version=VERSION,
    about="seven probes: models, chat, its streams, a forced tool call, structured output, Responses and its streams",
    installer=NPM,
    packages=(f"compatcanary@{VERSION}",),
    run=probed,
)
