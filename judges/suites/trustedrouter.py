"""trustedrouter-provider-check: what a router asks of those it routes to."""

import json
from collections.abc import Sequence
from types import MappingProxyType

from e2e.kit.client import PYPI
from judges.kit.judge import Case, Court, Judge
from judges.kit.running import Unheard, ran

VERSION = "0.1.8"
TIER = "5"
LEFT_OUT = frozenset({"skip"})


def checked(court: Court) -> Sequence[Case]:
    """Each check of tiers 1 to 5; a warning is not a pass, and what was skipped is left out."""
    command = (str(court.bin / "trustedrouter-provider-check"), "--base-url", court.url, "--model", "auto", "--tier", TIER, "--json", "-")
    out = ran(command, court.folder, {"TR_PROVIDER_API_KEY": "judge"})
    try:
        found = json.loads(out)["checks"]
        return [Case(one["id"], one["status"] == "pass", json.dumps(one["measured"])) for one in found if one["status"] not in LEFT_OUT]
    except (ValueError, LookupError):
        raise Unheard(out[-2000:]) from None


JUDGE = Judge(
    name="trustedrouter-provider-check",
    version=VERSION,
    about="models that can be called, chat, streams and how soon their pieces come, tools, structured output",
    installer=PYPI,
    packages=(f"trustedrouter-provider-check=={VERSION}",),
    run=checked,
    exceptions=MappingProxyType(
        {
            "^chat.model$": "`auto` is asked for, and the answer names the model that served",
            "^chat.forwarded-fields$": "it sends fields that OpenAI does not know; an upstream that refuses them, as OpenAI does, is heard",
            "^tools.parallel-deltas$": "the scripted model calls one tool where the check would like two; what it said is well formed",
        }
    ),
)
