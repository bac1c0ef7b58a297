"""The closed list of faults, and what the client is told of one."""

import pytest

from tierwise.core.faults import ELSEWHERE, FAULTS, HERE, LARGER, STRIP, TELL, Fault, status_of, told

GATEWAY = list(FAULTS)[list(FAULTS).index("malformed") :]
MONEY = {"budget", "uncounted"}
"""What a budget has too little left for may still be served by something cheaper."""


@pytest.mark.parametrize("kind", FAULTS)
def test_every_row_says_what_then_and_tells_the_client_an_error(kind: str) -> None:
    row = FAULTS[kind]
    assert row.then in {HERE, ELSEWHERE, LARGER, STRIP, TELL}
    assert 400 <= row.status <= 599
    assert row.says
    assert row.says[0].islower()
    assert not row.says.endswith(".")
    assert status_of(Fault(kind)) == row.status


@pytest.mark.parametrize("kind", GATEWAY)
def test_what_is_the_clients_or_the_gateways_own_is_told_and_nobody_rests_for_it(kind: str) -> None:
    assert FAULTS[kind].then == (ELSEWHERE if kind in MONEY else TELL)
    assert not FAULTS[kind].rests


@pytest.mark.parametrize("kind", [kind for kind in FAULTS if kind not in {*GATEWAY, "deadline"}])
def test_what_is_a_providers_is_never_the_last_word_before_another_was_asked(kind: str) -> None:
    assert FAULTS[kind].then != TELL


def test_our_own_key_and_money_are_never_blamed_on_the_client() -> None:
    assert {FAULTS[kind].status for kind in ("auth", "payment", "no_model")} == {502}


def test_two_rows_never_say_the_same() -> None:
    assert len({row.says for row in FAULTS.values()}) == len(FAULTS)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault("overloaded"), "the provider is overloaded"),
        (Fault("overloaded", "come back at noon"), "the provider is overloaded: come back at noon"),
        (Fault("overloaded", "the provider is overloaded"), "the provider is overloaded"),
    ],
)
def test_a_fault_is_told_in_a_sentence_with_what_the_provider_said(fault: Fault, sentence: str) -> None:
    assert told(fault) == sentence
