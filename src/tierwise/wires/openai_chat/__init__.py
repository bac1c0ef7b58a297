"""OpenAI Chat Completions: the wire that most providers speak, each a little differently (see `quirks`)."""

from typing import Final

from tierwise.core.counts import counted
from tierwise.core.errors import error
from tierwise.core.wire import Wire, patterns
from tierwise.wires.openai_chat.decoding import Decoder, whole
from tierwise.wires.openai_chat.encoding import Encoder, answer, error_frame
from tierwise.wires.openai_chat.fitting import suited, takes
from tierwise.wires.openai_chat.glancing import glanced
from tierwise.wires.openai_chat.parsing import NAME, parse
from tierwise.wires.openai_chat.reading import prompt
from tierwise.wires.openai_chat.rendering import asks, losses, rendered
from tierwise.wires.openai_chat.steps import steps
from tierwise.wires.openai_chat.stripping import stripped

WIRE: Final = Wire(
    name=NAME,
    paths=("/v1/chat/completions", "/chat/completions"),
    path="/chat/completions",
    parse=parse,
    read=prompt,
    losses=losses,
    render=rendered,
    decoder=Decoder,
    whole=whole,
    encoder=Encoder,
    answer=answer,
    error=error,
    error_frame=error_frame,
    stripped=stripped,
    counted=counted,
    glanced=glanced,
    suited=suited,
    takes=takes,
    asks=asks,
    telling=patterns(
        rb'finish_reason"\s*:\s*"', rb'usage"\s*:\s*\{', rb'refusal"\s*:\s*"', rb"error", rb"tool_calls", rb"function_call", rb"\[DONE\]"
    ),
    steps=steps,
)
