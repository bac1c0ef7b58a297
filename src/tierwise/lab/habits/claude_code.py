"""Claude Code: heads by version, breaks between a person's turns and within them, and what a lookback of twenty blocks loses.

Fitted on logged sessions (docs/reference/physics.md).
"""

import math
import re
from typing import Final

from tierwise.lab.call import Call
from tierwise.lab.habits import plain
from tierwise.lab.step import Habits, Step, prompt_of

SHRUNK: Final = 2000
"""A prompt shorter than the one before it by more than this has lost what stood in the middle."""

LOOKBACK: Final = 20
HOUR: Final = 3600

HEADS: Final = (
    (0, 32_800, 0.8),
    (14, 28_000, 0.75),
    (17, 18_500, 0.66),
    (20, 27_000, 0.65),
    (24, 16_600, 0.6),
    (31, 19_500, 0.7),
    (39, 16_600, 0.56),
    (49, 28_600, 0.58),
    (50, 20_000, 0.62),
    (200, 25_000, 0.62),
    (209, 29_000, 0.6),
    (215, 32_400, 0.6),
    (217, 40_900, 0.64),
)
"""(Patch version from which it holds, tokens of the fixed head, its largest share of a first prompt)."""


def patch(version: str) -> int:
    """The last number of a version like 2.1.205, zero where there is none; versions before 2.1 count as 0."""
    found = re.fullmatch(r"2\.1\.(\d{1,6})", version, re.ASCII)
    return int(found[1]) if found else 0


def head(call: Call) -> int:
    """Tokens of the fixed head of a session that begins with this call."""
    number = patch(call.version)
    _, tokens, share = [row for row in HEADS if row[0] <= number][-1]
    return round(min(tokens, share * prompt_of(call)))


def background(step: Step) -> float:
    """Odds that a session not in the log has kept the head warm, for a session's first call and for later ones.

    Measured for first calls: 0.68 with a lifetime of one hour and 0.2 with five minutes, 1 for versions that share the head between
    all users; the likelier outcome is taken, since a call either finds the head or does not.
    """
    if patch(step.call.version) >= MODERN:
        return 1.0
    if step.call.ttl >= HOUR:
        return 1.0 if step.first else 0.45
    return 0.0 if step.first else 0.06


def breaks(step: Step) -> float:
    """Odds that the text before this call is not what the call before left, beyond what the log shows."""
    return _between_turns(step) if step.opens else _within_turn(step)


def lost(step: Step) -> bool:
    """Whether a prompt is so much shorter than the one before that everything after the head is new."""
    return "compaction" in step.call.upset or step.prompt < step.before - SHRUNK


RARE: Final = {
    300: ((15, 0.0004), (120, 0.0026), (math.inf, 0.045)),
    3600: ((15, 0.0004), (120, 0.0006), (300, 0.004), (math.inf, 0.02)),
}
"""By lifetime: (idle seconds below which it holds, odds of a loss within a turn that nothing in the log explains)."""


def _within_turn(step: Step) -> float:
    rows = RARE[HOUR if step.call.ttl >= HOUR else 300]
    rare = next(odds for below, odds in rows if step.gap < below)
    number = patch(step.call.version)
    causes = (
        (step.searched and MODERN <= number < SEARCH_MENDED, 1.0),
        (step.skill and number < MODERN, 0.14),
        (step.positions > LOOKBACK and number >= MODERN, 0.5),
    )
    return max([rare, *(odds for present, odds in causes if present)])


MODERN: Final = 200
"""The patch version of Claude Code from which a skill no longer changes the prompt's head and parallel calls are many."""

SEARCH_MENDED: Final = 209
"""The patch version from which a tool search no longer changes the tools; before it, five in five did."""


def _between_turns(step: Step) -> float:
    flipped, modern = step.thought_before != step.thought_now, patch(step.call.version) >= MODERN
    manual = "-4-5" in step.call.model
    score = (
        -4.32
        - 0.27 * (step.positions > LOOKBACK)
        + 0.82 * (step.positions > 5 * LOOKBACK)
        + 0.49 * math.log1p(step.positions)
        + 3.37 * (flipped and manual)
        + 0.48 * (flipped and not manual and not modern)
        + 2.0 * (step.skill and not modern)
        - 0.22 * (step.skill and modern)
        + 0.53 * step.skilled
        + 0.78 * step.remote
        + 0.15 * math.log(max(step.gap, 5) / 60)
        + 0.37 * (step.call.ttl >= HOUR)
        + 0.2 * math.log(max(step.before, 1000) / 80_000)
        - 0.45 * math.log(max(step.turn, 1))
        + 0.16 * modern
        - 0.9 * bool(step.call.words)
        + 1.5 * ("tools" in step.call.upset)
    )
    return 1 / (1 + math.exp(-score))


HABITS: Final = Habits("claude_code", head, background, breaks, lost, plain.shed)
