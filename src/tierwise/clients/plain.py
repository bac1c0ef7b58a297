"""SDKs and everything not recognised: what they send is what the person said; a session id is taken from any header usual for one."""

from typing import Final

from tierwise.core.client import Client, joined, never, nothing

SESSIONS: Final = ("x-session-id", "x-session-affinity", "session-id", "session_id", "x-affinity", "x-client-session-id")

CLIENT: Final = Client("plain", (), SESSIONS, joined, nothing, never)
