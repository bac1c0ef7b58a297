"""Responses requests that a provider refuses, and how it says so."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from tierwise.upstream.scripted.asked import Refused
from tierwise.upstream.scripted.checks import TOOL_NAME, is_count, is_number, objects, strangers
from tierwise.upstream.scripted.openai import invalid, missing, mistyped, schema_checked, too_small, wrong_type
from tierwise.upstream.scripted.responses import items_of
from tierwise.upstream.scripted.seals import opened
from tierwise.upstream.scripted.typed import Responses, typed

FIELDS: Final = frozenset(
    "model input instructions include parallel_tool_calls store stream stream_options conversation context_management max_output_tokens"
    " max_tool_calls metadata previous_response_id prompt prompt_cache_key prompt_cache_retention prompt_cache_options reasoning"
    " safety_identifier service_tier temperature text tool_choice tools top_logprobs top_p truncation user background moderation"
    " client_metadata".split()
)
LEAST_LIMIT: Final = 16
LONGEST_NAME: Final = 64
LONGEST_CALL_ID: Final = 64

NEEDED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "message": ("role", "content"),
        "function_call": ("call_id", "name", "arguments"),
        "function_call_output": ("call_id", "output"),
        "custom_tool_call": ("call_id", "name", "input"),
        "custom_tool_call_output": ("call_id", "output"),
        "reasoning": ("summary",),
        "compaction": ("encrypted_content",),
        "additional_tools": ("tools",),
        "item_reference": ("id",),
        "tool_search_call": ("arguments",),
        "tool_search_output": ("tools",),
    }
)
"""What items have to hold; calls of a provider's own tools are taken as they are."""

OWN: Final = frozenset(
    "file_search_call computer_call computer_call_output web_search_call image_generation_call code_interpreter_call local_shell_call"
    " local_shell_call_output shell_call shell_call_output apply_patch_call apply_patch_call_output mcp_list_tools mcp_approval_request"
    " mcp_approval_response mcp_call compaction_trigger program program_output".split()
)
ROLES: Final = ("assistant", "system", "developer", "user")
PARTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"assistant": frozenset({"output_text", "refusal"})}
    | dict.fromkeys(("user", "system", "developer"), frozenset({"input_text", "input_image", "input_file", "input_audio"}))
)
"""The content parts that each role may say."""

TOOLS: Final = frozenset(
    "function custom namespace web_search web_search_preview web_search_2025_08_26 file_search computer computer_use_preview"
    " mcp code_interpreter image_generation local_shell shell apply_patch tool_search programmatic_tool_calling".split()
)


def checked(body: Mapping[str, Any]) -> None:
    """Refuse what cannot be read at all."""
    typed(body, Responses, mistyped)
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise missing("model") if body.get("model") in (None, "") else wrong_type("model", "a string", body["model"])
    given = body.get("input")
    if given is None and not body.get("prompt") and not body.get("previous_response_id"):
        raise missing("input")
    for index, one in enumerate(given if isinstance(given, list) else ()):
        _item(one, f"input[{index}]")
    for name, expected, fits in KNOBS:
        value = body.get(name)
        if value is not None and not fits(value):
            raise wrong_type(name, expected, value)


def _kind(one: Mapping[str, Any]) -> str:
    return str(one.get("type") or ("message" if "role" in one else "item_reference"))


def _item(one: Mapping[str, Any], place: str) -> None:
    kind = _kind(one)
    if kind not in NEEDED and kind not in OWN:
        listed = ", ".join(f"'{name}'" for name in sorted({*NEEDED, *OWN}))
        raise invalid(f"{place}.type" if "type" in one else place, f"Invalid value: '{kind}'. Supported values are: {listed}.")
    for name in NEEDED.get(kind, ()):
        if one.get(name) is None:
            raise missing(f"{place}.{name}")
    if kind == "message":
        _message(one, place)
    if kind == "function_call" and not isinstance(one["arguments"], str):
        raise wrong_type(f"{place}.arguments", "a string", one["arguments"])


