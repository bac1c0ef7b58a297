"""llm: chat completions, with a tool of our own that lists the files."""

import json

from e2e.kit.client import CHAT, PYPI, Client, Run, Stage

VERSION = "0.36"
TOOLS = "import os\n\n\ndef list_files() -> str:\n    '''List the files here.'''\n    return '\\n'.join(sorted(os.listdir('.')))\n"


def command(stage: Stage) -> Run:
    """One prompt, with the tool beside it; a file names the model and its base URL."""
    model = {
        "model_id": "tierwise",
        "model_name": stage.model,
        "api_base": f"{stage.url}/v1",
        "api_key_name": "tierwise",
        "supports_tools": True,
    }
    return Run(
        (str(stage.bin / "llm"), "-m", "tierwise", "--functions", str(stage.home / "tools.py"), stage.prompt),
        {"LLM_USER_PATH": str(stage.home / "llm")},
        {
            "llm/extra-openai-models.yaml": json.dumps([model]),
            "llm/keys.json": json.dumps({"tierwise": "e2e"}),
            "tools.py": TOOLS,
        },
    )


CLIENT = Client(name="llm", version=VERSION, installer=PYPI, packages=(f"llm=={VERSION}",), wires=(CHAT,), run=command, local=(CHAT,))
