"""The items of a request's input, as turns of a conversation and tools.

An answer of the model is a run of items (reasoning, messages, calls of tools) and makes one turn; so does a run of results of tools.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.prompt import CUSTOM, FUNCTION, SEARCH, Call, Opaque, Piece, Result, Text, Thought, Tool, Turn
from tierwise.core.wire import ABSENT, Malformed, present, read
from tierwise.wires.openai_responses.content import UNKNOWN, pieces_of, plain
from tierwise.wires.openai_responses.definitions import tools_of
from tierwise.wires.openai_responses.names import ADDITIONAL, COMPACTIONS, NAME, PLAIN_SPACE, SEARCH_NAME, TRIGGER
from tierwise.wires.openai_responses.seals import PREFACE, carried, summary_of

STATE: Final = "stored state"
HISTORY: Final = "server tool history"
ROLES: Final = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}
ANSWER: Final = "answer"
RESULTS: Final = "results"


class Found(Struct, frozen=True):
    """What an item is: who says it, its pieces, and the run it belongs to ('' for an item that stands alone).

    `tools` are definitions that it brings, `lost` names what of it has no neutral form.
    """

    role: str
    pieces: tuple[Piece, ...] = ()
    run: str = ""
    tools: tuple[Tool, ...] = ()
    lost: tuple[str, ...] = ()


class Item(Struct, frozen=True):
    """An item, of whatever type."""

    type: str | None = None
    role: str | None = None
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    content: Raw = ABSENT
    arguments: Raw = ABSENT
    input: str | None = None
    output: Raw = ABSENT
    action: Raw = ABSENT
    operation: Raw = ABSENT
    summary: Raw = ABSENT
    encrypted_content: str | None = None
    execution: str | None = None
    tools: list[Raw] | None = None
    author: str | None = None
    recipient: str | None = None


class Shown(Struct):
    """What one command of a shell printed."""

    stdout: str = ""
    stderr: str = ""


Source = tuple[Item, Raw, str]
"""An item, its slice of the request, and where that is."""

_ITEM: Final = msgspec.json.Decoder(Item)
_TEXT: Final = msgspec.json.Decoder(str)
_SHOWN: Final = msgspec.json.Decoder(list[Shown])


def found_in(raws: Sequence[Raw], place: str) -> list[Found]:
    """What the items of an input are."""
    return [_found(raw, f"{place}[{index}]") for index, raw in enumerate(raws)]


def _found(raw: Raw, at: str) -> Found:
    item = read(_ITEM, raw, at)
    return READERS.get(item.type or "message", _unknown)((item, raw, at))


def turns_of(found: Iterable[Found]) -> tuple[Turn, ...]:
    """The turns that items make: items that stand alone are one each."""
    numbered = ((one, one.run or str(index)) for index, one in enumerate(found) if one.pieces)
    runs = groupby(numbered, key=lambda pair: pair[1])
    return tuple(_turn([one for one, _ in run]) for _, run in runs)


def _turn(run: Sequence[Found]) -> Turn:
    return Turn(run[0].role, tuple(piece for one in run for piece in one.pieces))


def _message(source: Source) -> Found:
    item, _, at = source
    role = ROLES.get(item.role or "")
    if role is None:
        raise Malformed(f"{at}.role: {item.role!r} is none of {', '.join(ROLES)}")
    return Found(role, pieces_of(item.content, f"{at}.content"), ANSWER if role == "assistant" else "")


def _agent(source: Source) -> Found:
    """What one agent writes to another is said to the model as a message that names them."""
    item, _, at = source
    head = Text(f"Message from {item.author or 'an agent'} to {item.recipient or 'you'}:")
    return Found("user", (head, *pieces_of(item.content, f"{at}.content")))


def _reasoning(source: Source) -> Found:
    item, _, at = source
    said = pieces_of(item.summary, f"{at}.summary") or pieces_of(item.content, f"{at}.content")
    text = "\n\n".join(one.text for one in plain(said))
    known = carried(item.encrypted_content or "")
    thought = Thought(text, NAME, item.encrypted_content or "", item.id or "")
    if known is not None:
        thought = Thought(known[1].text or text, known[0], known[1].seal, item.id or "")
    return Found("assistant", (thought,), ANSWER)


def _call(source: Source) -> Found:
    item, _, at = source
    arguments = read(_TEXT, item.arguments, f"{at}.arguments") if present(item.arguments) else "{}"
    return Found("assistant", (Call(_call_id(item, at), _name(item, at), arguments, _space(item), item=item.id or ""),), ANSWER)


def _custom_call(source: Source) -> Found:
    item, _, at = source
    call = Call(_call_id(item, at), _name(item, at), item.input or "", _space(item), CUSTOM, item.id or "")
    return Found("assistant", (call,), ANSWER)


def _search_call(source: Source) -> Found:
    item, raw, at = source
    if item.execution == "server" or not item.call_id:
        return Found("assistant", (Opaque(NAME, raw, HISTORY),), ANSWER)
    call = Call(_call_id(item, at), SEARCH_NAME, _json(item.arguments), form=SEARCH, item=item.id or "")
    return Found("assistant", (call,), ANSWER)


def _built_in_call(source: Source) -> Found:
    """A call of a tool that models know without a definition and clients run: a shell, a patch."""
    item, _, at = source
    name = (item.type or "").removesuffix("_call")
    call = Call(_call_id(item, at), name, _json(item.action if present(item.action) else item.operation))
    return Found("assistant", (call,), ANSWER)


def _result(source: Source) -> Found:
    item, _, at = source
    form = CUSTOM if item.type == "custom_tool_call_output" else FUNCTION
    pieces = pieces_of(item.output, f"{at}.output")
    content = plain(pieces)
    lost = (UNKNOWN,) if len(content) < len(pieces) else ()
    return Found("user", (Result(_call_id(item, at), content, form=form),), RESULTS, lost=lost)


def _shell_result(source: Source) -> Found:
    item, _, at = source
    shown = read(_SHOWN, item.output, f"{at}.output") if present(item.output) else []
    content = tuple(Text("\n".join(filter(None, (one.stdout, one.stderr)))) for one in shown)
    return Found("user", (Result(_call_id(item, at), content),), RESULTS)


def _search_result(source: Source) -> Found:
    item, raw, at = source
    if item.execution == "server" or not item.call_id:
        return Found("assistant", (Opaque(NAME, raw, HISTORY),), ANSWER)
    tools = tuple(tools_of(item.tools or [], f"{at}.tools"))
    return Found("user", (Result(_call_id(item, at), form=SEARCH, tools=tools),), RESULTS, tools)


def _additional(source: Source) -> Found:
    item, _, at = source
    return Found("system", tools=tuple(tools_of(item.tools or [], f"{at}.tools")))


def _compaction(source: Source) -> Found:
    item, raw, _ = source
    summary = summary_of(item.encrypted_content or "")
    return Found("user", (Opaque(NAME, raw, STATE),) if summary is None else (Text(PREFACE + summary),))


def _reference(source: Source) -> Found:
    return Found("user", (Opaque(NAME, source[1], STATE),))


def _hosted(source: Source) -> Found:
    return Found("assistant", (Opaque(NAME, source[1], HISTORY),), ANSWER)


def _approval(source: Source) -> Found:
    return Found("user", (Opaque(NAME, source[1], HISTORY),))


def _computer(source: Source) -> Found:
    role, run = ("user", RESULTS) if source[0].type == "computer_call_output" else ("assistant", ANSWER)
    return Found(role, (Opaque(NAME, source[1], "computer use"),), run)


def _unknown(source: Source) -> Found:
    answer = (source[0].type or "").endswith("_call")
    return Found("assistant" if answer else "user", (Opaque(NAME, source[1], UNKNOWN),), ANSWER if answer else "")


READERS: Final[Mapping[str, Callable[[Source], Found]]] = {
    "message": _message,
    "agent_message": _agent,
    "reasoning": _reasoning,
    "function_call": _call,
    "custom_tool_call": _custom_call,
    "tool_search_call": _search_call,
    "local_shell_call": _built_in_call,
    "shell_call": _built_in_call,
    "apply_patch_call": _built_in_call,
    "function_call_output": _result,
    "custom_tool_call_output": _result,
    "local_shell_call_output": _result,
    "apply_patch_call_output": _result,
    "shell_call_output": _shell_result,
    "tool_search_output": _search_result,
    ADDITIONAL: _additional,
    "item_reference": _reference,
    TRIGGER: _reference,
    "computer_call": _computer,
    "computer_call_output": _computer,
    "mcp_approval_response": _approval,
    **dict.fromkeys(COMPACTIONS, _compaction),
    **dict.fromkeys(
        (
            "web_search_call",
            "file_search_call",
            "code_interpreter_call",
            "image_generation_call",
            "mcp_call",
            "mcp_list_tools",
            "mcp_approval_request",
            "program",
            "program_output",
        ),
        _hosted,
    ),
}
"""How each type of item is read."""


def _call_id(item: Item, at: str) -> str:
    known = item.call_id or item.id
    if not known:
        raise Malformed(f"{at}: an item of type {item.type!r} needs a `call_id`")
    return known


def _name(item: Item, at: str) -> str:
    if not item.name:
        raise Malformed(f"{at}: an item of type {item.type!r} needs a `name`")
    return item.name


def _space(item: Item) -> str:
    return "" if item.namespace in {None, PLAIN_SPACE} else item.namespace or ""


def _json(raw: Raw) -> str:
    """The JSON text of a value; of a text, what it says."""
    text = bytes(raw).decode() if present(raw) else "{}"
    return _TEXT.decode(text) if text.startswith('"') else text
