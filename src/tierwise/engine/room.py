"""How much room a request needs in a window: its prompt with both stated errors, and a reserve for the output."""

from math import ceil
from typing import Final

from tierwise.core.catalog import Endpoint
from tierwise.core.decision import Features

RESERVE: Final = 4096
"""Output tokens kept free unless the client allows fewer: the client's own limit is a ceiling, not a wish."""


def most(endpoint: Endpoint) -> float:
    """How many of an endpoint's tokens one neutral token takes at most."""
    return endpoint.scale * (1 + endpoint.scale_error)


def reserve(limit: int | None) -> int:
    """Output tokens to keep free for a client that allows so many."""
    return RESERVE if limit is None else min(limit, RESERVE)


def longest(features: Features, scale: float) -> int:
    """The longest that the prompt may be where one neutral token takes at most so many."""
    return ceil(features.size.tokens * (1 + features.size.error) * scale)


def needed(features: Features, endpoint: Endpoint) -> int:
    """Tokens of window that a request needs on an endpoint."""
    return longest(features, most(endpoint)) + reserve(features.needs.limit)