def _message(one: Mapping[str, Any], place: str) -> None:
    role, content = one["role"], one["content"]
    if role not in ROLES:
        listed = ", ".join(f"'{known}'" for known in ROLES)
        raise invalid(f"{place}.role", f"Invalid value: '{role}'. Supported values are: {listed}.")
    for index, part in enumerate(content if isinstance(content, list) else ()):
        kind = part.get("type") if isinstance(part, dict) else None
        if kind not in PARTS[role]:
            listed = ", ".join(f"'{known}'" for known in sorted(PARTS[role]))
            raise invalid(f"{place}.content[{index}]", f"Invalid value: '{kind}'. Supported values are: {listed}.")


KNOBS: Final[tuple[tuple[str, str, Callable[[Any], bool]], ...]] = (
    ("temperature", "a number between 0 and 2", lambda value: is_number(value, 0, 2)),
    ("top_p", "a number between 0 and 1", lambda value: is_number(value, 0, 1)),
    ("stream", "a boolean", lambda value: isinstance(value, bool)),
    ("store", "a boolean", lambda value: isinstance(value, bool)),
    ("tools", "an array of objects", lambda value: isinstance(value, list)),
    ("include", "an array of strings", lambda value: isinstance(value, list)),
    ("instructions", "a string", lambda value: isinstance(value, str)),
    ("max_output_tokens", "an integer", lambda value: is_count(value, -(10**9))),
    ("reasoning", "an object", lambda value: isinstance(value, dict)),
    ("text", "an object", lambda value: isinstance(value, dict)),
    ("metadata", "an object", lambda value: isinstance(value, dict)),
    ("previous_response_id", "a string", lambda value: isinstance(value, str)),
)
"""Parameters, what each has to be, and whether it is."""


