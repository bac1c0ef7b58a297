"""The models a client may name, in the three shapes in which clients ask for them, with the context windows of what would be used."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from tierwise.core.faults import Fault
from tierwise.gateway.app import Call
from tierwise.gateway.asking import Refused
from tierwise.gateway.gateway import Listed

OWNER: Final = "tierwise"
EFFORTS: Final = ("low", "medium", "high", "xhigh")
INSTRUCTIONS: Final = """\
You are a coding agent in a terminal on the person's own machine. Work on the task until it is done.

- Look before you act: read the files and run the commands that tell you what is there.
- Make the smallest change that does what was asked, in the style of the code around it. Leave unrelated things alone.
- Use the tools you are given for reading, running and editing; apply_patch is the way to edit files where it is offered.
- Run the tests or the program after a change, and say what you ran and what came out.
- Never undo changes that you did not make. Ask before anything that cannot be undone.
- Answer in plain words, briefly: what you did, where, and what is left.
"""
"""What one client shows a model it has no instructions for."""


def openai(models: Sequence[Listed]) -> Any:
    """A list as OpenAI's clients read it; the window beside it, where many other servers put it too."""
    return {"object": "list", "data": [_openai(one) for one in models]}


def _openai(one: Listed) -> dict[str, Any]:
    sizes = {"context_window": one.window, "context_length": one.window, "max_output_tokens": one.output}
    known = {name: size for name, size in sizes.items() if size is not None}
    return {"id": one.id, "object": "model", "created": one.released, "owned_by": OWNER, **known}


def anthropic(models: Sequence[Listed]) -> Any:
    """A page as Anthropic's clients read it."""
    ids = [one.id for one in models]
    return {
        "data": [_anthropic(one) for one in models],
        "has_more": False,
        "first_id": ids[0] if ids else None,
        "last_id": ids[-1] if ids else None,
    }


def _anthropic(one: Listed) -> dict[str, Any]:
    at = datetime.fromtimestamp(one.released, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "type": "model",
        "id": one.id,
        "display_name": one.title,
        "created_at": at,
        "lifecycle": "active",
        "max_input_tokens": one.window,
        "max_tokens": one.output,
    }


def codex(models: Sequence[Listed]) -> Any:
    """A catalog as Codex reads it; every field but the window is one it cannot do without."""
    return {"models": [_codex(one, place) for place, one in enumerate(models)]}


def _codex(one: Listed, place: int) -> dict[str, Any]:
    efforts = (one.effort,) if one.effort else EFFORTS if one.reasoning else ()
    return {
        "slug": one.id,
        "display_name": one.title,
        "description": "chosen by tierwise" if place == 0 else None,
        "default_reasoning_level": one.effort or ("medium" if efforts else None),
        "supported_reasoning_levels": [{"effort": effort, "description": effort} for effort in efforts],
        "shell_type": "unified_exec",
        "visibility": "list",
        "supported_in_api": True,
        "priority": place,
        "upgrade": None,
        "base_instructions": INSTRUCTIONS,
        "supports_reasoning_summaries": one.reasoning,
        "support_verbosity": False,
        "default_verbosity": None,
        "apply_patch_tool_type": "freeform",
        "truncation_policy": {"mode": "tokens", "limit": 10_000},
        "supports_parallel_tool_calls": True,
        "context_window": one.window,
        "experimental_supported_tools": [],
        "input_modalities": ["text", "image"] if one.images else ["text"],
    }


Shape = Callable[[Sequence[Listed]], Any]
SHAPES: Final[Sequence[tuple[Callable[[Mapping[str, str], str], bool], Shape, Shape]]] = (
    (lambda headers, _query: "anthropic-version" in headers, anthropic, lambda models: _anthropic(models[0])),
    (lambda _headers, query: "client_version=" in query, codex, lambda models: _codex(models[0], 0)),
    (lambda _headers, _query: True, openai, lambda models: _openai(models[0])),
)
"""By what a request shows itself, the shape of the list and of one model."""


async def models(call: Call) -> None:
    """The list of models, or one of them."""
    shape = next(row for row in SHAPES if row[0](call.headers, call.query))
    listed = call.gateway.listed()
    if not call.tail:
        await call.answer(200, msgspec.json.encode(shape[1](listed)))
        return
    found = [one for one in listed if one.id == call.tail] or _named(call, listed)
    await call.answer(200, msgspec.json.encode(shape[2](found)))


def _named(call: Call, listed: Sequence[Listed]) -> list[Listed]:
    """The model that a name in the path stands for, under that name; Refused with the nearest where it stands for none."""
    wanted = call.gateway.asking.wanted(call.tail, {}, call.key.wanted)
    pin = wanted.policy.pin
    if not pin:
        return [msgspec.structs.replace(listed[0], id=call.tail)]
    found = [one for one in listed if one.id in {pin, pin.partition("/")[2]}]
    if not found:
        raise Refused(Fault("unknown_model", f"{call.tail} is known but no provider that sells it can be reached from here"))
    return [msgspec.structs.replace(found[0], id=call.tail)]
