"""Items in full, and the end of an answer.

A message's parts are blocks of their own, every other item is one block; reasoning is one block for all its parts. Items of tools
that the provider ran are kept whole, for this wire alone.
"""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec import Raw

from tierwise.core import usage as tokens
from tierwise.core.events import CALL, OPAQUE, REFUSAL, TEXT, THOUGHT, Failure, Opaque, Open, Seal, Spent, Stop
from tierwise.core.prompt import CUSTOM, FUNCTION, SEARCH
from tierwise.core.wire import present
from tierwise.wires.openai_responses import frames
from tierwise.wires.openai_responses.blocks import Seen, Told
from tierwise.wires.openai_responses.lanes import Lane
from tierwise.wires.openai_responses.names import NAME, PLAIN_SPACE, SEARCH_NAME
from tierwise.wires.openai_responses.troubles import fault_of

RAW_THOUGHT: Final = 1 << 16
"""Where the numbers of raw reasoning begin, after those of its summaries."""

CUTS: Final = {"content_filter": "filtered"}
"""Why an answer was cut, where it was not for its length."""


def opening(item: frames.Item) -> Open | None:
    """How the block of a call begins; None where it is not one that the client answers, or not all is known of it yet."""
    form = FORMS.get(item.type)
    if form is None or (form == SEARCH and item.execution == "server"):
        return None
    name = SEARCH_NAME if form == SEARCH else item.name
    known = item.call_id or item.id
    if not name or not known:
        return None
    space = "" if item.namespace in {None, PLAIN_SPACE} else item.namespace or ""
    return Open(-1, CALL, known, name, space, form, item.id or "")


FORMS: Final[Mapping[str, str]] = {"function_call": FUNCTION, "custom_tool_call": CUSTOM, "tool_search_call": SEARCH}


def item_of(raw: Raw) -> frames.Item:
    """An item; of one that is for this wire alone, no more than its type and id, whatever else it holds."""
    try:
        return frames.ITEM.decode(raw)
    except msgspec.ValidationError:
        kind = frames.KIND.decode(raw)
        if kind.type in ITEMS:
            raise
        return frames.Item(kind.type, kind.id)


def complete(at: Told, number: int | None, raw: Raw) -> None:
    """An item in full."""
    item = item_of(raw)
    seen = at.announced(number, item)
    if not seen.over:
        at.searches += item.type == "web_search_call"
        ITEMS.get(item.type, _hosted)(at, seen, item, raw)
        at.closed(seen)


def _message_done(at: Told, seen: Seen, item: frames.Item, raw: Raw) -> None:
    del raw
    for index, said in enumerate(item.content or []):
        part(at, seen, index, said)


def part(at: Told, seen: Seen, index: int, said: frames.Written) -> None:
    """A part of a message in full."""
    kind = REFUSAL if said.type == "refusal" else TEXT
    at.refused = at.refused or kind == REFUSAL
    lane = at.lane(seen, index, kind)
    at.whole(lane, said.refusal if kind == REFUSAL else said.text)
    if not lane.shut:
        _notes(at, lane, said)


def _notes(at: Told, lane: Lane, part: frames.Written) -> None:
    """What a part has beside its text, as far as it did not come before."""
    annotations = part.annotations or []
    for annotation in annotations[lane.notes :]:
        at.lanes.say(lane, Opaque(-1, NAME, annotation))
    lane.notes = max(lane.notes, len(annotations))
    if part.logprobs:
        at.lanes.say(lane, Opaque(-1, NAME, Raw(msgspec.json.encode({"type": "logprobs", "logprobs": part.logprobs}))))


def _reasoning_done(at: Told, seen: Seen, item: frames.Item, raw: Raw) -> None:
    del raw
    lane = at.lane(seen, 0, THOUGHT)
    first, parts = (0, item.summary) if item.summary else (RAW_THOUGHT, item.content or [])
    for index, part in enumerate(parts):
        at.whole(lane, part.text, first + index)
    if item.encrypted_content:
        at.lanes.say(lane, Seal(-1, NAME, item.encrypted_content))


