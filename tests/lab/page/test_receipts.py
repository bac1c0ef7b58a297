import re
from html import unescape
from typing import Any

import pytest
from msgspec.structs import replace

from tierwise.core import codec
from tierwise.core.decision import Conditions, Cost, Features, Needs, Place, Policy, Prefix, Priced, Receipt, Rejected, Size, Standing, Task
from tierwise.core.money import Unknown
from tierwise.lab.page.receipts import Doubt, told
from tierwise.lab.tally import Telling

CENT = 10**10
FEATURES = Features(
    Size(40_000, 160_000, 0.03), Prefix(), Task("debug", 2, 0.9, "rules"), Place("person", 0, 63, 813, 342), Needs(("tools", "images"))
)
COST = Cost(
    prompt=41_000,
    cached=1_000,
    written=40_000,
    read=CENT,
    write=2 * CENT,
    fresh=0,
    output=3 * CENT,
    call=6 * CENT,
    rest=CENT,
    work=7 * CENT,
)
VERDICTS = (
    Priced("acme/first", COST, Standing(0.775, -0.092), clears=True),
    Rejected("acme/blind", "capability", "no images <here>"),
    Priced("acme/cheaper", replace(COST, work=6 * CENT), Standing(0.7, -0.5), clears=False),
    Priced("acme/dearer", replace(COST, work=9 * CENT), Standing(0.9, 0.01), clears=True),
    Priced("acme/mute", Unknown("nobody lists a price"), Standing(None, None), clears=False),
)
RECEIPT = Receipt(FEATURES, Conditions(0), "digest", Policy(reference="big"), VERDICTS, "the least work cost")
KNOWN = Doubt(0.0, 0.0)


def session(**more: Any) -> Telling:
    told: dict[str, Any] = {
        "weight": 1,
        "session": "s-1",
        "thread": "",
        "words": "why does <b>it</b> fail?",
        "calls": 3,
        "actual": 300 * CENT,
        "reference": 200 * CENT,
        "policy": 50 * CENT,
        "path": [("acme/first", 1), ("acme/dearer", 1200)],
        "receipt": codec.encoded(RECEIPT).decode(),
    }
    return Telling(**(told | more))


def text(markup: str) -> str:
    """What a person reads: cells and terms apart by spaces."""
    return " ".join(unescape(re.sub("<wbr>|<[^>]*>", lambda tag: "" if tag[0] == "<wbr>" else " ", markup)).split())


def read(one: Telling, doubt: Doubt = KNOWN) -> str:
    return text(told(one, doubt).text)


def test_a_session_says_who_asked_what_and_which_models_served_it() -> None:
    found = read(session(thread="sub"))
    assert found.startswith("why does <b>it</b> fail? $1.50 less")
    assert "Session s-1, thread sub, 3 calls" in found
    assert "acme/first \N{MULTIPLICATION SIGN}1 \N{RIGHTWARDS ARROW} acme/dearer \N{MULTIPLICATION SIGN}1,200" in found
    assert "this session $3.00 $2.00 $0.50" in found


def test_long_words_are_cut_in_the_line_that_opens_and_whole_inside() -> None:
    words = "word " * 30
    markup = told(session(words=words), KNOWN).text
    summary, rest = markup.split("</summary>")
    assert "\N{HORIZONTAL ELLIPSIS}" in summary
    assert words in rest


@pytest.mark.parametrize(
    ("more", "doubt", "said"),
    [
        ({"policy": 300 * CENT}, KNOWN, "$1.00 more"),
        ({"policy": 0}, Doubt(0.0, 0.5), "fail? unknown"),
        ({"reference": 0}, Doubt(0.5, 0.0), "fail? unknown"),
        ({"policy": 0}, KNOWN, "$2.00 less"),
        ({"words": ""}, KNOWN, "(the log has no words)"),
        ({"unknown": 1}, KNOWN, "$3.00 (1 call of unknown price left out)"),
        ({"unknown": 3, "actual": 0}, KNOWN, "this session unknown (3 calls of unknown price left out)"),
        ({"receipt": ""}, KNOWN, "The log shows no decision of this session."),
    ],
)
def test_what_is_unknown_is_said(more: dict[str, Any], doubt: Doubt, said: str) -> None:
    assert said in read(session(**more), doubt)


def test_the_receipt_says_what_was_read_and_what_was_chosen_why() -> None:
    found = read(session())
    assert "acme/first was chosen: the least work cost." in found
    assert "Work debug, difficulty 2 of 3, by rules, 90% sure" in found
    assert "Prompt 40,000 tokens, give or take 3%" in found
    assert "Expected 342 tokens of output; 63 calls to come, each 813 tokens longer" in found
    assert "Needs tools, images" in found


def test_a_priced_endpoint_shows_every_term_of_its_cost_and_whether_it_clears() -> None:
    assert "acme/first chosen 41,000 1,000 $0.0100 $0.0200 $0 $0.0300 $0.0600 $0.0100 $0.0700 77.5 \N{MINUS SIGN}9.2 yes" in read(session())


def test_the_chosen_comes_first_then_what_clears_then_the_rest_the_cheapest_first() -> None:
    found = read(session()).partition("clears says")[2]
    order = sorted(("first", "dearer", "cheaper", "mute"), key=lambda name: found.index(f"acme/{name}"))
    assert order == ["first", "dearer", "cheaper", "mute"]


def test_a_price_nobody_knows_is_unknown_with_its_reason() -> None:
    assert "unknown: nobody lists a price unknown unknown no" in read(session())


def test_a_rejected_endpoint_says_by_what_and_why() -> None:
    assert "Endpoints that could not serve it endpoint rejected by because acme/blind capability no images <here>" in read(session())


def test_every_verdict_is_shown_once() -> None:
    markup = told(session(), KNOWN).text
    assert markup.count('scope="row"') == len(VERDICTS) + 1


def test_a_receipt_of_which_nothing_could_serve_has_rejections_only() -> None:
    none = codec.encoded(replace(RECEIPT, verdicts=VERDICTS[1:2], because="nothing fits")).decode()
    found = read(session(receipt=none, path=[]))
    assert "Nothing was chosen: nothing fits." in found
    assert "read + write" not in found
    only = codec.encoded(replace(RECEIPT, verdicts=VERDICTS[:1])).decode()
    assert "could not serve" not in read(session(receipt=only))


def test_a_prompt_of_known_size_has_no_error() -> None:
    exact = codec.encoded(replace(RECEIPT, features=replace(FEATURES, size=Size(10, 10, 0.0)))).decode()
    assert "Prompt 10 tokens Expected" in read(session(receipt=exact))


def test_a_request_without_needs_says_so() -> None:
    plain = codec.encoded(replace(RECEIPT, features=replace(FEATURES, needs=Needs()))).decode()
    assert "Needs nothing special" in read(session(receipt=plain))
