"""A request made to fit a server's quirks: one that was rendered, and one that a client wrote for another server.

Theory of operation. Each fit has a quirk, a look that tells whether a client's body needs it, and a change of the decoded request. A
rendered request goes through all fits of its server. A client's body is first looked at, without decoding more than the names of its fields
and the roles of its messages; only where something is needed is it decoded and written anew. Equal beginnings give equal bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.request import Request
from tierwise.core.splice import edited
from tierwise.core.wire import ABSENT, Dialect, present
from tierwise.wires.openai_chat.parsing import HEAD, RESULTS
from tierwise.wires.openai_chat.quirks import refused

Fields = dict[str, Any]

GAP: Final = "\n\n"
TAGGED: Final = "<system>\n{}\n</system>"
NO_TEXT: Final = frozenset({b"", b"null", b'""'})
BLANK: Final = " "
"""Stands for reasoning that was not kept: an empty text is refused where reasoning is wanted."""

STAND_IN: Final = {"google": {"thought_signature": "skip_thought_signature_validator"}}
"""What the documentation of the one provider with signatures at calls names for calls of other models."""

AS_JSON: Final = "Answer with one JSON object and nothing else."
BY_SCHEMA: Final = "Answer with one JSON object that fits this JSON schema, and nothing else:\n"
REASONING: Final = ("reasoning_content", "reasoning", "reasoning_details", "reasoning_text", "reasoning_opaque", "thinking_blocks")
"""Names under which servers have their reasoning sent back."""


class Seen(Struct, frozen=True):
    """What a look at a message sees."""

    role: str = ""
    content: Raw = ABSENT
    reasoning_content: Raw = ABSENT
    reasoning: Raw = ABSENT
    reasoning_details: Raw = ABSENT
    tool_calls: Raw = ABSENT
    name: Raw = ABSENT


class Fit(Struct, frozen=True):
    """A change for a quirk, and whether a body needs it."""

    quirk: str
    needed: Callable[[Mapping[str, Raw], Sequence[Seen]], bool]
    made: Callable[[Fields], Fields]


_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_SEEN: Final = msgspec.json.Decoder(list[Seen])
_encode: Final = msgspec.json.Encoder().encode


def fitted(fields: Fields, quirks: frozenset[str]) -> Fields:
    """A rendered request as a server with quirks takes it."""
    for fit in FITS:
        if fit.quirk in quirks:
            fields = fit.made(fields)
    without = refused(quirks)
    return {name: value for name, value in fields.items() if name not in without}


def suited(body: bytes, dialect: Dialect) -> bytes:
    """A client's own body as a server with quirks takes it; the same bytes where nothing has to be another."""
    if not dialect.quirks:
        return body
    try:
        fields = _FIELDS.decode(body)
        seen = _SEEN.decode(fields.get("messages", b"[]"))
        needed = frozenset(fit.quirk for fit in FITS if fit.quirk in dialect.quirks and fit.needed(fields, seen))
        body = _encode(fitted(msgspec.json.decode(body), needed)) if needed else body
    except (msgspec.DecodeError, RecursionError, AttributeError, KeyError, TypeError):  # of no known shape: the server says what is wrong
        return body
    without: dict[str, bytes | None] = {name: None for name in refused(dialect.quirks) if name in fields}
    return edited(body, without) if without else body


LOOKING: Final = frozenset({"text_content", "no_reasoning", "echo_reasoning", "tool_names", "thought_signatures"})
"""Quirks for which it takes a look at each message."""

NAMED: Final[Mapping[str, frozenset[str]]] = {
    "max_tokens": frozenset({"max_completion_tokens"}),
    "no_json_schema": frozenset({"response_format"}),
    "no_response_format": frozenset({"response_format"}),
    "no_strict": frozenset({"tools", "response_format"}),
}
"""Fields that may have to change for a quirk."""


def takes(fields: Mapping[str, Raw], request: Request, dialect: Dialect) -> bool:
    """Whether a server takes a client's body as it is, as far as fields and roles tell."""
    quirks = dialect.quirks
    if quirks & LOOKING or any(not fields.keys().isdisjoint(NAMED[one]) for one in NAMED.keys() & quirks):
        return False
    roles = [one.role for one in request.segments if one.kind != "tools"]
    ordered = "merge_system" not in quirks or HEAD.isdisjoint(roles[1:])
    known = "no_developer_role" not in quirks or "developer" not in roles
    return ordered and known and fields.keys().isdisjoint(refused(quirks))


def _each(change: Callable[[Fields], Fields]) -> Callable[[Fields], Fields]:
    """The change of a request that changes each of its messages."""

    def made(fields: Fields) -> Fields:
        return fields | {"messages": [change(message) for message in fields["messages"]]}

    return made


def text_of(content: Any) -> str:
    """The texts of a message's content."""
    if isinstance(content, list):
        return GAP.join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    return content if isinstance(content, str) else ""


def _older(fields: Fields) -> Fields:
    limit = fields.get("max_completion_tokens")
    rest = {name: value for name, value in fields.items() if name != "max_completion_tokens"}
    return rest if limit is None else rest | {"max_tokens": limit}


def _as_system(message: Fields) -> Fields:
    return message | {"role": "system"} if message.get("role") == "developer" else message


