"""What every client file offers: how to know the client, its noise, its background calls, its session.

A coding tool wraps the person's words in text of its own (reminders, environment, hooks, command output). Signals
must not read that. `cleaned` turns a request as its wire parsed it into one with the person's words alone.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from tierwise.core import codec
from tierwise.core.request import Request, Segment
from tierwise.core.tools import TOOLS, Tools

ERRANDS: Final = MappingProxyType(
    {
        "title": True,
        "topic": True,
        "probe": True,
        "compaction": True,
        "memory": True,
        "suggestion": True,
        "command": True,
        "page": True,
        "search": True,
        "commit": True,
        "status": True,
        "subagent": False,
    }
)
"""What a harness asks for on its own, and whether that is a background call.

In this order: a title for the session; whether a new topic begins; a try whether the model is there; a summary of the session; notes for
later ones; what the person may say next; what a command would do; a web page in short; one web search; a message for a commit; how far
the work is. What a subagent does is the person's work, done elsewhere: it is named, and judged as any other.
"""


class Client(Struct, frozen=True):
    """A coding tool or SDK.

    `agents` are beginnings of its User-Agent, `sessions` headers that carry its session id. `words(said)` is what the person wrote of
    the texts of one message; `errand(request, headers)` what the harness asks for itself (a key of ERRANDS, '' for nothing);
    `volatile(segment)` whether a slice of the prompt changes on every call and must not count for caching; `settled(raw)` is such a slice
    in a form that stays the same, for providers that cache what they are sent (None: leave it). `knows(request)` tells the client by its
    prompt where it does not name itself in a header (None: it does). `tools` says what its tools are and how they end.
    """

    name: str
    agents: tuple[str, ...]
    sessions: tuple[str, ...]
    words: Callable[[Sequence[str]], str]
    errand: Callable[[Request, Mapping[str, str]], str]
    volatile: Callable[[Segment], bool]
    settled: Callable[[bytes], bytes] | None = None
    knows: Callable[[Request], bool] | None = None
    tools: Tools = TOOLS


def never(_anything: object) -> bool:
    """For clients that have no volatile text."""
    return False


def nothing(_request: Request, _headers: Mapping[str, str]) -> str:
    """For clients that ask for nothing on their own."""
    return ""


def joined(said: Sequence[str]) -> str:
    """All texts of a message, for clients that add nothing of their own."""
    return "\n".join(text for text in said if text).strip()


def opening(*names: str) -> re.Pattern[str]:
    """What opens a tag of one of these names, with attributes or without."""
    return re.compile(rf"<({'|'.join(map(re.escape, names))})(?:\s[^<>]*)?>")


def outside(text: str, tags: re.Pattern[str]) -> str:
    """A text without what stands in these tags; nothing at all of one that opens with a tag and never ends it.

    One pass: texts are as long as a context window, and a pattern that looks for each tag's end takes the square of that.
    """
    kept, at = [], 0
    endless: set[str] = set()
    for tag in tags.finditer(text):
        name = tag[1]
        if tag.start() < at or name in endless:
            continue
        end = text.find(f"</{name}>", tag.end())
        if end < 0:
            endless.add(name)
        else:
            kept.append(text[at : tag.start()])
            at = end + len(f"</{name}>")
    rest = "".join((*kept, text[at:])).strip()
    return "" if tags.match(rest) else rest


def latest(request: Request) -> tuple[str, ...]:
    """The texts of the message that is to be answered, whoever wrote them."""
    return request.aside or (request.said[0] if request.said else ())


FIRST: Final = 2000
"""Characters of a text, and bytes of a slice, in which it says what it is about; a preface may come before."""


def about(request: Request, signs: Sequence[tuple[str, str]]) -> str:
    """The errand of the first sign (text, errand) that the beginning of one of the latest texts has, '' for none."""
    openings = [text[:FIRST] for text in latest(request)]
    return next((errand for sign, errand in signs if any(sign in opening for opening in openings)), "")


def instructed(request: Request, signs: Sequence[tuple[bytes, str]]) -> str:
    """The errand of the first sign that the beginning of a system text has, '' for none."""
    openings = _openings(request)
    return next((errand for sign, errand in signs if any(sign in opening for opening in openings)), "")


def introduced(request: Request, *signs: bytes) -> bool:
    """Whether the beginning of a system text has one of these signs: clients say there who they are."""
    return any(sign in opening for opening in _openings(request) for sign in signs)


def _openings(request: Request) -> list[bytes]:
    return [bytes(memoryview(one.raw)[:FIRST]) for one in request.segments if one.kind == "system"]


NAMED: Final = re.compile(rb'"name"\s*:\s*"([\w.-]{1,64})"')
NEAR: Final = 160
"""Bytes of a tool's definition in which its name stands."""


def tool_names(request: Request, most: int = 16) -> tuple[bytes, ...]:
    """The names of the first tools of a request."""
    heads = (NAMED.search(memoryview(one.raw)[:NEAR]) for one in request.segments[:most] if one.kind == "tools")
    return tuple(found[1] for found in heads if found)


def recognised(clients: Sequence[Client], headers: Mapping[str, str], request: Request | None = None) -> Client | None:
    """The client that sent these headers (names in lower case), if one is known by them; else by the request's own shape, if given."""
    agent = headers.get("user-agent", "").lower()
    named = next((one for one in clients if agent.startswith(one.agents)), None)
    if named is not None or request is None:
        return named
    return next((one for one in clients if one.knows is not None and one.knows(request)), None)


def cleaned(client: Client, request: Request, headers: Mapping[str, str]) -> Request:
    """A request with the person's words, its session and its turn as its client means them."""
    interrupted = client.words(request.aside)
    heard = (one for one in (interrupted, *map(client.words, request.said)) if one)
    turn = "person" if interrupted else request.turn
    errand = client.errand(request, headers)
    return replace(
        request,
        client=client.name,
        words=next(heard, ""),
        previous=next(heard, ""),
        session=next((headers[name] for name in client.sessions if headers.get(name)), request.session),
        turn="side" if ERRANDS.get(errand, False) else turn,
        errand=errand,
        segments=request.segments if client.volatile is never else tuple(_marked(client, one) for one in request.segments),
    )


def _marked(client: Client, segment: Segment) -> Segment:
    return replace(segment, kind="volatile") if client.volatile(segment) else segment


def fallback_session(request: Request, key: str) -> str:
    """A name for the session of a cleaned request that has none, of the key, the first lasting system text, and the user's first message.

    Only texts count: clients move their cache marks from call to call and write a text as a list of one block when it is marked.
    """
    head = next((one.raw for one in request.segments if one.kind == "system"), Raw())
    first = next((one.raw for one in request.segments if one.kind == "message" and one.role == "user"), Raw())
    return codec.digest([key, *_texts(head), "", *_texts(first)])


def _texts(raw: Raw) -> Iterable[str]:
    """All texts in a slice, in a fixed order; the slice itself where it is nested too deeply to be read."""
    try:
        left: list[Any] = [msgspec.json.decode(raw)] if len(raw) else []
    except (msgspec.DecodeError, RecursionError):
        return [bytes(raw).decode("utf-8", "replace")]
    found = []
    while left:
        one = left.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, list):
            left.extend(one)
        elif isinstance(one, dict):
            left.extend(one[name] for name in WORDED if name in one)
    return found


WORDED: Final = ("content", "text")
"""Where messages and blocks have their texts."""
