import json
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from tests.ledger.samples import crowd
from tierwise import assembly
from tierwise.assembly import House, showing
from tierwise.catalog import build
from tierwise.config.settings import EndpointSettings, KeySettings, LedgerSettings, Prices, ProviderSettings, Settings
from tierwise.core.catalog import OWN, Evidence
from tierwise.core.money import Unknown
from tierwise.gateway.admin.finding import remembered
from tierwise.gateway.admin.views import Trial
from tierwise.lab import frontier, proof
from tierwise.ledger import Group, Query
from tierwise.ledger.rows import row_of

NOW = 1_793_534_400_000
YEARS = 730 * 86_400_000


@pytest.fixture(scope="module")
def house() -> House:
    return assembly.house(Settings())


def test_the_interval_is_the_one_of_the_report() -> None:
    entries = [one for one in crowd(300, seed=4) if one.asker.session]
    crossed = remembered(entries, lambda store: store.crossed(("key", "session"), Query()))
    found = showing.saving([msgspec.structs.replace(one, name="/".join(names)) for names, one in crossed])
    said = proof.proof([row_of(one) for one in entries], "model", lambda *_: Unknown("no price")).whole.saved
    assert said is not None
    assert found is not None
    assert found == pytest.approx((said.share_low, said.share_high), abs=1e-6)


@pytest.mark.parametrize(
    "sessions", [[], [Group("a/b", cost=1)], [Group("a/b", baseline=9)], [Group("a/b", baseline=9), Group("a/c", cost=1)]]
)
def test_too_few_sessions_have_no_interval(sessions: list[Group]) -> None:
    assert showing.saving(sessions) is None


def test_the_picture_has_the_points_of_the_frontier(house: House) -> None:
    found = showing.dots(house, NOW, "")
    catalog = assembly.shelf(house, sorted({row.model for row in house.sources.evidence})).at(NOW)
    points = frontier.points(catalog)
    assert [(one.model, one.score, one.by_price, one.by_cost) for one in found] == [
        (one.model, one.score, one.by_price, one.by_cost) for one in points
    ]
    assert {one.cost is None for one in found} == {True, False}
    assert all(one.low is not None for one in showing.dots(house, NOW, "debug"))


def test_the_picture_of_a_kind_of_work_has_what_was_learnt_of_it(house: House) -> None:
    """Also of a model that nobody sells, which is not in the picture."""
    model = showing.dots(house, NOW, "debug")[0].model
    told = tuple(Evidence(one, OWN, 0.1, "2026-11-01", "here", 200, kind="debug", cost=7) for one in (model, "nobody-sells-it"))
    before, after = ({one.model: one for one in showing.dots(house, NOW, "debug", some)} for some in (showing.nothing, lambda: told))
    assert before.keys() == after.keys()
    assert after[model].score < before[model].score - 0.1
    assert after[model].cost == 7


@pytest.mark.parametrize("name", ["anthropic/claude-opus-4-8", "deepseek/deepseek-v4-flash", "openai/gpt-5.4", "nobody/nothing"])
def test_spans_of_prices_follow_each_other_and_say_what_holds_within(house: House, name: str) -> None:
    found = showing.spans(house, name, NOW - YEARS, NOW)
    assert found[-1].until == NOW
    for one, after in pairwise(found):
        assert one.until == after.since
        assert one.rates != after.rates
    for one in found:
        for at in (one.since, one.until - 1):
            assert build.endpoint(house.sources, name, at)[0].rates == one.rates
    assert len(found) <= showing.CHANGES


def test_a_price_of_ones_own_holds_all_the_time() -> None:
    own = assembly.house(Settings(endpoints=(EndpointSettings(id="mine/one", prices=Prices(input=1, output=2)),)))
    assert [(one.since, one.until) for one in showing.spans(own, "mine/one", NOW - YEARS, NOW)] == [(NOW - YEARS, NOW)]


def test_a_trial_is_a_command_that_shows_nothing_secret(tmp_path: Path) -> None:
    said = Settings(
        keys=(KeySettings(name="k", key="the-keys-secret"),),
        providers={"anthropic": ProviderSettings(key="the-providers-secret", headers={"x": "the-headers-secret"}, region="eu")},
        ledger=LedgerSettings(store="postgresql://me:the-stores-secret@db/x"),
    )
    trial = Trial(None, tmp_path, NOW, {"policy": "tiered"})
    command = showing.trial(assembly.house(said), "postgresql://me:the-stores-secret@db/x", trial)
    assert "secret" not in " ".join(command)
    arguments = json.loads((tmp_path / showing.ARGUMENTS).read_bytes())
    assert arguments[:2] == ["backtest", "--config"]
    assert arguments[arguments.index("--since") + 1] == "2026-11-01T12:00:00+00:00"
    assert arguments[arguments.index("--policy") + 1] == "tiered"
    assert arguments[-2:] == ["--", "postgresql://me:the-stores-secret@db/x"]
    settings = (tmp_path / showing.SETTINGS).read_text()
    assert "secret" not in settings
    assert assembly.settings(tmp_path / showing.SETTINGS).providers["anthropic"].region == "eu"


def test_a_trial_of_a_log_names_the_log(tmp_path: Path) -> None:
    command = showing.trial(assembly.house(Settings()), "", Trial(tmp_path / "-log.jsonl", tmp_path))
    arguments = json.loads((tmp_path / showing.ARGUMENTS).read_bytes())
    assert arguments[-2:] == ["--", str(tmp_path / "-log.jsonl")]
    assert "--since" not in arguments
    assert command[-1] == showing.ARGUMENTS
