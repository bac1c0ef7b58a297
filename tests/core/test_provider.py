"""Which cache row holds for a model."""

from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import NO_CACHE, CacheRow, Provider, physics_of

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
