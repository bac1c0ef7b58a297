"""A plug-in of pytest for the llama.cpp tests: most of their requests name no model, which their server needs none of; a router does."""

from typing import Any

import requests

POST = requests.post
MODEL = "auto"


def named(url: str, *given: Any, json: Any = None, **more: Any) -> Any:
    """A request with a model, `auto` where the test named none."""
    asked = {**json, "model": json.get("model") or MODEL} if isinstance(json, dict) else json
    return POST(url, *given, json=asked, **more)


requests.post = named
