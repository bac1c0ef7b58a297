"""What each model takes of a request, where that differs: how it is told to think, which efforts, whether it may be sampled otherwise.

The rows are what the provider documents (platform.claude.com: thinking, effort, structured outputs, mid-conversation system messages; read
in November 2026). The first row that matches counts. Models of other makers behind the same wire
take what the wire had at first, and overlook an effort.
"""

import re
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

LEAST: Final = ("low", "medium", "high")
MOST: Final = ("low", "medium", "high", "max")
ALL: Final = ("low", "medium", "high", "xhigh", "max")
ADAPTIVE: Final = "adaptive"
ENABLED: Final = "enabled"
DISABLED: Final = "disabled"
BETWEEN: Final = "between_tools"


class Habits(Struct, frozen=True):
    """What a model takes.

    `thinking` are the types it knows, `efforts` the levels, the lowest first. `samples` says whether temperature, top_p and top_k may be
    set, `pair` whether the first two together, `schema` whether an answer can be held to a JSON schema, `asides` whether system messages
    may stand among the others. `most` is how many tokens may be asked for.
    """

    thinking: tuple[str, ...] = (ENABLED, DISABLED)
    efforts: tuple[str, ...] = ()
    samples: bool = True
    pair: bool = True
    schema: bool = False
    asides: bool = False
    most: int = 64000


FIRST: Final = Habits(thinking=(), most=8192)
FOURTH: Final = Habits(most=32000)
LATER: Final = Habits(pair=False, schema=True)
SIXTH: Final = replace(LATER, thinking=(ADAPTIVE, ENABLED, DISABLED), efforts=MOST, most=128000)
SEVENTH: Final = replace(SIXTH, thinking=(ADAPTIVE, DISABLED), efforts=ALL, samples=False)
NEWEST: Final = replace(SEVENTH, thinking=(ADAPTIVE,), asides=True)
OTHERS: Final = Habits(efforts=ALL, most=1 << 30)

ROWS: Final = tuple(
    (re.compile(pattern), habits)
    for pattern, habits in (
        (r"claude-3-(?:opus|sonnet|haiku)|claude-(?:instant|2)", replace(FIRST, most=4096)),
        (r"claude-3-5", FIRST),
        (r"claude-3-7", replace(FOURTH, most=64000)),
        (r"claude-(?:sonnet|haiku)-4-5", LATER),
        (r"claude-opus-4-5", replace(LATER, efforts=LEAST)),
        (r"claude-sonnet-4-6", replace(SIXTH, most=64000)),
        (r"claude-opus-4-6", SIXTH),
        (r"claude-opus-4-7", SEVENTH),
        (r"claude-opus-4-8", replace(SEVENTH, asides=True)),
        (r"claude-opus-4-1", replace(FOURTH, pair=False)),
        (r"claude-opus-4", FOURTH),
        (r"claude-sonnet-4", replace(FOURTH, most=64000)),
        (r"claude-sonnet-5(?!-\d\b)", SEVENTH),
        (r"claude-sonnet-5", replace(NEWEST, thinking=(ADAPTIVE, BETWEEN))),
        (r"claude-", NEWEST),
    )
)


def habits_of(model: str) -> Habits:
    """What a model takes, by its name at whatever seller."""
    plain = model.lower().replace(".", "-")
    return next((habits for pattern, habits in ROWS if pattern.search(plain)), OTHERS)
