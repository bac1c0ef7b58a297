"""What must not be written down is black, and JSON stays JSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.ledger.spooled import entry, outcome
from tierwise.core.entry import Bodies, Entry
from tierwise.core.faults import Fault
from tierwise.ledger import redaction
from tierwise.ledger.redaction import BLACK, body, redacted, rules

ALWAYS = rules()
PLAIN = "aB3" * 20

SECRETS = {
    "our key": f"tw-{PLAIN[:43]}",
    "a secret key": f"sk-{PLAIN[:40]}",
    "a project's key": f"sk-proj-{PLAIN[:40]}",
    "a key with a date": f"sk-ant-api03-{PLAIN[:40]}",
    "a router's key": f"sk-or-v1-{PLAIN[:40]}",
    "a key with an underscore": f"gsk_{PLAIN[:40]}",
    "a hub's token": f"hf_{PLAIN[:34]}",
    "a forge's token": f"ghp_{PLAIN[:36]}",
    "a fine-grained token": f"github_pat_{PLAIN[:50]}",
    "a cloud's API key": f"AIza{PLAIN[:35]}",
    "a cloud's access key": "AKIA" + "ABCDEFGH12345678",
    "a web token": f"eyJ{PLAIN[:20]}.{PLAIN[:20]}.{PLAIN[:20]}",
    "a private key": f"-----BEGIN RSA PRIVATE KEY-----\n{PLAIN}\n-----END RSA PRIVATE KEY-----",
}
FRAMES = {
    "plain": "{}",
    "in words": "my key is {}, thanks",
    "in a header": "Authorization: Bearer {}",
    "in code": "key='{}';",
    "twice": "{} {}",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_secrets_are_black_wherever_they_stand(secret: str, frame: str) -> None:
    said = frame.replace("{}", secret)
    for whole in (said.encode(), json.dumps({"a": [said]}).encode(), f"data: {json.dumps({'a': said})}\n\n".encode()):
        found = body(whole, ALWAYS)
        assert secret.encode() not in found
        assert json.dumps(secret)[1:-1].encode() not in found
        assert BLACK.encode() in found


@pytest.mark.parametrize(
    "said", ["Bearer abcdefgh12", "bearer  abcdefgh12", "BEARER abcdefgh12", "x-api-key: abcdefgh12", "?api_key=abcdefgh12&"]
)
def test_what_is_said_to_be_a_key_is_black(said: str) -> None:
    assert b"abcdefgh12" not in body(said.encode(), ALWAYS)
    assert b"abcdefgh12" not in body(json.dumps({"a": said}).encode(), ALWAYS)


@pytest.mark.parametrize(
    "said", ["task-0123456789abcdef01", "the bearer of bad news", "sk-short", "tw-0123456789abcdef", "risk-assessment-of-2026-07", "AKIA"]
)
def test_what_only_looks_a_little_like_a_secret_stays(said: str) -> None:
    whole = json.dumps({"a": said}).encode()
    assert body(whole, ALWAYS) == whole


def test_a_secret_that_is_written_with_escapes_is_black() -> None:
    escaped = "".join(f"\\u{ord(one):04X}" for one in SECRETS["our key"])
    assert json.loads(body(f'{{"a": "x {escaped}"}}'.encode(), ALWAYS)) == {"a": f"x {BLACK}"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(list(SECRETS.values())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(list(SECRETS.values())), inner, max_size=4),
    max_leaves=10,
)
OWN = rules([r"\d{3}", "a.b", '"pass": *"[^"]*"', "[aeiou]", "^x", "\\s"])


@given(JSON, st.booleans(), st.sampled_from([None, 2]))
def test_json_stays_json_of_the_same_shape(value: Any, ascii_only: bool, indent: int | None) -> None:  # noqa: FBT001  # drawn
    whole = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    try:
        whole.decode()
    except UnicodeDecodeError:
        return
    for known in (ALWAYS, OWN):
        found = json.loads(body(whole, known))
        assert type(found) is type(value) or found == BLACK or isinstance(found, str)
        if isinstance(value, list):
            assert len(found) == len(value)
    text = body(whole, ALWAYS).decode()
    assert not any(json.dumps(one, ensure_ascii=ascii_only)[1:-1] in text for one in SECRETS.values())


@given(JSON)
def test_what_is_black_stays_as_it_is(value: Any) -> None:
    once = body(json.dumps(value).encode(), ALWAYS)
    assert body(once, ALWAYS) == once


def test_own_expressions_see_texts_and_numbers() -> None:
    known = rules([r"\d{3}-\d{4}", r"^secret$", r"[\w.]+@example\.com"])
    said = {"a": "call 555-1234 or me@example.com", "b": 5551234, "secret": ["secret", "no secret"], "c": "caf\u00e9 me@example.com"}
    found = json.loads(body(json.dumps(said).encode(), known))
    assert found == {"a": f"call {BLACK} or {BLACK}", "b": 5551234, BLACK: [BLACK, "no secret"], "c": f"caf\u00e9 {BLACK}"}
    assert json.loads(body(b'{"a": 4111111111111111}', rules([r"4\d{15}"]))) == {"a": BLACK}


def test_an_expression_with_quotation_marks_sees_json_as_it_is_written() -> None:
    known = rules([r'"password":\s*"[^"]*"'])
    found = body(b'{"user": "me", "password": "hunter2", "n": [1, {"password":"x"}]}', known)
    assert json.loads(found) == {"user": "me", BLACK: BLACK, "n": [1, {BLACK: BLACK}]}


@pytest.mark.parametrize(
    "whole", [b"", b"plain words", b"\xff\xfe\x00", b'{"a": 1', b"data: [DONE]\n\n", b'event: x\r\ndata: {"a":1}\r\n\r\n']
)
def test_what_has_no_secret_stays_to_the_byte(whole: bytes) -> None:
    assert body(whole, ALWAYS) == whole == body(whole, rules(["zzz"]))


def test_an_expression_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match=r"'\(' is not a regular expression: missing \)"):
        rules(["("])


def test_a_record_is_redacted_wherever_somebody_else_speaks() -> None:
    secret = SECRETS["a secret key"]
    one = entry("a", Bodies(secret.encode(), f'"{secret}"'.encode()), Fault("auth", f"Incorrect API key: {secret}"))
    found = redacted(one, ALWAYS)
    assert isinstance(found, Entry)
    assert secret not in repr(found)
    assert found == replace(
        one,
        bodies=found.bodies,
        fault=found.fault,
        attempts=(replace(one.attempts[0], fault=Fault("auth", f"Incorrect API key: {BLACK}")),),
    )
    assert redacted(outcome("a", f"it leaked {secret}"), ALWAYS) == outcome("a", f"it leaked {BLACK}")


def test_a_record_without_secrets_is_not_touched() -> None:
    one = entry("a")
    assert redacted(one, ALWAYS) is one
    assert redacted(outcome("a"), ALWAYS) == outcome("a")
    assert redaction.said(entry("a", fault=Fault("dns")), ALWAYS) == entry("a", fault=Fault("dns"))
    assert redacted(entry("a", Bodies(b"{}", b"")), ALWAYS) == entry("a", Bodies(b"{}", b""))
