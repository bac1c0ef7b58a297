"""What a request asks for, in no shape's own words, and how a request is refused."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

FUNCTION: Final = "function"
CUSTOM: Final = "custom"

AUTO: Final = "auto"
NONE: Final = "none"
REQUIRED: Final = "required"


class Refused(Exception):
    """A request that a provider would not take: its status, and the type, parameter and code that the shape tells with it."""

    def __init__(self, message: str, status: int = 400, kind: str = "", param: str | None = None, code: str | None = None) -> None:
        """A refusal."""
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.param = param
        self.code = code


class Offered(Struct, frozen=True):
    """A tool that may be called: `form` is 'function' (JSON by `schema`) or 'custom' (free text)."""

    name: str
    form: str = FUNCTION
    schema: Mapping[str, Any] = {}
    namespace: str = ""


class Part(Struct, frozen=True):
    """A part of the prompt as it came, and for how long (seconds) the client asks to keep everything up to it; 0 where it does not."""

    raw: bytes
    keep: int = 0


class Asked(Struct, frozen=True, kw_only=True):
    """A request.

    `texts` are those of the person's latest message, `head` what the fixed head says, `results` what tools answered if that came last.
    `choice` is 'auto', 'none', 'required' or a tool's name; `schema` the JSON schema of the answer ({} for any object, None for free text).
    """

    shape: str
    model: str
    texts: tuple[str, ...] = ()
    head: str = ""
    results: tuple[str, ...] = ()
    tools: tuple[Offered, ...] = ()
    choice: str = AUTO
    schema: Mapping[str, Any] | None = None
    limit: int | None = None
    stops: tuple[str, ...] = ()
    copies: int = 1
    thinks: bool = False
    stream: bool = False
    usage: bool = False
    parts: tuple[Part, ...] = ()
    body: Mapping[str, Any] = {}


class Spent(Struct, frozen=True):
    """Tokens of an answer: read from the cache, written to it for five minutes or an hour, fresh, said, and thought among those said."""

    read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    fresh: int = 0
    said: int = 0
    thought: int = 0

    @property
    def prompt(self) -> int:
        """All tokens of the prompt."""
        return self.read + self.write_5m + self.write_1h + self.fresh
