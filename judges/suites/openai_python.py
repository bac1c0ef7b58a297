"""openai-python's own tests of chat, Responses, models, completions and embeddings."""

from collections.abc import Sequence
from types import MappingProxyType

from e2e.kit.client import PYPI
from e2e.kit.servers import ENDPOINT
from judges.kit.judge import ALL, LENIENT, Case, Court, Judge
from judges.kit.sdk import TOOLS, tested

VERSION = "3.57.0"
SOURCE = ("openai", VERSION)
CHOSEN = (
    ("chat/test_completions.py", "create"),
    ("test_responses.py", "create or compact"),
    ("test_models.py", "not delete"),
    ("test_completions.py", "create"),
    ("test_embeddings.py", "create"),
)


def passes(court: Court) -> Sequence[Case]:
    """Each test of what is served here; what asks for stored answers is left out: a gateway stores none."""
    return tested(court, SOURCE, court.url, CHOSEN)


JUDGE = Judge(
    name="openai-python's own tests",
    version=VERSION,
    about="calls with few and with all parameters, answers held strictly to the SDK's types, plain and asynchronous",
    installer=PYPI,
    packages=(f"openai=={VERSION}", *TOOLS),
    run=passes,
    upstream=LENIENT,
    settings=(ALL,),
    aliases=dict.fromkeys(("gpt-6-astra", "gpt-5.1", "gpt-3.5-turbo-instruct", "text-embedding-3-small"), ENDPOINT),
    exceptions=MappingProxyType(
        {
            "Responses::test_(method|raw_response|streaming_response)_create_overload": (
                "asks with an empty body; OpenAI's schema lets the model be absent, since a stored prompt may name it; none is here"
            ),
            "Responses::test_method_(create|compact)_with_all_params": "goes on from an answer that was never given; nobody has it",
            "Completions::test_method_create_with_all_params": "asks for an answer of 0 tokens, which providers refuse",
            r"Embeddings::.*\[strict\]": "the SDK asks for base64 by itself, and its strict check runs before it decodes that",
        }
    ),
)
