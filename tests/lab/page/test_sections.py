import re
from html import unescape

import pytest
from msgspec.structs import replace

from tierwise.core.decision import Policy
from tierwise.lab.page import sections
from tierwise.lab.page.html import Html
from tierwise.lab.page.sections import PARTS
from tierwise.lab.report import Report, TaskRow

DOLLAR = 10**12


def text(part: Html) -> str:
    return " ".join(unescape(re.sub("<wbr>|<[^>]*>", lambda tag: "" if tag[0] == "<wbr>" else " ", part.text)).split())


def dear(report: Report) -> Report:
    """The report with a dollar for each pico-dollar of a thousand."""
    rows, alone = (tuple(replace(one, dollars=one.dollars * 10**9) for one in some) for some in (report.rows, report.alone))
    return replace(report, rows=rows, alone=alone)


def test_the_opening_gives_the_headline_numbers(small: Report) -> None:
    found = text(sections.opening(dear(small)))
    assert found.startswith(
        "tierwise backtest 9 calls in 3 sessions 1 January 1970 to 2 January 1970, policy cheapest, floor 30 points below"
    )
    assert "Spent $127.50 as logged" in found
    assert "With the policy $22.80 the reference: $69.60" in found
    assert "Saving 67.2% 69.6% to 69.6% of the reference" in found
    assert "Expected quality \N{MINUS SIGN}8.3 points \N{MINUS SIGN}20.4 to +3.8, against the reference" in found
    assert "Calls 9 Sessions 3 Days with calls 2 Of unknown price or usage 0%" in found


def test_what_is_unknown_stands_in_the_headline_as_unknown(small: Report) -> None:
    rows = tuple(replace(one, dollars=0, unknown=1.0, saving=None, quality=None) for one in small.rows)
    found = text(sections.opening(replace(small, rows=rows)))
    assert "Spent unknown as logged With the policy unknown the reference: unknown Saving unknown Expected quality unknown" in found
    assert "Of unknown price or usage 100.0%" in found
    assert "$0" not in found


def test_one_session_has_no_interval(small: Report) -> None:
    single = replace(small, counts=replace(small.counts, sessions=1, calls=1))
    found = text(sections.opening(single))
    assert "1 call in 1 session " in found
    assert "Saving 67.2% no interval from one session" in found
    assert "69.6% to 69.6%" not in text(sections.rows(single))


def test_a_partial_report_says_so_at_once(small: Report) -> None:
    assert "This report is partial" in text(sections.opening(replace(small, partial=True)))
    assert "partial" not in text(sections.opening(small))


def test_every_row_stands_in_the_table_the_policy_set_apart(small: Report) -> None:
    found = sections.rows(dear(small))
    read = text(found)
    assert read.count("the policy") == 2  # in the table of rows and in that of kinds of work
    assert all(
        name in read for name in ("as it was", "acme/big, the reference", "acme/small for all", "no schedule can be below", "acme/mute")
    )
    assert found.text.count('<tr class="strong">') == 2
    assert "acme/big, the reference $69.60 $0 to $0.0002" not in read
    assert "flash 100%" in read


def test_a_row_of_unknown_price_has_no_dollars(small: Report) -> None:
    read = text(sections.rows(dear(small)))
    assert "acme/mute unknown unknown unknown unknown 0% 0 mid 100% 100.0%" in read


def test_a_bound_has_no_quality_to_know(small: Report) -> None:
    read = text(sections.rows(dear(small)))
    assert re.search(
        r"no schedule can be below \$22\.80 \S+ to \S+ \N{EN DASH} 67\.2% 69\.6% to 69\.6% (\N{EN DASH} ){4}0%",
        read,
    )


def test_dollars_by_kind_of_work_are_shown_for_every_row_that_has_them(small: Report) -> None:
    assert "Shares of each row's dollars by kind of work" in text(sections.rows(small))
    bare, alone = (tuple(replace(one, tasks={}) for one in some) for some in (small.rows, small.alone))
    assert "by kind of work" not in text(sections.rows(replace(small, rows=bare, alone=alone)))


def test_kinds_of_work_are_a_table_the_dearest_first(small: Report) -> None:
    kinds = (TaskRow("test", 2, 1, DOLLAR, 3 * DOLLAR, {"mid": 1.0}), TaskRow("debug", 1200, 7, 4 * DOLLAR, DOLLAR, {}))
    read = text(sections.tasks(replace(small, tasks=kinds)))
    assert read.endswith("debug 1,200 7 $4.00 $1.00 \N{MINUS SIGN}75% \N{EN DASH} test 2 1 $1.00 $3.00 +200% mid 100%")


def test_a_kind_of_work_of_unknown_price_has_no_dollars(small: Report) -> None:
    rows = tuple(replace(one, unknown=0.5) for one in small.rows)
    read = text(sections.tasks(replace(small, rows=rows, tasks=(TaskRow("test", 2, 1, 0, 0, {}),))))
    assert "test 2 1 unknown unknown \N{EN DASH}" in read


def test_the_most_telling_sessions_can_be_opened(small: Report) -> None:
    found = sections.telling(small)
    assert found.text.count("<details>") == len(small.telling) == 3
    assert "words of u" in text(found)
    assert text(sections.telling(replace(small, telling=()))) == "There are none."


def test_what_the_log_cannot_show_is_said_in_full(small: Report) -> None:
    read = text(sections.cannot(small))
    assert all(sentence in read for sentence in (*small.cannot, *small.notes))


def test_sources_give_versions_files_and_skipped_lines(small: Report) -> None:
    read = text(sections.sources(small))
    assert "prices no prices" in read
    assert "2 files, 3 repeated calls counted once" in read
    assert "acme/big, acme/mute, acme/small" in read
    assert "acme/big (9)" in read
    assert "1 line could not be read and was skipped. file line what is wrong log.jsonl 7 torn" in read


@pytest.mark.parametrize(
    ("skipped", "said"), [(0, "No line was skipped."), (40, "40 lines could not be read and were skipped; the first 1 are listed.")]
)
def test_skipped_lines_are_counted(small: Report, skipped: int, said: str) -> None:
    assert said in text(sections.sources(replace(small, skipped=skipped, problems=small.problems[:skipped])))


def test_the_policys_settings_are_those_that_say_something(small: Report) -> None:
    policy = Policy("tiered", "big", 0.05, deny=("a", "b"), tiers={"debug": "mid"}, no_retention=True)
    read = text(sections.sources(replace(small, policy=policy)))
    assert "policy name tiered, reference big, floor 0.05, deny a b, no_retention True, tiers debug=mid, chain 4 candidates" in read


def test_links_lead_to_the_sections(small: Report) -> None:
    links, found = sections.contents().text, sections.body(small, {"savings": Html("<figure>drawn</figure>")}).text
    assert [name in links and f'<section id="{part.name}">' in found for part in PARTS for name in [f'href="#{part.name}"']] == len(
        PARTS
    ) * [True]
    assert '<section id="savings"><h2>What is saved</h2><figure>drawn</figure></section>' in found
