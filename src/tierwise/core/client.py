"""What every client file offers: how to know the client, its noise, its background calls, its session.

A coding tool wraps the person's words in text of its own (reminders, environment, hooks, command output). Signals
must not read that. `cleaned` turns a request as its wire parsed it into one with the person's words alone.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.request import Request, Segment


class Client(Struct, frozen=True):
    """A coding tool or SDK.

    `agents` are beginnings of its User-Agent, `sessions` headers that carry its session id. `words(said)` is what the person wrote of
    the texts of one message; `side(request)` whether the harness asks for itself; `volatile(segment)` whether a slice of the
    prompt changes on every call and must not count for caching.
    """

    name: str
    agents: tuple[str, ...]
    sessions: tuple[str, ...]
    words: Callable[[Sequence[str]], str]
    side: Callable[[Request], bool]
    volatile: Callable[[Segment], bool]


def never(_anything: object) -> bool:
    """For clients that have no background calls or no volatile text."""
    return False


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


def recognised(clients: Sequence[Client], headers: Mapping[str, str]) -> Client | None:
    """The client that sent these headers (names in lower case), if one is known by them."""
    agent = headers.get("user-agent", "").lower()
    return next((one for one in clients if any(agent.startswith(start) for start in one.agents)), None)


def cleaned(client: Client, request: Request, headers: Mapping[str, str]) -> Request:
    """A request with the person's words, its session and its turn as its client means them."""
    interrupted = client.words(request.aside)
    heard = (one for one in (interrupted, *map(client.words, request.said)) if one)
    turn = "person" if interrupted else request.turn
    return replace(
        request,
        client=client.name,
        words=next(heard, ""),
        previous=next(heard, ""),
        session=next((headers[name] for name in client.sessions if headers.get(name)), request.session),
        turn="side" if client.side(request) else turn,
        segments=tuple(_marked(client, one) for one in request.segments),
    )


def _marked(client: Client, segment: Segment) -> Segment:
    return replace(segment, kind="volatile") if client.volatile(segment) else segment
