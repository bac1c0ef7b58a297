"""SDKs and everything not recognised: what they send is what the person said."""

from typing import Final

from tierwise.core.client import Client, joined, never

CLIENT: Final = Client("plain", (), ("x-session-id",), joined, never, never)
