"""Vercel's AI SDK: whole and streamed answers and its tool loop, with the OpenAI and Anthropic providers. Version 7 needs Node 22."""

from types import MappingProxyType
from typing import Final

from e2e.kit.client import ANTHROPIC, CHAT, NPM, RESPONSES, SCRIPTS, Client, Run, Stage, translated

VERSION = "6.0.325"
WAYS: Final = MappingProxyType({CHAT: "chat", RESPONSES: "responses", ANTHROPIC: "anthropic"})


def command(stage: Stage) -> Run:
    """A script that uses the SDK as its documentation does; it is told where the packages are, since it lives elsewhere."""
    argv = ("node", str(SCRIPTS / "vercel_calls.mjs"), str(stage.bin.parent), WAYS[stage.wire], stage.scene, stage.prompt, stage.model)
    return Run(argv, {"E2E_URL": f"{stage.url}/v1"})


CLIENT = Client(
    name="Vercel AI SDK",
    version=VERSION,
    installer=NPM,
    packages=(f"ai@{VERSION}", "@ai-sdk/openai@3.0.141", "@ai-sdk/anthropic@3.0.140", "zod@4.6.7"),
    wires=(CHAT, RESPONSES, ANTHROPIC),
    run=command,
    across=translated(CHAT, RESPONSES, ANTHROPIC),
    local=(CHAT,),
)
