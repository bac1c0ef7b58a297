"""What a replay needs, made from what the command line says: in its own file, since worker processes load it too."""

from collections.abc import Sequence
from pathlib import Path

from tierwise import assembly
from tierwise.catalog import build
from tierwise.core.decision import Policy
from tierwise.lab.logged import Logged
from tierwise.lab.replay import Rig
from tierwise.lab.tariffs import Plans


def rig(config: str | None, names: Sequence[str], policy: Policy, reference: str) -> Rig:
    """What a replay needs, made anew in each process."""
    built = assembly.opened(Path(config) if config else None)
    shelf = build.shelf(built.sources, names, [policy.reference])
    return Rig(Plans(shelf.at, policy, built.parts), Logged(built.sources), reference)
