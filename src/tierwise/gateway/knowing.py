"""Who asks, remembered: clients come with every call of a session, and always look the same.

A client is known by its headers, else by how its prompts begin. A session without a name of its own is named after its beginning. Both
are worked out once for each beginning and found again by it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from tierwise.core.client import Client, fallback_session, recognised
from tierwise.core.decision import Prefix
from tierwise.core.request import Request

MOST: Final = 4096
"""Beginnings that are kept."""

BEGINNING: Final = 512
"""Bytes of the first slices by which a prompt's beginning is told."""

SLICES: Final = 4


class Knowing(Struct):
    """What was worked out before: clients by agent and beginning, sessions by key and first mark."""

    clients: Sequence[Client]
    plain: Client
    known: dict[tuple[str, bytes], Client] = {}
    sessions: dict[tuple[str, str], str] = {}

    def client(self, request: Request, headers: Mapping[str, str]) -> Client:
        """The client that sent a request."""
        agent = headers.get("user-agent", "")
        found = self.known.get((agent, b""))
        if found is not None:
            return found
        beginning = b"".join([memoryview(one.raw)[:BEGINNING] for one in request.segments[:SLICES]])
        found = self.known.get((agent, beginning))
        return found if found is not None else self._client(request, headers, (agent, beginning))

    def _client(self, request: Request, headers: Mapping[str, str], key: tuple[str, bytes]) -> Client:
        if len(self.known) >= MOST:
            self.known.clear()
        named = recognised(self.clients, headers)
        if named is not None:
            self.known[key[0], b""] = named
            return named
        self.known[key] = recognised(self.clients, headers, request) or self.plain
        return self.known[key]

    def session(self, request: Request, prefix: Prefix, key: str) -> str:
        """The name of a request's session: its own, else one after its beginning."""
        if request.session or not prefix.marks:
            return request.session
        begins = key, prefix.marks[min(prefix.anchor, len(prefix.marks) - 1)].digest
        if begins not in self.sessions:
            if len(self.sessions) >= MOST:
                self.sessions.clear()
            self.sessions[begins] = fallback_session(request, key)
        return self.sessions[begins]
