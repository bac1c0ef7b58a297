"""A model asked what kind of work a request is: when, how often, for how long, for how much, and what happens when it fails."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tests.gateway.within import Sold, gateway, run, switch
from tierwise.core.decision import Task
from tierwise.core.faults import Fault
from tierwise.core.request import Request
from tierwise.gateway import classifying
from tierwise.gateway.classifying import Classifier, Verdict, classified
from tierwise.upstream.door import Sent
from tierwise.upstream.scripted import Script, playing, whole

UNSURE = Task("chore", 1, 0.35, "learned", ("plan",))
REQUEST = Request("openai_chat", "auto", words="make it better", previous="the parser is slow", session="s")
TOLD = Task("refactor", 3, classifying.SURE, "classifier")


def said(text: str, tokens: int = 200) -> Script:
    """A model's answer."""
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": tokens, "completion_tokens": 20, "total_tokens": tokens + 20}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "alpha", "usage": usage}
    return whole(json.dumps(body | {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode())


GOOD = said('{"task": "refactor", "difficulty": 3}')
FAILING = whole(b'{"error": {"message": "no"}}', 500)


class Hands(Struct):
    """A clock that a test sets."""

    at: int = 1_760_000_000_000

    def now(self) -> int:
        return self.at


class Bench(Struct):
    """A classifier, its clock, and what was asked of it."""

    one: Classifier
    hands: Hands
    asked: list[Sent]

    def task(self, request: Request = REQUEST, task: Task = UNSURE) -> Verdict:
        return run(classified(self.one, request, task))


def bench(*scripts: Script, **more: Any) -> Bench:
    """A classifier that plays scripts."""
    made = gateway(Sold("one/alpha", playing(*scripts)))
    hands = Hands()
    site = made.sites["one/alpha"]
    told = {"below": 0.5, "timeout": 0.5, "budget": 10**12} | more
    priced = classifying.priced(made.plans, "one/alpha")
    asking = classifying.Asking(site, made.wires[site.spoken("openai_chat")], priced, clock=replace(made.clock, now=hands.now), **told)
    return Bench(classifying.classifier(asking), hands, switch(made).asked)


def test_where_the_signal_is_unsure_the_classifier_decides_and_is_charged() -> None:
    found = bench(GOOD)
    verdict = found.task()
    assert verdict.task == TOLD
    assert verdict.attempt is not None
    assert (verdict.attempt.endpoint, verdict.attempt.status, verdict.attempt.fault) == ("one/alpha", 200, None)
    assert verdict.attempt.cost == 200 * 10**6 + 20 * 2 * 10**6 == found.one.purse.spent


def test_it_is_shown_what_was_said_and_what_was_said_before() -> None:
    found = bench(GOOD)
    found.task(replace(REQUEST, words="x" * 5000 + " the end"))
    body = found.asked[0].body.decode()
    assert "the parser is slow" in body
    assert "the end" in body
    assert len(body) < 6000
    assert json.loads(body)["model"] == "alpha"


@pytest.mark.parametrize(
    ("request_", "task"),
    [
        (REQUEST, Task("chore", 1, 0.5, "learned")),
        (REQUEST, Task("chore", 1, 0.1, "caller")),
        (REQUEST, Task("side", 1, 0.1, "client")),
        (replace(REQUEST, words=""), Task("unknown", 2, 0.0, "nothing said")),
    ],
)
def test_what_is_sure_or_told_or_empty_is_not_asked_about(request_: Request, task: Task) -> None:
    found = bench(GOOD)
    assert found.task(request_, task) == Verdict(task)
    assert not found.asked


def test_a_work_item_is_asked_about_once() -> None:
    found = bench(GOOD)
    first, second, other = found.task(), found.task(), found.task(replace(REQUEST, session="t"))
    assert (first.task, second, other.task) == (TOLD, Verdict(TOLD), TOLD)
    assert len(found.asked) == 2


def test_calls_that_come_meanwhile_wait_for_the_same_answer() -> None:
    found = bench(replace(GOOD, wait=0.02))

    async def both() -> Sequence[Verdict]:
        return await asyncio.gather(*(classified(found.one, REQUEST, UNSURE) for _ in range(3)))

    verdicts = run(both())
    assert [one.task for one in verdicts] == [TOLD] * 3
    assert sum(one.attempt is not None for one in verdicts) == len(found.asked) == 1


def test_who_waits_for_another_waits_no_longer_than_for_itself() -> None:
    found = bench(Script(wait=30), timeout=0.03)

    async def both() -> Sequence[Verdict]:
        return await asyncio.gather(*(classified(found.one, REQUEST, UNSURE) for _ in range(2)))

    assert [one.task for one in run(both())] == [UNSURE] * 2


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        (FAILING, "server_error"),
        (Script(0, {}, (), "reset"), "dropped"),
        (whole(b"<html>"), "not_json"),
        (said("I think it is a chore."), "not_json"),
        (said('{"task": "poetry", "difficulty": 1}'), "not_json"),
    ],
)
def test_whatever_goes_wrong_the_embedded_signal_stands(script: Script, fault: str) -> None:
    verdict = bench(script).task()
    assert verdict.task == UNSURE
    assert verdict.attempt is not None
    assert verdict.attempt.fault is not None
    assert verdict.attempt.fault.kind == fault


