"""What hides secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.faults import Fault
from tierwise.gateway.veil import SHORTEST, sent, veil
from tierwise.recovery.saying import HIDDEN

OURS = "tw-" + "aB3_" * 10 + "x-Z"
SECRET = "correct horse"  # noqa: S105  # what must not be seen
VEIL = veil([SECRET, "correct", "short", ""])


@pytest.mark.parametrize("text", ["{}", "the key {} is wrong", "({})", "a{}b", "{}{}"])
def test_a_known_secret_is_hidden_wherever_it_stands(text: str) -> None:
    said = text.replace("{}", SECRET)
    for found in (VEIL.name(said), VEIL.text(said), VEIL.fault(Fault("auth", said, code=said))):
        assert "correct" not in str(found)
        assert HIDDEN in str(found)


@pytest.mark.parametrize("key", [OURS, "sk-ant-api03-" + "a1" * 12, "sk-proj-abcdefghijklmnop", "AIza" + "b" * 35])
def test_what_has_the_form_of_a_key_is_hidden_though_nobody_knows_it(key: str) -> None:
    assert VEIL.name(f"x {key} y") == f"x {HIDDEN} y"
    assert key not in VEIL.text(f"x {key} y")
    assert key not in VEIL.text(f"https://host/v1?key={key}")


@pytest.mark.parametrize(
    "name",
    [
        "auto",
        "claude-opus-4-8",
        "tw-4003ea0e1a20fb0adef0000",
        "123e4567-e89b-12d3-a456-426614174000",
        "0123456789abcdef" * 4,
        "sk-short",
        "",
    ],
)
def test_names_stay(name: str) -> None:
    assert VEIL.name(name) == name


def test_a_fault_without_a_secret_stays_itself() -> None:
    fault = Fault("overloaded", "come back at noon", 529, 5, "overloaded_error")
    assert VEIL.fault(fault) is fault


def test_what_is_too_short_to_be_a_secret_is_none() -> None:
    assert VEIL.name("in short order") == "in short order"
    assert VEIL.text("in short order") == "in short order"


def test_nobody_sees_what_is_hidden() -> None:
    assert SECRET not in repr(VEIL)


@pytest.mark.parametrize(
    ("headers", "secrets"),
    [
        ({"authorization": "Bearer abc-def"}, {"Bearer abc-def", "abc-def"}),
        ({"X-Api-Key": "abc-def", "anthropic-version": "2023-06-01"}, {"abc-def"}),
        ({"user-agent": "tierwise/1", "http-referer": "https://here"}, set()),
        ({"cookie": "a=b"}, {"a=b"}),
    ],
)
def test_the_secrets_of_headers_are_those_that_their_names_tell_of(headers: dict[str, str], secrets: set[str]) -> None:
    assert sent([headers]) == secrets


@given(st.text(min_size=SHORTEST).filter(lambda one: len(one.strip()) >= SHORTEST), st.text(), st.text())
def test_no_secret_gets_through_whatever_is_around_it(secret: str, before: str, after: str) -> None:
    if secret.strip() not in HIDDEN:
        assert secret.strip() not in veil([secret]).name(before + secret + after).replace(HIDDEN, "")
