"""Counters as Prometheus reads them."""

import re

import pytest

from tests.gateway.within import Sold, called, gateway, posted, request, run
from tierwise.gateway import metrics
from tierwise.gateway.metrics import MANY, Counter, Spread, escaped, labelled, shown
from tierwise.upstream.scripted import Scripted, playing, whole

FINE = Scripted(pace=0)
SAMPLE = re.compile(r'^([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$')
Samples = dict[tuple[str, str], float]


def parsed(text: str) -> Samples:
    """The samples of a page; each has to belong to a series that was announced before it."""
    assert text.endswith("\n")
    found: Samples = {}
    name = ""
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name = line.split(" ")[2]
        elif line.startswith("# TYPE "):
            assert line.split(" ")[2] == name
            assert line.split(" ")[3] in {"counter", "histogram", "gauge"}
        else:
            match = SAMPLE.match(line)
            assert match, line
            assert match[1].removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") == name
            assert (match[1], match[2] or "") not in found, line
            found[match[1], match[2] or ""] = float(match[3])
    return found


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
    assert found["tierwise_faults_total", '{kind="malformed",committed="false"}'] == 1
    assert found["tierwise_tokens_total", '{endpoint="two/beta",kind="output"}'] > 3
    assert found["tierwise_dollars_total", '{what="spent"}'] > 0
    assert found["tierwise_dollars_total", '{what="reference"}'] > found["tierwise_dollars_total", '{what="spent"}']
    assert found["tierwise_request_seconds_count", ""] == 4
    assert found["tierwise_first_content_seconds_count", ""] == 3
    assert found["tierwise_overhead_seconds_count", ""] == 4


def test_counts_of_a_histogram_only_grow_with_its_bounds() -> None:
    spread = Spread("x_seconds", "x", (0.1, 1.0))
    for seconds in (0.0, 0.1, 0.5, 1.0, 7.0):
        spread.add(seconds)
    found = parsed("\n".join(spread.lines()) + "\n")
    assert [found["x_seconds_bucket", f'{{le="{bound}"}}'] for bound in ("0.1", "1.0", "+Inf")] == [2, 4, 5]
    assert (found["x_seconds_sum", ""], found["x_seconds_count", ""]) == (8.6, 5)


def test_no_client_can_fill_the_memory_with_labels() -> None:
    counter = Counter("x_total", "x")
    for number in range(MANY * 3):
        counter.add((("who", f"client-{number}"),))
        counter.add((("who", "client-1"),))
    assert len(counter.values) <= MANY + 1
    found = parsed("\n".join(counter.lines()) + "\n")
    assert sum(found.values()) == MANY * 6
    assert found["x_total", '{who="client-1"}'] == MANY * 3 + 1
    assert found["x_total", '{who="other"}'] == MANY * 2


def test_what_clients_make_up_is_no_label() -> None:
    made = gateway(Sold("one/alpha", FINE))
    for number in range(30):
        run(posted(made, "openai_chat", request("openai_chat", f"made-up-{number}"), {"user-agent": f"made-up/{number}"}))
        run(
            posted(
                made, "openai_chat", request("openai_chat"), {"user-agent": f"made-up/{number}", "x-tierwise-session": f"made-up-{number}"}
            )
        )
    assert "made-up" not in made.metrics.text()


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", 'ä"\\\n', ""])
def test_what_would_end_a_label_is_taken_apart(value: str) -> None:
    line = f"x_total{labelled((('who', value),))} 1"
    assert SAMPLE.match(line), line
    assert "\n" not in escaped(value)


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (3.0, "3"), (0.25, "0.25"), (1e15, "1000000000000000"), (1e-7, "1e-07")])
def test_numbers_are_as_short_as_they_are(value: float, text: str) -> None:
    assert shown(value) == text


def test_a_counter_without_labels_has_none() -> None:
    assert labelled(()) == ""
