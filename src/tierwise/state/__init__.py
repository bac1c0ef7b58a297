"""What replicas of the gateway share while they run: which prompts are warm where. A store is a variant behind `State`."""

from typing import Protocol

from tierwise.core.decision import Prefix, Seen


class State(Protocol):
    """Live state. Every method answers at once: what cannot be reached is not known."""

    def warm(self, prefix: Prefix) -> dict[str, dict[str, Seen]]:
        """Which endpoints have had which marks of this prefix, and when."""

    def served(self, endpoint: str, prefix: Prefix, now: int) -> None:
        """Remember that an endpoint has had a prompt with this prefix."""
