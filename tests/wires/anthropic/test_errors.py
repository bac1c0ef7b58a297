"""Errors as clients read them, and as providers report theirs."""

import json

import pytest

from tierwise.core.faults import FAULTS, Fault, status_of
from tierwise.wires.anthropic.errors import error, error_frame, reported

TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
}
TYPES |= {504: "timeout_error", 529: "overloaded_error"}
TYPES |= dict.fromkeys((400, 405, 415, 499), "invalid_request_error") | dict.fromkeys((500, 502, 503), "api_error")


@pytest.mark.parametrize("kind", FAULTS)
def test_every_fault_has_the_type_of_its_status_and_a_message(kind: str) -> None:
    fault = Fault(kind, "more of it")
    said = json.loads(error(fault))
    assert set(said) == {"type", "error", "request_id"}
    assert (said["type"], said["error"]["type"]) == ("error", TYPES[status_of(fault)])
    assert "more of it" in said["error"]["message"]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("prompt is too long: 210000 tokens > 200000 maximum", "prompt is too long: 210000 tokens > 200000 maximum"),
        (
            "This model's maximum context length is 128,000 tokens. However, you requested 135120 tokens (131024 in the messages).",
            "prompt is too long: 135120 tokens > 128000 maximum",
        ),
        ("request (9000 tokens) exceeds the available context size (8192 tokens)", "prompt is too long: 9000 tokens > 8192 maximum"),
        ("input length and `max_tokens` exceed the window: 199211 + 20000 > 200000", None),
        ("too many tokens", "prompt is too long: too many tokens"),
        ("", "prompt is too long: the prompt is longer than the model's context window"),
    ],
)
def test_a_prompt_that_is_too_long_is_told_in_the_words_by_which_clients_compact(message: str, said: str | None) -> None:
    assert json.loads(error(Fault("context", message)))["error"]["message"] == (said or f"prompt is too long: {message}")


def test_an_error_within_a_stream_is_an_event_of_its_own() -> None:
    fault = Fault("overloaded")
    assert error_frame(fault) == b"event: error\ndata: " + error(fault) + b"\n\n"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (
            b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
            Fault("overloaded", "Overloaded", code="overloaded_error"),
        ),
        (b'{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}', Fault("rate_limit", "slow", code="rate_limit_error")),
        (b'{"error":{"code":500,"message":"loading"}}', Fault("stream_error", "loading", code="500")),
        (b'{"error":"no"}', Fault("stream_error", "no")),
        (b'{"error":{"type":"api_error"}}', Fault("stream_error", '{"type":"api_error"}', code="api_error")),
        (b'{"error":null}', None),
        (b'{"type":"message"}', None),
        (b'{"error":7}', None),
        (b'{"error":"\xff"}', None),
        (b"<html>", None),
    ],
)
def test_a_provider_reports_a_fault_or_none(body: bytes, fault: Fault | None) -> None:
    assert reported(body) == fault


def test_long_reports_are_cut() -> None:
    found = reported(json.dumps({"error": "x" * 10_000}).encode())
    assert found is not None
    assert len(found.message) == 2000
