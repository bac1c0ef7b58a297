"""Error answers of every shape that is known, read for message, codes and wait; and keys, which never get through."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.recovery.saying import HIDDEN, LONGEST, said, short, without_keys

GOOGLE = [
    {
        "error": {
            "code": 429,
            "message": "You exceeded your current quota. Please retry in 34.07s.",
            "status": "RESOURCE_EXHAUSTED",
            "details": [
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"},
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "35s"},
            ],
        }
    }
]


@pytest.mark.parametrize(
    ("body", "message", "codes"),
    [
        (
            {"error": {"message": "No such model", "type": "invalid_request_error", "param": "model", "code": "model_not_found"}},
            "No such model",
            ("model_not_found", "invalid_request_error"),
        ),
        ({"error": {"message": "Down", "type": "server_error", "param": None, "code": None}}, "Down", ("server_error",)),
        (
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_1"},
            "Overloaded",
            ("overloaded_error",),
        ),
        (
            GOOGLE,
            "You exceeded your current quota. Please retry in 34.07s.: RATE_LIMIT_EXCEEDED",
            ("429", "resource_exhausted", "rate_limit_exceeded"),
        ),
        ({"detail": "Unauthorized"}, "Unauthorized", ()),
        (
            {"detail": [{"loc": ["body", "model"], "msg": "field required", "type": "value_error.missing"}]},
            "body.model: field required",
            ("value_error.missing",),
        ),
        (
            {"object": "error", "message": "max_tokens is too large", "type": "BadRequestError", "param": None, "code": 400},
            "max_tokens is too large",
            ("400", "badrequesterror"),
        ),
        (
            {"error": {"code": 400, "message": "too long", "type": "exceed_context_size_error", "n_ctx": 512}},
            "too long",
            ("400", "exceed_context_size_error"),
        ),
        ({"error": "model 'x' not found"}, "model 'x' not found", ()),
        (
            {"code": "Some requested entity was not found", "error": "The model x does not exist"},
            "The model x does not exist",
            ("some requested entity was not found",),
        ),
        (
            {
                "error": {
                    "message": "Provider returned error",
                    "code": 429,
                    "metadata": {"raw": "x is rate-limited upstream", "provider_name": "P"},
                }
            },
            "Provider returned error: x is rate-limited upstream",
            ("429",),
        ),
        (
            {
                "error": {
                    "message": "Provider returned error",
                    "code": 400,
                    "metadata": {"raw": '{"error":{"message":"Inner","code":"bad"}}'},
                }
            },
            "Provider returned error: Inner",
            ("400", "bad"),
        ),
        ({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "insufficient balance", ("1008",)),
        (
            {"error": {"code": "content_filter", "message": "No", "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
            "No",
            ("content_filter", "responsibleaipolicyviolation"),
        ),
        ({"statusCode": 401, "message": "Access denied"}, "Access denied", ("401",)),
        (
            {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "Oh"}}},
            "Oh",
            ("server_error", "response.failed"),
        ),
        ({"errors": [{"message": "One"}, {"message": "Two"}]}, "One: Two", ()),
        ("plain words", "plain words", ()),
        ({"message": {"detail": [{"msg": "Inner"}]}}, "Inner", ()),
        ({"error": {"message": "  "}, "message": "Outer"}, "Outer", ()),
        ({}, "", ()),
        ([], "", ()),
        (7, "", ()),
        ({"error": {"message": 7, "code": True, "type": ["x"]}}, "", ()),
    ],
)
def test_every_known_shape_is_read(body: Any, message: str, codes: tuple[str, ...]) -> None:
    found = said(json.dumps(body).encode())
    assert (found.message, found.codes, found.html) == (message, codes, False)


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (GOOGLE, 35_000),
        ({"error": {"message": "Please try again in 7.66s. Visit us."}}, 7_660),
        ({"error": {"message": "Rate limit reached. Please try again in 1m26.4s"}}, 86_400),
        ({"error": {"message": "please retry after 20 s"}}, 20_000),
        ({"error": {"message": "Please try again in 120ms."}}, 120),
        ({"message": "slow down", "retry_after": 3}, 3_000),
        ({"message": "slow down", "retry_after": 2.5}, 2_500),
        ({"message": "slow down", "retry_after": "soon"}, None),
        ({"message": "slow down", "retry_after": None}, None),
        ({"message": "Please try again in ...s"}, None),
        ({"message": "try again in a while"}, None),
    ],
)
def test_the_wait_that_a_body_asks_for_is_read(body: Any, after: int | None) -> None:
    assert said(json.dumps(body).encode()).after == after


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>", "502 Bad Gateway"),
        (b"\n<!DOCTYPE html><body><h1 class=x>Service\nUnavailable</h1>", "Service Unavailable"),
        (b"<html>\xff", ""),
    ],
)
def test_of_a_page_only_the_title_is_read(page: bytes, message: str) -> None:
    found = said(page)
    assert (found.message, found.html) == (message, True)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'event: error\ndata: {"error":{"message":"Busy"}}\n\n', "Busy"),
        (b'data: {"error":{"message":"Busy"}}\n\ndata: [DONE]\n\n', "Busy"),
        (b"data: nothing", "data: nothing"),
        (b"upstream connect error\r\n or\x00 disconnect ", "upstream connect error or disconnect"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", ""),
        (b"[" * 100_000, "[" * (LONGEST - 3) + "..."),
        (b'{"error":' * 50_000 + b"1" + b"}" * 50_000, None),
        (json.dumps([{"message": str(n)} for n in range(100)]).encode(), ": ".join(str(n) for n in range(24))),
    ],
)
def test_a_body_that_is_no_json_is_its_own_message(body: bytes, message: str | None) -> None:
    found = said(body).message
    assert len(found) <= LONGEST
    assert message is None or found == message


def test_what_is_nested_deeper_than_anybody_nests_is_not_read() -> None:
    deep: dict[str, Any] = {"message": "bottom"}
    for _ in range(10):
        deep = {"error": deep}
    assert said(json.dumps(deep).encode()).message == ""


@given(st.binary(max_size=80))
def test_any_bytes_say_something_short(body: bytes) -> None:
    assert len(said(body).message) <= LONGEST


shapes = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "code", "detail", "details", "type", "loc", "retryDelay", "raw", "metadata"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(shapes)
def test_any_json_is_read_without_complaint(value: Any) -> None:
    found = said(json.dumps(value).encode())
    assert all(code == code.lower() for code in found.codes)


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: KEY. You can find yours there.",
        "Incorrect API key provided: KEY",
        "invalid x-api-key: KEY",
        "header Authorization: Bearer KEY is wrong",
        "Bearer KEY",
        'got "api_key": "KEY"',
        "POST https://host/v1?key=KEY&x=1 failed",
        "proxy http://user:KEY@host/ refused",
        "api-key KEY".replace(" ", "="),
    ],
)
@pytest.mark.parametrize("key", ["abcdef123456", "sk-proj-abc_DEF-123456", "secret.token~1"])
def test_what_stands_where_a_key_stands_is_hidden(text: str, key: str) -> None:
    assert key not in without_keys(text.replace("KEY", key))


@pytest.mark.parametrize(
    "key",
    [
        "sk-ant-api03-abcDEF_123-xyz",
        "sk-abc***********wxyz",
        "gsk_abcdefghijklmnop1234",
        "xai-abcdef123456",
        "AIzaSyA1234567890abcdef",
        "csk-1234567890",
        "0123456789abcdef0123456789abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    ],
)
def test_what_looks_like_a_key_is_hidden_anywhere(key: str) -> None:
    for text in (key, f"the key {key} is unknown", f"({key})", f"'{key}'."):
        assert key not in without_keys(text)
        assert HIDDEN in without_keys(text)
    assert key not in said(json.dumps({"error": {"message": f"bad {key}", "code": "x"}}).encode()).message
    assert key not in said(f"no json: {key}".encode()).message


@pytest.mark.parametrize(
    "text",
    [
        "The model `claude-sonnet-4-5-20250929` does not exist",
        "accounts/fireworks/models/llama-v3p1-405b-instruct is not deployed",
        "req 123e4567-e89b-12d3-a456-426614174000",
        "max_tokens: 128000 > 64000",
        "thinking.signature: Field required",
    ],
)
def test_what_is_no_key_stays(text: str) -> None:
    assert without_keys(text) == text


@given(st.text())
def test_messages_are_one_line_of_a_bearable_length(text: str) -> None:
    line = short(text)
    assert len(line) <= LONGEST
    assert not set(line) & set("\n\r\t\x00")
