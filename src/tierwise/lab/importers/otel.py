"""OpenTelemetry GenAI spans as JSON lines: OTLP export (resourceSpans) or one span a line.

Only spans of model calls count (operation chat, text_completion or generate_content). By the conventions input tokens include those
read from and written to a cache; libraries that count them apart are told by their being more than the input.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.lab.call import Call, Importer, Note
from tierwise.lab.lines import records
from tierwise.lab.table import BadRow, empty, number, stamp

OPERATIONS: Final = frozenset({"chat", "text_completion", "generate_content", "responses"})
INPUT: Final = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
OUTPUT: Final = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
READ: Final = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
)
WRITTEN: Final = (
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "gen_ai.usage.input_tokens.cache_write",
)
REASONING: Final = ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.output_tokens.reasoning")
MODEL: Final = ("gen_ai.response.model", "gen_ai.request.model")
PROVIDER: Final = ("gen_ai.provider.name", "gen_ai.system")
SESSION: Final = ("gen_ai.conversation.id", "session.id")
AGENT: Final = ("gen_ai.agent.id", "gen_ai.agent.name")
STARTED: Final = ("startTimeUnixNano", "start_time_unix_nano", "start_time")
ENDED: Final = ("endTimeUnixNano", "end_time_unix_nano", "end_time")
NAMES: Final = {
    "aws.bedrock": "aws",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "mistral_ai": "mistral",
    "moonshot_ai": "moonshotai",
    "x_ai": "x-ai",
    "xai": "x-ai",
}
"""Provider names of the conventions that differ from the price data's."""

FAILED: Final = frozenset({"2", "STATUS_CODE_ERROR", "ERROR", "StatusCode.ERROR"})


def claims(_path: Path, beginning: bytes) -> bool:
    """Whether a file's beginning holds GenAI attributes."""
    return beginning.lstrip()[:1] == b"{" and b'"gen_ai.' in beginning


def calls(path: Path, note: Note) -> Iterator[Call]:
    """The model calls among the spans of a file."""
    for line, record in records(path, dict[str, Any], note):
        for span, attributes in _spans(record):
            try:
                found = _call(span, attributes, line)
            except ValueError as error:
                note(line, f"not a span: {error}")
                continue
            if found is not None:
                yield found


def _spans(record: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each span with its attributes as a plain mapping, those of its resource included."""
    for resource in _objects(record, "resourceSpans"):
        shared = _attributes(_object(resource, "resource"))
        for scope in _objects(resource, "scopeSpans"):
            yield from ((span, shared | _attributes(span)) for span in _objects(scope, "spans"))
    if "attributes" in record:
        yield record, _attributes(_object(record, "resource")) | _attributes(record)


def _object(holder: dict[str, Any], name: str) -> dict[str, Any]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def _objects(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = holder.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _attributes(holder: dict[str, Any]) -> dict[str, Any]:
    """Attributes as a plain mapping, whether they are one or a list of keys with typed values."""
    pairs = _objects(holder, "attributes")
    return _object(holder, "attributes") | {str(one.get("key")): next(iter(_object(one, "value").values()), None) for one in pairs}


def _first(attributes: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((attributes[name] for name in names if not empty(attributes.get(name))), None)


def _call(span: dict[str, Any], attributes: dict[str, Any], line: int) -> Call | None:
    """The call of a span, if it is one; ValueError says what is wrong with it."""
    model = _first(attributes, MODEL)
    if model is None or str(attributes.get("gen_ai.operation.name") or "chat") not in OPERATIONS:
        return None
    context, status = _object(span, "context"), _object(span, "status")
    trace = str(_first(span, ("traceId", "trace_id")) or context.get("trace_id") or "")
    name = str(_first(span, ("spanId", "span_id")) or context.get("span_id") or "")
    session, provider = str(_first(attributes, SESSION) or trace), str(_first(attributes, PROVIDER) or "")
    if not session:
        raise BadRow("has neither a conversation nor a trace")
    at, ended = stamp(_first(span, STARTED)), _first(span, ENDED)
    return Call(
        session=session,
        id=f"{trace}/{name}" if name else "",
        at=at,
        ended=at if ended is None else max(stamp(ended), at),
        model=str(model),
        thread=str(_first(attributes, AGENT) or ""),
        provider=NAMES.get(provider, provider),
        usage=_usage(attributes),
        client=str(attributes.get("service.name") or ""),
        failed=str(_first(status, ("code", "status_code"))) in FAILED,
        line=line,
    )


def _usage(attributes: dict[str, Any]) -> Usage | Unknown:
    output = _first(attributes, OUTPUT)
    if output is None or _first(attributes, INPUT) is None:
        return Unknown("the span has no token counts")
    prompt, read, written = (number(_first(attributes, names) or 0, names[0]) for names in (INPUT, READ, WRITTEN))
    if not prompt:
        return Unknown("the span counts no input tokens")
    return Usage(
        fresh=prompt - read - written if read + written <= prompt else prompt,
        read=read,
        write_5m=written,
        output=number(output, OUTPUT[0]),
        reasoning=number(_first(attributes, REASONING) or 0, REASONING[0]),
    )


IMPORTER: Final = Importer("otel", "OpenTelemetry GenAI spans (JSON lines)", claims, calls, whole=False)
