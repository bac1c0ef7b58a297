"""Anthropic Messages."""

from typing import Final

from tierwise.core.wire import Wire, patterns
from tierwise.wires.anthropic.decoding import Decoder, whole
from tierwise.wires.anthropic.encoding import Encoder, answer
from tierwise.wires.anthropic.errors import error, error_frame
from tierwise.wires.anthropic.parsing import NAME, parse
from tierwise.wires.anthropic.reading import losses, prompt_of
from tierwise.wires.anthropic.rendering import render
from tierwise.wires.anthropic.steps import steps
from tierwise.wires.anthropic.stripping import stripped
from tierwise.wires.anthropic.suiting import asks, suited

WIRE: Final = Wire(
    name=NAME,
    paths=("/v1/messages", "/messages"),
    path="/v1/messages",
    parse=parse,
    read=prompt_of,
    losses=losses,
    render=render,
    decoder=Decoder,
    whole=whole,
    encoder=Encoder,
    answer=answer,
    error=error,
    error_frame=error_frame,
    stripped=stripped,
    suited=suited,
    asks=asks,
    forwards=("anthropic-beta", "anthropic-version"),
    counting="/v1/messages/count_tokens",
    headers={"anthropic-version": "2023-06-01"},
    telling=patterns(rb"message_", rb"error", rb"content_block_st"),
    steps=steps,
)
