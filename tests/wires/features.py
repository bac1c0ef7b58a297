"""What only some wires have: for each a change of a plain request, and the names of what is lost of it on every other wire."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

Fields = dict[str, Any]
PDF: Final = "JVBERi0="
CHAT, MESSAGES, RESPONSES = "openai_chat", "anthropic", "openai_responses"


class Feature(Struct, frozen=True):
    """A change of a request, and what is lost where ('' for nothing, on every wire that is not named)."""

    change: Callable[[Fields], Fields]
    lost: Mapping[str, str] = {}


def put(**fields: Any) -> Callable[[Fields], Fields]:
    """Fields at the top."""
    return lambda body: body | fields


def said(*parts: Fields) -> Callable[[Fields], Fields]:
    """Parts as what the user says last."""

    def change(body: Fields) -> Fields:
        key = "input" if "input" in body else "messages"
        return body | {key: [*body[key][:-1], body[key][-1] | {"content": list(parts)}]}

    return change


def offered(*tools: Fields) -> Callable[[Fields], Fields]:
    """Tools beside the others."""
    return lambda body: body | {"tools": [*body["tools"], *tools]}


def alone(tool: Fields) -> Callable[[Fields], Fields]:
    """A tool in place of all others."""
    return lambda body: body | {"tools": [tool]}


def answered(*blocks: Fields) -> Callable[[Fields], Fields]:
    """Blocks before what the model said first."""

    def change(body: Fields) -> Fields:
        user, answer, *rest = body["messages"]
        return body | {"messages": [user, answer | {"content": [*blocks, *answer["content"]]}, *rest]}

    return change


def first(**fields: Any) -> Callable[[Fields], Fields]:
    """Fields of the model's first message."""
    at = 2  # after the system's and the user's
    return lambda body: body | {"messages": [*body["messages"][:at], body["messages"][at] | fields, *body["messages"][at + 1 :]]}


def items(*some: Fields) -> Callable[[Fields], Fields]:
    """Items after the first of the input."""
    return lambda body: body | {"input": [body["input"][0], *some, *body["input"][1:]]}


def last(**message: Any) -> Callable[[Fields], Fields]:
    """A message at the end."""
    return lambda body: body | {"messages": [*body["messages"], message]}


def both(*changes: Callable[[Fields], Fields]) -> Callable[[Fields], Fields]:
    """Changes after each other."""

    def change(body: Fields) -> Fields:
        for one in changes:
            body = one(body)
        return body

    return change


def _on(names: tuple[str, ...], loss: str) -> Mapping[str, str]:
    return dict.fromkeys(names, loss)


OPENAI: Final = (CHAT, RESPONSES)
NOT_CHAT: Final = (MESSAGES, RESPONSES)
NOT_RESPONSES: Final = (MESSAGES, CHAT)

MARK: Final = {"cache_control": {"type": "ephemeral"}}
SEARCH: Final = {"type": "web_search_20250305", "name": "web_search"}
GRAMMAR: Final = {"syntax": "lark", "definition": "start: x"}

FEATURES: Final[Mapping[str, Mapping[str, Feature]]] = {
    MESSAGES: {
        "nothing": Feature(put()),
        "stop sequences": Feature(put(stop_sequences=["X"]), {RESPONSES: "stop sequences"}),
        "top_k": Feature(put(top_k=5), _on(OPENAI, "sampling")),
        "temperature": Feature(put(temperature=0.5)),
        "an effort": Feature(put(output_config={"effort": "high"})),
        "a budget": Feature(put(thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=4096)),
        "a linked picture": Feature(said({"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}})),
        "a document": Feature(said({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}})),
        "a text document": Feature(said({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "hello"}})),
        "a linked document": Feature(
            said({"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}}), {CHAT: "document links"}
        ),
        "a file": Feature(said({"type": "document", "source": {"type": "file", "file_id": "file_1"}}), _on(OPENAI, "file ids")),
        "a citing document": Feature(
            said({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a"}, "citations": {"enabled": True}}),
            _on(OPENAI, "citations"),
        ),
        "signed thinking": Feature(answered({"type": "thinking", "thinking": "hm", "signature": "c2ln"}), _on(OPENAI, "signed thinking")),
        "redacted thinking": Feature(answered({"type": "redacted_thinking", "data": "c2ln"}), _on(OPENAI, "signed thinking")),
        "a search on offer": Feature(offered(SEARCH), _on(OPENAI, "offered server tools")),
        "nothing but a search": Feature(both(alone(SEARCH)), _on(OPENAI, "server tools")),
        "a search that must be": Feature(
            both(offered(SEARCH), put(tool_choice={"type": "tool", "name": "web_search"})), _on(OPENAI, "server tools")
        ),
        "a built-in shell": Feature(offered({"type": "bash_20250124", "name": "bash"}), _on(OPENAI, "server tools")),
        "a computer": Feature(
            offered({"type": "computer_20250124", "name": "computer", "display_width_px": 1, "display_height_px": 1}),
            _on(OPENAI, "computer use"),
        ),
        "a search that was": Feature(
            answered(
                {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
                {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
            ),
            _on(OPENAI, "server tool history"),
        ),
        "a mark": Feature(said({"type": "text", "text": "go", **MARK}), _on(OPENAI, "cache marks")),
        "a marked head": Feature(put(system=[{"type": "text", "text": "Be brief.", **MARK}]), _on(OPENAI, "cache marks")),
        "automatic marks": Feature(put(**MARK), _on(OPENAI, "cache marks")),
        "context management": Feature(
            put(context_management={"edits": [{"type": "clear_tool_uses_20250919"}]}), _on(OPENAI, "context management")
        ),
        "a user": Feature(put(metadata={"user_id": "u"})),
        "more of a user": Feature(put(metadata={"user_id": "u", "team": "t"}), _on(OPENAI, "metadata")),
        "an unknown field": Feature(put(sparkle=True), _on(OPENAI, "unknown fields")),
        "an unknown field of a block": Feature(said({"type": "text", "text": "go", "sparkle": 1}), _on(OPENAI, "unknown fields")),
        "an unknown block": Feature(said({"type": "hologram", "x": 1}), _on(OPENAI, "unknown blocks")),
        "an answer begun": Feature(last(role="assistant", content="{"), _on(OPENAI, "prefilled answer")),
        "a service tier": Feature(put(service_tier="standard_only"), {RESPONSES: "service tier"}),
        "servers of tools": Feature(
            put(mcp_servers=[{"type": "url", "url": "https://example.org", "name": "m"}]), _on(OPENAI, "server tools")
        ),
        "a container": Feature(put(container="c_1"), _on(OPENAI, "stored state")),
    },
    CHAT: {
        "nothing": Feature(put()),
        "one choice": Feature(put(n=1)),
        "two choices": Feature(put(n=2), _on(NOT_CHAT, "several choices")),
        "log probabilities": Feature(put(logprobs=True, top_logprobs=2), _on(NOT_CHAT, "log probabilities")),
        "no log probabilities": Feature(put(logprobs=False)),
        "a seed": Feature(put(seed=1), _on(NOT_CHAT, "sampling")),
        "a penalty": Feature(put(frequency_penalty=1), _on(NOT_CHAT, "sampling")),
        "no penalty": Feature(put(frequency_penalty=0, presence_penalty=0.0)),
        "a bias": Feature(put(logit_bias={"1": 2}), _on(NOT_CHAT, "sampling")),
        "a stop sequence": Feature(put(stop="X"), {RESPONSES: "stop sequences"}),
        "temperature": Feature(put(temperature=0.5)),
        "an effort": Feature(put(reasoning_effort="high")),
        "sound": Feature(said({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}), _on(NOT_CHAT, "audio")),
        "sound for an answer": Feature(put(modalities=["text", "audio"], audio={"voice": "a", "format": "wav"}), _on(NOT_CHAT, "audio")),
        "a linked picture": Feature(said({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}})),
        "a document": Feature(said({"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}})),
        "a file": Feature(said({"type": "file", "file": {"file_id": "file_1"}}), _on(NOT_CHAT, "file ids")),
        "json": Feature(put(response_format={"type": "json_object"}), {MESSAGES: "json mode"}),
        "verbosity": Feature(put(verbosity="low"), {MESSAGES: "verbosity"}),
        "a prediction": Feature(put(prediction={"type": "content", "content": "x"}), _on(NOT_CHAT, "prediction")),
        "a service tier": Feature(put(service_tier="flex"), {MESSAGES: "service tier"}),
        "the usual tier": Feature(put(service_tier="auto")),
        "free text": Feature(offered({"type": "custom", "custom": {"name": "patch"}})),
        "a grammar": Feature(
            offered({"type": "custom", "custom": {"name": "patch", "format": {"type": "grammar", "grammar": GRAMMAR}}}),
            {MESSAGES: "tool grammar"},
        ),
        "a search": Feature(put(web_search_options={}), _on(NOT_CHAT, "server tools")),
        "a user": Feature(put(user="u")),
        "metadata": Feature(put(metadata={"a": "b"}), _on(NOT_CHAT, "metadata")),
        "a cache key": Feature(put(prompt_cache_key="k")),
        "an unknown field": Feature(put(sparkle=1), _on(NOT_CHAT, "unknown fields")),
        "an unknown field of a message": Feature(first(sparkle=1), _on(NOT_CHAT, "unknown fields")),
        "an unknown part": Feature(said({"type": "hologram"}), _on(NOT_CHAT, "unknown blocks")),
        "reasoning": Feature(first(reasoning_content="hm")),
        "sealed reasoning": Feature(
            first(reasoning_details=[{"type": "reasoning.encrypted", "data": "x"}]), _on(NOT_CHAT, "encrypted reasoning")
        ),
        "an answer begun": Feature(last(role="assistant", content="{"), {RESPONSES: "prefilled answer"}),
        "a mark": Feature(said({"type": "text", "text": "go", **MARK}), {RESPONSES: "cache marks"}),
    },
    RESPONSES: {
        "nothing": Feature(put()),
        "an answer before": Feature(put(previous_response_id="resp_1"), _on(NOT_RESPONSES, "stored state")),
        "a conversation": Feature(put(conversation="conv_1"), _on(NOT_RESPONSES, "stored state")),
        "a stored prompt": Feature(put(prompt={"id": "pmpt_1"}), _on(NOT_RESPONSES, "stored state")),
        "a reference": Feature(items({"type": "item_reference", "id": "msg_1"}), _on(NOT_RESPONSES, "stored state")),
        "the background": Feature(put(background=True), _on(NOT_RESPONSES, "background")),
        "a search on offer": Feature(offered({"type": "web_search"}), _on(NOT_RESPONSES, "offered server tools")),
        "nothing but a search": Feature(alone({"type": "web_search"}), _on(NOT_RESPONSES, "server tools")),
        "a search that must be": Feature(
            both(offered({"type": "web_search"}), put(tool_choice={"type": "web_search"})), _on(NOT_RESPONSES, "server tools")
        ),
        "a computer": Feature(offered({"type": "computer_use_preview"}), _on(NOT_RESPONSES, "computer use")),
        "a search that was": Feature(
            items({"type": "web_search_call", "id": "ws_1", "status": "completed"}), _on(NOT_RESPONSES, "server tool history")
        ),
        "sealed reasoning": Feature(
            items({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}), _on(NOT_RESPONSES, "encrypted reasoning")
        ),
        "open reasoning": Feature(items({"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]})),
        "sealed reasoning in answers": Feature(put(include=["reasoning.encrypted_content"], store=False)),
        "free text": Feature(offered({"type": "custom", "name": "patch"})),
        "a grammar": Feature(
            offered({"type": "custom", "name": "patch", "format": {"type": "grammar", **GRAMMAR}}), _on(NOT_RESPONSES, "tool grammar")
        ),
        "a namespace": Feature(
            offered(
                {
                    "type": "namespace",
                    "name": "files",
                    "description": "d",
                    "tools": [{"type": "function", "name": "cat", "parameters": {"type": "object"}}],
                }
            )
        ),
        "tools in an item": Feature(
            items(
                {
                    "type": "additional_tools",
                    "role": "developer",
                    "tools": [{"type": "function", "name": "cat", "parameters": {"type": "object"}}],
                }
            )
        ),
        "json": Feature(put(text={"format": {"type": "json_object"}}), {MESSAGES: "json mode"}),
        "verbosity": Feature(put(text={"verbosity": "low"}), {MESSAGES: "verbosity"}),
        "an effort": Feature(put(reasoning={"effort": "high", "summary": "auto"})),
        "temperature": Feature(put(temperature=0.5)),
        "metadata": Feature(put(metadata={"a": "b"}), _on(NOT_RESPONSES, "metadata")),
        "a user": Feature(put(user="u")),
        "a cache key": Feature(put(prompt_cache_key="k")),
        "a service tier": Feature(put(service_tier="flex"), {MESSAGES: "service tier"}),
        "log probabilities": Feature(put(include=["message.output_text.logprobs"]), _on(NOT_RESPONSES, "log probabilities")),
        "the likeliest": Feature(put(top_logprobs=3), _on(NOT_RESPONSES, "log probabilities")),
        "truncation": Feature(put(truncation="auto")),
        "context management": Feature(put(context_management=[{"type": "compaction"}]), _on(NOT_RESPONSES, "context management")),
        "a linked picture": Feature(said({"type": "input_image", "image_url": "https://example.org/a.png"})),
        "a picture's file": Feature(said({"type": "input_image", "file_id": "file_1"}), _on(NOT_RESPONSES, "file ids")),
        "a document": Feature(said({"type": "input_file", "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"})),
        "a linked document": Feature(said({"type": "input_file", "file_url": "https://example.org/a.pdf"}), {CHAT: "document links"}),
        "sound": Feature(said({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}), {MESSAGES: "audio"}),
        "an unknown field": Feature(put(sparkle=1), _on(NOT_RESPONSES, "unknown fields")),
        "an unknown item": Feature(items({"type": "hologram"}), _on(NOT_RESPONSES, "unknown blocks")),
    },
}
"""Every change by wire and name."""
