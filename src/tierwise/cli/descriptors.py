"""How many files and connections a server may have open: as many as the system lets it, not the few that shells usually do."""

import sys
from typing import Final

MANY: Final = 65_536
"""Two for each request under way, with room to spare."""


def raised() -> int | None:
    """The limit after it was raised as far as may be; None where the system has none."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415  # Unix has it, and only Unix

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY if hard == resource.RLIM_INFINITY else min(MANY, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft
