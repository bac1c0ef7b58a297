"""Messages requests that a provider refuses, and how it says so."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from tierwise.upstream.scripted.asked import Refused
from tierwise.upstream.scripted.checks import TOOL_NAME, is_count, is_number, objects, strangers
from tierwise.upstream.scripted.seals import holds, opened
from tierwise.upstream.scripted.typed import Messages, typed

FIELDS: Final = frozenset(
    "model messages max_tokens system stream stop_sequences temperature top_k top_p tools tool_choice thinking metadata"
    " service_tier container context_management mcp_servers output_config output_format cache_control inference_geo speed"
    " safeguards diagnostics".split()
)
ROLES: Final = ("user", "assistant", "system")
MOST_MARKS: Final = 4
LEAST_BUDGET: Final = 1024
LONGEST_NAME: Final = 128

BLOCKS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "text": frozenset({"text", "citations"}),
        "image": frozenset({"source"}),
        "document": frozenset({"source", "title", "context", "citations"}),
        "tool_use": frozenset({"id", "name", "input", "caller"}),
        "tool_result": frozenset({"tool_use_id", "content", "is_error"}),
        "thinking": frozenset({"thinking", "signature"}),
        "redacted_thinking": frozenset({"data"}),
        "search_result": frozenset({"source", "title", "content", "citations"}),
        "tool_reference": frozenset({"tool_name"}),
    }
)
"""The fields of content blocks; blocks of other types are a provider's own and taken as they are."""

NEEDED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "text": ("text",),
        "image": ("source",),
        "document": ("source",),
        "tool_use": ("id", "name", "input"),
        "tool_result": ("tool_use_id",),
        "thinking": ("thinking", "signature"),
        "redacted_thinking": ("data",),
    }
)
EVERYWHERE: Final = frozenset({"type", "cache_control"})


def refused(place: str, said: str) -> Refused:
    """A refusal of what stands at a place."""
    return Refused(f"{place}: {said}")


def _mistyped(place: str, expected: str, got: str) -> Refused:
    return refused(place.replace("[", ".").replace("]", ""), f"Input should be {expected} (got {got})")


def checked(body: Mapping[str, Any]) -> None:
    """Refuse what cannot be read at all."""
    typed(body, Messages, _mistyped)
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise refused("model", "Field required" if "model" not in body else "Input should be a valid string")
    if body.get("messages") is None:
        raise refused("messages", "Field required")
    if not body["messages"]:
        raise refused("messages", "at least one message is required")
    for index, one in enumerate(body["messages"]):
        _message(one, f"messages.{index}")


def _message(one: Mapping[str, Any], place: str) -> None:
    for name in ("role", "content"):
        if name not in one:
            raise refused(f"{place}.{name}", "Field required")
    if one["role"] not in ROLES:
        raise Refused(f'messages: Unexpected role "{one["role"]}". Allowed roles are "user" or "assistant".')
    content = one["content"]
    if not isinstance(content, str | list):
        raise refused(f"{place}.content", "Input should be a valid string or list")
    for index, block in enumerate(content if isinstance(content, list) else ()):
        if block.get("type") is None:
            raise refused(f"{place}.content.{index}.type", "Field required")
        _needed(block, f"{place}.content.{index}.{block['type']}")


def _needed(block: Mapping[str, Any], place: str) -> None:
    for name in NEEDED.get(block["type"], ()):
        if block.get(name) is None:
            raise refused(f"{place}.{name}", "Field required")