def _merged(fields: Fields) -> Fields:
    """One system message at the beginning; what comes later is the user's to say."""
    messages = fields["messages"]
    first = next((index for index, one in enumerate(messages) if one.get("role") not in HEAD), len(messages))
    head = GAP.join(filter(None, (text_of(one.get("content")) for one in messages[:first])))
    rest = [_tagged(one) if one.get("role") in HEAD else one for one in messages[first:]]
    return fields | {"messages": [{"role": "system", "content": head}, *rest] if head else rest}


def _tagged(message: Fields) -> Fields:
    return {"role": "user", "content": TAGGED.format(text_of(message.get("content")))}


def _plain(message: Fields) -> Fields:
    content = message.get("content")
    return message | {"content": text_of(content)} if isinstance(content, list) else message


def _loose(fields: Fields) -> Fields:
    """No `strict` in tools, nor in the form of the answer."""
    tools = [one | {"function": _without(one["function"], "strict")} if "function" in one else one for one in fields.get("tools") or ()]
    form = fields.get("response_format") or {}
    schema = {"json_schema": _without(form["json_schema"], "strict")} if "json_schema" in form else {}
    return fields | ({"tools": tools} if tools else {}) | ({"response_format": form | schema} if form else {})


def _without(fields: Fields, name: str) -> Fields:
    return {key: value for key, value in fields.items() if key != name}


def _object(fields: Fields) -> Fields:
    """Any JSON object in place of a schema, with the schema in words."""
    form = fields.get("response_format") or {}
    if form.get("type") != "json_schema":
        return fields
    return _worded(fields) | {"response_format": {"type": "json_object"}}


def _worded(fields: Fields) -> Fields:
    """The form of the answer in words, at the end of the system text."""
    form = fields.get("response_format") or {}
    if form.get("type") not in {"json_schema", "json_object"}:
        return fields
    schema = (form.get("json_schema") or {}).get("schema")
    words = AS_JSON if schema is None else BY_SCHEMA + msgspec.json.format(_encode(schema), indent=-1).decode()
    messages = fields["messages"]
    head = messages[0] if messages and messages[0].get("role") in HEAD else None
    if head is None:
        return fields | {"messages": [{"role": "system", "content": words}, *messages]}
    return fields | {"messages": [head | {"content": GAP.join((text_of(head.get("content")), words))}, *messages[1:]]}


def _unreasoned(message: Fields) -> Fields:
    return {name: value for name, value in message.items() if name not in REASONING}


def _echoed(message: Fields) -> Fields:
    if message.get("role") != "assistant" or message.get("reasoning_content"):
        return message
    reasoning = message.get("reasoning")
    return message | {"reasoning_content": reasoning if isinstance(reasoning, str) and reasoning else BLANK}


def _named(fields: Fields) -> Fields:
    """Answers of tools with the tools' names."""
    calls = [call for one in fields["messages"] for call in one.get("tool_calls") or ()]
    names = {call.get("id"): (call.get("function") or call.get("custom") or {}).get("name") for call in calls}
    return _each(lambda one: _with_name(one, names.get(one.get("tool_call_id"))))(fields)


def _with_name(message: Fields, name: str | None) -> Fields:
    return message | {"name": name} if message.get("role") in RESULTS and name and not message.get("name") else message


def _signed(message: Fields) -> Fields:
    """The first call of an answer with a signature: the others share it."""
    calls = message.get("tool_calls")
    if not calls or calls[0].get("extra_content"):
        return message
    return message | {"tool_calls": [calls[0] | {"extra_content": STAND_IN}, *calls[1:]]}


def _has(name: str) -> Callable[[Mapping[str, Raw], Sequence[Seen]], bool]:
    """Whether a body has a field."""
    return lambda fields, _seen: name in fields


def _any(true: Callable[[Seen], bool]) -> Callable[[Mapping[str, Raw], Sequence[Seen]], bool]:
    """Whether something is true of any message."""
    return lambda _fields, seen: any(map(true, seen))


def _several(_fields: Mapping[str, Raw], seen: Sequence[Seen]) -> bool:
    return any(one.role in HEAD for one in seen[1:])


def _strict(fields: Mapping[str, Raw], _seen: Sequence[Seen]) -> bool:
    return any(b'"strict"' in bytes(fields.get(name, ABSENT)) for name in ("tools", "response_format"))


FITS: Final = (
    Fit("max_tokens", _has("max_completion_tokens"), _older),
    Fit("no_json_schema", _has("response_format"), _object),
    Fit("no_response_format", _has("response_format"), _worded),
    Fit("no_developer_role", _any(lambda one: one.role == "developer"), _each(_as_system)),
    Fit("merge_system", _several, _merged),
    Fit("text_content", _any(lambda one: bytes(one.content).startswith(b"[")), _each(_plain)),
    Fit("no_strict", _strict, _loose),
    Fit("no_reasoning", _any(lambda one: present(one.reasoning_content) or present(one.reasoning_details)), _each(_unreasoned)),
    Fit("echo_reasoning", _any(lambda one: one.role == "assistant" and bytes(one.reasoning_content) in NO_TEXT), _each(_echoed)),
    Fit("tool_names", _any(lambda one: one.role in RESULTS and not present(one.name)), _named),
    Fit("thought_signatures", _any(lambda one: present(one.tool_calls)), _each(_signed)),
)
"""In the order in which they are made."""
