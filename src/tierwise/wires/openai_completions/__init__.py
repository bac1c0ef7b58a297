"""OpenAI Completions, the older wire that continues a text or fills in its middle: editors' autocompletion speaks it."""

from typing import Final

from tierwise.core.counts import counted
from tierwise.core.errors import error
from tierwise.core.wire import Wire, patterns
from tierwise.wires.openai_completions.decoding import Decoder, whole
from tierwise.wires.openai_completions.encoding import Encoder, answer, error_frame
from tierwise.wires.openai_completions.parsing import NAME, parse
from tierwise.wires.openai_completions.reading import prompt
from tierwise.wires.openai_completions.rendering import losses, rendered, stripped, suited

WIRE: Final = Wire(
    name=NAME,
    paths=("/v1/completions", "/completions"),
    path="/completions",
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
    suited=suited,
    talks=False,
    telling=patterns(rb'finish_reason"\s*:\s*"', rb'usage"\s*:\s*\{', rb"error", rb"\[DONE\]"),
)
