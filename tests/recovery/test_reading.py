"""What error answers mean, from what providers are known to send; and what headers tell of waits and limits."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.faults import FAULTS, Fault
from tierwise.core.provider import FaultRow, Limit, Provider
from tierwise.recovery.pacing import Window
from tierwise.recovery.reading import CODES, STATUSES, USUAL, asked, fault_of, limits, sharpened

NOW = 1_790_000_000_000


def seller(*faults: FaultRow, limits: tuple[Limit, ...] = ()) -> Provider:
    return Provider("seller", "Seller", ("openai_chat",), (), faults=faults, limits=limits)


def openai(message: str, code: str = "", kind: str = "") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind or None, "param": None, "code": code or None}}


def anthropic(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


BAD = "invalid_request_error"
CASES: list[tuple[int, Any, str]] = [
    # What is wrong with a key.
    (401, openai("Incorrect API key provided", "invalid_api_key", BAD), "auth"),
    (401, anthropic("authentication_error", "invalid x-api-key"), "auth"),
    (403, anthropic("permission_error", "Your API key does not have permission"), "auth"),
    (400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}}], "auth"),
    (400, {"code": "Client specified an invalid argument", "error": "Incorrect API key provided: xx***xx."}, "auth"),
    (403, openai("Country, region, or territory not supported", "unsupported_country_region_territory"), "auth"),
    (400, [{"error": {"message": "User location is not supported for the API use.", "status": "FAILED_PRECONDITION"}}], "auth"),
    (401, "<html>Unauthorized</html>", "auth"),
    # Money.
    (402, openai("Insufficient Balance", BAD, "unknown_error"), "payment"),
    (400, anthropic(BAD, "Your credit balance is too low to access the API."), "payment"),
    (403, openai("Insufficient balance"), "payment"),
    (402, "", "payment"),
    (
        429,
        openai("You exceeded your current quota, please check your plan and billing details.", "insufficient_quota", "insufficient_quota"),
        "quota",
    ),
    (429, openai("Your account is not active", "billing_not_active"), "quota"),
    (429, openai("suspended", "", "exceeded_current_quota_error"), "quota"),
    (429, {"error": {"code": "1113", "message": "Insufficient balance or no resource package."}}, "quota"),
    (403, {"error": "monthly quota reached"}, "quota"),
    # Limits and load.
    (429, openai("Rate limit reached for x on tokens per min (TPM)", "rate_limit_exceeded", "tokens"), "rate_limit"),
    (429, anthropic("rate_limit_error", "This request would exceed your rate limit"), "rate_limit"),
    (429, {"message": "Too many tokens, please wait before trying again."}, "rate_limit"),
    (429, "", "rate_limit"),
    (403, {"message": "Rate limit exceeded"}, "rate_limit"),
    (413, openai("Request too large for model x on tokens per minute (TPM): Limit 6000", "rate_limit_exceeded"), "rate_limit"),
    (429, openai("The engine is currently overloaded", "", "engine_overloaded_error"), "overloaded"),
    (529, anthropic("overloaded_error", "Overloaded"), "overloaded"),
    (500, anthropic("overloaded_error", "Overloaded"), "overloaded"),
    (503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, "overloaded"),
    (503, "<html><title>503</title></html>", "overloaded"),
    (498, "", "overloaded"),
    # Too much.
    (400, openai("This model's maximum context length is 8192 tokens", "context_length_exceeded", BAD), "context"),
    (400, anthropic(BAD, "prompt is too long: 210000 tokens > 200000 maximum"), "context"),
    (400, anthropic(BAD, "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"), "context"),
    (
        400,
        {"error": {"code": 400, "message": "the request exceeds the available context size", "type": "exceed_context_size_error"}},
        "context",
    ),
    (400, [{"error": {"message": "The input token count (2) exceeds the maximum number of tokens allowed (1)."}}], "context"),
    (413, anthropic("request_too_large", "Prompt is too long"), "context"),
    (422, {"error": "`inputs` must have less than 4096 tokens", "error_type": "validation"}, "context"),
    (400, openai("Please reduce the length of the messages or completion.", "", BAD), "context"),
    (400, openai("Your request exceeded model token limit: 8192", "", BAD), "context"),
    (413, anthropic("request_too_large", "Request exceeds the maximum size"), "too_large"),
    (413, "<html><title>413 Request Entity Too Large</title></html>", "too_large"),
    (400, openai("string too long", "string_above_max_length", BAD), "too_large"),
    (400, openai("max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens"), "bad_request"),
    # Foreign reasoning.
    (400, anthropic(BAD, "messages.1.content.0: Invalid `signature` in `thinking` block"), "signature"),
    (400, anthropic(BAD, "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified."), "signature"),
    (400, anthropic(BAD, "Expected `thinking` or `redacted_thinking`, but found `text`."), "signature"),
    (400, openai("The encrypted content could not be verified.", "invalid_encrypted_content", BAD), "signature"),
    (404, openai("Item with id 'rs_1' not found. Items are not persisted when `store` is set to false."), "signature"),
    (400, [{"error": {"message": "Thought signature is not valid", "status": "INVALID_ARGUMENT"}}], "signature"),
    (400, [{"error": {"message": "Function call is missing a thought_signature in functionCall parts."}}], "bad_request"),
    (400, openai("The `reasoning_content` in the thinking mode must be passed back to the API."), "bad_request"),
    # What may not be said.
    (400, {"error": {"code": "content_filter", "message": "The response was filtered"}}, "filtered"),
    (400, openai("Your request was rejected by our safety system", "content_policy_violation"), "filtered"),
    (400, openai("Content Exists Risk", BAD), "filtered"),
    (403, {"error": {"message": "x requires moderation on P. Your input was flagged for violence.", "code": 403}}, "filtered"),
    # Models.
    (404, openai("The model `x` does not exist or you do not have access to it.", "model_not_found"), "no_model"),
    (403, openai("Project `p` does not have access to model `x`", "model_not_found"), "no_model"),
    (400, openai("Model Not Exist", BAD), "no_model"),
    (400, {"error": {"message": "x is not a valid model ID", "code": 400}}, "no_model"),
    (404, {"error": "model 'x' not found"}, "no_model"),
    (404, {"detail": "Not Found"}, "no_model"),
    (400, openai("The model has been decommissioned", "model_decommissioned"), "no_model"),
    (405, "", "no_model"),
    (410, "", "no_model"),
    # The rest, by status.
    (400, openai("Unknown parameter: 'foo'", "unknown_parameter", BAD), "bad_request"),
    (400, "", "bad_request"),
    (411, "", "bad_request"),
    (418, {"message": "teapot"}, "bad_request"),
    (422, {"detail": [{"loc": ["body", "model"], "msg": "field required"}]}, "unprocessable"),
    (408, "", "request_timeout"),
    (409, anthropic("conflict", "x"), "conflict"),
    (407, "", "proxy"),
    (500, openai("The server had an error", "", "server_error"), "server_error"),
    (500, "<html><title>500</title></html>", "server_error"),
    (502, "<html><title>502 Bad Gateway</title></html>", "server_error"),
    (504, anthropic("timeout_error", "timed out"), "server_error"),
    (599, "", "server_error"),
    (521, "<html>", "refused"),
    (522, "", "connect_timeout"),
    (524, "", "first_byte_timeout"),
    (526, "", "tls"),
    (301, "", "redirect"),
    (307, "<html>", "redirect"),
    # Pages of somebody who is not the provider.
    (400, "<html><title>Bad</title></html>", "not_json"),
    (403, "<!DOCTYPE html><title>Just a moment...</title>", "not_json"),
    (404, "<html><title>404</title></html>", "not_json"),
    (200, "<html><title>Sign in to the wireless network</title></html>", "not_json"),
    # Errors with a status of success, or none that exists.
    (200, openai("Overloaded", "", "overloaded_error"), "overloaded"),
    (200, openai("oh", "", "server_error"), "server_error"),
    (200, {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "payment"),
    (200, {"fine": True}, "strange"),
    (200, " \n", "empty"),
    (204, "", "empty"),
    (0, {}, "strange"),
    (700, {}, "strange"),
]


@pytest.mark.parametrize(("status", "body", "kind"), CASES)
def test_error_answers_of_every_kind_are_known(status: int, body: Any, kind: str) -> None:
    sent = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    found = fault_of(None, status, {}, sent, NOW)
    assert (found.kind, found.status) == (kind, status)


def test_a_fault_carries_message_code_and_wait() -> None:
    body = json.dumps(openai("Slow down, key sk-abcdef123456", "rate_limit_exceeded", "requests")).encode()
    found = fault_of(None, 429, {"retry-after": "2"}, body, NOW)
    assert found == Fault("rate_limit", "Slow down, key [hidden]", 429, 2_000, "rate_limit_exceeded")


def test_a_wait_in_the_headers_comes_before_one_in_the_words() -> None:
    body = json.dumps(openai("Please try again in 5s")).encode()
    assert fault_of(None, 429, {}, body, NOW).after == 5_000
    assert fault_of(None, 429, {"retry-after": "9"}, body, NOW).after == 9_000


def test_the_rows_of_the_provider_come_first_and_hold_only_where_all_of_them_holds() -> None:
    rows = (
        FaultRow("quota", 429, ("DAILY",), ("per day",)),
        FaultRow("conflict", words=("strange words",)),
        FaultRow("no_model", 418),
        FaultRow("payment", codes=("1113",)),
    )
    own = seller(*rows)

    def kind(status: int, code: str, message: str) -> str:
        return fault_of(own, status, {}, json.dumps(openai(message, code)).encode(), NOW).kind

    assert kind(429, "daily", "limit PER DAY reached") == "quota"
    assert kind(429, "other", "limit for the day") == "rate_limit"
    assert kind(429, "daily", "limit") == "rate_limit"
    assert kind(500, "daily", "limit per day") == "server_error"
    assert kind(500, "", "Strange Words") == "conflict"
    assert kind(418, "", "") == "no_model"
    assert kind(429, "1113", "x") == "payment"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("stream_error", "Overloaded", 0, None, "overloaded_error"), "overloaded"),
        (Fault("stream_error", "slow", 0, None, "rate_limit_error"), "rate_limit"),
        (Fault("stream_error", "slow", 0, None, "rate_limit_exceeded"), "rate_limit"),
        (Fault("stream_error", "x", 0, None, "insufficient_quota"), "quota"),
        (Fault("stream_error", "x", 0, None, "context_length_exceeded"), "context"),
        (Fault("stream_error", "prompt is too long", 0, None, "invalid_request_error"), "context"),
        (Fault("stream_error", "x", 0, None, "invalid_request_error"), "bad_request"),
        (Fault("stream_error", "x", 0, None, "API_ERROR"), "server_error"),
        (Fault("stream_error", "x", 0, None, "429"), "rate_limit"),
        (Fault("stream_error", "x", 0, None, "502"), "server_error"),
        (Fault("stream_error", "x", 0, None, "1113"), "stream_error"),
        (Fault("stream_error", "x", 503, None, ""), "overloaded"),
        (Fault("stream_error", "x", 200, None, ""), "stream_error"),
        (Fault("stream_error", "who knows", 0, None, "what"), "stream_error"),
        (Fault("stream_error"), "stream_error"),
    ],
)
def test_an_error_within_a_stream_is_known_by_its_code_and_words(fault: Fault, kind: str) -> None:
    assert sharpened(None, fault).kind == kind


def test_an_error_within_a_stream_is_known_by_the_providers_rows_and_its_keys_are_hidden() -> None:
    own = seller(FaultRow("quota", codes=("odd",)))
    assert sharpened(own, Fault("stream_error", "bad key sk-abcdef123456", code="ODD")) == Fault("quota", "bad key [hidden]", code="ODD")


def test_every_row_names_a_fault_that_exists() -> None:
    assert {*STATUSES.values(), *CODES.values(), *(row.kind for row in USUAL)} <= set(FAULTS)
    assert all(code == code.lower() for row in USUAL for code in row.codes)
    assert all(word == word.lower() for row in USUAL for word in row.words)


@given(
    st.integers(0, 999),
    st.binary(max_size=60),
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "left"]), st.text(max_size=9)),
)
def test_whatever_comes_is_a_fault_that_exists(status: int, body: bytes, headers: dict[str, str]) -> None:
    found = fault_of(seller(limits=(Limit("tokens", "size", "left", "reset"),)), status, headers, body, NOW)
    assert found.kind in FAULTS
    assert found.after is None or 0 <= found.after <= 86_400_000


SECONDS, DATE = Limit("requests", "size-r", "left-r", "reset-r", "duration"), Limit("tokens", "size-t", "left-t", "reset-t", "rfc3339")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3_000),
        ({"retry-after": " 1.5 "}, 1_500),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:30 GMT"}, 10_000),
        ({"retry-after": "Mon, 21 Sep 2026 14:13:10 GMT"}, 0),
        ({"retry-after": "999999999"}, 86_400_000),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after-ms": "250", "retry-after": "1"}, 250),
        ({"retry-after-ms": "x", "x-ms-retry-after-ms": "40"}, 40),
        ({"retry-after-ms": "999999999999"}, 86_400_000),
        ({"x-ratelimit-reset": "1790000005"}, 5_000),
        ({"x-ratelimit-reset": "1790000005000"}, 5_000),
        ({"ratelimit-reset": "7"}, 7_000),
        ({"retry-after": "soon", "x-ratelimit-reset": "8"}, 8_000),
        ({"left-r": "0", "reset-r": "1m5s"}, 65_000),
        ({"left-r": "0", "reset-r": "5s", "left-t": "0", "reset-t": "2026-09-21T14:13:30Z"}, 10_000),
        ({"left-r": "9", "reset-r": "5s"}, None),
        ({"left-r": "0", "reset-r": "5s", "retry-after": "1"}, 1_000),
    ],
)
def test_how_long_to_wait_is_read_from_headers(headers: dict[str, str], wait: int | None) -> None:
    assert asked(seller(limits=(SECONDS, DATE)), headers, NOW, limited=True) == wait


def test_when_a_limit_is_full_again_only_matters_when_it_is_reached() -> None:
    own = seller(limits=(SECONDS, DATE))
    for headers in ({"x-ratelimit-reset": "60"}, {"left-r": "0", "reset-r": "5s"}):
        assert fault_of(own, 500, headers, b"", NOW).after is None
        assert fault_of(own, 429, headers, b"", NOW).after is not None
    assert fault_of(own, 500, {"retry-after": "4"}, b"", NOW).after == 4_000


def test_windows_are_read_where_a_provider_tells_of_them() -> None:
    headers = {"size-r": "50", "left-r": "49", "reset-r": "1m2.5s", "size-t": "1000", "left-t": "0", "reset-t": "2026-09-21T14:13:30Z"}
    requests, tokens = Window("requests", 50, 49, NOW + 62_500, NOW), Window("tokens", 1_000, 0, NOW + 10_000, NOW)
    own = seller(limits=(SECONDS, DATE))
    assert limits(own, headers, NOW) == (requests, tokens)
    assert limits(own, headers | {"left-r": "x"}, NOW) == (tokens,)
    assert limits(own, headers | {"reset-r": ""}, NOW) == (tokens,)
    assert limits(own, headers | {"size-r": ""}, NOW)[0] == Window("requests", 49, 49, NOW + 62_500, NOW)
    assert limits(own, headers | {"reset-r": "9999h"}, NOW)[0].reset == NOW + 86_400_000
    assert limits(own, {"size-r": "50"}, NOW) == ()
    assert limits(seller(), headers, NOW) == limits(None, headers, NOW) == ()
