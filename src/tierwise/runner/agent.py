"""What an agent is to the runner: how its command line is recognised, and how it is pointed at the gateway for one stage. Pure.

Nothing of the person's own configuration is touched: what has to be said is said by environment variables, by options put into the command
line, or in files of the stage's own folder.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

PROMPT: Final = "{prompt}"
MODEL: Final = "{model}"
URL: Final = "{url}"
LAUNCHERS: Final = frozenset("npx bunx pnpx uvx pipx uv npm pnpm yarn bun env nice timeout stdbuf nohup run exec dlx tool x".split())
"""Programs (and their subcommands) that start the one named after them."""

FOREIGN: Final = (
    *("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL"),
    *("ANTHROPIC_CUSTOM_HEADERS", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_ORGANIZATION", "OPENAI_ORG_ID"),
    *("OPENAI_PROJECT", "OPENROUTER_API_KEY", "DEEPSEEK_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "MISTRAL_API_KEY", "XAI_API_KEY"),
    *("MINIMAX_API_KEY", "MOONSHOT_API_KEY", "ZAI_API_KEY", "GROQ_API_KEY", "TOGETHER_API_KEY", "FIREWORKS_API_KEY", "CEREBRAS_API_KEY"),
)
"""Variables that would lead an agent past the gateway, or show it a provider's key: no stage sees them."""


class Site(Struct, frozen=True):
    """Where a stage's agent works: the gateway (`url`, without a path) and the secret it shows there, the model, a folder of its own."""

    url: str
    secret: str
    model: str
    folder: str

    def __repr__(self) -> str:
        """It without the secret."""
        return f"Site({self.url!r}, {self.model!r})"


class Pointed(Struct, frozen=True):
    """A command line for one stage, variables to set, variables to leave out, and files to lay out (paths are whole)."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = {}
    without: tuple[str, ...] = ()
    files: Mapping[str, str] = {}


class Agent(Struct, frozen=True, kw_only=True):
    """A coding agent (exported as AGENT).

    `programs` are the names its program goes by. `pointed` is its command line at a site. `told` is a command line with more said to it
    (None: the agent takes no more there). `litter` are paths it leaves in a repository that are no part of its work.
    """

    name: str
    programs: tuple[str, ...]
    pointed: Callable[[Sequence[str], Site], Pointed]
    told: Callable[[Sequence[str], str], tuple[str, ...]] | None = None
    litter: tuple[str, ...] = ()


def plainly(site: Site) -> Mapping[str, str]:
    """Variables that many programs understand, and our own for scripts."""
    return {
        "OPENAI_BASE_URL": f"{site.url}/v1",
        "OPENAI_API_BASE": f"{site.url}/v1",
        "OPENAI_API_KEY": site.secret,
        "OPENAI_MODEL": site.model,
        "ANTHROPIC_BASE_URL": site.url,
        "ANTHROPIC_API_KEY": site.secret,
        "ANTHROPIC_MODEL": site.model,
        "TIERWISE_URL": site.url,
        "TIERWISE_KEY": site.secret,
        "TIERWISE_MODEL": site.model,
    }


PLAIN: Final = Agent(name="", programs=(), pointed=lambda argv, site: Pointed(tuple(argv), plainly(site)))
"""Any command that nobody has a file for."""


def recognised(argv: Sequence[str], known: Iterable[Agent]) -> Agent:
    """The agent that a command line starts, also through a launcher; the plain one where nobody knows it."""
    programs = {program: one for one in known for program in one.programs}
    return programs.get(program(argv), PLAIN)


def program(argv: Sequence[str]) -> str:
    """The name of the program that a command line starts: what a launcher starts, or a module of Python's."""
    module = False
    for word in argv:
        if module:
            return word
        module = word == "-m"
        if not _aside(word):
            return named(word)
    return ""


def named(word: str) -> str:
    """The name of the program that a word stands for, without its folder and version."""
    return word.rpartition("/")[2].partition("@")[0]


def _aside(word: str) -> bool:
    """Whether a word of a command line names a launcher, an option or a variable of one, not yet the program."""
    name = named(word)
    return name in LAUNCHERS or name.startswith("python") or word.startswith("-") or "=" in word or word[:1].isdigit()


def start(argv: Sequence[str], names: Sequence[str]) -> int:
    """The number of words up to and with the program (one of `names`); 1 where it is not among them."""
    return next((place + 1 for place, word in enumerate(argv) if named(word) in names), 1)


def option(argv: Sequence[str], names: Sequence[str], after: int = 1) -> int | None:
    """The place of the first of some options behind the first words, None where there is none."""
    return next((place for place, word in enumerate(argv) if place >= after and word.partition("=")[0] in names), None)


def with_option(argv: Sequence[str], names: Sequence[str], value: str, after: int = 1) -> tuple[str, ...]:
    """A command line with the value of an option (known by `names`) replaced, or the option put in behind its first words."""
    place = option(argv, names, after)
    if place is None:
        return (*argv[:after], names[0], value, *argv[after:])
    if "=" in argv[place]:
        return (*argv[:place], f"{argv[place].partition('=')[0]}={value}", *argv[place + 1 :])
    return (*argv[: place + 1], value, *argv[place + 2 :])


def without_option(argv: Sequence[str], names: Sequence[str], after: int = 1) -> tuple[str, ...]:
    """A command line without an option and its value."""
    place = option(argv, names, after)
    if place is None:
        return tuple(argv)
    return (*argv[:place], *argv[place + (1 if "=" in argv[place] else 2) :])


def after_option(argv: Sequence[str], names: Sequence[str], text: str, after: int = 1) -> tuple[str, ...]:
    """A command line with more text at the end of an option's value; as it is where the option is not there."""
    place = option(argv, names, after)
    if place is None or ("=" not in argv[place] and place + 1 == len(argv)):
        return tuple(argv)
    last = place if "=" in argv[place] else place + 1
    return (*argv[:last], f"{argv[last]}\n\n{text}", *argv[last + 1 :])


def after_last(argv: Sequence[str], text: str) -> tuple[str, ...]:
    """A command line with more text at the end of its last word, where that is no option."""
    return tuple(argv) if len(argv) < 2 or argv[-1].startswith("-") else (*argv[:-1], f"{argv[-1]}\n\n{text}")  # noqa: PLR2004  # a program and a word


def filled(argv: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """A command line in which placeholders such as {model} stand for their values; what a value holds is not looked at again."""
    either = re.compile("|".join(map(re.escape, values)))
    return tuple(either.sub(lambda found: values[found[0]], word) for word in argv)
