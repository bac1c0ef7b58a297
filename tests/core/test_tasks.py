"""The closed lists that policies speak of agree with each other."""

from tierwise.core.tasks import FALLBACK, KINDS, TIER_OF, TIERS, UNKNOWN_KIND


def test_every_kind_and_the_unknown_one_has_a_tier() -> None:
    assert set(TIER_OF) == {*KINDS, UNKNOWN_KIND}
    assert set(TIER_OF.values()) == set(TIERS)


def test_what_nobody_knows_goes_to_the_best() -> None:
    assert TIER_OF[UNKNOWN_KIND] == TIERS[-1]


def test_every_tier_falls_back_to_all_others_after_itself() -> None:
    assert set(FALLBACK) == set(TIERS)
    assert all(order[0] == tier and sorted(order) == sorted(TIERS) for tier, order in FALLBACK.items())


def test_no_kind_is_listed_twice() -> None:
    assert len(set(KINDS)) == len(KINDS)


def test_the_article_is_followed() -> None:
    """Completion and boilerplate are for small models, review and debugging and tests for middling ones, security for the best."""
    expected = {"flash": ("completion", "boilerplate"), "mid": ("review", "debug", "test"), "premium": ("security", "infra", "refactor")}
    assert all(TIER_OF[kind] == tier for tier, kinds in expected.items() for kind in kinds)
