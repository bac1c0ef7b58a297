"""What real error answers of each provider mean: bodies as documented or as reported, read with that provider's rows."""

import json
from typing import Any

import pytest

from tierwise import plugins
from tierwise.core.faults import FAULTS, Fault
from tierwise.core.provider import Provider
from tierwise.recovery.reading import fault_of, limits, sharpened

PROVIDERS: dict[str, Provider] = {one.name: one for one in plugins.found(plugins.PROVIDERS)}
NOW = 1_790_000_000_000


def openai(message: str, kind: str = "", code: str | int | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def anthropic(kind: str, message: str, **more: Any) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message, **more}, "request_id": "req_1"}


def google(code: int, status: str, message: str, *details: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"error": {"code": code, "message": message, "status": status, "details": list(details)}}]


TOO_LONG = "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens."

ANSWERS: list[tuple[str, int, Any, str]] = [
    ("anthropic", 529, anthropic("overloaded_error", "Overloaded"), "overloaded"),
    ("anthropic", 401, anthropic("authentication_error", "invalid x-api-key"), "auth"),
    ("anthropic", 403, anthropic("permission_error", "Your API key does not have permission"), "auth"),
    ("anthropic", 404, anthropic("not_found_error", "model: claude-nova"), "no_model"),
    ("anthropic", 402, anthropic("billing_error", "Your credit balance is too low"), "payment"),
    ("anthropic", 400, anthropic("invalid_request_error", "Your credit balance is too low to access the Anthropic API."), "payment"),
    (
        "anthropic",
        400,
        anthropic("invalid_request_error", "You have reached your specified API usage limits. You will regain access on 2026-12-01."),
        "quota",
    ),
    ("anthropic", 413, anthropic("request_too_large", "Request exceeds the maximum size"), "too_large"),
    ("anthropic", 400, anthropic("invalid_request_error", "prompt is too long: 213462 tokens > 200000 maximum"), "context"),
    ("anthropic", 429, anthropic("rate_limit_error", "This request would exceed your organization's rate limit"), "rate_limit"),
    (
        "anthropic",
        429,
        anthropic("rate_limit_error", "Spend limit", details={"error_code": "enforced_spend_limit_reached"}),
        "quota",
    ),
    ("anthropic", 429, anthropic("rate_limit_error", "Extra usage is required for long context requests."), "context"),
    (
        "anthropic",
        400,
        anthropic("invalid_request_error", "messages.1.content.0: Invalid `signature` in `thinking` block"),
        "signature",
    ),
    ("anthropic", 500, anthropic("api_error", "Internal server error"), "server_error"),
    ("openai", 401, openai("Incorrect API key provided: sk-abcd1234.", "invalid_request_error", "invalid_api_key"), "auth"),
    ("openai", 429, openai("You exceeded your current quota", "insufficient_quota", "insufficient_quota"), "quota"),
    ("openai", 429, openai("You have no credits remaining.", "insufficient_quota", "credit_balance_exhausted"), "quota"),
    ("openai", 429, openai("The project reached it.", "insufficient_quota", "project_spend_limit_exceeded"), "quota"),
    ("openai", 429, openai("Rate limit reached for gpt-5.5 on tokens per min", "tokens", "rate_limit_exceeded"), "rate_limit"),
    ("openai", 429, openai("Request too large for gpt-5.5 on tokens per min (TPM): Limit 30000", "tokens", "x"), "too_large"),
    ("openai", 503, openai("Slow down", "service_unavailable_error", "slow_down"), "overloaded"),
    ("openai", 503, openai("Try again", "service_unavailable_error", "server_is_overloaded"), "overloaded"),
    (
        "openai",
        400,
        openai("Your input exceeds the context window of this model.", "invalid_request_error", "context_length_exceeded"),
        "context",
    ),
    ("openai", 404, openai("The model `gpt-nova` does not exist", "invalid_request_error", "model_not_found"), "no_model"),
    ("openai", 400, openai("Unsupported parameter", "invalid_request_error", "unsupported_parameter"), "bad_request"),
    (
        "openai",
        400,
        openai("The encrypted content could not be verified.", "invalid_request_error", "invalid_encrypted_content"),
        "signature",
    ),
    (
        "openai",
        403,
        openai("Country, region, or territory not supported", "request_forbidden", "unsupported_country_region_territory"),
        "auth",
    ),
    (
        "azure",
        404,
        {"error": {"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist."}},
        "no_model",
    ),
    ("azure", 400, {"error": {"code": "OperationNotSupported", "message": "The operation does not work with the model."}}, "no_model"),
    (
        "azure",
        400,
        {
            "error": {
                "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
                "type": None,
                "param": "prompt",
                "code": "content_filter",
                "status": 400,
                "innererror": {"code": "ResponsibleAIPolicyViolation"},
            }
        },
        "filtered",
    ),
    ("azure", 401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key or wrong endpoint."}}, "auth"),
    ("azure", 429, {"error": {"code": "429", "message": "Requests to the API have exceeded the token rate limit."}}, "rate_limit"),
    (
        "google",
        400,
        google(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", {"reason": "API_KEY_INVALID"}),
        "auth",
    ),
    ("google", 429, google(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan."), "rate_limit"),
    ("google", 429, google(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."), "rate_limit"),
    ("google", 429, google(429, "RESOURCE_EXHAUSTED", "Quota exceeded for metric: generate_requests_per day, limit: 250"), "quota"),
    ("google", 402, google(402, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."), "payment"),
    (
        "google",
        400,
        google(400, "INVALID_ARGUMENT", "The input token count (5911388) exceeds the maximum number of tokens allowed (1048576)."),
        "context",
    ),
    ("google", 404, google(404, "NOT_FOUND", "models/gemini-nova is not found for API version v1main"), "no_model"),
    ("google", 503, google(503, "UNAVAILABLE", "The model is overloaded. Please try again later."), "overloaded"),
    (
        "google",
        400,
        google(400, "INVALID_ARGUMENT", 'Invalid JSON payload received. Unknown name "store": Cannot find field.'),
        "bad_request",
    ),
    ("google", 400, google(400, "FAILED_PRECONDITION", "User location is not supported for the API use."), "auth"),
    ("deepseek", 402, openai("Insufficient Balance", "unknown_error", "invalid_request_error"), "payment"),
    ("deepseek", 422, openai("Failed to deserialize the JSON body", "invalid_request_error", "invalid_request_error"), "unprocessable"),
    ("deepseek", 400, openai(TOO_LONG, "invalid_request_error", "invalid_request_error"), "context"),
    ("deepseek", 400, openai("Content Exists Risk", "invalid_request_error", "invalid_request_error"), "filtered"),
    ("deepseek", 400, openai("Model Not Exist", "invalid_request_error", "invalid_request_error"), "no_model"),
    ("deepseek", 400, openai("The `reasoning_content` in the thinking mode must be passed back to the API."), "bad_request"),
    ("deepseek", 401, openai("Authentication Fails (no such user)", "authentication_error", "invalid_request_error"), "auth"),
    ("deepseek", 503, openai("Service is too busy.", "service_unavailable_error"), "overloaded"),
    (
        "moonshotai",
        429,
        openai("Your account is suspended, please check your plan and billing details", "exceeded_current_quota_error"),
        "quota",
    ),
    ("moonshotai", 429, openai("The engine is currently overloaded, please try again later", "engine_overloaded_error"), "overloaded"),
    ("moonshotai", 429, openai("Your account reached max organization concurrency", "rate_limit_reached_error"), "rate_limit"),
    ("moonshotai", 400, openai("Invalid request: Your request exceeded model token limit: 262144 (requested: 269030)"), "context"),
    ("moonshotai", 400, openai("The request was rejected because it was considered high risk", "content_filter"), "filtered"),
    ("moonshotai", 401, openai("Invalid Authentication", "invalid_authentication_error"), "auth"),
    ("moonshotai", 403, openai("You've reached your usage limit for this billing cycle.", "access_terminated_error"), "quota"),
    ("moonshotai", 403, openai("Your account balance is not enough"), "payment"),
    ("moonshotai", 404, openai("Not found the model kimi-nova or Permission denied", "resource_not_found_error"), "no_model"),
    ("minimax", 400, openai("invalid params, invalid chat setting (2013)", "bad_request_error"), "bad_request"),
    ("minimax", 400, openai("invalid params, context window exceeds limit (2013)", "bad_request_error"), "context"),
    ("minimax", 429, anthropic("rate_limit_error", "usage limit exceeded, 5-hour usage limit reached (2056)"), "quota"),
    ("minimax", 200, {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "payment"),
    ("minimax", 200, {"base_resp": {"status_code": 1002, "status_msg": "rate limit"}}, "rate_limit"),
    ("minimax", 200, {"base_resp": {"status_code": 1004, "status_msg": "login fail: Please carry the API secret key"}}, "auth"),
    ("minimax", 200, {"base_resp": {"status_code": 1027, "status_msg": "output new_sensitive"}}, "filtered"),
    ("minimax", 200, {"base_resp": {"status_code": 1039, "status_msg": "token limit"}}, "rate_limit"),
    ("minimax", 500, openai("your current token plan not support model, MiniMax-M3 (2061)"), "no_model"),
    ("zai", 429, {"error": {"code": "1113", "message": "Insufficient balance or no resource package. Please recharge."}}, "payment"),
    ("zai", 429, {"error": {"code": "1302", "message": "High concurrency usage of this API"}}, "rate_limit"),
    ("zai", 429, {"error": {"code": "1305", "message": "The service may be temporarily overloaded"}}, "overloaded"),
    ("zai", 429, {"error": {"code": "1308", "message": "Usage limit reached for 5 hour."}}, "quota"),
    (
        "zai",
        429,
        anthropic("rate_limit_error", "[1308][Usage limit reached for 5 hour. Your limit will reset at 2026-07-03][2026]", code="1308"),
        "quota",
    ),
    ("zai", 529, anthropic("overloaded_error", "[1305][The service may be temporarily overloaded]", code="1305"), "overloaded"),
    ("zai", 400, {"error": {"code": "1211", "message": "Unknown Model, please check the model code."}}, "no_model"),
    ("zai", 400, {"error": {"code": "1261", "message": "Prompt exceeds max length"}}, "context"),
    ("zai", 400, {"error": {"code": "1301", "message": "System detected potentially unsafe content"}}, "filtered"),
    ("zai", 401, {"error": {"code": "1000", "message": "Authentication Failed"}}, "auth"),
    ("zai", 400, {"error": {"code": "1214", "message": "Invalid messages parameter."}}, "bad_request"),
    (
        "x-ai",
        429,
        {
            "code": "Some resource has been exhausted",
            "error": "Your team has either used all available credits or reached its monthly spending limit.",
        },
        "quota",
    ),
    ("x-ai", 400, {"code": "Client specified an invalid argument", "error": "Incorrect API key provided: xa***ng."}, "auth"),
    (
        "x-ai",
        400,
        {"code": "invalid-argument", "error": "This model's maximum prompt length is 131072 but the request contains 537812 tokens."},
        "context",
    ),
    (
        "x-ai",
        403,
        {"code": "permission-denied", "error": "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"},
        "filtered",
    ),
    ("x-ai", 422, {"error": "Failed to deserialize the JSON body into the target type: unknown variant `namespace`"}, "unprocessable"),
    ("x-ai", 404, {"code": "not-found", "error": "The model grok-nova does not exist or your team has no access to it."}, "no_model"),
    ("mistral", 401, {"detail": "Unauthorized"}, "auth"),
    (
        "mistral",
        422,
        {
            "object": "error",
            "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "store"], "msg": "Extra inputs are not permitted"}]},
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        },
        "unprocessable",
    ),
    ("mistral", 429, {"object": "error", "message": "Requests rate limit exceeded", "type": "rate_limited", "code": "1300"}, "rate_limit"),
    (
        "mistral",
        429,
        {
            "object": "error",
            "message": "Service tier capacity exceeded for this model.",
            "type": "service_tier_capacity_exceeded",
            "code": "3505",
        },
        "overloaded",
    ),
    ("mistral", 400, {"object": "error", "message": "Invalid model: nova", "type": "invalid_model", "code": "1500"}, "no_model"),
    (
        "mistral",
        400,
        {
            "object": "error",
            "message": "Prompt contains 33150 tokens, too large for model with 32768 maximum context length",
            "code": "3051",
        },
        "context",
    ),
    ("groq", 498, openai("Flex tier capacity exceeded", "capacity_exceeded"), "overloaded"),
    (
        "groq",
        413,
        openai("Request too large for model on tokens per minute (TPM): Limit 6000", "tokens", "rate_limit_exceeded"),
        "rate_limit",
    ),
    ("groq", 413, openai("Request Entity Too Large", "invalid_request_error", "request_too_large"), "too_large"),
    ("groq", 429, openai("Rate limit reached for model on tokens per day (TPD)", "tokens", "rate_limit_exceeded"), "quota"),
    ("groq", 429, openai("Rate limit reached for model on requests per minute (RPM)", "requests", "rate_limit_exceeded"), "rate_limit"),
    (
        "groq",
        400,
        openai("Failed to call a function. Please adjust your prompt.", "invalid_request_error", "tool_use_failed"),
        "unprocessable",
    ),
    (
        "groq",
        400,
        openai("Please reduce the length of the messages or completion.", "invalid_request_error", "context_length_exceeded"),
        "context",
    ),
    ("groq", 404, openai("The model `nova` does not exist or you do not have access to it.", "x", "model_not_found"), "no_model"),
    ("cerebras", 429, openai("We're experiencing high traffic right now!", "too_many_requests_error", "queue_exceeded"), "overloaded"),
    ("cerebras", 429, openai("Tokens per minute limit exceeded", "too_many_tokens_error", "token_quota_exceeded"), "rate_limit"),
    ("cerebras", 413, "", "context"),
    ("cerebras", 401, openai("Wrong API Key", "invalid_request_error", "wrong_api_key"), "auth"),
    ("cerebras", 402, openai("Payment required"), "payment"),
    ("together", 422, openai("Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193."), "context"),
    ("together", 400, openai("The input (300 tokens) is longer than the model's context length (200 tokens)."), "context"),
    ("together", 403, openai("Input token count + max_tokens parameter must be less than the context length"), "context"),
    ("together", 404, openai("Unable to access model nova.", "invalid_request_error", "model_not_available"), "no_model"),
    ("together", 402, openai("Credit limit exceeded"), "payment"),
    ("together", 503, openai("The server is overloaded or not ready yet."), "overloaded"),
    ("fireworks", 412, openai("Account team is suspended, possibly due to reaching the monthly spending limit."), "payment"),
    ("fireworks", 400, openai("The prompt is too long: 131080, model maximum context length: 131071", "invalid_request_error"), "context"),
    ("fireworks", 404, openai("Model not found, inaccessible, and/or not deployed", "x", "NOT_FOUND"), "no_model"),
    ("openrouter", 402, openai("This request requires more credits, or fewer max_tokens.", code=402), "payment"),
    (
        "openrouter",
        402,
        {"error": {"code": 402, "message": "Wait.", "metadata": {"error_type": "in_flight_budget_exhausted"}}},
        "rate_limit",
    ),
    ("openrouter", 502, openai("Provider returned error", code=502), "server_error"),
    ("openrouter", 503, openai("There is no available model provider that meets your routing requirements", code=503), "no_model"),
    ("openrouter", 404, openai("No endpoints found that support tool use.", code=404), "no_model"),
    ("openrouter", 403, openai("Input was flagged", code=403), "filtered"),
    ("openrouter", 429, openai("Rate limit exceeded: free-models-per-day", code=429), "quota"),
    ("openrouter", 429, openai("nova is temporarily rate-limited upstream.", code=429), "rate_limit"),
    ("openrouter", 408, openai("Your request timed out", code=408), "request_timeout"),
    (
        "openrouter",
        400,
        {"error": {"code": 400, "message": "Provider returned error", "metadata": {"raw": json.dumps(openai(TOO_LONG))}}},
        "context",
    ),
    ("llamacpp", 400, openai("the request exceeds the available context size", "exceed_context_size_error", 400), "context"),
    ("llamacpp", 503, openai("Loading model", "unavailable_error", 503), "overloaded"),
    (
        "lmstudio",
        400,
        {"error": "Trying to keep the first 9000 tokens when context the overflows: greater than the context length"},
        "context",
    ),
    ("ollama", 404, openai("model 'nova' not found", "api_error"), "no_model"),
    ("vllm", 400, {"object": "error", "message": TOO_LONG, "type": "BadRequestError", "param": None, "code": 400}, "context"),
    ("compatible", 400, openai(TOO_LONG), "context"),
]


@pytest.mark.parametrize(("name", "status", "body", "kind"), ANSWERS, ids=[f"{row[0]}-{row[1]}-{row[3]}" for row in ANSWERS])
def test_an_error_answer_means_what_the_provider_documents(name: str, status: int, body: Any, kind: str) -> None:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    fault = fault_of(PROVIDERS[name], status, {}, raw, NOW)
    assert fault.kind == kind
    assert fault.kind in FAULTS


def test_every_provider_is_in_the_table() -> None:
    assert {row[0] for row in ANSWERS} >= {name for name, one in PROVIDERS.items() if one.faults}


@pytest.mark.parametrize(
    ("name", "code", "message", "kind"),
    [
        ("anthropic", "overloaded_error", "Overloaded", "overloaded"),
        ("openai", "server_is_overloaded", "Try again.", "overloaded"),
        ("minimax", "1008", "insufficient balance", "payment"),
        ("zai", "1302", "High concurrency usage", "rate_limit"),
        ("openrouter", "502", "Provider disconnected unexpectedly", "server_error"),
        ("openrouter", "429", "Rate limited", "rate_limit"),
    ],
)
def test_an_error_within_an_answer_is_read_with_the_same_rows(name: str, code: str, message: str, kind: str) -> None:
    assert sharpened(PROVIDERS[name], Fault("stream_error", message, code=code)).kind == kind


@pytest.mark.parametrize(
    ("name", "headers", "windows"),
    [
        (
            "anthropic",
            {
                "anthropic-ratelimit-requests-limit": "50",
                "anthropic-ratelimit-requests-remaining": "49",
                "anthropic-ratelimit-requests-reset": "2026-09-21T13:34:00Z",
                "anthropic-ratelimit-input-tokens-limit": "30000",
                "anthropic-ratelimit-input-tokens-remaining": "29000",
                "anthropic-ratelimit-input-tokens-reset": "2026-09-21T13:33:22Z",
            },
            [("requests", 50, 49, 1_789_997_640_000)],
        ),
        (
            "openai",
            {
                "x-ratelimit-limit-requests": "5000",
                "x-ratelimit-remaining-requests": "4999",
                "x-ratelimit-reset-requests": "12ms",
                "x-ratelimit-limit-tokens": "160000",
                "x-ratelimit-remaining-tokens": "159976",
                "x-ratelimit-reset-tokens": "6m0s",
            },
            [("requests", 5000, 4999, NOW + 12), ("tokens", 160_000, 159_976, NOW + 360_000)],
        ),
        (
            "groq",
            {
                "x-ratelimit-limit-requests": "14400",
                "x-ratelimit-remaining-requests": "14370",
                "x-ratelimit-reset-requests": "2m59.56s",
                "x-ratelimit-limit-tokens": "18000",
                "x-ratelimit-remaining-tokens": "17997",
                "x-ratelimit-reset-tokens": "7.66s",
            },
            [("requests", 14400, 14370, NOW + 179_560), ("tokens", 18000, 17997, NOW + 7_660)],
        ),
        (
            "azure",
            {"x-ratelimit-limit-tokens": "-1", "x-ratelimit-remaining-tokens": "-1", "x-ratelimit-reset-tokens": "0"},
            [],
        ),
        (
            "mistral",
            {"ratelimitbysize-limit": "500000", "ratelimitbysize-remaining": "499900", "ratelimitbysize-reset": "28"},
            [("tokens", 500_000, 499_900, NOW + 28_000)],
        ),
        (
            "cerebras",
            {
                "x-ratelimit-limit-requests-day": "10000",
                "x-ratelimit-remaining-requests-day": "9500",
                "x-ratelimit-reset-requests-day": "33011.382867",
                "x-ratelimit-limit-tokens-minute": "200000",
                "x-ratelimit-remaining-tokens-minute": "195000",
                "x-ratelimit-reset-tokens-minute": "11.5",
            },
            [("requests", 10_000, 9500, NOW + 33_011_383), ("tokens", 200_000, 195_000, NOW + 11_500)],
        ),
        (
            "openrouter",
            {"x-ratelimit-limit": "50", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1790000060000"},
            [("requests", 50, 0, NOW + 60_000)],
        ),
        (
            "together",
            {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "9", "x-ratelimit-reset": "1"},
            [("requests", 10, 9, NOW + 1000)],
        ),
        ("deepseek", {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "9", "x-ratelimit-reset": "1"}, []),
    ],
)
def test_rate_limit_headers_are_read_as_the_provider_writes_them(
    name: str, headers: dict[str, str], windows: list[tuple[str, int, int, int]]
) -> None:
    found = limits(PROVIDERS[name], headers, NOW)
    assert [(one.counts, one.size, one.remaining, one.reset) for one in found] == windows
