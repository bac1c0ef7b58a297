"""What is counted of requests."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.gateway.test_exposition import Samples, parsed
from tests.gateway.within import Sold, called, demo, gateway, last, posted, request, run
from tierwise.core.decision import Cost, Priced
from tierwise.core.entry import Asker, Attempt, Entry, Latency
from tierwise.core.faults import Fault
from tierwise.core.money import PER_DOLLAR, Unknown
from tierwise.core.usage import Usage
from tierwise.gateway import metrics
from tierwise.gateway.exposition import Family, Reading
from tierwise.gateway.metrics import FAMILIES, MANY, OTHER
from tierwise.upstream.scripted import Scripted, playing, whole

FINE = Scripted(pace=0)


def entry(**more: Any) -> Entry:
    usual = Entry(
        "x", 0, Asker("", "plain", "s", "openai_chat", "auto"), None, (Attempt("one/alpha", "openai_chat", 0, 1),), Latency(), 200
    )
    return replace(usual, **more)


def counted(*entries: Entry) -> Samples:
    made = metrics.opened()
    for one in entries:
        made.count(one)
    return parsed(made.text())


def test_a_page_with_nothing_on_it_yet_can_be_read() -> None:
    assert parsed(metrics.opened().text())


def test_what_was_served_is_counted() -> None:
    made = gateway(Sold("one/alpha", playing(whole(b"{}", 500))), Sold("two/beta", FINE, price=2))
    for _ in range(3):
        run(posted(made, "openai_chat", request("openai_chat"), {"user-agent": "opencode/1.18"}))
    run(posted(made, "anthropic", b"{"))
    answer = run(called(made, "GET", "/metrics"))
    assert answer.headers["content-type"].startswith("text/plain")
    found = parsed(answer.body.decode())
    served = '{wire="openai_chat",endpoint="two/beta",client="opencode",status="200"}'
    assert found["tierwise_requests_total", served] == 3
    assert sum(value for (name, _), value in found.items() if name == "tierwise_requests_total") == 4
    assert found["tierwise_attempts_total", '{endpoint="two/beta",outcome="ok"}'] == 3
    assert found["tierwise_attempts_total", '{endpoint="one/alpha",outcome="server_error"}'] >= 1
    assert found["tierwise_absorbed_faults_total", '{kind="server_error"}'] >= 1
    assert found["tierwise_faults_total", '{kind="malformed",committed="false"}'] == 1
    assert found["tierwise_refusals_total", '{kind="malformed"}'] == 1
    sold = 'endpoint="two/beta",client="opencode"'
    assert found["tierwise_tokens_total", f'{{{sold},kind="output"}}'] > 3
    spent, reference = (found["tierwise_dollars_total", f'{{{sold},what="{what}"}}'] for what in ("spent", "reference"))
    assert 0 < spent < reference
    assert found["tierwise_saved_dollars_total", f"{{{sold}}}"] == pytest.approx(reference - spent)
    assert found["tierwise_request_seconds_count", '{endpoint="two/beta"}'] == 3
    assert found["tierwise_request_seconds_count", '{endpoint=""}'] == 1
    assert found["tierwise_first_content_seconds_count", '{endpoint="two/beta"}'] == 3
    assert found["tierwise_first_byte_seconds_count", '{endpoint="two/beta"}'] == 3
    assert found["tierwise_overhead_seconds_count", ""] == 4


def test_each_token_is_counted_once_by_its_kind() -> None:
    found = counted(entry(usage=Usage(1, 20, 300, 4000, 50000, reasoning=600)), entry(usage=Usage(1)))
    kinds = {"fresh": 2, "read": 20, "write_5m": 300, "write_1h": 4000, "output": 50000}
    for kind, count in kinds.items():
        assert found["tierwise_tokens_total", f'{{endpoint="one/alpha",client="plain",kind="{kind}"}}'] == count
    assert found["tierwise_reasoning_tokens_total", '{endpoint="one/alpha",client="plain"}'] == 600


@pytest.mark.parametrize(
    ("cost", "baseline", "saved", "overspent"),
    [(1, 4, 3, 0), (4, 1, 0, 3), (2, 2, 0, 0), (Unknown("x"), 3, 0, 0), (3, Unknown("x"), 0, 0)],
)
def test_a_saving_is_what_is_known_on_both_roads(cost: Any, baseline: Any, saved: int, overspent: int) -> None:
    amounts = [one if isinstance(one, Unknown) else one * PER_DOLLAR for one in (cost, baseline)]
    found = counted(entry(cost=amounts[0], baseline=amounts[1]))
    sold = '{endpoint="one/alpha",client="plain"}'
    assert found.get(("tierwise_saved_dollars_total", sold), 0) == saved
    assert found.get(("tierwise_overspent_dollars_total", sold), 0) == overspent
    for what, amount in (("spent", cost), ("reference", baseline)):
        unknown = isinstance(amount, Unknown)
        assert found.get(("tierwise_unknown_total", f'{{what="{what}"}}'), 0) == unknown
        assert found.get(("tierwise_dollars_total", f'{sold[:-1]},what="{what}"}}'), 0) == (0 if unknown else amount)


def test_sums_of_money_are_exact_however_many_there_are() -> None:
    found = counted(*(entry(cost=1) for _ in range(1000)), entry(cost=10**19))
    assert found["tierwise_dollars_total", '{endpoint="one/alpha",client="plain",what="spent"}'] == (10**19 + 1000) / PER_DOLLAR


def predicting(cached: int, made: Entry, place: int = 0) -> Entry:
    """The same request, expected to find so much in the cache of the endpoint that served; its verdict at another place."""
    decision, served = made.decision, made.attempts[-1].endpoint
    assert decision is not None
    verdicts = list(decision.receipt.verdicts)
    at = next(index for index, one in enumerate(verdicts) if one.endpoint == served)
    verdict = verdicts.pop(at)
    assert isinstance(verdict, Priced)
    assert isinstance(verdict.cost, Cost)
    verdicts.insert(place, replace(verdict, cost=replace(verdict.cost, cached=cached)))
    receipt = replace(decision.receipt, verdicts=tuple(verdicts))
    return replace(made, decision=replace(decision, receipt=receipt), usage=Usage(fresh=10, read=70, write_5m=20))


def test_what_was_expected_of_the_cache_stands_beside_what_was_found() -> None:
    made = demo()
    run(posted(made, "openai_chat", request("openai_chat")))
    one = last(made)
    found = counted(*(predicting(30, one, place) for place in (0, 0, 5, 2)), replace(one, decision=None), replace(one, usage=None))
    label = f'{{endpoint="{one.attempts[-1].endpoint}"}}'
    assert found["tierwise_predicted_cache_tokens_total", label] == 120
    assert found["tierwise_observed_cache_tokens_total", label] == 280
    assert found["tierwise_predicted_prompt_tokens_total", label] == 400


def test_an_endpoint_without_a_verdict_is_no_prediction() -> None:
    made = demo()
    run(posted(made, "openai_chat", request("openai_chat")))
    elsewhere = replace(last(made), attempts=(Attempt("else/where", "openai_chat", 0, 1),))
    assert not [name for name, _ in counted(elsewhere) if name.startswith("tierwise_predicted")]


def test_who_was_turned_away_without_a_record_is_counted_too() -> None:
    made = metrics.opened()
    made.refuse(Fault("unauthorized"))
    made.count(entry(attempts=(), status=401, fault=Fault("unauthorized")))
    made.count(entry(status=504, fault=Fault("deadline")))
    assert parsed(made.text())["tierwise_refusals_total", '{kind="unauthorized"}'] == 2
    assert parsed(made.text())["tierwise_faults_total", '{kind="deadline",committed="false"}'] == 1


def test_a_fault_that_reached_the_client_is_not_absorbed() -> None:
    failed = Attempt("one/alpha", "openai_chat", 0, 1, 500, Fault("server_error"))
    found = counted(entry(attempts=(failed, failed), status=502, fault=Fault("server_error")))
    assert not [name for name, _ in found if name == "tierwise_absorbed_faults_total"]
    assert found["tierwise_attempts_total", '{endpoint="one/alpha",outcome="server_error"}'] == 2


def test_nobody_can_fill_the_memory_with_labels() -> None:
    made = metrics.opened()
    for number in range(MANY * 2):
        tried = Attempt(f"one/{number}", "openai_chat", 0, 1, 500, Fault("server_error"))
        made.count(entry(attempts=(tried, tried), status=number))
    assert len(made.cells) == len(made.times) == len(made.attempts) == MANY + 1
    found = parsed(made.text())
    assert sum(value for (name, _), value in found.items() if name == "tierwise_requests_total") == MANY * 2
    many = f'{{wire="{OTHER}",endpoint="{OTHER}",client="{OTHER}",status="{OTHER}"}}'
    assert found["tierwise_requests_total", many] == MANY
    assert found["tierwise_attempts_total", f'{{endpoint="{OTHER}",outcome="{OTHER}"}}'] == MANY * 2


def test_what_clients_make_up_is_no_label() -> None:
    made = gateway(Sold("one/alpha", FINE))
    for number in range(10):
        run(posted(made, "openai_chat", request("openai_chat", f"made-up-{number}"), {"user-agent": f"made-up/{number}"}))
        told = {"user-agent": f"made-up/{number}", "x-tierwise-session": f"made-up-{number}"}
        run(posted(made, "openai_chat", request("openai_chat"), told))
    assert "made-up" not in made.metrics.text()


def test_what_is_watched_is_looked_at_when_the_page_is_read() -> None:
    made, family, height = metrics.opened(), Family("tierwise_height", "gauge", "How high it is", ("side",)), [1.0]
    made.watch([Reading(family, lambda: [(("left",), height[0])]), Reading(family, lambda: [(("right",), 7)])])
    height[0] = 2.5
    found = parsed(made.text())
    assert (found["tierwise_height", '{side="left"}'], found["tierwise_height", '{side="right"}']) == (2.5, 7)


def test_every_family_is_on_the_page_once() -> None:
    text = metrics.opened().text()
    assert [text.count(f"# TYPE {one.name} {one.kind}\n") for one in FAMILIES] == [1] * len(FAMILIES)
    assert text.count("# TYPE ") == len(FAMILIES)
