"""A plug-in of pytest for the llama.cpp tests: most of their requests name no model, which their server needs none of; a router does."""

from typing import Any

import requests

POST: Any = requests.post
MODEL = "auto"


def named(url: str, *given: Any, **more: Any) -> Any:
    """A request with a model, `auto` where the test named none."""
    asked = more.get("json")
    if isinstance(asked, dict):
        more["json"] = {**asked, "model": asked.get("model") or MODEL}
    return POST(url, *given, **more)


setattr(requests, "post", named)  # noqa: B010  # its type says that nobody may
