"""Kinds of work, their difficulty, and the tiers of models: the closed lists that policies speak of.

Kinds follow the labelling guide that the project's labelled prompts were read by; tiers follow the
article that set the mission (flash for completion and boilerplate, mid for review, debugging and
tests, premium for security, infrastructure, planning and cross-module work).
"""

from types import MappingProxyType
from typing import Final

KINDS: Final = (
    "completion",
    "boilerplate",
    "docs",
    "chore",
    "explain",
    "review",
    "debug",
    "test",
    "feature",
    "refactor",
    "security",
    "infra",
    "plan",
    "side",
)
UNKNOWN_KIND: Final = "unknown"

TIERS: Final = ("flash", "mid", "premium")

TIER_OF: Final = MappingProxyType(
    {
        "completion": "flash",
        "boilerplate": "flash",
        "docs": "flash",
        "chore": "flash",
        "side": "flash",
        "explain": "mid",
        "review": "mid",
        "debug": "mid",
        "test": "mid",
        "feature": "mid",
        "refactor": "premium",
        "security": "premium",
        "infra": "premium",
        "plan": "premium",
        UNKNOWN_KIND: "premium",
    }
)

FALLBACK: Final = MappingProxyType(
    {
        "flash": ("flash", "mid", "premium"),
        "mid": ("mid", "premium", "flash"),
        "premium": ("premium", "mid", "flash"),
    }
)
"""Where a policy of tiers looks next when its own tier has nobody left."""
