"""Codex: a configuration folder of the stage's own that names the gateway as its provider."""

import json
from collections.abc import Sequence
from typing import Final

from tierwise.runner.agent import Agent, Pointed, Site, after_last, option, start, with_option

PROGRAMS: Final = ("codex",)
VARIABLE: Final = "TIERWISE_KEY"
MODEL: Final = ("-m", "--model")


def _pointed(argv: Sequence[str], site: Site) -> Pointed:
    settings = (
        f'model = {json.dumps(site.model)}\nmodel_provider = "tierwise"\ncheck_for_update_on_startup = false\n\n'
        "[analytics]\nenabled = false\n\n"
        f'[model_providers.tierwise]\nname = "tierwise"\nbase_url = {json.dumps(f"{site.url}/v1")}\nenv_key = "{VARIABLE}"\n'
        'wire_api = "responses"\nsupports_websockets = false\n'
    )
    after = start(argv, PROGRAMS)
    words = tuple(argv) if option(argv, MODEL, after) is None else with_option(argv, MODEL, site.model, after)
    return Pointed(
        words,
        {"CODEX_HOME": f"{site.folder}/codex", VARIABLE: site.secret},
        ("CODEX_API_KEY",),
        {f"{site.folder}/codex/config.toml": settings},
    )


AGENT = Agent(name="codex", programs=PROGRAMS, pointed=_pointed, told=after_last)