def judged(body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Refuse what a provider would not take."""
    del headers
    for name in strangers(body, FIELDS):
        raise Refused(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    limit = body.get("max_output_tokens")
    if limit is not None and limit < LEAST_LIMIT:
        raise too_small("max_output_tokens", LEAST_LIMIT, limit)
    if body.get("top_logprobs") or "message.output_text.logprobs" in (body.get("include") or ()):
        raise invalid("include", "logprobs are not supported with this model.", "unsupported_parameter")
    if body.get("input") == [] and not body.get("previous_response_id"):
        raise invalid("input", "Invalid 'input': empty array. Expected an array with minimum length 1.", "empty_array")
    tools = list(_tools(body))
    for place, one in tools:
        _tool(one, place)
    _choice(body.get("tool_choice"), {one.get("name") for _, one in tools})
    _form((body.get("text") or {}).get("format"))
    _reasoning(body)
    _pairs(items_of(body))


def _tools(body: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Every tool with its place, those in namespaces and in items too."""
    lists = [("tools", body.get("tools"))]
    lists += [(f"input[{index}].tools", one["tools"]) for index, one in enumerate(items_of(body)) if one.get("type") == "additional_tools"]
    while lists:
        place, tools = lists.pop(0)
        for index, one in enumerate(objects(tools)):
            yield f"{place}[{index}]", one
            lists += [(f"{place}[{index}].tools", one["tools"])] if one.get("type") == "namespace" and "tools" in one else []


def _tool(one: Mapping[str, Any], place: str) -> None:
    kind, name = one.get("type"), one.get("name")
    if kind is None:
        raise missing(f"{place}.type")
    if kind not in TOOLS:
        listed = ", ".join(f"'{known}'" for known in sorted(TOOLS))
        raise invalid(f"{place}.type", f"Invalid value: '{kind}'. Supported values are: {listed}.")
    if kind not in {"function", "custom", "namespace"}:
        return
    if not isinstance(name, str):
        raise missing(f"{place}.name")
    if not TOOL_NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        said = f"Invalid '{place}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        raise invalid(f"{place}.name", said)
    schema_checked(f"function '{name}'", f"{place}.parameters", one.get("parameters"), strict=one.get("strict") is True)


HOSTED: Final = (
    "file_search web_search_preview web_search_preview_2025_03_11 computer computer_use_preview computer_use code_interpreter"
    " image_generation programmatic_tool_calling apply_patch shell"
).split()
ALONE: Final[Mapping[str, type]] = MappingProxyType({})
CHOICES: Final[Mapping[str, Mapping[str, type]]] = {
    "function": {"name": str},
    "custom": {"name": str},
    "mcp": {"server_label": str},
    "allowed_tools": {"mode": str, "tools": list},
    **dict.fromkeys(HOSTED, ALONE),
}
"""What can be chosen by type, and what each has to say beside it."""


def _chosen(choice: Mapping[str, Any]) -> None:
    kind = str(choice.get("type"))
    if kind not in CHOICES:
        listed = ", ".join(f"'{one}'" for one in CHOICES)
        raise invalid("tool_choice.type", f"Invalid value: '{kind}'. Supported values are: {listed}.")
    for name, form in CHOICES[kind].items():
        if not isinstance(choice.get(name), form):
            raise missing(f"tool_choice.{name}")
    if kind == "allowed_tools" and choice["mode"] not in {"auto", "required"}:
        raise invalid("tool_choice.mode", f"Invalid value: '{choice['mode']}'. Supported values are: 'auto' and 'required'.")


def _choice(choice: Any, names: set[Any]) -> None:
    if isinstance(choice, dict):
        _chosen(choice)
    named = choice.get("name") if isinstance(choice, dict) else None
    if named is not None and choice.get("type") in {"function", "custom"} and named not in names:
        raise invalid("tool_choice", f"Tool choice '{named}' not found in 'tools' parameter.")
    if isinstance(choice, str) and choice not in {"auto", "none", "required"}:
        raise invalid("tool_choice", f"Invalid value: '{choice}'. Supported values are: 'none', 'auto', and 'required'.")
    if choice == "required" and not names:
        raise invalid("tool_choice", "Tool choice 'required' must be specified with 'tools' parameter.")


def _form(form: Any) -> None:
    if form is None:
        return
    kind = form.get("type") if isinstance(form, dict) else None
    if kind not in {"text", "json_object", "json_schema"}:
        raise invalid("text.format.type", f"Invalid value: '{kind}'. Supported values are: 'text', 'json_schema', and 'json_object'.")
    if kind == "json_schema":
        for name in ("name", "schema"):
            if form.get(name) is None:
                raise missing(f"text.format.{name}")
        schema_checked(f"response_format '{form['name']}'", "text.format.schema", form["schema"], strict=form.get("strict") is True)


def _reasoning(body: Mapping[str, Any]) -> None:
    """Reasoning that is sent back has to be ours."""
    for index, one in enumerate(items_of(body)):
        if (
            one.get("type") in {"reasoning", "compaction"}
            and one.get("encrypted_content")
            and opened(str(one["encrypted_content"])) is None
        ):
            start = str(one["encrypted_content"])[:4]
            said = f"The encrypted content {start}... could not be verified. Reason: Encrypted content could not be decrypted or parsed."
            raise invalid(f"input[{index}]", said, "invalid_encrypted_content")


ANSWERED: Final = MappingProxyType({"function_call": "function_call_output", "custom_tool_call": "custom_tool_call_output"})


def _pairs(items: list[dict[str, Any]]) -> None:
    """Every call is answered somewhere after it, and only calls are."""
    for called, answered in ANSWERED.items():
        calls = [one["call_id"] for one in items if one.get("type") == called]
        answers = [one["call_id"] for one in items if one.get("type") == answered]
        kind = answered.replace("_", " ").removesuffix(" output")
        for call in answers:
            if call not in calls:
                raise invalid("input", f"No tool call found for {kind} output with call_id {call}.", "")
        for call in calls:
            if call not in answers:
                raise invalid("input", f"No tool output found for {kind} {call}.", "")
            if len(str(call)) > LONGEST_CALL_ID:
                said = f"Invalid 'input[0].call_id': string too long. Expected a string with maximum length 64, but got {len(str(call))}."
                raise invalid("input", said, "string_above_max_length")
