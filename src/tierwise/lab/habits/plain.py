"""A client nobody has measured: half of a first prompt is its head, and a prompt that shrinks a lot is a new one."""

from typing import Final

from tierwise.lab.call import Call
from tierwise.lab.step import Habits, Step, prompt_of

HEAD: Final = 0.5
KEPT: Final = 0.6
"""A prompt shorter than this share of the one before has lost what stood in the middle."""


def head(call: Call) -> int:
    """Half of the first prompt."""
    return round(HEAD * prompt_of(call))


def background(_step: Step) -> float:
    """Nobody else is known to use the head."""
    return 0.0


def breaks(_step: Step) -> float:
    """Nothing is known to change."""
    return 0.0


def lost(step: Step) -> bool:
    """Whether a prompt is so much shorter than the one before, or said to be compacted, that everything after the head is new."""
    return "compaction" in step.call.upset or step.prompt < KEPT * step.before


def shed(_step: Step) -> bool:
    """Nothing is known to be dropped between turns."""
    return False


HABITS: Final = Habits("", head, background, breaks, lost, shed)
