"""Names with a reasoning effort: `gpt-5@low` is gpt-5 asked to think little, `openai/gpt-5@low` that at one provider.

A name ends so only where what stands after its last `@` is one of the words that wires have for an effort; every other `@` belongs to the
name. Providers keep limits, outages and prices by model and not by effort: what is remembered of those goes by the plain name.
"""

from typing import Final

AT: Final = "@"
LEVELS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""The words for an effort, the least first."""


def split(name: str) -> tuple[str, str]:
    """The model or endpoint that a name stands for, and the effort it asks for: '' where it asks for none."""
    rest, _, word = name.rpartition(AT)
    return (rest, word.lower()) if rest and word.lower() in LEVELS else (name, "")


def plain(name: str) -> str:
    """The name of the same model or endpoint at whatever effort."""
    return split(name)[0] if AT in name else name