def judged(body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Refuse what a provider would not take."""
    if not headers.get("anthropic-version"):
        raise refused("anthropic-version", "header is required")
    counting = "max_tokens" not in body and headers.get(":path", "").endswith("/count_tokens")
    for name in strangers(body, FIELDS):
        raise refused(name, "Extra inputs are not permitted")
    if not counting:
        _limit(body)
    _knobs(body)
    _tools(body)
    _thinking(body)
    _marks(body)
    for index, one in enumerate(body["messages"]):
        _content(one, index, len(body["messages"]))
    _pairs([one for one in body["messages"] if one["role"] != "system"])


def _limit(body: Mapping[str, Any]) -> None:
    limit = body.get("max_tokens")
    if limit is None:
        raise refused("max_tokens", "Field required")
    if not is_count(limit, 0):
        raise refused("max_tokens", "Input should be a valid integer, greater than or equal to 1")


KNOBS: Final[tuple[tuple[str, str, Callable[[Any], bool]], ...]] = (
    ("temperature", "range: 0..1", lambda value: is_number(value, 0, 1)),
    ("top_p", "range: 0..1", lambda value: is_number(value, 0, 1)),
    ("top_k", "Input should be greater than or equal to 0", lambda value: is_count(value, 0)),
    ("stream", "Input should be a valid boolean", lambda value: isinstance(value, bool)),
    (
        "stop_sequences",
        "each stop sequence must contain non-whitespace",
        lambda value: isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value),
    ),
)
"""Parameters, what is said of a wrong value, and whether a value is right."""


def _knobs(body: Mapping[str, Any]) -> None:
    for name, said, fits in KNOBS:
        if body.get(name) is not None and not fits(body[name]):
            raise refused(name, said)


def _tools(body: Mapping[str, Any]) -> None:
    tools = body.get("tools") or []
    for index, one in enumerate(tools):
        _tool(one, f"tools.{index}")
    names = [one.get("name") for one in tools]
    if len(set(names)) < len(names):
        raise refused("tools", "Tool names must be unique.")
    choice = body.get("tool_choice") or {}
    if choice and not tools:
        raise Refused("tool_choice may only be specified while providing tools.")
    if choice.get("type", "auto") not in {"auto", "any", "tool", "none"}:
        raise refused("tool_choice", f"Input tag '{choice['type']}' found using 'type' does not match any of the expected tags")
    if choice.get("type") == "tool" and choice.get("name") not in names:
        raise Refused(f"Tool '{choice.get('name')}' not found in provided tools")


def _tool(one: Any, place: str) -> None:
    if not isinstance(one, dict) or not isinstance(one.get("name"), str):
        raise refused(f"{place}.custom.name", "Field required")
    if one.get("type", "custom") != "custom":
        return
    if not TOOL_NAME.fullmatch(one["name"]) or len(one["name"]) > LONGEST_NAME:
        raise refused(f"{place}.custom.name", "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'")
    schema = one.get("input_schema")
    if not isinstance(schema, dict):
        raise refused(f"{place}.custom.input_schema", "Field required")
    if schema.get("type") != "object":
        raise refused(f"{place}.custom.input_schema.type", "Field required" if "type" not in schema else "Input should be 'object'")
    for key in ("oneOf", "allOf", "anyOf"):
        if key in schema:
            raise refused(f"{place}.custom.input_schema", "input_schema does not support oneOf, allOf, or anyOf at the top level")


def _thinking(body: Mapping[str, Any]) -> None:
    thinking = body.get("thinking") or {}
    kind = thinking.get("type", "disabled")
    if kind not in {"enabled", "disabled", "adaptive"}:
        raise refused("thinking", f"Input tag '{kind}' found using 'type' does not match any of the expected tags")
    if kind == "disabled":
        return
    if kind == "enabled":
        _budget(thinking.get("budget_tokens"), body.get("max_tokens"))
    if body.get("temperature") not in {None, 1}:
        raise Refused("`temperature` may only be set to 1 when thinking is enabled.")
    if body.get("top_k") is not None:
        raise Refused("`top_k` must be unset when thinking is enabled.")
    if (body.get("tool_choice") or {}).get("type") in {"any", "tool"}:
        raise Refused("Thinking may not be enabled when tool_choice forces tool use.")
    if body["messages"][-1]["role"] == "assistant":
        raise Refused("When thinking is enabled, the conversation must not end with a prefilled assistant message.")


def _budget(budget: Any, limit: Any) -> None:
    if not is_count(budget, LEAST_BUDGET):
        raise refused("thinking.enabled.budget_tokens", "Input should be greater than or equal to 1024")
    if limit is not None and limit <= budget:
        raise Refused("`max_tokens` must be greater than `thinking.budget_tokens`.")


def _marked(value: Any) -> Iterable[Mapping[str, Any]]:
    for one in objects(value):
        if one.get("cache_control"):
            yield one
        yield from _marked(one.get("content"))


def _marks(body: Mapping[str, Any]) -> None:
    found = [*_marked(body.get("tools")), *_marked(body.get("system")), *_marked(body["messages"])]
    count = len(found) + bool(body.get("cache_control"))
    if count > MOST_MARKS:
        raise Refused(f"A maximum of 4 blocks with cache_control may be provided. Found {count}.")
    for one in found:
        if one.get("type") == "text" and not one.get("text"):
            raise Refused("cache_control cannot be set for empty text blocks")
        if one.get("type") in {"thinking", "redacted_thinking"}:
            raise Refused("cache_control cannot be set for thinking blocks")
        mark = one["cache_control"]
        if not isinstance(mark, dict) or mark.get("type") != "ephemeral" or mark.get("ttl", "5m") not in {"5m", "1h"}:
            raise Refused("cache_control: Input should be {'type': 'ephemeral'} with a ttl of '5m' or '1h'")


def _content(one: Mapping[str, Any], index: int, count: int) -> None:
    content, last = one["content"], index == count - 1
    if not content and not (last and one["role"] == "assistant"):
        raise refused(f"messages.{index}", "all messages must have non-empty content except for the optional final assistant message")
    for place, block in enumerate(content if isinstance(content, list) else ()):
        _block(block, one["role"], f"messages.{index}.content.{place}")
    ending = content if isinstance(content, str) else content[-1].get("text", "") if content else ""
    if last and one["role"] == "assistant" and isinstance(ending, str) and ending != ending.rstrip():
        raise refused("messages", "final assistant content cannot end with trailing whitespace")


SPEAKERS: Final = MappingProxyType(
    {"tool_use": "assistant", "thinking": "assistant", "redacted_thinking": "assistant", "tool_result": "user", "image": "user"}
)
"""Who may say blocks that not everybody may."""


def _block(block: Mapping[str, Any], role: str, place: str) -> None:
    kind = block["type"]
    known = BLOCKS.get(kind)
    if known is None:
        return
    for name in strangers(block, known | EVERYWHERE):
        raise refused(f"{place}.{kind}.{name}", "Extra inputs are not permitted")
    if SPEAKERS.get(kind, role) != role:
        raise refused(place, f"`{kind}` blocks can only be in `{SPEAKERS[kind]}` messages")
    if kind == "text" and not str(block["text"]).strip():
        raise refused("messages", f"text content blocks must {'contain non-whitespace text' if block['text'] else 'be non-empty'}")
    if kind == "tool_use" and not isinstance(block["input"], dict):
        raise refused(f"{place}.tool_use.input", "Input should be a valid dictionary")
    if kind == "tool_use" and not TOOL_NAME.fullmatch(str(block["id"])):
        raise refused(f"{place}.tool_use.id", "String should match pattern '^[a-zA-Z0-9_-]+$'")
    if kind == "thinking" and not holds(block["thinking"], block["signature"]):
        raise refused(place, "Invalid `signature` in `thinking` block")
    if kind == "redacted_thinking" and opened(block["data"]) is None:
        raise refused(place, "Invalid `data` in `redacted_thinking` block")


def _ids(one: Mapping[str, Any], kind: str, field: str) -> list[str]:
    return [str(block.get(field)) for block in objects(one["content"]) if block["type"] == kind]


def _pairs(turns: Sequence[Mapping[str, Any]]) -> None:
    """Every call is answered in the next message, and only calls of the message before are."""
    if turns and turns[0]["role"] != "user":
        raise refused("messages", 'first message must use the "user" role')
    joined = _joined(turns)
    for index, one in enumerate(joined):
        calls, results = _ids(one, "tool_use", "id"), _ids(one, "tool_result", "tool_use_id")
        before = _ids(joined[index - 1], "tool_use", "id") if index else []
        after = _ids(joined[index + 1], "tool_result", "tool_use_id") if index + 1 < len(joined) else None
        stray = [call for call in results if call not in before]
        if stray:
            said = f"unexpected `tool_use_id` found in `tool_result` blocks: {stray[0]}. Each `tool_result` block must have a corresponding"
            raise refused(f"messages.{index}.content.0", f"{said} `tool_use` block in the previous message.")
        if len(set(results)) < len(results):
            raise refused(f"messages.{index}", "each tool_use must have a single result. Found multiple `tool_result` blocks")
        left = [call for call in calls if call not in (after or ())]
        if left:
            said = (
                f"`tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(left)}. Each `tool_use` block must"
            )
            raise refused(f"messages.{index}", f"{said} have a corresponding `tool_result` block in the next message.")


def _joined(turns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Turns of one role that follow each other are one."""
    joined: list[dict[str, Any]] = []
    for one in turns:
        content = one["content"] if isinstance(one["content"], list) else [{"type": "text", "text": one["content"]}]
        if joined and joined[-1]["role"] == one["role"]:
            joined[-1]["content"] += content
        else:
            joined.append({"role": one["role"], "content": [*content]})
    return joined
