"""OpenAI Responses."""

from typing import Final

from tierwise.core.wire import Compaction, Wire, patterns
from tierwise.wires.openai_responses.compacting import asking, compacted, condensed, triggered
from tierwise.wires.openai_responses.decoding import decoder, whole
from tierwise.wires.openai_responses.encoding import answered, encoder
from tierwise.wires.openai_responses.names import NAME
from tierwise.wires.openai_responses.parsing import parse
from tierwise.wires.openai_responses.reading import read_prompt
from tierwise.wires.openai_responses.rendering import losses, rendered
from tierwise.wires.openai_responses.sockets import Socket
from tierwise.wires.openai_responses.steps import steps
from tierwise.wires.openai_responses.stripping import stripped
from tierwise.wires.openai_responses.suiting import asks, passes, suited
from tierwise.wires.openai_responses.troubles import error, error_frame

WIRE: Final = Wire(
    name=NAME,
    paths=("/v1/responses", "/responses"),
    path="/responses",
    parse=parse,
    read=read_prompt,
    losses=losses,
    render=rendered,
    decoder=decoder,
    whole=whole,
    encoder=encoder,
    answer=answered,
    error=error,
    error_frame=error_frame,
    stripped=stripped,
    suited=suited,
    asks=asks,
    passes=passes,
    forwards=("openai-beta", "x-codex-"),
    telling=patterns(rb"output_item", rb"response\.(?:created|in_progress|queued|completed|incomplete|failed|cancelled)", rb'"error'),
    socket=Socket,
    compaction=Compaction("/responses/compact", triggered, asking, compacted, condensed),
    steps=steps,
)
