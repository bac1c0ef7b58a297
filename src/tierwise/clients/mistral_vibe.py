"""Mistral Vibe: nothing of its own around the person's words; its session id steers the vendor's cache."""

from typing import Final

from tierwise.core.client import Client, joined, never, nothing

CLIENT: Final = Client("mistral_vibe", ("mistral-vibe/", "mistral-client-python/mistral-vibe/"), ("x-affinity",), joined, nothing, never)
