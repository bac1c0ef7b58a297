"""Claude Code: everything by environment variables, with a configuration folder of the stage's own.

A project's own settings may set variables as well; options on the command line hold over them, so the same is said once more there.
"""

import json
from collections.abc import Sequence
from typing import Final

from tierwise.runner.agent import Agent, Pointed, Site, after_option, option, start, without_option

PROGRAMS: Final = ("claude", "claude-code")
SLOTS: Final = (
    *("ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL", "ANTHROPIC_DEFAULT_HAIKU_MODEL", "ANTHROPIC_DEFAULT_SONNET_MODEL"),
    *("ANTHROPIC_DEFAULT_OPUS_MODEL", "CLAUDE_CODE_SUBAGENT_MODEL"),
)
"""Variables for the model of each kind of call; all of them are the stage's."""
ASIDE: Final = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_OAUTH_TOKEN")
"""Variables that lead elsewhere, or say that it runs inside another one."""
MODEL: Final = ("--model",)
SYSTEM: Final = ("--append-system-prompt",)


def _pointed(argv: Sequence[str], site: Site) -> Pointed:
    asked = {
        "ANTHROPIC_BASE_URL": site.url,
        "ANTHROPIC_API_KEY": site.secret,
        **dict.fromkeys(SLOTS, site.model),
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
    }
    file = f"{site.folder}/settings.json"
    after = start(argv, PROGRAMS)
    words = without_option(argv, MODEL, after)
    if option(words, ("--settings",)) is None:
        words = (*words[:after], "--settings", file, *words[after:])
    return Pointed(words, {**asked, "CLAUDE_CONFIG_DIR": f"{site.folder}/claude"}, ASIDE, {file: json.dumps({"env": asked})})


def _told(argv: Sequence[str], text: str) -> tuple[str, ...]:
    if option(argv, SYSTEM) is not None:
        return after_option(argv, SYSTEM, text)
    after = start(argv, PROGRAMS)
    return (*argv[:after], SYSTEM[0], text, *argv[after:])


AGENT = Agent(name="claude_code", programs=PROGRAMS, pointed=_pointed, told=_told)
