"""A whole request as a neutral prompt: a conversation in which a model is asked to continue a text, or to fill in its middle.

Models that have learned to fill in are asked for it in their own marks, by the `suffix` field or within the prompt. Both are understood, so
that a model that has not can be asked in words.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.prompt import Knobs, Prompt, Text, Turn
from tierwise.core.wire import ABSENT, Malformed, Tokens, opened, present, read
from tierwise.wires.openai_completions.parsing import NAME, PLACE, Streaming, texts_of

CONTINUE: Final = (
    "You are the autocompletion of an editor. Continue the user's text exactly where it stops. Answer with the continuation alone: no "
    "explanation, no code fence, no quotation marks, and nothing of the text again. Keep its language, style and indentation."
)
FILL: Final = (
    "You are the autocompletion of an editor. The user's text has a gap: <before> holds what comes before it, <after> what comes after it. "
    "Answer with the text for the gap alone, so that before, answer and after follow each other without a seam: no explanation, no code "
    "fence, and nothing of the text again. Keep its language, style and indentation. Where nothing is missing, answer with nothing."
)
GAP: Final = "<before>{}</before><after>{}</after>"

MARKED: Final = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"<\|fim_prefix\|>(?P<before>.*)<\|fim_suffix\|>(?P<after>.*)<\|fim_middle\|>",
        r"<fim_prefix>(?P<before>.*)<fim_suffix>(?P<after>.*)<fim_middle>",
        r"<\|fim_begin\|>(?P<before>.*)<\|fim_hole\|>(?P<after>.*)<\|fim_end\|>",
        "<\uff5cfim\u2581begin\uff5c>(?P<before>.*)<\uff5cfim\u2581hole\uff5c>(?P<after>.*)<\uff5cfim\u2581end\uff5c>",
        r"<PRE> ?(?P<before>.*) <SUF>(?P<after>.*) <MID>",
        r"\[SUFFIX\](?P<after>.*)\[PREFIX\](?P<before>.*)",
    )
)
"""How models that can fill in are given what stands before and after the gap; what comes before the first mark is context."""


class Body(Struct):
    """The fields that a neutral prompt has; all others are extras."""

    model: str
    prompt: Raw = ABSENT
    suffix: str | None = None
    max_tokens: Tokens | None = None
    stop: str | list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    echo: bool | None = None
    user: str | None = None
    stream: bool | None = None
    stream_options: Streaming | None = None


class Ask(Struct, frozen=True):
    """The loss of a field elsewhere, and the values with which it asks for nothing."""

    loss: str
    nothing: frozenset[bytes] = frozenset()


_BODY: Final = msgspec.json.Decoder(Body)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])

TEXTS: Final = ("prompt", "suffix", "echo")
"""Fields that are kept as they came, beside what they mean elsewhere."""

KNOWN: Final = frozenset(Body.__struct_fields__) - frozenset(TEXTS)
ONE: Final = frozenset({b"1"})
ZERO: Final = frozenset({b"0", b"0.0"})
NOTHING: Final = frozenset({b"null", b"{}", b"[]", b"false"})

ASKS: Final = MappingProxyType(
    {
        "n": Ask("several choices", ONE),
        "best_of": Ask("several choices", ONE),
        "logprobs": Ask("log probabilities", ZERO),
        "frequency_penalty": Ask("sampling", ZERO),
        "presence_penalty": Ask("sampling", ZERO),
        "logit_bias": Ask("sampling"),
    }
)
"""Fields that only this wire has; any other is an unknown one."""

UNKNOWN: Final = Ask("unknown fields")


def prompt(body: bytes) -> Prompt:
    """A request of its JSON body; Malformed says where it is not one."""
    asked = opened(_BODY, body, PLACE)
    if not len(asked.prompt):
        raise Malformed(f"{PLACE}, prompt: a text to continue is needed")
    extras = {name: raw for name, raw in read(_FIELDS, body, PLACE).items() if name not in KNOWN and present(raw)}
    texts = texts_of(asked.prompt)
    head, said = _said(texts or ("",), asked.suffix or "")
    return Prompt(
        wire=NAME,
        model=asked.model,
        head=(Text(head),),
        turns=(Turn("user", (Text(said),)),),
        limit=asked.max_tokens,
        knobs=Knobs(
            temperature=asked.temperature,
            top_p=asked.top_p,
            stop=(asked.stop,) if isinstance(asked.stop, str) else tuple(asked.stop or ()),
            seed=asked.seed,
            thinking="off",
        ),
        stream=asked.stream is True,
        usage=asked.stream_options is not None and asked.stream_options.include_usage is True,
        user=asked.user or "",
        extras=extras,
        uses=tuple(sorted({*_asked(extras), *_used(asked, texts)})),
    )


def _said(texts: tuple[str, ...], suffix: str) -> tuple[str, str]:
    """What the model is told to do, and the text it is to do it with."""
    text = texts[0]
    found = next((match for marks in MARKED if (match := marks.search(text)) is not None), None)
    if found is not None and not suffix:
        return FILL, GAP.format(text[: found.start()] + found["before"], found["after"])
    return (FILL, GAP.format(text, suffix)) if suffix else (CONTINUE, text)


def _asked(extras: Mapping[str, Raw]) -> Iterable[str]:
    """What the fields beside the neutral ones ask for."""
    for name, raw in extras.items():
        ask = ASKS.get(name, UNKNOWN)
        if name not in TEXTS and bytes(raw) not in NOTHING and bytes(raw) not in ask.nothing:
            yield ask.loss


def _used(asked: Body, texts: tuple[str, ...] | None) -> Iterable[str]:
    """What the prompt itself uses: tokens of one model are no text to any other, and several texts want several answers."""
    uses = (
        ("fill in the middle", texts is None),
        ("several choices", texts is not None and len(texts) > 1),
        ("sampling", asked.seed is not None),
        ("stop sequences", bool(asked.stop)),
    )
    return (name for name, used in uses if used)


def echoed(found: Prompt | None) -> str:
    """The text that an answer begins with again, '' where that is not asked for."""
    if found is None or found.wire != NAME or bytes(found.extras.get("echo", ABSENT)) != b"true":
        return ""
    return (texts_of(found.extras["prompt"]) or ("",))[0]
