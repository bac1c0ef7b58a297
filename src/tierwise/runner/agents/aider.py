"""aider: environment variables, and the same in a file that it reads last; its histories lie outside the repository."""

from collections.abc import Sequence
from typing import Final

from tierwise.runner.agent import Agent, Pointed, Site, after_option, option, start, with_option

PROGRAMS: Final = ("aider", "aider-chat")
MODELS: Final = ("--weak-model", "--editor-model")
SAYING: Final = ("--message", "--msg", "-m")


def _pointed(argv: Sequence[str], site: Site) -> Pointed:
    named = f"openai/{site.model}"
    asked = {"OPENAI_API_BASE": f"{site.url}/v1", "OPENAI_API_KEY": site.secret}
    file = f"{site.folder}/aider.env"
    after = start(argv, PROGRAMS)
    words = with_option(argv, ("--model",), named, after)
    for name in MODELS:
        words = with_option(words, (name,), named, after)
    if option(words, ("--env-file",)) is None:
        words = with_option(words, ("--env-file",), file, after)
    env = {
        **asked,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "AIDER_CHAT_HISTORY_FILE": f"{site.folder}/chat.md",
        "AIDER_INPUT_HISTORY_FILE": f"{site.folder}/input.txt",
        "AIDER_GITIGNORE": "false",
        "AIDER_CHECK_UPDATE": "false",
        "AIDER_SHOW_MODEL_WARNINGS": "false",
        "AIDER_ANALYTICS": "false",
        "AIDER_YES_ALWAYS": "true",
    }
    return Pointed(words, env, (), {file: "".join(f"{name}={value}\n" for name, value in asked.items())})


def _told(argv: Sequence[str], text: str) -> tuple[str, ...]:
    return after_option(argv, SAYING, text)


AGENT = Agent(name="aider", programs=PROGRAMS, pointed=_pointed, told=_told, litter=(".aider*",))
