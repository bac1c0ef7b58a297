"""What every provider file offers: the wires it speaks, where it works, and how its prompt cache behaves.

Each cache row carries its date and source. Rows are tried in order; the first whose beginning the model's name has holds.
"""

from typing import Final

from msgspec import Struct

from tierwise.core.catalog import CachePhysics


class CacheRow(Struct, frozen=True):
    """The cache physics of models whose names start with `models` ('' for all others)."""

    models: str
    physics: CachePhysics


class Provider(Struct, frozen=True):
    """Who sells models: `name` is its id in the price data.

    `region` is where prompts are processed and `keeps_prompts` whether they are kept by default, as documented; None where not known.
    """

    name: str
    title: str
    wires: tuple[str, ...]
    caches: tuple[CacheRow, ...]
    region: str | None = None
    keeps_prompts: bool | None = None


NO_CACHE: Final = CachePhysics("unknown")

MARKED: Final = CachePhysics(
    kind="marked",
    minimum=1024,
    survival=((0, 1.0), (280, 1.0), (300, 0.9), (315, 0.5), (340, 0.08), (600, 0.01), (3600, 0.0)),
    survival_1h=((0, 1.0), (3300, 1.0), (3600, 0.9), (3700, 0.1), (7200, 0.02), (86400, 0.0)),
)
"""Blocks that the client marks, kept five minutes or an hour after their last use; several sellers offer this for the same models.

The curves are fitted on logged coding sessions (docs/reference/physics.md). Rows that use it add their own date and source.
"""


def physics_of(provider: Provider | None, model: str) -> CachePhysics:
    """The cache physics of a model as a provider serves it; unknown where no row says."""
    rows = () if provider is None else provider.caches
    return next((row.physics for row in rows if model.startswith(row.models)), NO_CACHE)
