"""mini-swe-agent: environment variables, the model on the command line, its settings folder the stage's own."""

from collections.abc import Sequence
from typing import Final

from tierwise.runner.agent import Agent, Pointed, Site, after_option, plainly, start, with_option

PROGRAMS: Final = ("mini", "mini-swe-agent", "minisweagent", "minisweagent.run.mini")
SAYING: Final = ("-t", "--task")


def _pointed(argv: Sequence[str], site: Site) -> Pointed:
    named = f"openai/{site.model}"
    env = {
        **plainly(site),
        "MSWEA_CONFIGURED": "true",
        "MSWEA_COST_TRACKING": "ignore_errors",
        "MSWEA_GLOBAL_CONFIG_DIR": f"{site.folder}/mini",
        "MSWEA_MODEL_NAME": named,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    return Pointed(with_option(argv, ("-m", "--model"), named, start(argv, PROGRAMS)), env)


def _told(argv: Sequence[str], text: str) -> tuple[str, ...]:
    return after_option(argv, SAYING, text, start(argv, PROGRAMS))


AGENT = Agent(name="mini_swe_agent", programs=PROGRAMS, pointed=_pointed, told=_told)
