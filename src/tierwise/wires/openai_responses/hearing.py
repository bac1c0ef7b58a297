"""What each event of a stream does."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tierwise.core.events import CALL, REFUSAL, TEXT, THOUGHT, Opaque
from tierwise.wires.openai_responses import frames
from tierwise.wires.openai_responses.blocks import Told
from tierwise.wires.openai_responses.completing import RAW_THOUGHT, broken, complete, finish, item_of, opening, part
from tierwise.wires.openai_responses.names import NAME


def _created(at: Told, known: frames.Created | frames.Going | frames.Queued) -> None:
    """The answer begins. Servers that do not number their events leave out more that strict clients want: theirs begins without a name."""
    at.start(known.response if known.sequence_number is not None else None)


def _item_added(at: Told, known: frames.ItemAdded) -> None:
    item = item_of(known.item)
    seen = at.announced(known.output_index, item)
    begins = opening(item)
    if begins is not None and 0 not in seen.lanes:
        at.called = True
        seen.lanes[0] = at.lanes.added((seen.number, 0), begins, due=True)


def _item_done(at: Told, known: frames.ItemDone) -> None:
    complete(at, known.output_index, known.item)


def _text_delta(at: Told, known: frames.TextDelta) -> None:
    at.more(at.lane(at.seen(known), known.content_index or 0, TEXT), known.delta)


def _text_done(at: Told, known: frames.TextDone) -> None:
    at.whole(at.lane(at.seen(known), known.content_index or 0, TEXT), known.text)


def _refusal_delta(at: Told, known: frames.RefusalDelta) -> None:
    at.refused = True
    at.more(at.lane(at.seen(known), known.content_index or 0, REFUSAL), known.delta)


def _refusal_done(at: Told, known: frames.RefusalDone) -> None:
    at.refused = True
    at.whole(at.lane(at.seen(known), known.content_index or 0, REFUSAL), known.refusal)


def _part_done(at: Told, known: frames.PartDone) -> None:
    """A part of a message in full; parts of reasoning are said by other events."""
    said = known.part
    if said is not None and said.type in {"output_text", "refusal"}:
        seen, index = at.seen(known), known.content_index or 0
        part(at, seen, index, said)
        at.lanes.shut(seen.lanes[index])


def _summary_delta(at: Told, known: frames.SummaryDelta) -> None:
    at.more(at.lane(at.seen(known), 0, THOUGHT), known.delta, known.summary_index or 0)


def _summary_done(at: Told, known: frames.SummaryDone) -> None:
    at.whole(at.lane(at.seen(known), 0, THOUGHT), known.text, known.summary_index or 0)


def _thought_delta(at: Told, known: frames.ThoughtDelta) -> None:
    at.more(at.lane(at.seen(known), 0, THOUGHT), known.delta, RAW_THOUGHT + (known.content_index or 0))


def _thought_done(at: Told, known: frames.ThoughtDone) -> None:
    at.whole(at.lane(at.seen(known), 0, THOUGHT), known.text, RAW_THOUGHT + (known.content_index or 0))


def _input_delta(at: Told, known: frames.ArgumentsDelta | frames.InputDelta) -> None:
    at.more(at.lane(at.seen(known), 0, CALL), known.delta)


def _arguments_done(at: Told, known: frames.ArgumentsDone) -> None:
    at.whole(at.lane(at.seen(known), 0, CALL), known.arguments)


def _input_done(at: Told, known: frames.InputDone) -> None:
    at.whole(at.lane(at.seen(known), 0, CALL), known.input)


def _annotated(at: Told, known: frames.Annotated) -> None:
    lane = at.lane(at.seen(known), known.content_index or 0, TEXT)
    lane.notes += 1
    at.lanes.say(lane, Opaque(-1, NAME, known.annotation))


def _finished(at: Told, known: frames.Completed | frames.Cut) -> None:
    response = known.response or frames.Response()
    at.start(response)
    finish(at, response, cut=isinstance(known, frames.Cut) or response.status == "incomplete")


HEARD: Final[Mapping[type[Any], Callable[[Told, Any], None]]] = {
    frames.Created: _created,
    frames.Going: _created,
    frames.Queued: _created,
    frames.ItemAdded: _item_added,
    frames.ItemDone: _item_done,
    frames.PartDone: _part_done,
    frames.TextDelta: _text_delta,
    frames.TextDone: _text_done,
    frames.RefusalDelta: _refusal_delta,
    frames.RefusalDone: _refusal_done,
    frames.SummaryDelta: _summary_delta,
    frames.SummaryDone: _summary_done,
    frames.ThoughtDelta: _thought_delta,
    frames.ThoughtDone: _thought_done,
    frames.ArgumentsDelta: _input_delta,
    frames.ArgumentsDone: _arguments_done,
    frames.InputDelta: _input_delta,
    frames.InputDone: _input_done,
    frames.Annotated: _annotated,
    frames.Completed: _finished,
    frames.Cut: _finished,
    frames.Failed: broken,
    frames.Cancelled: broken,
}
"""What each event does."""

BEGINNINGS: Final = frozenset({frames.Created, frames.Going, frames.Queued, frames.Completed, frames.Cut, frames.Failed, frames.Cancelled})
"""Events that name the answer themselves, or say that there is none; before every other one it has begun, said or not."""

TAGS: Final = frozenset(one.__struct_config__.tag for one in HEARD)
"""The types of all these events."""
