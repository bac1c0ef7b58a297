"""Chat Completions requests that a provider refuses, and how it says so."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tierwise.upstream.scripted.asked import Refused
from tierwise.upstream.scripted.checks import TOOL_NAME, is_count, is_number, objects, strangers
from tierwise.upstream.scripted.openai import invalid, missing, mistyped, schema_checked, too_small, wrong_type
from tierwise.upstream.scripted.typed import Chat, typed

FIELDS: Final = frozenset(
    "messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens"
    " metadata modalities n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_retention"
    " prompt_cache_options reasoning_effort response_format safety_identifier seed service_tier stop store stream"
    " stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options thinking moderation".split()
)
ROLES: Final = ("system", "assistant", "user", "function", "tool", "developer")
LONGEST_NAME: Final = 64
MOST_STOPS: Final = 4


def checked(body: Mapping[str, Any]) -> None:
    """Refuse what cannot be read at all."""
    typed(body, Chat, mistyped)
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise Refused("you must provide a model parameter")
    messages = body.get("messages")
    if messages is None:
        raise missing("messages")
    if not messages:
        said = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
        raise invalid("messages", said, "empty_array")
    for index, one in enumerate(messages):
        _message(one, f"messages[{index}]")
    _knobs(body)


def judged(body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Refuse what a provider would not take."""
    del headers
    for name in strangers(body, FIELDS):
        raise Refused(f"Unrecognized request argument supplied: {name}", param=None)
    if body.get("logprobs") or body.get("top_logprobs"):
        raise Refused("You are not allowed to request logprobs from this model", status=403)
    _turns(body["messages"])
    _tools(body)
    _form(body.get("response_format"))


def _message(one: Mapping[str, Any], place: str) -> None:
    role = one.get("role")
    if role is None:
        raise missing(f"{place}.role")
    if role not in ROLES:
        listed = ", ".join(f"'{known}'" for known in ROLES[:-1])
        raise invalid(f"{place}.role", f"Invalid value: '{role}'. Supported values are: {listed}, and '{ROLES[-1]}'.")
    content = one.get("content")
    if content is None and role != "assistant":
        raise invalid(f"{place}.content", f"Invalid value for 'content': expected a string, got null. ({place}.content)")
    for index, part in enumerate(content if isinstance(content, list) else ()):
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            raise missing(f"{place}.content[{index}].type")
        _part(part, role, f"{place}.content[{index}]")


PARTS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "text": ("text", frozenset(ROLES)),
    "refusal": ("refusal", frozenset({"assistant"})),
    "image_url": ("image_url", frozenset({"user"})),
    "input_audio": ("input_audio", frozenset({"user"})),
    "file": ("file", frozenset({"user"})),
}
"""Content parts: what each has to hold, and who may say them."""


def _part(part: Mapping[str, Any], role: str, place: str) -> None:
    known = PARTS.get(part["type"])
    if known is None or role not in known[1]:
        allowed = ", ".join(f"'{name}'" for name, (_, roles) in PARTS.items() if role in roles)
        raise invalid(f"{place}.type", f"Invalid value: '{part['type']}'. Supported values are: {allowed}.")
    if part.get(known[0]) is None:
        raise missing(f"{place}.{known[0]}")


def _turns(messages: list[dict[str, Any]]) -> None:
    """Every call is answered right after it, and only calls are."""
    open_calls: list[str] = []
    for index, one in enumerate(messages):
        if one["role"] == "tool":
            call = one.get("tool_call_id")
            if call is None:
                raise missing(f"messages[{index}].tool_call_id")
            if call not in open_calls:
                said = "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
                raise invalid(f"messages.[{index}].role", said, "")
            open_calls.remove(call)
            continue
        _answered(open_calls, index)
        open_calls = [str(call.get("id")) for call in _calls(one, f"messages[{index}]")]
    _answered(open_calls, len(messages))


def _answered(left: list[str], index: int) -> None:
    if left:
        said = "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'."
        raise invalid(
            f"messages.[{index}].role", f"{said} The following tool_call_ids did not have response messages: {', '.join(left)}", ""
        )


def _calls(one: Mapping[str, Any], place: str) -> list[dict[str, Any]]:
    calls = one.get("tool_calls")
    if calls is None:
        return []
    if not calls:
        raise invalid(f"{place}.tool_calls", f"Invalid '{place}.tool_calls': empty array.", "empty_array")
    for index, call in enumerate(calls):
        at = f"{place}.tool_calls[{index}]"
        function = call.get("function") or call.get("custom") if isinstance(call, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str) or not call.get("id"):
            raise missing(f"{at}.function.name" if isinstance(call, dict) and call.get("id") else f"{at}.id")
        if call.get("function") is not None and not isinstance(function.get("arguments"), str):
            raise wrong_type(f"{at}.function.arguments", "a string", function.get("arguments"))
    return objects(calls)


