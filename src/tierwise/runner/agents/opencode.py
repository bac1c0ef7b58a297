"""opencode: a provider of the stage's own, said in a variable that holds over every file of settings."""

import json
from collections.abc import Sequence
from typing import Final

from tierwise.runner.agent import Agent, Pointed, Site, after_last, start, with_option

PROGRAMS: Final = ("opencode", "opencode-ai")
PROVIDER: Final = "tierwise"
VARIABLE: Final = "TIERWISE_KEY"
MODEL: Final = ("-m", "--model")


def _pointed(argv: Sequence[str], site: Site) -> Pointed:
    model = {"name": site.model, "tool_call": True, "limit": {"context": 200_000, "output": 32_000}}
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": PROVIDER,
        "options": {"baseURL": f"{site.url}/v1", "apiKey": f"{{env:{VARIABLE}}}"},
        "models": {site.model: model},
    }
    named = f"{PROVIDER}/{site.model}"
    said = {"provider": {PROVIDER: provider}, "model": named, "small_model": named, "autoupdate": False, "share": "disabled"}
    after = start(argv, PROGRAMS)
    words = with_option(argv, MODEL, named, after + 1) if "run" in argv[after : after + 1] else tuple(argv)
    quiet = {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_LSP_DOWNLOAD": "1"}
    return Pointed(words, {"OPENCODE_CONFIG_CONTENT": json.dumps(said), VARIABLE: site.secret, **quiet}, ("OPENCODE_CONFIG",))


AGENT = Agent(name="opencode", programs=PROGRAMS, pointed=_pointed, told=after_last)
