"""Models are asked for by the names they have at MiniMax."""

import pytest

from tierwise.providers.minimax import PROVIDER


@pytest.mark.parametrize(
    ("model", "called"),
    [("minimax-m2.5", "MiniMax-M2.5"), ("minimax-m3.1-flash", "MiniMax-M3.1-Flash"), ("MiniMax-M2.7", "MiniMax-M2.7")],
)
def test_a_name_is_spelt_as_the_vendor_does(model: str, called: str) -> None:
    assert PROVIDER.called is not None
    assert PROVIDER.called(model) == called
