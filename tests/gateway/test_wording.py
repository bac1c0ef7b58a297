"""What a log line says."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.gateway.within import Sold, demo, gateway, last, posted, request, run
from tierwise.core.entry import Asker, Attempt, Entry, Latency
from tierwise.core.faults import Fault
from tierwise.core.money import PER_DOLLAR, Unknown
from tierwise.core.notices import NOTICES, Notice
from tierwise.core.usage import Usage
from tierwise.gateway.veil import veil
from tierwise.gateway.wording import COLOURS, FORMS, Human, Json, size, stamp, wall_clock
from tierwise.upstream.scripted import Scripted, playing, whole

VEIL = veil(["open sesame"])
AT = 1_764_000_187_412
NOON = "16:03:07"


def utc(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%H:%M:%S}"


HUMAN = Human(VEIL, clock=utc)
JSON = Json(VEIL)
FAILED = Attempt("one/alpha", "openai_chat", AT, 5, 529, Fault("overloaded", "come back later", 529))
SERVED = Attempt("two/beta", "openai_chat", AT, 900, 200)


def entry(**more: Any) -> Entry:
    usual = Entry(
        id="tw-1",
        at=AT,
        asker=Asker("laptop", "opencode", "s-1", "openai_chat", "auto", stream=True, team="shop"),
        decision=None,
        attempts=(SERVED,),
        latency=Latency(0.3, 400.0, 512.5, 1423.0),
        status=200,
        committed=True,
        usage=Usage(fresh=1000, read=31_000, write_5m=100, output=412),
        cost=3_100_000_000,
        baseline=84_300_000_000,
        model="beta-2",
    )
    return replace(usual, **more)


def test_a_person_sees_who_asked_for_what_and_what_it_cost() -> None:
    words = HUMAN.entry(entry()).split()
    assert words == [
        *(NOON, "opencode", "-", "auto", "->", "beta-2@two"),
        *("32.1k", "in", "(97%", "cached)", "412", "out", "$0.003100", "saved", "96%", "1.4", "s"),
    ]


def test_lines_of_usual_requests_line_up() -> None:
    others = [entry(), entry(cost=2 * PER_DOLLAR), entry(usage=Usage(5, output=7)), entry(latency=Latency(total=3.0))]
    assert len({len(HUMAN.entry(one)) for one in others}) == 1


def test_faults_and_fallbacks_stand_in_the_same_line() -> None:
    line = HUMAN.entry(entry(attempts=(FAILED, replace(FAILED, endpoint="x/y", fault=Fault("refused"), status=0), SERVED)))
    assert line.endswith("after one/alpha overloaded (529), x/y refused")
    failed = HUMAN.entry(entry(attempts=(FAILED, FAILED), fault=FAILED.fault, status=529, usage=None, cost=0))
    assert failed.endswith("after one/alpha overloaded (529) 529 overloaded: come back later")
    assert "tokens unknown" in failed
    other = HUMAN.entry(entry(attempts=(FAILED,), fault=Fault("deadline"), status=504))
    assert other.endswith("after one/alpha overloaded (529) 504 deadline: the request took longer than allowed in all")


def test_a_request_that_nobody_was_asked_for_says_why() -> None:
    bare = entry(attempts=(), asker=Asker("", "", "", "anthropic", ""), status=400, fault=Fault("malformed"), usage=None, cost=0)
    assert HUMAN.entry(bare).split()[:7] == [NOON, "-", "-", "?", "->", "nobody", "tokens"]
    assert HUMAN.entry(bare).endswith("400 malformed: the request is not well formed")
    assert HUMAN.entry(entry(status=0, fault=Fault("hung_up"))).endswith("- hung_up: the client hung up")


@pytest.mark.parametrize(
    ("cost", "baseline", "said"),
    [
        (PER_DOLLAR, 4 * PER_DOLLAR, "$1.00 saved  75%"),
        (4 * PER_DOLLAR, PER_DOLLAR, "$4.00 over  300%"),
        (PER_DOLLAR, PER_DOLLAR, "$1.00 saved   0%"),
        (PER_DOLLAR // 20, Unknown("x"), "$0.0500            "),
        (Unknown("x"), PER_DOLLAR, "$?            "),
        (0, 0, "$0.0000            "),
        (123_000_000, PER_DOLLAR, "$0.000123 saved 100%"),
    ],
)
def test_money_has_as_many_digits_as_it_takes(cost: Any, baseline: Any, said: str) -> None:
    assert said in HUMAN.entry(entry(cost=cost, baseline=baseline))


@pytest.mark.parametrize(("tokens", "said"), [(0, "0"), (999, "999"), (1000, "1.0k"), (32_140, "32.1k"), (1_250_000, "1.2M")])
def test_tokens_are_said_as_people_do(tokens: int, said: str) -> None:
    assert size(tokens) == said


def test_colours_are_all_that_a_terminal_adds() -> None:
    one, painted = entry(attempts=(FAILED, SERVED)), Human(VEIL, COLOURS, utc)
    for plain, coloured in (
        (HUMAN.entry(one), painted.entry(one)),
        (HUMAN.notice(Notice("started", at=AT)), painted.notice(Notice("started", at=AT))),
    ):
        assert "\x1b" in coloured
        for code in COLOURS.values():
            coloured = coloured.replace(code, "")  # noqa: PLW2901  # peeled until it is plain
        assert coloured == plain


def test_a_notice_says_how_much_it_weighs() -> None:
    assert HUMAN.notice(Notice("store_away", "ledger.db", {"waiting": 3}, AT)).split() == [
        NOON,
        "alarm",
        *"the store cannot be reached; records wait in the spool: ledger.db waiting=3".split(),
    ]


def test_a_program_gets_one_object_with_everything() -> None:
    said = json.loads(JSON.entry(entry(attempts=(FAILED, SERVED))))
    assert said == {
        "at": "2025-11-24T16:03:07.412Z",
        "event": "request",
        "level": "warning",
        "id": "tw-1",
        "key": "laptop",
        "team": "shop",
        "client": "opencode",
        "session": "s-1",
        "wire": "openai_chat",
        "turn": "person",
        "asked": "auto",
        "endpoint": "two/beta",
        "model": "beta-2",
        "status": 200,
        "stream": True,
        "committed": True,
        "usage": {"fresh": 1000, "read": 31000, "write_5m": 100, "output": 412},
        "dollars": 0.0031,
        "reference_dollars": 0.0843,
        "saved_dollars": 0.0812,
        "ms": {"decide": 0.3, "first_byte": 400.0, "first_content": 512.5, "total": 1423.0},
        "attempts": 2,
        "absorbed": [{"endpoint": "one/alpha", "kind": "overloaded", "status": 529, "message": "come back later"}],
    }


def test_what_is_not_known_is_left_out_of_an_object() -> None:
    said = json.loads(JSON.entry(entry(attempts=(), usage=None, cost=Unknown("x"), fault=Fault("malformed", "no JSON"), status=400)))
    assert said["fault"] == {"kind": "malformed", "message": "no JSON"}
    assert said["level"] == "error"
    assert not {"usage", "dollars", "saved_dollars", "endpoint", "task"} & set(said)


@pytest.mark.parametrize("kind", NOTICES)
def test_every_notice_can_be_told_to_a_program(kind: str) -> None:
    said = json.loads(JSON.notice(Notice(kind, "so it is", {"number": 1, "name": "x"}, AT)))
    assert said["event"] == kind
    assert said["level"] in {"info", "warning", "error"}
    assert said["message"].endswith("so it is")
    assert said["about"] == {"number": 1, "name": "x"}


def test_times_are_exact_to_the_millisecond() -> None:
    assert stamp(1_764_000_187_007) == "2025-11-24T16:03:07.007Z"


@pytest.mark.parametrize("form", [HUMAN, JSON])
def test_no_line_tells_a_secret(form: Human | Json) -> None:
    secret = "open sesame"  # noqa: S105  # what must not be seen
    asker = Asker(secret, "plain", secret, "openai_chat", secret, team=secret, project=secret)
    fault = Fault("auth", f"bad key {secret}", 401)
    line = form.entry(entry(asker=asker, attempts=(replace(FAILED, fault=fault), replace(FAILED, fault=fault)), fault=fault))
    assert "sesame" not in line
    assert "sesame" not in form.notice(Notice("store_away", secret, {"where": secret}, AT))


@pytest.mark.parametrize("form", [HUMAN, JSON])
@given(text=st.text(max_size=40))
def test_whatever_a_client_says_a_line_is_one_line(form: Human | Json, text: str) -> None:
    asker, fault = Asker(text, "plain", text, "openai_chat", text), Fault("auth", text, 401)
    said = form.entry(entry(asker=asker, attempts=(replace(FAILED, fault=fault), SERVED), fault=fault))
    told = form.notice(Notice("store_away", text, {"where": text}, AT))
    for line in (said, told):
        assert len(line.splitlines()) == 1
        assert isinstance(form, Human) or json.loads(line)["at"]
        assert "\x1b" not in line


def test_real_requests_have_lines_in_every_form() -> None:
    made = gateway(Sold("one/alpha", playing(whole(b'{"error": {"message": "no"}}', 500))), Sold("two/beta", Scripted(pace=0), price=2))
    run(posted(made, "openai_chat", request("openai_chat", words="why does this test fail?"), {"user-agent": "opencode/1.18"}))
    run(posted(made, "openai_chat", b"{"))
    played = demo()
    run(posted(played, "anthropic", request("anthropic")))
    for one in (*made.ledger.recent(2), last(played)):
        for form in FORMS.values():
            assert form(VEIL).entry(one)
    assert "one/alpha server_error (500)" in HUMAN.entry(made.ledger.recent(2)[1])
    assert json.loads(JSON.entry(last(played)))["task"]


def test_the_wall_clock_shows_the_time_here_in_every_second() -> None:
    shown = wall_clock()
    for at in (AT, AT + 1, AT + 999, AT - 60_000, AT):
        assert shown(at) == f"{datetime.fromtimestamp(at / 1000).astimezone():%H:%M:%S}"
