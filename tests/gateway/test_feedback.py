"""Outcomes told afterwards: by request, by session, by the header of a later request; what is wrong is refused with the nearest name."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tests.gateway.drill import Answered
from tests.gateway.within import client, demo, run, scope
from tierwise.core.entry import OUTCOMES, Asker, Entry, Outcome, Record
from tierwise.gateway import feedback
from tierwise.gateway.app import App
from tierwise.gateway.asking import Refused
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.routes import shaped

ID = "tw-0123abcd0199a2b3c4d0001"


class Kept(Struct):
    """A ledger that keeps everything in order."""

    records: list[Record] = []

    def record(self, record: Record) -> None:
        self.records.append(record)

    def find(self, name: str) -> Entry | None:
        return next((one for one in self.records if isinstance(one, Entry) and one.id == name), None)

    def recent(self, count: int) -> Sequence[Entry]:
        return [one for one in self.records if isinstance(one, Entry)][:count]

    async def close(self) -> None:
        """There is nothing to write."""


def gateway() -> tuple[Gateway, list[Record]]:
    made = demo()
    kept = Kept()
    made.ledger = kept
    return made, kept.records


async def posted(made: Gateway, body: Any) -> Answered:
    one = client(body if isinstance(body, bytes) else json.dumps(body).encode())
    await App(made, feedback.OWN, shaped)(scope("POST", "/v1/feedback", {}), one.receive, one.send)
    return one.answered


def told(body: Any) -> tuple[int, Outcome]:
    """The status and what was recorded."""
    made, records = gateway()
    answer = run(posted(made, body))
    (outcome,) = records
    assert isinstance(outcome, Outcome)
    assert json.loads(answer.body) == {"id": outcome.id, "outcome": outcome.kind, "status": "recorded"}
    return answer.status, outcome


def refused(body: Any) -> str:
    """Why a body is refused; nothing may have been recorded."""
    made, records = gateway()
    answer = run(posted(made, body))
    assert (answer.status, records) == (400, [])
    return str(json.loads(answer.body)["error"]["message"])


@pytest.mark.parametrize("kind", OUTCOMES)
def test_an_outcome_of_a_request_is_recorded(kind: str) -> None:
    status, found = told({"request": ID, "outcome": kind, "note": "well"})
    assert (status, found.entry, found.session, found.kind, found.score, found.note) == (202, ID, "", kind, None, "well")
    assert (found.source, found.id[:4]) == ("feedback", "out-")
    assert abs(found.at - demo().clock.now()) < 60_000


def test_an_outcome_of_a_session_is_recorded() -> None:
    _, found = told({"session": "build 7", "outcome": "tests-passed", "score": 1})
    assert (found.entry, found.session, found.kind, found.score) == ("", "build 7", "tests_passed", 1.0)


@pytest.mark.parametrize(("score", "kind"), [(0, "failure"), (0.49, "failure"), (0.5, "success"), (1, "success")])
def test_a_score_alone_says_whether_it_went_well(score: float, kind: str) -> None:
    _, found = told({"request": ID, "score": score})
    assert (found.kind, found.score) == (kind, score)


def test_two_outcomes_have_two_names() -> None:
    assert told({"request": ID, "outcome": "success"})[1].id != told({"request": ID, "outcome": "success"})[1].id


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"request": ID, "outcome": "sucess"}, "feedback.outcome: unknown outcome 'sucess'; did you mean 'success'? (known: success,"),
        ({"request": ID, "outcome": "zzz"}, "feedback.outcome: unknown outcome 'zzz' (known: success,"),
        ({"request": ID}, "give outcome (success, "),
        ({"outcome": "success"}, "give request (an id, from the header x-tierwise-id of its answer) or session, one of the two"),
        ({"request": ID, "session": "s", "outcome": "success"}, "one of the two"),
        ({"request": "tw-1", "outcome": "success"}, "feedback.request: 'tw-1' is no request's id"),
        ({"request": "../etc", "outcome": "success"}, "is no request's id"),
        ({"session": "a\nb", "outcome": "success"}, "feedback.session: has 1 to 256 characters"),
        ({"session": "s" * 257, "outcome": "success"}, "feedback.session: has 1 to 256 characters"),
        ({"request": ID, "score": 1.5}, "feedback.score: 1.5 is not between 0 and 1"),
        ({"request": ID, "score": -0.1}, "feedback.score: -0.1 is not between 0 and 1"),
        ({"request": ID, "score": "good"}, "Expected `float | null`, got `str` - at `$.score`"),
        ({"request": ID, "outcome": "success", "note": "x" * 2001}, "feedback.note: has 2,001 characters"),
        ({"request": ID, "outcom": "success"}, "unknown field `outcom`"),
        (b"{", "feedback: "),
        (b"\xff", "feedback: "),
        ([], "feedback: Expected `object`, got `array`"),
    ],
)
def test_what_is_wrong_is_refused_with_the_nearest_valid_thing(body: Any, said: str) -> None:
    assert said in refused(body)


def test_a_reader_s_key_tells_nothing() -> None:
    made, records = gateway()
    made.desk.keyring.everybody = replace(made.everybody, role="reader")
    answer = run(posted(made, {"request": ID, "outcome": "success"}))
    assert (answer.status, records) == (403, [])


def heard(headers: Mapping[str, str], session: str = "s", key: str = "ana") -> Outcome | str:
    """What a request's headers tell, of a session whose latest request is known."""
    made, records = gateway()
    made.latest.remember(ID, Asker("ana", "pi", "s", "openai_chat", "auto"))
    try:
        feedback.hear(made, headers, key, session)
    except Refused as error:
        assert records == []
        return error.fault.message
    found = records[0] if records else ""
    assert isinstance(found, Outcome | str)
    return found


