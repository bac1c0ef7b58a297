"""A request as every wire can say it, with its own bytes kept aside.

`segments` are the raw JSON slices of the prompt in the order the provider sees them (tools, system text,
messages); nothing in them is decoded until somebody asks. What the person typed is in `words`, the
harness's own text removed by the client's file. `known` is set when the request comes from a log: then
sizes are facts and the slices are empty.
"""

from msgspec import Raw, Struct


class Segment(Struct, frozen=True, gc=False):
    """A slice of the prompt: `kind` is 'tools', 'system', 'message' or 'volatile' (changes on every call; a client's file says so)."""

    kind: str
    role: str
    raw: Raw


class Mark(Struct, frozen=True, gc=False):
    """A place in the prompt up to which it may be cached.

    `digest` names everything before the place, `size` is that much of the prompt (bytes, or tokens when a log
    knows them), `odds` how sure it is that the text before the place is what an equal digest stood for.
    """

    digest: str
    size: int
    odds: float = 1.0


class Hints(Struct, frozen=True, omit_defaults=True):
    """What is told about a request; believed before anything is guessed. `source` says by whom the task is told."""

    task: str | None = None
    difficulty: int | None = None
    output: int | None = None
    calls: int | None = None
    source: str = "caller"


class Known(Struct, frozen=True, omit_defaults=True):
    """What a log knows: neutral tokens of the prompt and the marks in it, sizes in neutral tokens.

    `anchor` is the number of marks that belong to the fixed head (tools and system text).
    """

    tokens: int
    marks: tuple[Mark, ...] = ()
    anchor: int = 0


class Request(Struct, frozen=True, omit_defaults=True):
    """What a client wants, in no wire's own words.

    `turn` says who spoke last: 'person', 'tool' (results of tool calls) or 'side' (the harness for itself); `errand` names what a harness
    asks for on its own (a key of core.client.ERRANDS, '' for the person's work). `said` holds the texts of
    the user's latest messages, the latest first, `aside` the texts that came in one message with the latest results of tools; both
    are the person's and the harness's words together. `words` and `previous` are what the person said last and before that.
    `limit` is the most output tokens the client allows. `needs` are capabilities without which the answer would
    be wrong ('tools', 'images', 'json_schema', 'reasoning'). `losses` names, for other wires, what they could not carry.
    `stream` says whether the answer is to come as a stream, `usage` whether the client wants it to end with the tokens used.
    """

    wire: str
    model: str
    segments: tuple[Segment, ...] = ()
    said: tuple[tuple[str, ...], ...] = ()
    aside: tuple[str, ...] = ()
    words: str = ""
    previous: str = ""
    client: str = ""
    session: str = ""
    turn: str = "person"
    errand: str = ""
    needs: tuple[str, ...] = ()
    limit: int | None = None
    effort: str | None = None
    cache_ttl: int = 300
    cache_marks: int = 0
    calls: int = 0
    images: int = 0
    hints: Hints = Hints()
    losses: dict[str, tuple[str, ...]] = {}
    known: Known | None = None
    stream: bool = False
    usage: bool = True