def _tools(body: Mapping[str, Any]) -> None:
    tools = body.get("tools")
    if tools == []:
        raise invalid("tools", "Invalid 'tools': empty array. Expected an array with minimum length 1.", "empty_array")
    for index, one in enumerate(tools or ()):
        _tool(one, f"tools[{index}]")
    if body.get("tool_choice") is not None and not tools and not body.get("functions"):
        raise invalid("tool_choice", "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.", "")
    _choice(body.get("tool_choice"), tools or [])


def _tool(one: Any, place: str) -> None:
    kind = one.get("type") if isinstance(one, dict) else None
    if kind not in {"function", "custom"}:
        raise invalid(f"{place}.type", f"Invalid value: '{kind}'. Supported values are: 'function' and 'custom'.")
    tool = one.get(kind)
    if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
        raise missing(f"{place}.{kind}.name")
    name = tool["name"]
    if not TOOL_NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        said = (
            f"Invalid '{place}.{kind}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        )
        raise invalid(f"{place}.{kind}.name", said)
    schema_checked(f"function '{name}'", f"{place}.{kind}.parameters", tool.get("parameters"), strict=tool.get("strict") is True)


def _choice(choice: Any, tools: list[dict[str, Any]]) -> None:
    if choice is None or choice in ("auto", "none", "required"):
        return
    named = (choice.get("function") or choice.get("custom") or {}).get("name") if isinstance(choice, dict) else None
    known = {(one.get("function") or one.get("custom") or {}).get("name") for one in tools}
    if isinstance(choice, str) or (named is not None and named not in known):
        raise invalid("tool_choice", f"Invalid value for 'tool_choice': tool '{named or choice}' is not among the tools.")


def _form(form: Any) -> None:
    if form is None:
        return
    kind = form.get("type") if isinstance(form, dict) else None
    if kind not in {"text", "json_object", "json_schema"}:
        said = f"Invalid value: '{kind}'. Supported values are: 'json_object', 'json_schema', and 'text'."
        raise invalid("response_format.type", said)
    if kind == "json_schema":
        asked = form.get("json_schema")
        if not isinstance(asked, dict) or not isinstance(asked.get("name"), str):
            raise missing("response_format.json_schema.name" if isinstance(asked, dict) else "response_format.json_schema")
        place = "response_format.json_schema.schema"
        schema_checked(f"response_format '{asked['name']}'", place, asked.get("schema"), strict=asked.get("strict") is True)


def _stops_fit(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and len(value) <= MOST_STOPS and all(isinstance(one, str) for one in value))


KNOBS: Final[tuple[tuple[str, str, Callable[[Any], bool]], ...]] = (
    ("temperature", "a number between 0 and 2", lambda value: is_number(value, 0, 2)),
    ("top_p", "a number between 0 and 1", lambda value: is_number(value, 0, 1)),
    ("presence_penalty", "a number between -2 and 2", lambda value: is_number(value, -2, 2)),
    ("frequency_penalty", "a number between -2 and 2", lambda value: is_number(value, -2, 2)),
    ("stop", "a string or an array with at most 4 strings", _stops_fit),
    ("n", "an integer between 1 and 128", lambda value: is_count(value) and value <= 128),  # noqa: PLR2004  # as documented
    ("seed", "an integer", lambda value: isinstance(value, int)),
    ("stream", "a boolean", lambda value: isinstance(value, bool)),
    ("stream_options", "an object", lambda value: isinstance(value, dict)),
    ("logprobs", "a boolean", lambda value: isinstance(value, bool)),
    ("response_format", "an object", lambda value: isinstance(value, dict)),
)
"""Parameters, what each has to be, and whether it is."""


def _knobs(body: Mapping[str, Any]) -> None:
    for name, expected, fits in KNOBS:
        value = body.get(name)
        if value is not None and not fits(value):
            raise wrong_type(name, expected, value)
    for name in ("max_tokens", "max_completion_tokens"):
        value = body.get(name)
        if value is not None and not is_count(value):
            raise too_small(name, 1, value) if isinstance(value, int) else wrong_type(name, "an integer", value)
    if body.get("stream_options") is not None and not body.get("stream"):
        raise invalid("stream_options", "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "")
