"""A conversation's messages as turns: who said what, which tools were called, and what they answered."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, groupby
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from tierwise.core.prompt import CUSTOM, Call, Media, Opaque, Piece, Result, Text, Thought, Turn
from tierwise.core.wire import ABSENT, Malformed, each, present
from tierwise.wires.openai_chat.parsing import HEAD, NAME, RESULTS
from tierwise.wires.openai_chat.parts import Content, Mark, kept, pieces


class Function(Struct, frozen=True):
    name: str = ""
    arguments: str | dict[str, Any] | None = None


class Custom(Struct, frozen=True):
    name: str = ""
    input: str = ""


class ToolCall(Struct, frozen=True):
    id: str = ""
    function: Function | None = None
    custom: Custom | None = None


class Speech(Struct, frozen=True):
    role: str
    content: Raw = ABSENT
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    function_call: Function | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | dict[str, Any] | None = None
    reasoning_details: Raw = ABSENT
    audio: Raw = ABSENT
    cache_control: Mark | None = None


class Said(Struct, frozen=True):
    """A message with its place, and which of the calls without an id it makes or answers."""

    speech: Speech
    place: str
    nth: int


_SPEECH: Final = msgspec.json.Decoder(Speech)
_KEYS: Final = msgspec.json.Decoder(dict[str, Raw])

PLAIN: Final = frozenset({*Speech.__struct_fields__})
NAMED: Final = PLAIN | {"name"}
EMPTY: Final = frozenset({b"null", b"[]", b"{}", b'""', b"false"})


def turns(raws: Sequence[Raw], place: str) -> tuple[tuple[Text, ...], tuple[Turn, ...]]:
    """The system text before the first other message, and the turns after it; results that follow each other are one turn."""
    speeches = each(_SPEECH, raws, place)
    nths = accumulate(int(one.function_call is not None) for one in speeches)
    said = [Said(one, f"{place}[{index}]", nth) for index, (one, nth) in enumerate(zip(speeches, nths, strict=True))]
    first = next((index for index, one in enumerate(speeches) if one.role not in HEAD), len(said))
    head = [piece for one in said[:first] for piece in _turn(one).pieces]
    return _texts(head, place), tuple(_merged(said[first:]))


def strange(raws: Iterable[Raw]) -> bool:
    """Whether messages hold keys that only this wire, or nobody, knows."""
    return any(_odd(keys) for keys in each(_KEYS, tuple(raws), "messages"))


def _odd(keys: Mapping[str, Raw]) -> bool:
    """Whether a key with a value is nobody's; the name of a tool in its result says nothing new."""
    known = NAMED if "tool_call_id" in keys else PLAIN
    return any(key not in known and bytes(raw) not in EMPTY for key, raw in keys.items())


def _texts(found: Iterable[Piece], place: str) -> tuple[Text, ...]:
    texts = tuple(found)
    if not all(isinstance(one, Text) for one in texts):
        raise Malformed(f"{place}: system messages hold only text")
    return texts  # type: ignore[return-value]  # just looked at


def _merged(said: Iterable[Said]) -> Iterable[Turn]:
    for results, group in groupby(said, key=lambda one: one.speech.role in RESULTS):
        found = map(_turn, group)
        yield from (Turn("user", tuple(piece for one in found for piece in one.pieces)),) if results else found


def _turn(said: Said) -> Turn:
    turn = ROLES.get(said.speech.role)
    if turn is None:
        raise Malformed(f"{said.place}: unknown role '{said.speech.role[:40]}', known are {', '.join(ROLES)}")
    return turn(said)


def _system(said: Said) -> Turn:
    return Turn("system", _marked(pieces(said.speech.content, f"{said.place}.content"), said.speech.cache_control))


def _user(said: Said) -> Turn:
    return Turn("user", _marked(pieces(said.speech.content, f"{said.place}.content"), said.speech.cache_control))


def _marked(found: tuple[Piece, ...], mark: Mark | None) -> tuple[Piece, ...]:
    """Pieces with a mark on the whole message put on the last."""
    if mark is None or not found or not isinstance(found[-1], Text | Media):
        return found
    return (*found[:-1], replace(found[-1], keep=kept(mark)))


def _assistant(said: Said) -> Turn:
    """What the model said: first its reasoning, then its words, then its calls."""
    one = said.speech
    words = pieces(one.content, f"{said.place}.content")
    refusal = (Text(one.refusal),) if one.refusal else ()
    sound = (Opaque(NAME, one.audio, "audio"),) if present(one.audio) else ()
    calls = tuple(_call(call, f"{said.place}.tool_calls[{index}]") for index, call in enumerate(one.tool_calls or ()))
    legacy = (_legacy(one.function_call, said.nth),) if one.function_call is not None else ()
    return Turn("assistant", (*_thoughts(one), *_marked(words, one.cache_control), *refusal, *sound, *calls, *legacy))


def _thoughts(one: Speech) -> tuple[Thought, ...]:
    plain = one.reasoning if isinstance(one.reasoning, str) else None
    text, sealed = one.reasoning_content or plain or "", present(one.reasoning_details)
    if not text and not sealed:
        return ()
    return (Thought(text, NAME, bytes(one.reasoning_details).decode()) if sealed else Thought(text),)


def _call(call: ToolCall, place: str) -> Call:
    if not call.id:
        raise Malformed(f"{place}: a call needs an 'id'")
    if call.custom is not None:
        return Call(call.id, call.custom.name, call.custom.input, form=CUSTOM)
    if call.function is None or not call.function.name:
        raise Malformed(f"{place}: a call needs 'function' with a 'name'")
    return Call(call.id, call.function.name, arguments(call.function))


def _legacy(function: Function, nth: int) -> Call:
    return Call(f"call_{nth}", function.name, arguments(function))


def arguments(function: Function) -> str:
    """The JSON text of a call's input; none is an empty object."""
    if isinstance(function.arguments, dict):
        return msgspec.json.encode(function.arguments).decode()
    return function.arguments or "{}"


def _tool(said: Said) -> Turn:
    if not said.speech.tool_call_id:
        raise Malformed(f"{said.place}: a message of role 'tool' needs the 'tool_call_id' of the call it answers")
    return Turn("user", (_result(said, said.speech.tool_call_id),))


def _function(said: Said) -> Turn:
    return Turn("user", (_result(said, f"call_{said.nth}"),))


def _result(said: Said, call: str) -> Result:
    found = pieces(said.speech.content, f"{said.place}.content")
    return Result(call, tuple(map(_shown, found)), keep=kept(said.speech.cache_control))


def _shown(piece: Content) -> Text | Media:
    """A piece of a result; what nobody knows is shown as it is."""
    if isinstance(piece, Opaque):
        return Text(bytes(piece.raw).decode())
    return Text(piece.text) if isinstance(piece, Thought) else piece


ROLES: Final[Mapping[str, Callable[[Said], Turn]]] = MappingProxyType(
    {"system": _system, "developer": _system, "user": _user, "assistant": _assistant, "tool": _tool, "function": _function}
)
"""What a message of each role is."""
