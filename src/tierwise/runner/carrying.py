"""What a next stage is told of those before it that failed. Pure."""

from collections.abc import Iterable
from typing import Final

from tierwise.core.run import Check, Stage

MOST: Final = 4000
"""Characters of a check's output that are carried on."""
OPENING: Final = "An earlier attempt at this, whose changes are gone, did not pass its checks. Start afresh, and avoid what failed there."


def carried(stages: Iterable[Stage]) -> str:
    """What the latest stage with a failed check is to be learnt from; '' where there is none."""
    failed = [one for stage in stages for one in stage.checks[-1:] if not one.passed]
    return "\n\n".join((OPENING, *_lines(failed[-1]))) if failed else ""


def _lines(check: Check) -> Iterable[str]:
    how = check.note or f"exit code {check.code}"
    yield f"This check failed ({how}): {check.command}"
    if check.restored:
        yield f"These files are put back to their original state before it runs, so leave them as they are: {', '.join(check.restored)}"
    if check.tail:
        yield f"The end of what it printed:\n{check.tail[-MOST:]}"
