"""What the ledger tells whoever runs the gateway: at once, then once a minute while it lasts."""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from msgspec import Struct

Say = Callable[[str], None]

AGAIN: Final = 60.0
"""Seconds after which what goes on is said again."""


def to_stderr(line: str) -> None:
    """Say a line where nobody has a better place for it."""
    with suppress(OSError, ValueError):  # nobody reads it any more
        sys.stderr.write(f"tierwise ledger: {line}\n")
        sys.stderr.flush()


class Loud(Struct):
    """Who is told, and what was told when (seconds)."""

    say: Say
    told: dict[str, float] = {}

    def tell(self, about: str, now: float, line: Callable[[], str]) -> None:
        """Say a line about something that goes on, if that was not said within the last minute."""
        last = self.told.get(about)
        if last is None or now - last >= AGAIN:
            self.told[about] = now
            self.say(line())

    def over(self, about: str, line: str) -> None:
        """Say that it is over, if it was ever said."""
        if self.told.pop(about, None) is not None:
            self.say(line)