def test_the_header_tells_of_the_request_before_in_the_session() -> None:
    found = heard({"x-tierwise-outcome": " Tests Passed "})
    assert isinstance(found, Outcome)
    assert (found.entry, found.session, found.kind, found.source, found.key) == (ID, "", "tests_passed", "header", "ana")


def test_the_header_may_name_the_request() -> None:
    other = "tw-fedcba980199a2b3c4d0002"
    found = heard({"x-tierwise-outcome": "failure", "x-tierwise-outcome-for": f" {other}"}, session="")
    assert isinstance(found, Outcome)
    assert (found.entry, found.kind) == (other, "failure")


def test_a_request_before_that_is_not_known_leaves_the_session() -> None:
    found = heard({"x-tierwise-outcome": "kept"}, session="t")
    assert isinstance(found, Outcome)
    assert (found.entry, found.session) == ("", "t")
    assert "not known here" in found.note


def test_another_key_s_session_of_the_same_name_is_not_judged() -> None:
    found = heard({"x-tierwise-outcome": "kept"}, key="ben")
    assert isinstance(found, Outcome)
    assert found.entry == ""


def test_most_requests_tell_nothing() -> None:
    assert heard({"user-agent": "pi"}) == ""


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"x-tierwise-outcome": "tests_pased"}, "header x-tierwise-outcome: unknown outcome 'tests_pased'; did you mean 'tests_passed'?"),
        ({"x-tierwise-outcome-for": ID}, "header x-tierwise-outcome-for: goes with x-tierwise-outcome"),
        ({"x-tierwise-outcome": "kept", "x-tierwise-outcome-for": "it"}, "header x-tierwise-outcome-for: 'it' is no request's id"),
    ],
)
def test_a_header_that_means_nothing_is_refused(headers: Mapping[str, str], said: str) -> None:
    assert said in str(heard(headers))


def test_an_outcome_without_session_or_request_is_refused() -> None:
    assert "belongs to no session" in str(heard({"x-tierwise-outcome": "kept"}, session=""))
