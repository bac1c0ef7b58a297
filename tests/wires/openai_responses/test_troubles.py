"""Failures, as servers say them and as clients are told."""

import json

import pytest

from tests.wires.openai_responses.kit import said as events_in
from tierwise.core.faults import FAULTS, Fault
from tierwise.wires.openai_responses import WIRE
from tierwise.wires.openai_responses.frames import Trouble
from tierwise.wires.openai_responses.troubles import MEANINGS, code_of, error_event, failure_of, fault_of, message_of, said


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (Trouble("too long", code="context_length_exceeded"), "context"),
        (Trouble("slow", code="rate_limit_exceeded"), "rate_limit"),
        (Trouble("no money", "insufficient_quota", "insufficient_quota"), "quota"),
        (Trouble("flagged", code="content_filter"), "filtered"),
        (Trouble("flagged", code="invalid_prompt"), "filtered"),
        (Trouble("busy", code="server_is_overloaded"), "overloaded"),
        (Trouble("oops", "server_error", "server_error"), "server_error"),
        (Trouble("who", code="invalid_encrypted_content"), "signature"),
        (Trouble("bad", "invalid_request_error"), "bad_request"),
        (Trouble("odd", code=500), "stream_error"),
        (Trouble(), "stream_error"),
    ],
)
def test_what_a_server_says_has_a_meaning(trouble: Trouble, kind: str) -> None:
    found = fault_of(trouble)
    assert (found.kind, found.message) == (kind, trouble.message or "")


def test_every_meaning_is_a_fault_and_every_fault_has_a_code() -> None:
    assert set(MEANINGS.values()) <= FAULTS.keys()
    assert all(code_of(Fault(kind)) for kind in FAULTS)


def test_the_code_is_kept_as_the_server_said_it() -> None:
    assert fault_of(Trouble(code=429)).code == "429"
    assert fault_of(Trouble(type="server_error")).code == "server_error"


@pytest.mark.parametrize(
    ("message", "after"),
    [("Please try again in 1.5s.", 1500), ("try again in 20ms", 20), ("Try again in 2 m", 120_000), ("try again", None)],
)
def test_a_wait_is_read_from_the_words_and_said_in_them(message: str, after: int | None) -> None:
    found = fault_of(Trouble(message, code="rate_limit_exceeded"))
    assert found.after == after
    assert message_of(found).count("try again in") + message_of(found).count("Try again in") == (after is not None)


def test_a_wait_from_a_header_is_said_in_the_words_that_clients_read() -> None:
    assert message_of(Fault("rate_limit", after=2500)) == "the provider's rate limit is reached. Please try again in 2.5s."


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("malformed", "invalid_request_error", "invalid_request"),
        ("context", "invalid_request_error", "context_length_exceeded"),
        ("unauthorized", "authentication_error", "invalid_api_key"),
        ("revoked", "authentication_error", "invalid_api_key"),
        ("key_rate", "rate_limit_error", "rate_limit_exceeded"),
        ("budget", "insufficient_quota", "insufficient_quota"),
        ("forbidden", "permission_error", "permission_denied"),
        ("unknown_model", "invalid_request_error", "model_not_found"),
        ("rate_limit", "rate_limit_error", "rate_limit_exceeded"),
        ("quota", "insufficient_quota", "insufficient_quota"),
        ("overloaded", "server_error", "server_is_overloaded"),
        ("dropped", "server_error", "server_error"),
        ("hung_up", "invalid_request_error", "server_error"),
    ],
)
def test_a_fault_has_the_type_and_the_code_that_clients_know(kind: str, error: str, code: str) -> None:
    told = said(Fault(kind, "why"))
    assert (told["type"], told["code"], told["param"]) == (error, code, None)
    assert told["message"].endswith("why")
    assert json.loads(WIRE.error(Fault(kind, "why"))) == {"error": told}
    assert failure_of(Fault(kind, "why")) == {"code": code, "message": told["message"]}


def test_an_error_within_a_stream_has_its_words_in_both_places() -> None:
    (told,) = events_in(error_event(Fault("dropped"), 7))
    assert (told["type"], told["sequence_number"]) == ("error", 7)
    assert told["error"]["message"] == told["message"]
    assert told["error"]["code"] == told["code"] == "server_error"


def test_the_last_frames_of_a_broken_stream_are_an_error_and_a_failed_response() -> None:
    error, failed = events_in(WIRE.error_frame(Fault("context")))
    assert error["type"] == "error"
    assert failed["type"] == "response.failed"
    assert failed["response"]["error"]["code"] == "context_length_exceeded"
