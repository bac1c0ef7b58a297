"""The ledger against exports of every format: what agrees, what is planted and found, and what is likely the cause."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.assembly.demoing import filled, house
from tests.cli.exporting import CENT, COST, USAGE, Sold, Written, anthropic_cost, anthropic_usage, openai_usage, sold
from tierwise import plugins
from tierwise.cli import WRONG, main, reconcile
from tierwise.cli.reconcile import DIFFERS
from tierwise.lab.logged import Logged
from tierwise.ledger import Query, addresses

FORMATS = [(provider, one) for kinds in (USAGE, COST) for provider, some in kinds.items() for one in some]
COSTS = [(provider, one) for provider, some in COST.items() for one in some]

Run = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("ledger"))


@pytest.fixture(scope="module")
def have(ledger: Path) -> dict[str, list[Sold]]:
    """What each provider should have of the ledger's requests."""
    store = addresses.opened(str(ledger), plugins.found(plugins.STORES))
    logged = Logged(house().sources)
    found = {name: sold(reconcile.attempts(store, Query(), name, logged)) for name in ("anthropic", "openai", "openrouter")}
    store.close()
    return found


@pytest.fixture
def run(ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Reconcile some texts with the ledger: the exit code and what was found."""

    def ran(*texts: str, more: tuple[str, ...] = ()) -> tuple[int, Any]:
        files = []
        for number, text in enumerate(texts):
            files.append(tmp_path / f"export{number}")
            files[-1].write_text(text)
        code = main(["reconcile", *map(str, files), "--store", str(ledger), "--json", *more])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else err

    return ran


def apart(found: Any) -> list[tuple[str, str, int]]:
    """The day, the model and the cents of each difference."""
    return [(one["cell"]["day"], one["cell"]["model"], round(one["gap"]["cost"] / CENT)) for one in found["differences"]]


def causes(found: Any) -> str:
    return "; ".join(cause for one in found["differences"] for cause in one["causes"])


@pytest.mark.parametrize(("provider", "written"), FORMATS, ids=lambda one: one if isinstance(one, str) else one.__name__)
def test_what_the_ledger_holds_agrees_in_every_format(provider: str, written: Written, have: dict[str, list[Sold]], run: Run) -> None:
    code, found = run(written(have[provider]))
    assert (code, found["differences"], found["provider"]) == (0, [], provider)
    assert found["cells"] == found["agreeing"] == len(have[provider])


@pytest.mark.parametrize("planted_at", [(0, 1), (3, -1), (11, 1)])
@pytest.mark.parametrize("case", COSTS, ids=lambda case: case[1].__name__)
def test_a_planted_cent_is_found(planted_at: tuple[int, int], case: tuple[str, Written], have: dict[str, list[Sold]], run: Run) -> None:
    (place, cents), (provider, written) = planted_at, case
    planted = list(have[provider])
    place = max((at for at, one in enumerate(planted) if one.cost > CENT), key=lambda at: -abs(at - place))
    planted[place] = replace(planted[place], cost=planted[place].cost + cents * CENT)
    code, found = run(written(planted))
    assert code == DIFFERS
    assert [(model, cost) for _, model, cost in apart(found)] == [(planted[place].model, cents)]
    assert found["gap"] == cents * CENT
    assert causes(found)


def test_fractions_of_a_cent_that_add_up_are_rows_of_their_own(have: dict[str, list[Sold]], run: Run) -> None:
    planted = [replace(one, cost=one.cost + CENT // 5) for one in have["anthropic"]]
    code, found = run(anthropic_cost(planted))
    assert code == DIFFERS
    assert found["gap"] == len(planted) * (CENT // 5)
    assert len(found["differences"]) == len(planted)
    assert causes(found).count("less than half a cent: rounding") == len(planted)


def test_a_fraction_of_a_cent_alone_agrees(have: dict[str, list[Sold]], run: Run) -> None:
    planted = [replace(have["anthropic"][0], cost=have["anthropic"][0].cost + 7), *have["anthropic"][1:]]
    code, found = run(anthropic_cost(planted))
    assert (code, found["differences"], found["rest"]) == (0, [], 7)


def with_more(found: list[Sold], place: int, **more: int) -> list[Sold]:
    """What is sold, with more of something in one cell."""
    one = found[place]
    return [*found[:place], replace(one, **{key: getattr(one, key) + value for key, value in more.items()}), *found[place + 1 :]]


def busy(found: list[Sold]) -> int:
    """A cell with several requests and something of everything."""
    return next(at for at, one in enumerate(found) if one.requests > 3 and one.read > 10_000 and one.fresh >= 3 and one.cost > 100 * CENT)


def test_a_request_that_is_not_in_the_ledger_is_told_by_number(have: dict[str, list[Sold]], run: Run) -> None:
    place = busy(have["openai"])
    _, found = run(openai_usage(with_more(have["openai"], place, requests=1, fresh=12_000, output=300)))
    assert "1 request in the export and not in the ledger" in causes(found)
    assert [cost > 0 for _, _, cost in apart(found)] == [True]


def test_a_request_that_is_not_in_the_export_is_told_by_number(have: dict[str, list[Sold]], run: Run) -> None:
    place = busy(have["openai"])
    _, found = run(openai_usage(with_more(have["openai"], place, requests=-2, read=-9000, output=-9)))
    assert "2 requests in the ledger and not in the export" in causes(found)


def test_requests_are_told_by_their_tokens_where_no_number_is(have: dict[str, list[Sold]], run: Run) -> None:
    place = busy(have["anthropic"])
    one = have["anthropic"][place]
    kinds = ("fresh", "read", "write_5m", "write_1h", "output")
    more = {kind: max(1, round(getattr(one, kind) / one.requests)) for kind in kinds}
    _, found = run(anthropic_usage(with_more(have["anthropic"], place, **more)))
    assert "about 1 request, by their tokens, in the export and not in the ledger" in causes(found)


def test_other_cached_tokens_of_the_same_prompt_are_told(have: dict[str, list[Sold]], run: Run) -> None:
    place = busy(have["anthropic"])
    _, found = run(anthropic_usage(with_more(have["anthropic"], place, read=-5000, fresh=5000)))
    assert causes(found) == "the same prompt tokens, of which 5,000 tokens fewer count as cached there"


def test_other_prices_of_the_same_tokens_are_told_with_the_version(have: dict[str, list[Sold]], run: Run) -> None:
    dearer = [replace(one, cost=round(one.cost * 1.1)) for one in have["anthropic"]]
    _, found = run(anthropic_usage(have["anthropic"]), anthropic_cost(dearer))
    assert "the same tokens cost 10.00% more there: another version of the prices than genai-prices" in causes(found)


def test_half_the_price_is_a_batch_s(have: dict[str, list[Sold]], run: Run) -> None:
    halved = [replace(one, cost=one.cost // 2) for one in have["anthropic"]]
    _, found = run(anthropic_usage(have["anthropic"]), anthropic_cost(halved))
    assert "half the price: charged as a batch" in causes(found)


def test_cached_tokens_at_the_price_of_input_are_told(have: dict[str, list[Sold]], run: Run) -> None:
    place = busy(have["anthropic"])
    one = have["anthropic"][place]
    price = reconcile.Prices(Logged(house().sources), "anthropic")
    rates = {kind: price(one.model, kind, one.day) or 0 for kind in ("fresh", "read")}
    planted = with_more(have["anthropic"], place, cost=one.read * (rates["fresh"] - rates["read"]))
    _, found = run(anthropic_usage(have["anthropic"]), anthropic_cost(planted))
    assert causes(found) == "cached tokens are charged as input there"


def test_a_cost_alone_cannot_tell_prices_from_requests(have: dict[str, list[Sold]], run: Run) -> None:
    place = busy(have["anthropic"])
    _, found = run(anthropic_cost(with_more(have["anthropic"], place, cost=50 * CENT)))
    assert "give its usage export as well" in causes(found)


def test_a_shifted_day_is_told(have: dict[str, list[Sold]], run: Run) -> None:
    model = "claude-opus-4-8"
    days = [one for one in have["anthropic"] if one.model == model]
    first = next(one for one, other in pairwise(days) if other.day == one.day + 1 and one.output > 1000)
    parts = {kind: getattr(first, kind) // 2 for kind in ("fresh", "read", "write_5m", "write_1h", "output", "cost")}
    found_first, found_next = have["anthropic"].index(first), have["anthropic"].index(days[days.index(first) + 1])
    moved = with_more(have["anthropic"], found_first, **{kind: -count for kind, count in parts.items()})
    moved = with_more(moved, found_next, **parts)
    _, found = run(anthropic_usage(moved))
    assert causes(found).count("days may be cut in another time zone than UTC") == 2


def test_a_name_that_stands_for_nothing_is_told_with_what_it_may_be(have: dict[str, list[Sold]], run: Run) -> None:
    place = busy(have["anthropic"])
    renamed = [*have["anthropic"]]
    renamed[place] = replace(renamed[place], model="opus-four-eight")
    _, found = run(anthropic_usage(renamed))
    assert f"the ledger has just as many of {have['anthropic'][place].model}: is it that?" in causes(found)


def test_models_are_matched_by_dated_names_and_titles(have: dict[str, list[Sold]], run: Run) -> None:
    dated = [replace(one, model=f"{one.model}-20260101") for one in have["anthropic"]]
    titled = [replace(one, model=one.model.replace("-", " ").title()) for one in have["anthropic"]]
    assert run(anthropic_usage(dated))[1]["differences"] == []
    assert run(anthropic_cost(titled))[1]["differences"] == []


def test_another_provider_s_endpoints_can_be_asked_for(have: dict[str, list[Sold]], run: Run) -> None:
    code, found = run(openai_usage(have["openai"]), more=("--provider", "anthropic"))
    assert (code, found["provider"]) == (DIFFERS, "anthropic")
    assert run("x", more=("--provider", "anthropik"))[0] == WRONG


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "export0: the file is empty"),
        ("a,b\n1,2\n", "export0: not an export of a known kind (Anthropic"),
        ('{"data": [], "bucket": 1, "start_time": 2}', "export0: the export has no line with any usage or cost"),
        ("usage_date_utc,model,cost_usd\n", "export0: the export has no line with any usage or cost"),
        ("usage_date_utc,model,cost_usd\n2026-10-02,m,ten\n", "export0:2: column 3 (cost_usd): 'ten' is no amount of dollars"),
    ],
)
def test_what_is_no_export_is_one_clear_line(text: str, said: str, run: Run) -> None:
    code, err = run(text)
    assert code == WRONG
    assert err.count("\n") == 1
    assert said in err


def test_exports_of_two_providers_are_one_too_many(have: dict[str, list[Sold]], run: Run) -> None:
    code, err = run(openai_usage(have["openai"]), anthropic_usage(have["anthropic"]))
    assert code == WRONG
    assert "one provider at a time" in err


def test_a_person_reads_a_table(have: dict[str, list[Sold]], ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = busy(have["anthropic"])
    path = tmp_path / "cost.json"
    path.write_text(anthropic_cost(with_more(have["anthropic"], place, cost=CENT)))
    assert main(["reconcile", str(path), "--store", str(ledger)]) == DIFFERS
    out = capsys.readouterr().out
    assert "$0.01 apart" in out
    assert "+0.01" in out
    assert f"{len(have['anthropic']) - 1} of {len(have['anthropic'])} days and models agree" in out
