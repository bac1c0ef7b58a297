"""anthropic-sdk-python's own tests of messages, token counts and models."""

from collections.abc import Sequence
from types import MappingProxyType

from e2e.kit.client import PYPI
from e2e.kit.servers import ENDPOINT
from judges.kit.judge import ALL, LENIENT, Case, Court, Judge
from judges.kit.sdk import TOOLS, tested

VERSION = "2.13.0"
SOURCE = ("anthropic", VERSION)
CHOSEN = (("test_messages.py", "create or count_tokens"), ("test_models.py", "list or retrieve"))


def passes(court: Court) -> Sequence[Case]:
    """Each test of what is served here."""
    return tested(court, SOURCE, f"http://127.0.0.1:{court.gateway}", CHOSEN)


JUDGE = Judge(
    name="anthropic-sdk-python's own tests",
    version=VERSION,
    about="calls with few and with all parameters, answers held strictly to the SDK's types, plain and asynchronous",
    installer=PYPI,
    packages=(f"anthropic=={VERSION}", *TOOLS),
    run=passes,
    upstream=LENIENT,
    settings=(ALL,),
    aliases=dict.fromkeys(("claude-opus-5-5", "model_id"), ENDPOINT),
    exceptions=MappingProxyType({}),
)
