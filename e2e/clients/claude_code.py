"""Claude Code: a platform binary, Anthropic Messages, always streamed."""

import json

from e2e.kit.client import ANTHROPIC, NPM, Client, Run, Stage, translated

VERSION = "2.1.330"


def command(stage: Stage) -> Run:
    """One prompt without a screen; it may run the shell."""
    return Run(
        (str(stage.bin / "claude"), "-p", stage.prompt, "--allowedTools", "Bash", "--output-format", "json"),
        {
            "ANTHROPIC_BASE_URL": stage.url,
            "ANTHROPIC_API_KEY": "e2e",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
        },
    )


def answer(output: str) -> str:
    """The result in the JSON it ends with."""
    return str(json.loads(output.strip().splitlines()[-1]).get("result", ""))


CLIENT = Client(
    name="Claude Code",
    version=VERSION,
    installer=NPM,
    packages=(f"@anthropic-ai/claude-code@{VERSION}",),
    wires=(ANTHROPIC,),
    run=command,
    answer=answer,
    across=translated(ANTHROPIC),
)