def test_an_answer_that_means_nothing_is_paid_all_the_same() -> None:
    found = bench(said("no idea"))
    found.task()
    assert found.one.purse.spent > 0


def test_nobody_waits_longer_than_the_timeout() -> None:
    found = bench(Script(wait=30), timeout=0.03)
    verdict = found.task()
    assert verdict.task == UNSURE
    assert verdict.attempt is not None
    assert verdict.attempt.fault == Fault("deadline", "the classifier took more than 0.03 s")


def ask(found: Bench, times: int) -> None:
    """Ask about so many different work items."""
    for place in range(times):
        found.task(replace(REQUEST, words=f"{len(found.asked)} {place}"))


def test_after_three_faults_it_rests_and_one_question_is_the_trial() -> None:
    found = bench(FAILING)
    ask(found, 6)
    assert len(found.asked) == classifying.FAULTS
    found.hands.at += classifying.REST
    ask(found, 3)
    assert len(found.asked) == classifying.FAULTS + 1
    found.hands.at += classifying.REST
    ask(found, 1)
    assert len(found.asked) == classifying.FAULTS + 1
    found.hands.at += classifying.REST
    ask(found, 1)
    assert len(found.asked) == classifying.FAULTS + 2


def test_a_trial_that_is_answered_ends_the_rest() -> None:
    found = bench(FAILING, FAILING, FAILING, GOOD)
    ask(found, 3)
    found.hands.at += classifying.REST
    ask(found, 3)
    assert len(found.asked) == 6
    assert found.one.breaker == classifying.Breaker()


def test_while_a_trial_is_open_nobody_else_is_let_through() -> None:
    found = bench(FAILING, FAILING, FAILING, replace(GOOD, wait=0.02))
    ask(found, 3)
    found.hands.at += classifying.REST

    async def two() -> Sequence[Verdict]:
        requests = [replace(REQUEST, words=words) for words in ("one", "two")]
        return await asyncio.gather(*(classified(found.one, request, UNSURE) for request in requests))

    assert [one.task for one in run(two())] == [TOLD, UNSURE]


def test_a_caller_that_goes_away_is_no_fault() -> None:
    found = bench(Script(wait=30), timeout=5)

    async def gone() -> None:
        asking = asyncio.ensure_future(classified(found.one, REQUEST, UNSURE))
        await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    run(gone())
    assert found.one.breaker == classifying.Breaker()
    assert not found.one.under_way


def test_when_the_days_budget_is_spent_nobody_is_asked_until_the_next() -> None:
    found = bench(GOOD, budget=1)
    ask(found, 3)
    assert len(found.asked) == 1
    found.hands.at += classifying.DAY
    ask(found, 3)
    assert len(found.asked) == 2


def test_without_a_budget_nobody_is_ever_asked() -> None:
    found = bench(GOOD, budget=0)
    ask(found, 2)
    assert not found.asked


def test_only_the_latest_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifying, "KEPT", 2)
    found = bench(GOOD)
    ask(found, 5)
    assert len(found.one.known) == 2


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ('{"task":"docs","difficulty":"1"}', ("docs", 1)),
        ('Sure! ```json\n{"task": "debug", "difficulty": 3}\n```', ("debug", 3)),
        ('{"task": "plan"}', ("plan", 2)),
        ('{"task": "plan", "difficulty": 7}', ("plan", 2)),
        ('{"difficulty": 1}', None),
        ("", None),
    ],
)
def test_an_answer_is_read_wherever_it_stands(text: str, task: tuple[str, int] | None) -> None:
    found = classifying.task_of(text, Task("chore", 2, 0.3, "learned"))
    assert (found and (found.kind, found.difficulty)) == task
