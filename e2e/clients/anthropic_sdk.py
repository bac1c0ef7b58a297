"""Anthropic's own Python SDK: whole and streamed answers, tools, structured output, token counts, the list of models."""

from e2e.kit.client import ANTHROPIC, PYPI, SCRIPTS, Client, Run, Stage, translated

VERSION = "2.13.0"


def command(stage: Stage) -> Run:
    """A script that uses the SDK as its documentation does."""
    argv = (str(stage.bin / "python"), str(SCRIPTS / "anthropic_calls.py"), stage.scene, stage.prompt, stage.model)
    return Run(argv, {"ANTHROPIC_BASE_URL": stage.url, "ANTHROPIC_API_KEY": "e2e"})


CLIENT = Client(
    name="anthropic (Python)",
    version=VERSION,
    installer=PYPI,
    packages=(f"anthropic=={VERSION}",),
    wires=(ANTHROPIC,),
    run=command,
    across=translated(ANTHROPIC),
    local=(ANTHROPIC,),
)
