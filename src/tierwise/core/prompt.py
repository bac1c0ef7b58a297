"""A whole request in no wire's own words: what `Wire.read` makes of a body and `Wire.render` makes a body of.

It is only made where a request has to change wires; the same wire in and out keeps its bytes. What has no neutral form is kept as
`Opaque` with the wire that understands it and the name of the loss it would be elsewhere.
"""

from typing import Final

from msgspec import Raw, Struct

FUNCTION: Final = "function"
CUSTOM: Final = "custom"
SEARCH: Final = "search"
SERVER: Final = "server"


class Text(Struct, frozen=True, tag="text"):
    """Text; `keep` is the lifetime (seconds) of a cache mark after it, 0 for none."""

    text: str
    keep: int = 0


class Media(Struct, frozen=True, tag="media"):
    """An 'image', a 'document' or 'audio': inline (`data`, base64), by address (`url`), by a provider's file id (`file`), or as `text`.

    `media` is its media type (image/png).
    """

    kind: str
    media: str = ""
    data: str = ""
    url: str = ""
    file: str = ""
    text: str = ""
    name: str = ""
    detail: str = ""
    keep: int = 0


class Thought(Struct, frozen=True, tag="thought"):
    """Reasoning of an earlier answer. `seal` is the signature or the encrypted whole that only `wire` understands."""

    text: str = ""
    wire: str = ""
    seal: str = ""
    item: str = ""
    redacted: bool = False


class Call(Struct, frozen=True, tag="call"):
    """A call of a tool: `input` is JSON text, or free text where `form` is 'custom'."""

    id: str
    name: str
    input: str
    namespace: str = ""
    form: str = FUNCTION
    item: str = ""
    keep: int = 0


class Result(Struct, frozen=True, tag="result"):
    """What a tool answered. `tools` are definitions that a search for tools found."""

    id: str
    content: tuple[Text | Media, ...] = ()
    failed: bool = False
    form: str = FUNCTION
    tools: "tuple[Tool, ...]" = ()
    keep: int = 0


class Opaque(Struct, frozen=True, tag="opaque"):
    """A piece that only `wire` understands; elsewhere it is left out, and `loss` names what then is missing."""

    wire: str
    raw: Raw
    loss: str


Piece = Text | Media | Thought | Call | Result | Opaque


class Turn(Struct, frozen=True):
    """What somebody said: 'system', 'user' or 'assistant'. Results of tools are the user's."""

    role: str
    pieces: tuple[Piece, ...]


class Tool(Struct, frozen=True):
    """A tool the model may call.

    `kind` is 'function' (JSON input by `schema`), 'custom' (free text, by `grammar` where given), 'search' (a search for deferred tools
    that the client runs) or 'server' (the provider runs it; `raw` is its definition on `wire`). `keep` as for Text. `about` says what the
    namespace is for.
    """

    name: str
    kind: str = FUNCTION
    description: str = ""
    schema: Raw = Raw()
    strict: bool | None = None
    grammar: Raw = Raw()
    namespace: str = ""
    deferred: bool = False
    wire: str = ""
    raw: Raw = Raw()
    keep: int = 0
    about: str = ""


class Choice(Struct, frozen=True):
    """Whether tools are called: 'auto', 'none', 'required', or 'named' with one tool's name; `parallel` None where nothing is said."""

    kind: str = "auto"
    name: str = ""
    namespace: str = ""
    parallel: bool | None = None


class Format(Struct, frozen=True):
    """The form of the answer: 'schema' with a JSON schema, or 'object' for any JSON object."""

    kind: str
    schema: Raw = Raw()
    name: str = ""
    description: str = ""
    strict: bool | None = None


class Knobs(Struct, frozen=True, omit_defaults=True):
    """How to sample and how hard to think; None where the client says nothing. `thinking` is 'on', 'off' or None, `budget` its tokens."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    effort: str | None = None
    thinking: str | None = None
    budget: int | None = None
    verbosity: str | None = None
    summary: str | None = None


class Prompt(Struct, frozen=True):
    """A whole request.

    `extras` are top-level fields that only `wire` understands (name to raw JSON); `uses` names what of it other wires may lose.
    `head` is what the fixed head says: system text before the first other turn. Later system text stays among the turns.
    """

    wire: str
    model: str
    head: tuple[Text, ...] = ()
    turns: tuple[Turn, ...] = ()
    tools: tuple[Tool, ...] = ()
    choice: Choice = Choice()
    format: Format | None = None
    limit: int | None = None
    knobs: Knobs = Knobs()
    stream: bool = False
    usage: bool = False
    cache_key: str = ""
    user: str = ""
    tier: str = ""
    extras: dict[str, Raw] = {}
    uses: tuple[str, ...] = ()
