"""What can be lost when a request changes wires: a closed list of names, and which of them change what the answer would be.

A wire names in `Prompt.uses` what a request uses that not every wire has, and each wire says which of those it `carries`. The rest are the
losses on it. Hard ones make an endpoint unfit (unless the policy says `lossy`); soft ones are left out and said so.
"""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

LOSSES: Final = MappingProxyType(
    {
        "server tools": True,
        "stored state": True,
        "background": True,
        "file ids": True,
        "document links": True,
        "documents": True,
        "image links": True,
        "audio": True,
        "several choices": True,
        "log probabilities": True,
        "computer use": True,
        "prefilled answer": True,
        "stop sequences": True,
        "fill in the middle": True,
        "conversation": True,
        "offered server tools": False,
        "server tool history": False,
        "cache marks": False,
        "signed thinking": False,
        "encrypted reasoning": False,
        "tool grammar": False,
        "context management": False,
        "json mode": False,
        "sampling": False,
        "citations": False,
        "metadata": False,
        "service tier": False,
        "verbosity": False,
        "prediction": False,
        "unknown fields": False,
        "unknown blocks": True,
    }
)
"""Each name, and whether the answer would be another without it.

Server tools are hard where the request is for them (they are forced, or there is nothing else to call) and only 'offered' otherwise: coding
tools offer a web search with every request, and do without.
"""


def lost(uses: Iterable[str], carries: frozenset[str]) -> tuple[str, ...]:
    """What of a request's uses a wire does not carry, in order of name."""
    return tuple(sorted(set(uses) - carries))


def hard(losses: Iterable[str]) -> tuple[str, ...]:
    """Those of some losses that would change the answer; one that nobody has named is taken to do so."""
    return tuple(name for name in losses if LOSSES.get(name, True))
