import pytest

from tierwise.gateway.admin.asked import DAY, MINUTE, asked, filtered
from tierwise.gateway.asking import Refused

NOW = 1_793_534_412_345


def test_a_range_is_whole_minutes_so_that_all_ask_the_same() -> None:
    first, second = filtered({"span": "24h"}, NOW), filtered({"span": "24h"}, NOW + 1000)
    assert first == second
    assert first.since % MINUTE == 0
    assert NOW - DAY - MINUTE < first.since <= NOW - DAY
    assert filtered({"span": "all"}, NOW).since == 0


def test_a_page_asks_for_what_its_address_says() -> None:
    query = filtered(asked("since=5&until=9&model=a%2Fb&team=core&odd=1&tag=eu&status=failed&text=+tw-1+&before=7,tw-9&limit=9999"), NOW)
    assert (query.since, query.until, query.before, query.limit) == (5, 9, (7, "tw-9"), 500)
    assert query.fields == {"model": "a/b", "team": "core"}
    assert (query.tag, query.faulty, query.text) == ("eu", True, "tw-1")
    assert filtered(asked("status=fine"), NOW).faulty is False
    assert filtered(asked("status="), NOW).faulty is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("span=year", "span"),
        ("since=yesterday", "since"),
        ("since=-1", "since"),
        ("until=1e3", "until"),
        ("until=99999999999999999999", "until"),
        ("limit=%C2%B2", "limit"),
        ("before=x,y", "before"),
        ("status=odd", "status"),
        ("&".join(f"a{at}=1" for at in range(50)), "query"),
    ],
)
def test_what_means_nothing_is_named(text: str, named: str) -> None:
    with pytest.raises(Refused, match=f"^{named}: "):
        filtered(asked(text), NOW)
