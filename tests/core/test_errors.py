"""The error object: every kind of fault in words and codes that clients know."""

import json
from typing import Any

import msgspec
import pytest

from tierwise.core.errors import KINDS, PARAMS, UNREAD, error, fault_of, unread
from tierwise.core.faults import FAULTS, Fault, status_of


@pytest.mark.parametrize("kind", FAULTS)
def test_every_fault_has_an_error_with_all_its_keys(kind: str) -> None:
    said = json.loads(error(Fault(kind, "because")))
    assert list(said) == ["error"]
    assert set(said["error"]) == {"message", "type", "param", "code"}
    assert said["error"]["message"].endswith(": because")
    client = status_of(Fault(kind)) < 500 and kind != "hung_up"
    assert (said["error"]["type"] == "server_error") != client


@pytest.mark.parametrize(
    ("kind", "type_", "param", "code"),
    [
        ("malformed", "invalid_request_error", None, None),
        ("unauthorized", "invalid_request_error", None, "invalid_api_key"),
        ("expired", "invalid_request_error", None, "invalid_api_key"),
        ("key_rate", "rate_limit_error", None, "rate_limit_exceeded"),
        ("budget", "insufficient_quota", None, "insufficient_quota"),
        ("unknown_model", "invalid_request_error", "model", "model_not_found"),
        ("context", "invalid_request_error", "messages", "context_length_exceeded"),
        ("rate_limit", "rate_limit_error", None, "rate_limit_exceeded"),
        ("quota", "insufficient_quota", None, "insufficient_quota"),
        ("overloaded", "server_error", None, "server_is_overloaded"),
        ("idle_timeout", "server_error", None, "idle_timeout"),
    ],
)
def test_programs_find_the_codes_they_know(kind: str, type_: str, param: str | None, code: str | None) -> None:
    said = json.loads(error(Fault(kind)))["error"]
    assert (said["type"], said["param"], said["code"]) == (type_, param, code)


def test_no_kind_is_named_that_there_is_not() -> None:
    assert set(KINDS) | set(PARAMS) <= set(FAULTS)


class Numbered(msgspec.Struct):
    id: str = ""
    numbers: list[int] | None = None


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        ("busy", Fault("stream_error", "busy")),
        ({"message": "m", "type": "t", "code": "c", "param": None}, Fault("stream_error", "m", code="c")),
        ({"message": "m", "type": "t", "code": None}, Fault("stream_error", "m", code="t")),
        ({"message": "m", "code": 429}, Fault("stream_error", "m", 429)),
        ({"message": "m", "type": "t", "code": 429}, Fault("stream_error", "m", 429, code="t")),
        ({"message": "m", "code": "502"}, Fault("stream_error", "m", 502, code="502")),
        ({"message": "m", "code": 7}, Fault("stream_error", "m")),
        ({"status": "529"}, Fault("stream_error", "", 529)),
        ({"status": "INVALID", "code": 400, "message": "m"}, Fault("stream_error", "m", 400)),
        ([1, 2], Fault("stream_error", "[1, 2]")),
        (None, Fault("stream_error", "null")),
        ({"message": {"detail": "x"}}, Fault("stream_error", '{"message": {"detail": "x"}}')),
    ],
)
def test_an_error_within_an_answer_is_read_in_every_usual_shape(error: Any, fault: Fault) -> None:
    assert fault_of(json.dumps(error).encode()) == fault


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (b'{"id": "\xff"}', "bad_utf8", "at byte 8"),
        (b"<html>", "not_json", "JSON is malformed: invalid character (byte 0)"),
        (b"{", "not_json", "Input data was truncated"),
        (b"5", "strange", "Expected `object`, got `int`"),
        (b'{"numbers": 5}', "strange", "Expected `array | null`, got `int` - at `$.numbers`"),
    ],
)
def test_data_that_is_not_as_it_should_be_says_why(data: bytes, kind: str, message: str) -> None:
    with pytest.raises(UNREAD) as wrong:
        msgspec.json.decode(data, type=Numbered)
    assert unread(data, wrong.value) == Fault(kind, message)


def test_data_nested_without_end_is_strange() -> None:
    assert unread(b"[[[", RecursionError("too deep")) == Fault("strange", "nested too deeply")
