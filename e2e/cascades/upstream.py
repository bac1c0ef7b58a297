"""The models of the proof as a provider: `python -m e2e.cascades.upstream --port N`.

The scripted provider answers; what its model does is said for each request: it calls the client's own tool that runs commands, to write the
file, or says the whole file to a client that edits by text. When a tool has answered, it says so and is done.
"""

import argparse
import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from e2e.cascades.shop import FILE, WORK
from tierwise.testing import Script, Scripted, serving
from tierwise.upstream.door import Sent

CALLS: Final[Mapping[str, Callable[[str], Mapping[str, object]]]] = MappingProxyType(
    {
        "Bash": lambda line: {"command": line, "description": "Write the file"},
        "exec_command": lambda line: {"cmd": line},
        "shell_command": lambda line: {"command": line},
        "shell": lambda line: {"command": ["bash", "-c", line]},
    }
)
"""Tools that run commands, and what they are called with."""

ENDING: Final = "bash"
"""The tool of a client that goes on until a command says that the work is done."""

DONE: Final = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"

EDITS: Final = "file listing"
"""What stands in the prompts of a client that is to be told whole files."""


def named(value: Any) -> Iterator[str]:
    """The names of the tools that a request offers, wherever they stand in it."""
    if isinstance(value, dict):
        kind = value.get("name") or (value.get("function") or {}).get("name") if "name" in value or "function" in value else None
        if isinstance(kind, str):
            yield kind
        for key in ("tools", "input"):
            yield from named(value.get(key))
    elif isinstance(value, list):
        for one in value:
            yield from named(one)


def written(work: str) -> str:
    """A command that writes the file."""
    return f"cat > {FILE} <<'EOF'\n{work}EOF\n"


def steering(body: Mapping[str, Any]) -> str:
    """What the model of a request does about it."""
    work = WORK.get(str(body.get("model")), "")
    if ENDING in named(dict(body)):
        over = not work or any(one.get("role") == "tool" for one in body.get("messages", ()))
        return f"[[tool: {ENDING} {json.dumps({'command': DONE if over else written(work)})}]]"
    if not work:
        return "[[say: I have looked at it, and there is nothing to do.]]"
    tool = next((name for name in named(dict(body)) if name in CALLS), None)
    if tool is not None:
        return f"[[tool: {tool} {json.dumps(CALLS[tool](written(work)))}]]"
    if EDITS in json.dumps(body):
        return f"[[say: {FILE}\n```\n{work}```\n]]"
    return ""


def answers(provider: Scripted) -> Callable[[Sent], Script]:
    """The provider's answers, steered."""

    def answer(sent: Sent) -> Script:
        try:
            body = msgspec.json.decode(sent.body)
        except msgspec.DecodeError:
            return provider.script(sent)
        steered = steering(body) if isinstance(body, dict) else ""
        return provider.script(replace(sent, headers={**sent.headers, "x-scripted": steered}))

    return answer


async def serve(port: int) -> None:
    """Serve until told to stop."""
    async with serving(answers(Scripted(pace=0.0, strict=False)), port):
        await asyncio.Event().wait()


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="python -m e2e.cascades.upstream", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