def _call_done(at: Told, seen: Seen, item: frames.Item, raw: Raw) -> None:
    begins = opening(item)
    if begins is None:
        _hosted(at, seen, item, raw)
        return
    at.called = True
    lane = at.lane(seen, 0, CALL)
    lane.open, lane.due = lane.open or begins, True
    at.lanes.begin(lane)
    at.whole(lane, item.input if begins.form == CUSTOM else _arguments(item.arguments))


def _arguments(raw: Raw) -> str:
    """What a function is called with: the JSON in a text, or JSON itself."""
    text = bytes(raw) if present(raw) else b""
    return frames.TEXT.decode(text) if text.startswith(b'"') else text.decode()


def _hosted(at: Told, seen: Seen, item: frames.Item, raw: Raw) -> None:
    opened = Open(-1, OPAQUE, item=item.id or "", wire=NAME, raw=raw)
    for lane in seen.lanes.values():
        at.lanes.shut(lane)
    seen.lanes[-1] = at.lanes.added((seen.number, len(seen.lanes)), opened, due=True)


ITEMS: Final[Mapping[str, Callable[[Told, Seen, frames.Item, Raw], None]]] = {
    "message": _message_done,
    "reasoning": _reasoning_done,
    "function_call": _call_done,
    "custom_tool_call": _call_done,
    "tool_search_call": _call_done,
}
"""What a complete item of each type brings; items of every other type are for this wire alone."""


def finish(at: Told, response: frames.Response, *, cut: bool) -> None:
    """The end of an answer: what of it did not come yet, the tokens, and why it ends."""
    told: set[int] = set()
    for raw in response.output or []:
        number = _number(at, item_of(raw), told)
        told.add(number)
        complete(at, number, raw)
    for _, seen in sorted(at.items.items()):
        at.closed(seen)
    used = usage_of(response.usage, at.searches)
    at.lanes.out.extend([Spent(used)] if used is not None else [])
    at.lanes.out.append(Stop(_reason(at, response, cut=cut)))
    at.over = True


def _number(at: Told, item: frames.Item, told: set[int]) -> int:
    """The number of an item of the whole answer in the stream: by its id, else the first of its type, else a new one."""
    known = at.ids.get(item.id or item.call_id or "")
    if known is not None:
        return known
    alike = (one for one in sorted(at.items) if one not in told and at.items[one].kind in {"", item.type})
    return next(alike, 1 + max(at.items, default=-1))


def _reason(at: Told, response: frames.Response, *, cut: bool) -> str:
    if cut:
        why = response.incomplete_details.reason if response.incomplete_details else None
        return CUTS.get(why or "", "limit")
    return "calls" if at.called else "refusal" if at.refused else "end"


def usage_of(said: frames.Usage | None, searches: int) -> tokens.Usage | None:
    """The tokens used, each once: this wire counts those from a cache, and those written to one, as input too."""
    if said is None or (said.input_tokens is None and said.output_tokens is None):
        return None
    inside, outside = said.input_tokens_details or frames.Details(), said.output_tokens_details or frames.Details()
    total, read = said.input_tokens or 0, inside.cached_tokens or 0
    written = min(inside.cache_write_tokens or 0, max(0, total - read))
    return tokens.Usage(
        fresh=max(0, total - read - written),
        read=read,
        write_5m=written,
        output=said.output_tokens or 0,
        reasoning=outside.reasoning_tokens or 0,
        searches=searches,
    )


def broken(at: Told, known: frames.Failed | frames.Cancelled) -> None:
    """The end of an answer that failed."""
    response = known.response or frames.Response()
    used = usage_of(response.usage, at.searches)
    if used is not None and at.begun:
        at.lanes.out.append(Spent(used))
    at.lanes.out.append(Failure(fault_of(response.error or frames.Trouble("the provider gave the answer up"))))
    at.over = True
