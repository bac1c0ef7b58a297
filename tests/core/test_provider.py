"""Which cache row holds for a model, and where a provider is reached at a URL of the operator's own."""

import pytest

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import NO_CACHE, CacheRow, Provider, addresses, physics_of

SMALL, LARGE, REST = (CachePhysics("automatic", minimum=minimum) for minimum in (512, 4096, 1024))
SELLER = Provider("seller", "Seller", ("openai_chat",), (CacheRow("nova-2", SMALL), CacheRow("nova", LARGE), CacheRow("", REST)))


def test_the_first_row_whose_beginning_the_name_has_holds() -> None:
    assert [physics_of(SELLER, model) for model in ("nova-2.5", "nova-3", "sirius")] == [SMALL, LARGE, REST]


def test_a_provider_nobody_knows_has_no_known_cache() -> None:
    assert physics_of(None, "nova-2") == NO_CACHE
    assert NO_CACHE.kind == "unknown"


def test_a_model_that_no_row_names_has_no_known_cache() -> None:
    seller = Provider("seller", "Seller", ("openai_chat",), (CacheRow("nova", SMALL),))
    assert physics_of(seller, "sirius") == NO_CACHE


def seller(moved: dict[str, str], **bases: str) -> Provider:
    return Provider("seller", "Seller", ("chat", "messages"), (), bases=bases, moved=moved)


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://proxy.test/v1", "https://proxy.test"),
        ("https://proxy.test/v1/", "https://proxy.test"),
        ("https://proxy.test", "https://proxy.test"),
        ("https://proxy.test/openai/v1/", "https://proxy.test"),
        ("https://proxy.test/team/v1", "https://proxy.test/team"),
        ("https://proxy.test/v1beta", "https://proxy.test/v1beta"),
    ],
)
def test_the_operators_url_is_put_into_the_bases_that_say_how(url: str, root: str) -> None:
    moved = {"chat": "{base}", "messages": "{root}/messages"}
    assert addresses(seller(moved), url) == {"chat": url.rstrip("/"), "messages": f"{root}/messages"}


def test_without_a_word_on_it_the_url_stands_for_the_first_wires_base_alone() -> None:
    """A key must not go to the vendor's own host by another wire when the operator named a proxy."""
    elsewhere = seller({}, chat="https://seller.test/v1", more="https://seller.test/v1", messages="https://other.test")
    assert addresses(elsewhere, "https://proxy.test/") == {"chat": "https://proxy.test", "more": "https://proxy.test"}
    assert addresses(seller({}), "https://proxy.test") == {}
